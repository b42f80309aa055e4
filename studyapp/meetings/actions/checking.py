"""Speakers check what the record says that they said."""

from datetime import datetime

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.errors import Refused
from studyapp.meetings.actions.locking import held, touch
from studyapp.meetings.models import Remark


@transaction.atomic
def check_remark(remark: Remark, *, by: User, at: datetime) -> Remark:
    """The speaker says that the words are right (本人核对)."""
    meeting = held(remark.meeting)
    if remark.speaker_id != by.pk:
        raise Refused("只有发言人本人可以核对。")
    remark.checked_at, remark.objection = at, ""
    remark.save(update_fields=["checked_at", "objection"])
    touch(meeting)
    record(
        "核对发言",
        operation=Operation.CHANGE,
        by=by,
        target=remark.speaker_name,
        unit=meeting.unit,
        meeting=meeting.pk,
        remark=remark.pk,
    )
    return remark


@transaction.atomic
def object_to_remark(remark: Remark, *, objection: str, by: User, at: datetime) -> Remark:
    """The speaker says what is wrong; the recorder mends the words."""
    meeting = held(remark.meeting)
    if remark.speaker_id != by.pk:
        raise Refused("只有发言人本人可以核对。")
    if not objection.strip():
        raise Refused("写下哪里不对、应当怎样写。")
    remark.checked_at, remark.objection = None, objection.strip()
    remark.save(update_fields=["checked_at", "objection"])
    touch(meeting)
    record(
        "对发言记录提出意见",
        operation=Operation.CHANGE,
        by=by,
        target=remark.speaker_name,
        unit=meeting.unit,
        meeting=meeting.pk,
        remark=remark.pk,
    )
    return remark
