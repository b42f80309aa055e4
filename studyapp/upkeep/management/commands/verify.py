"""`manage.py verify [FILE]`: check a backup, or the site as it stands."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from studyapp.errors import Refused
from studyapp.upkeep import checking
from studyapp.upkeep.passphrase import read
from studyapp.web.occupied import at_work


class Command(BaseCommand):
    help = "核验：给出备份文件就核验备份，不给就核验现在的数据；有一处不对就报错（退出码不为 0）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="备份文件；不动现在的数据")
        parser.add_argument("--passphrase-file", type=Path, help="备份加了密时，存口令的文件")

    @at_work()
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            problems, said = self._look(options["file"], options["passphrase_file"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        for problem in problems:
            self.stdout.write(problem)
        if problems:
            raise CommandError(f"有{len(problems)}处问题。保护现场，报告管理员。")
        self.stdout.write(said)

    def _look(self, path: Path | None, passphrase_file: Path | None) -> tuple[list[str], str]:
        if path is None:
            said = "数据库、审计记录、签字记录、上传的文件都核验了，没有问题。"
            return checking.site(), said
        manifest, problems = checking.check(path, read(passphrase_file))
        for name in manifest.missing:
            self.stdout.write(f"备份时上传的文件 {name} 已经不在，备份里没有")
        when = f"{timezone.localtime(manifest.at):%Y-%m-%d %H:%M}"
        return problems, (
            f"备份完好：{when} 做的，{manifest.product} 版，{sum(manifest.rows.values())}行，"
            f"{len(manifest.media)}个上传的文件。"
            f"审计记录最新一条 {manifest.audit[0]} {manifest.audit[1]}"
        )
