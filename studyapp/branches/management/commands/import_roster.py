"""Import units and people from a roster."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from studyapp.accounts import passwords
from studyapp.accounts.actions import give_first_passwords
from studyapp.branches import actions, roster
from studyapp.documents import xlsx_reading
from studyapp.errors import Refused
from studyapp.uploads.taking import look_at
from studyapp.web.occupied import at_work


class Command(BaseCommand):
    help = "导入名册（.xlsx 或 .csv），全部成功才生效；新人员的一次性密码只显示这一次"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--dry-run", action="store_true", help="say what it would do, change nothing"
        )

    @at_work()
    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            data = path.read_bytes()
            if not options["dry_run"]:
                look_at(data, path.name, by=None)
            reading = roster.read(xlsx_reading.read_safely(data, path.name))
        except FileNotFoundError as error:
            raise CommandError(f"没有文件 {path}。检查路径。") from error
        except OSError as error:
            raise CommandError(f"读不了 {path}：它要是一个有读取权限的文件。") from error
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        plan = roster.plan(reading)
        for problem in plan.problems:
            self.stderr.write(f"第{problem.line}行 {problem.column}：{problem.sentence}")
        if plan.problems:
            raise CommandError(f"{len(plan.problems)}处要改，没有导入。")
        if options["dry_run"]:
            self._tell(plan)
            self.stdout.write("只是检查，没有导入。")
            return
        try:
            done = actions.import_roster(reading, by=None, at=timezone.now())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self._tell(done.plan)
        prepared = passwords.prepare(len(done.people))
        slips = give_first_passwords(done.people, prepared, by=None, at=timezone.now())
        for user, password in slips:
            self.stdout.write(f"{user.name}\t{user.username}\t{password}")
        if slips:
            self.stdout.write("一次性密码 72 小时内有效，首次登录要改。这些密码不再显示。")

    def _tell(self, plan: roster.Plan) -> None:
        """Say what the roster does, row by row where something changes."""
        if plan.ignored:
            self.stdout.write(f"没有读取的列：{'、'.join(plan.ignored)}")
        for place in plan.new_units:
            self.stdout.write(f"新建党组织：{place.name}（{place.kind_label}）")
        for place in plan.renamed:
            self.stdout.write(f"{place.name} 的全称改为 {place.full_name}")
        for step in plan.visible_steps:
            words = "；".join(step.words)
            self.stdout.write(f"第{step.line}行 {step.name} {step.place.name}：{words}")
        for member in plan.absent:
            self.stdout.write(f"名册里没有，不作改动：{member.user.name}（{member.unit.name}）")
        self.stdout.write(
            f"新建党组织{len(plan.new_units)}个，新建人员{plan.new_people}人，"
            f"更新{plan.changed_people}人。"
        )
