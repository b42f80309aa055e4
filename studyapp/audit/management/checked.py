"""What commands do with a check of the log: tell all of it, and go on only when it is in order."""

from collections.abc import Sequence

from django.core.management.base import BaseCommand, CommandError

from studyapp.audit.anchors import Anchor
from studyapp.audit.checking import Report, check


def checked(command: BaseCommand, noted: Sequence[Anchor], *, undone: str = "") -> Report:
    """Check the log against what was ``noted``; CommandError with the exit code of the worst kind.

    ``undone`` says what is left undone then.
    """
    report = check(noted)
    for finding in report.findings:
        command.stderr.write(finding.sentence)
    if report.worst:
        raise CommandError(
            f"审计记录有{report.total}处问题{undone}。保护现场，报告审计管理员。",
            returncode=report.worst,
        )
    return report
