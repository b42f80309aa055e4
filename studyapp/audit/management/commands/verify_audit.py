"""Check the audit chain from a terminal or a timer."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studyapp.audit.actions import verify
from studyapp.audit.models import Entry


class Command(BaseCommand):
    help = "核验审计记录：有改动、缺失、不相连或触发器缺失就报错（退出码不为 0）"

    def handle(self, *args: Any, **options: Any) -> None:
        problems = verify()
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise CommandError(f"审计记录有{len(problems)}处问题。保护现场，报告审计管理员。")
        newest = Entry.objects.order_by("-seq")[0]
        self.stdout.write(
            f"共{newest.seq}条，首尾相连，没有改动。最新一条 {newest.seq} {newest.digest}"
        )
