"""A meeting that was held, and its record as far as a test needs it."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from studyapp.audit import triggers
from studyapp.meetings.actions import roll, schedule, sheet
from studyapp.meetings.models import Meeting
from studyapp.minutes import actions, signers
from studyapp.minutes.models import Record
from tests.conftest import Cast

NOW = timezone.now


def held(
    cast: Cast,
    *,
    summary: str = "讲得实在。",
    text: str = "窗口要少跑一趟。",
    start: datetime | None = None,
    ends: bool = True,
    **more: Any,
) -> Meeting:
    """A meeting with everybody there, one remark and a summary; ended unless told otherwise."""
    start = start or NOW() - timedelta(hours=3)
    planned: dict[str, Any] = {
        "unit": cast.branch,
        "kind": "study",
        "title": "学习会",
        "place": "会议室",
        "chair": cast.secretary,
        "recorder": cast.recorder,
        **more,
    }
    meeting = schedule.schedule(
        planned_start=start,
        planned_end=start + timedelta(hours=1),
        by=cast.secretary,
        at=start - timedelta(days=1),
        **planned,
    )
    by = planned["recorder"]
    schedule.move(meeting, to="check_in", by=by, at=start)
    roll.rest_present(meeting, by=by, at=start)
    schedule.move(meeting, to="open", by=by, at=start)
    sheet.add_remark(meeting, speaker=cast.member, text=text, by=by, at=start)
    sheet.set_summary(meeting, text=summary, by=by, at=start)
    if ends:
        schedule.move(meeting, to="end", by=by, at=start + timedelta(hours=1))
    return Meeting.objects.get(pk=meeting.pk)


def opened(cast: Cast, **more: Any) -> Record:
    """The record of :func:`held`, assembled."""
    meeting = held(cast, **more)
    return actions.open_record(meeting, by=meeting.recorder, at=NOW())


def submitted(cast: Cast, **more: Any) -> Record:
    """The record of :func:`held`, waiting for its signatures."""
    record = opened(cast, **more)
    return actions.submit(record, by=record.meeting.recorder, at=NOW())


def sign(record: Record) -> Record:
    """Everybody who has to confirm does."""
    for people in signers.needed(record).values():
        actions.confirm(record, revision=record.revision, by=people[0], at=NOW())
    return Record.objects.get(pk=record.pk)


def signed(cast: Cast, **more: Any) -> Record:
    """The record of :func:`held`, signed."""
    return sign(submitted(cast, **more))


def amended(cast: Cast, *, reason: str = "发言人写错") -> Record:
    """A record with a second version, waiting for nothing."""
    record = actions.amend(signed(cast), reason=reason, by=cast.recorder, at=NOW())
    return sign(actions.submit(record, by=cast.recorder, at=NOW()))


def tamper(*statements: str, table: str = "minutes_signedversion") -> None:
    """Do what the owner of the database could do: without the triggers, which then come back."""
    names = [name for name in triggers.expected(connection.vendor) if name.startswith(table)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in names:
            on = "" if connection.vendor == "sqlite" else f" ON {table}"
            cursor.execute(f"DROP TRIGGER {name}{on}")
        for statement in statements:
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    triggers.make(triggers.expected(connection.vendor))
