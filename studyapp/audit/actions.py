"""Writing to the audit log, inside the transaction of the change it tells of."""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Model
from django.utils import timezone

from studyapp.audit import queries
from studyapp.audit.chain import digest
from studyapp.audit.models import Entry, Operation, Segment

terminal: ContextVar[str] = ContextVar("terminal", default="")
"""Address of the machine that the current request came from; empty for commands."""

SEALED = "封存审计记录"
_LOCK = 7_316_001


def record(
    name: str,
    *,
    operation: Operation = Operation.CHANGE,
    by: Any = None,
    target: str = "",
    unit: Any = None,
    succeeded: bool = True,
    error_code: str = "",
    **condition: Any,
) -> Entry:
    """Append one row: who did what to what. Must not carry passwords or note bodies.

    It runs in the caller's transaction, so a change without its row (or the other way round)
    cannot be stored.

    Rows first, then the log: on PostgreSQL nobody else writes here until the transaction ends, so
    whoever locks a row after this waits for somebody who holds it and waits for the log. An action
    that logs more than once locks all that it changes before the first time, in the order of keys.
    Rows are locked with ``no_key``: foreign keys to them are looked up when a transaction ends.
    """
    # No savepoint: what fails here must not be stored in part, whoever catches it.
    with transaction.atomic(savepoint=False):
        _wait()
        seq, previous = queries.end()
        entry = Entry(
            seq=seq + 1,
            previous=previous,
            at=timezone.now(),
            user_id=getattr(by, "username", "") or "",
            user_name=getattr(by, "name", "") or "",
            organization_id=str(getattr(unit, "pk", "") or ""),
            organization=str(getattr(unit, "name", "") or ""),
            terminal=terminal.get(),
            operation=operation,
            name=name,
            target=target[:300],
            condition=condition,
            succeeded=succeeded,
            error_code=error_code,
        )
        entry.digest = digest(entry)
        entry.save(force_insert=True)
    return entry


def _wait() -> None:
    """Let nobody else append until the transaction ends; SQLite writes one at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@transaction.atomic
def seal(last: Entry, *, file_name: str, sha256: str, by: str, at: datetime) -> Segment:
    """Put the entries up to ``last`` on record as a segment, and take them out of the log.

    They stand in a file by now, which was checked. ``by`` is the account on the machine. The
    triggers let the entries go because the segment is there; they refuse it when it is not what
    lies in the log.
    """
    _wait()
    going = Entry.objects.filter(seq__lte=last.seq)
    first = going.order_by("seq")[0]
    before = queries.newest_segment()
    segment = Segment(
        number=before.number + 1 if before else 1,
        first_seq=first.seq,
        last_seq=last.seq,
        count=going.count(),
        previous=first.previous,
        last_digest=last.digest,
        last_at=going.aggregate(newest=Max("at"))["newest"],
        file_name=file_name,
        sha256=sha256,
        sealed_by=by,
        sealed_at=at,
    )
    # First the log: an entry always follows another one.
    record(
        SEALED,
        operation=Operation.DELETE,
        target=file_name,
        span=f"{first.seq}—{last.seq}",
        rows=segment.count,
        digest=last.digest,
        sha256=sha256,
        os_user=by,
    )
    segment.save(force_insert=True)
    going.delete()
    return segment


def differences(row: Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return for the log what ``values`` change in ``row``: field's name on screen → 旧→新.

    Empty for no change. For facts only: never for passwords or the words of notes.
    """
    found = {}
    for name, new in values.items():
        field = row._meta.get_field(name)
        old = getattr(row, name)
        if old != new:
            words = str(getattr(field, "verbose_name", name))
            found[words] = f"{_shown(field, old)}→{_shown(field, new)}"
    return found


def _shown(field: Any, value: object) -> str:
    labels = dict(getattr(field, "flatchoices", None) or ())
    return str(labels.get(value, "" if value is None else value)) or "空"
