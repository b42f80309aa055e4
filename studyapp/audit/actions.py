"""Writing to the audit log, inside the transaction of the change it tells of."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from studyapp.audit.chain import digest
from studyapp.audit.models import Entry, Operation

terminal: ContextVar[str] = ContextVar("terminal", default="")
"""Address of the machine that the current request came from; empty for commands."""

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
    """
    # No savepoint: what fails here must not be stored in part, whoever catches it.
    with transaction.atomic(savepoint=False):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = Entry.objects.order_by("-seq").values_list("seq", "digest").first()
        entry = Entry(
            seq=(last[0] if last else 0) + 1,
            previous=last[1] if last else "",
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
