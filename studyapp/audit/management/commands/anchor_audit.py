"""Note the newest entry of the audit log in a file elsewhere."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from studyapp.audit import anchors
from studyapp.audit.management.checked import checked
from studyapp.errors import Refused
from studyapp.web.occupied import at_work


class Command(BaseCommand):
    """Only a log in which nothing is wrong, and that fits all earlier anchors, gets another one."""

    help = "核验审计记录，再把日期、最新序号和摘要记到另一台机器或共享目录的文件末尾"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="锚点文件")

    @at_work()
    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["to"]
        try:
            noted = [*anchors.own(), *(anchors.read(path) if path.exists() else ())]
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        report = checked(self, noted, undone="，没有记锚点")
        made = anchors.anchor(report.last, report.digest, timezone.localtime())
        try:
            anchors.append(path, made)
        except OSError as error:
            raise CommandError(f"锚点没有写进 {path}：{error.strerror}。") from error
        self.stdout.write(str(made))
