"""Writing to the audit log, inside the transaction of the change it tells of."""

import hashlib
import json
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from studyapp.audit import triggers
from studyapp.audit.models import Entry, Operation

terminal: ContextVar[str] = ContextVar("terminal", default="")
"""Address of the machine that the current request came from; empty for commands."""

_LOCK = 7_316_001


def digest(entry: Entry) -> str:
    """Return the SHA-256 over the row's content and the digest of the row before it."""
    fields: dict[str, Any] = {
        "seq": entry.seq,
        "at": entry.at.astimezone(timezone.get_fixed_timezone(0)).isoformat(
            timespec="microseconds"
        ),
        "user_id": entry.user_id,
        "user_name": entry.user_name,
        "organization_id": entry.organization_id,
        "organization": entry.organization,
        "terminal": entry.terminal,
        "operation": int(entry.operation),
        "name": entry.name,
        "target": entry.target,
        "condition": entry.condition,
        "succeeded": entry.succeeded,
        "error_code": entry.error_code,
        "previous": entry.previous,
    }
    canonical = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


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


def verify() -> list[str]:
    """Return what is wrong with the chain and its triggers, in order; empty when all is well.

    Rows cut off at the end leave a shorter chain that fits: to find that, compare the newest
    number and digest with ones that were noted elsewhere (``manage.py verify_audit`` prints them).
    """
    problems: list[str] = []
    previous, expected = "", 1
    for entry in Entry.objects.order_by("seq").iterator(chunk_size=2000):
        if entry.seq != expected:
            problems.append(f"第 {expected} 条到第 {entry.seq - 1} 条缺失")
        elif entry.previous != previous:
            problems.append(f"第 {entry.seq} 条与上一条不相连")
        if digest(entry) != entry.digest:
            problems.append(f"第 {entry.seq} 条被改动")
        previous, expected = entry.digest, entry.seq + 1
    if expected == 1:
        problems.append("一条记录也没有：登录都会记录，可能被清空")
    if missing := triggers.missing():
        names = "、".join(missing)
        problems.append(f"防篡改触发器缺失：{names}。执行 manage.py migrate 重建，并查明原因")
    return problems
