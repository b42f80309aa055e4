"""Import units and people from a roster."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from studyapp.branches import actions, roster
from studyapp.documents import xlsx
from studyapp.errors import Refused


class Command(BaseCommand):
    help = "导入名册（.xlsx 或 .csv），全部成功才生效"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check only")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            rows, problems = roster.check(xlsx.read_rows(path.read_bytes(), path.name))
            for problem in problems:
                self.stderr.write(f"第{problem.line}行 {problem.column}：{problem.sentence}")
            if problems:
                raise CommandError(f"{len(problems)}处有错，没有导入。")
            if options["dry_run"]:
                self.stdout.write(f"可以导入：{len(rows)}行。")
                return
            done = actions.import_roster(rows, by=None, at=timezone.now())
        except (OSError, Refused) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"新建党组织{done.units}个，新建人员{len(done.slips)}人，更新{done.changed}人。"
        )
        for user, password in done.slips:
            self.stdout.write(f"{user.name}\t{user.username}\t{password}")
        for name in done.absent:
            self.stdout.write(f"名册里没有，未作改动：{name}")
