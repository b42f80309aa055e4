"""Bringing earlier wordings of the record sheet back; what stood in between is kept too."""

from datetime import datetime

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.errors import Refused
from studyapp.meetings.actions.locking import held, touch
from studyapp.meetings.models import CHECKED, AgendaItem, Meeting, Remark
from studyapp.saving.actions import restore_shared


@transaction.atomic
def restore_summary(meeting: Meeting, *, wording: int, by: User, at: datetime) -> Meeting:
    """Make an earlier wording of the chair's summary the newest one."""
    fresh = held(meeting)
    fresh.summary = restore_shared(
        fresh.summary_key, wording=wording, by=by, at=at, now=fresh.summary
    )
    touch(fresh, "summary")
    record(
        "恢复小结以前的写法",
        operation=Operation.CHANGE,
        by=by,
        target=fresh.title,
        unit=fresh.unit,
        meeting=fresh.pk,
    )
    return fresh


@transaction.atomic
def restore_item_words(item: AgendaItem, *, wording: int, by: User, at: datetime) -> AgendaItem:
    """Make an earlier wording of what was said under an agenda item the newest one."""
    meeting = held(item.meeting)
    item.refresh_from_db()
    item.words = restore_shared(item.words_key, wording=wording, by=by, at=at, now=item.words)
    item.save(update_fields=["words"])
    touch(meeting)
    record(
        "恢复议程记录以前的写法",
        operation=Operation.CHANGE,
        by=by,
        target=item.title,
        unit=meeting.unit,
        meeting=meeting.pk,
        item=item.pk,
    )
    return item


@transaction.atomic
def restore_remark(remark: Remark, *, wording: int, by: User, at: datetime) -> Remark:
    """Make an earlier wording of a remark the newest one; its speaker checks it anew."""
    meeting = held(remark.meeting)
    remark.refresh_from_db()
    words = restore_shared(remark.text_key, wording=wording, by=by, at=at, now=remark.text)
    if not words:
        raise Refused("这个写法是空的，不能恢复。要删掉这条，到记录单点“删除”。")
    remark.reword(words, by=by, at=at)
    remark.save(update_fields=["text", *CHECKED])
    touch(meeting)
    record(
        "恢复发言以前的写法",
        operation=Operation.CHANGE,
        by=by,
        target=remark.speaker_name,
        unit=meeting.unit,
        meeting=meeting.pk,
        remark=remark.pk,
    )
    return remark
