"""Check the audit chain from a terminal or a timer."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from studyapp.audit import anchors
from studyapp.audit.management.checked import checked
from studyapp.errors import Refused
from studyapp.web.occupied import at_work


class Command(BaseCommand):
    """The exit code is that of the worst finding (`checking.Kind`)."""

    help = (
        "核验审计记录，有问题就报错。退出码：2 触发器缺失或失效，3 中间缺失，4 末尾缺失，"
        "5 被改动，6 和锚点不一致（以最重的为准）"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchors",
            type=Path,
            metavar="FILE",
            help="同时和这个文件里的锚点比对（anchor_audit）",
        )
        parser.add_argument(
            "--note", action="store_true", help="没有问题就在数据目录记下锚点，下次核验和它比对"
        )

    @at_work()
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            noted = anchors.own()
            if options["anchors"]:
                noted += anchors.read(options["anchors"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        report = checked(self, noted)
        if options["note"]:
            anchors.note(anchors.anchor(report.last, report.digest, timezone.localtime()))
        sealed = f"；另有{report.sealed}个锚点在封存的部分里，没有比对" if report.sealed else ""
        self.stdout.write(
            f"共{report.rows}条，首尾相连，没有改动，和{report.agreeing}个锚点一致{sealed}。"
            f"最新一条 {report.last} {report.digest}"
        )
