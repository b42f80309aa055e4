"""What every action on a record begins and ends with: the locked row, the line in the log."""

from typing import Any

from studyapp.accounts.models import User
from studyapp.audit.actions import record as audit
from studyapp.audit.models import Operation
from studyapp.errors import Refused
from studyapp.meetings import news
from studyapp.meetings.actions.locking import as_it_is
from studyapp.meetings.models import Meeting
from studyapp.minutes.models import Record, RecordState


def locked(record: Record) -> Record:
    """Return the record's row locked and fresh."""
    return Record.objects.select_for_update(no_key=True).get(pk=record.pk)


def locked_with_meeting(record: Record) -> Record:
    """Like :func:`locked`, and its meeting as well, always after the record.

    What is judged afterwards is the meeting as it is under the lock: nothing that somebody changed
    in the same instant is lost, or signed unseen.
    """
    fresh = locked(record)
    fresh.meeting = as_it_is(Meeting(pk=fresh.meeting_id))
    return fresh


def editable(record: Record) -> Record:
    """Like :func:`locked_with_meeting`, and refuse a record whose words are fixed."""
    fresh = locked_with_meeting(record)
    if fresh.state == RecordState.SIGNED:
        raise Refused("记录已签字，不能修改。要更正，点“发起更正”。")
    if fresh.state == RecordState.SUBMITTED:
        raise Refused("记录已送签，不能修改。先退回，再修改。")
    return fresh


def audited(
    record: Record,
    name: str,
    *,
    person: User,
    operation: Operation = Operation.CHANGE,
    **more: Any,
) -> None:
    """Write down in the log what was done with a record, and tell the open pages of its meeting."""
    news.step([record.meeting_id])
    audit(
        name,
        operation=operation,
        by=person,
        target=record.meeting.title,
        unit=record.meeting.unit,
        record=record.pk,
        revision=record.revision,
        **more,
    )
