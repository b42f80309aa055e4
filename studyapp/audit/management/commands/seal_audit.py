"""Take the oldest entries of the audit log away, into a file that checks itself."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from studyapp.audit import anchors
from studyapp.audit.owner import owner
from studyapp.audit.sealing import seal
from studyapp.errors import Refused
from studyapp.web.occupied import at_work

_HABIT = 3 * 365  # days


class Command(BaseCommand):
    """For the owner of the machine: on PostgreSQL with two roles, the owner's role."""

    help = "封存：把最早的审计记录核验后写进文件，再从库里取走；不满190天的不能封存"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--before",
            type=date.fromisoformat,
            metavar="DATE",
            help="封存这一天以前的（不写：三年以前的）",
        )
        parser.add_argument(
            "--to", type=Path, required=True, metavar="FILE", help="新文件，.jsonl；另行妥善保管"
        )

    @at_work()
    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        before = options["before"] or timezone.localdate(now) - timedelta(days=_HABIT)
        try:
            noted = anchors.own()
            done = seal(before=before, to=options["to"], noted=noted, by=owner(), at=now)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"第 {done.first_seq} 条到第 {done.last_seq} 条（{done.count}条）已封存到 "
            f"{options['to']}，SHA-256 {done.sha256}，末条摘要 {done.last_digest}"
        )
