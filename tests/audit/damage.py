"""What somebody with the database in his hands could do to the log."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from studyapp.audit import triggers
from studyapp.audit.actions import record
from studyapp.audit.chain import digest
from studyapp.audit.checking import Kind, check
from studyapp.audit.models import Entry, Operation
from tests.conftest import Cast


def chain(cast: Cast, count: int = 3) -> list[Entry]:
    return [record(f"第{number}件", by=cast.member) for number in range(1, count + 1)]


def drop(name: str, *, table: str = "audit_entry") -> None:
    on = "" if connection.vendor == "sqlite" else f" ON {table}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}{on}")


def without_triggers(*statements: str) -> None:
    """Do it past the triggers, which then come back."""
    for name in triggers.expected(connection.vendor):
        for table in ("audit_entry", "audit_segment"):
            if name.startswith(table):
                drop(name, table=table)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    triggers.make(triggers.expected(connection.vendor))


def said() -> list[tuple[Kind, str]]:
    """Return what a check finds, in kinds and words."""
    return [(finding.kind, finding.sentence) for finding in check().findings]


def old(count: int, *, days: int) -> list[Entry]:
    """Append entries as if the clock stood so many days ago."""
    made = []
    for _ in range(count):
        last = Entry.objects.order_by("-seq").first()
        entry = Entry(
            seq=last.seq + 1 if last else 1,
            previous=last.digest if last else "",
            at=timezone.now() - timedelta(days=days),
            operation=Operation.CHANGE,
            name="从前",
        )
        entry.digest = digest(entry)
        entry.save(force_insert=True)
        made.append(entry)
    return made
