"""Check every signed version from a terminal or a timer."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studyapp.branches.models import Unit
from studyapp.minutes.verify import Report, find
from studyapp.web.occupied import at_work


class Command(BaseCommand):
    help = "核验签字记录：内容、签字、链、封印、校验码、扫描件有一处不对就报错（退出码不为 0）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--unit", type=int, metavar="PK", help="只核验这个党组织自己的记录")
        parser.add_argument(
            "--heads", action="store_true", help="列出每条链最新的链值，抄存在系统外以便日后比对"
        )

    @at_work()
    def handle(self, *args: Any, **options: Any) -> None:
        unit = self._unit(options["unit"])
        report, count = Report(), 0
        for problem in find(report, unit):
            count += 1
            self.stdout.write(problem)
        if options["heads"]:
            names = dict(Unit.objects.filter(pk__in=report.heads).values_list("pk", "name"))
            for pk, (place, link) in report.heads.items():
                self.stdout.write(f"{pk} {names[pk]} 第{place}号 {link}")
        seen = (
            f"{len(report.heads)}条链、{report.versions}个签字版本、"
            f"{report.scans}份扫描件、{report.files}个导出文件"
        )
        if count:
            raise CommandError(f"核验了{seen}，有{count}处问题。保护现场，报告管理员。")
        self.stdout.write(f"核验了{seen}，没有问题。")

    def _unit(self, pk: int | None) -> Unit | None:
        if pk is None:
            return None
        unit = Unit.objects.filter(pk=pk).first()
        if unit is None:
            raise CommandError(f"没有编号为 {pk} 的党组织。")
        return unit
