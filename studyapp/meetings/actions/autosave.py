"""Words of the record sheet while they are typed: saved as they grow, judged by revision.

What is stored here is what the sheet shows; the audit log hears of hand-overs, not of key strokes.
"""

from datetime import datetime

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.errors import Refused
from studyapp.meetings import news
from studyapp.meetings.actions.locking import held
from studyapp.meetings.models import CHECKED, AgendaItem, Meeting, Remark
from studyapp.saving import actions as saving
from studyapp.saving.actions import Outcome, Posted, Saved


@transaction.atomic
def type_summary(meeting: Meeting, save: Posted, *, by: User, at: datetime) -> Outcome:
    """Save the chair's summary while it is typed."""
    fresh = held(meeting)
    outcome = saving.save(fresh.summary_key, by=by, at=at, now=fresh.summary, **save)
    words = saving.taken_over(save["body"])
    if isinstance(outcome, Saved) and words != fresh.summary:
        fresh.summary = words
        fresh.save(update_fields=["summary"])
        news.typed(fresh)
    return outcome


@transaction.atomic
def type_item_words(item: AgendaItem, save: Posted, *, by: User, at: datetime) -> Outcome:
    """Save what was said under an agenda item while it is typed."""
    meeting = held(item.meeting)
    item.refresh_from_db()
    outcome = saving.save(item.words_key, by=by, at=at, now=item.words, **save)
    words = saving.taken_over(save["body"])
    if isinstance(outcome, Saved) and words != item.words:
        item.words = words
        item.save(update_fields=["words"])
        news.typed(meeting)
    return outcome


@transaction.atomic
def type_remark(remark: Remark, save: Posted, *, by: User, at: datetime) -> Outcome:
    """Save the words of a remark while they are typed; an emptied field is none."""
    meeting = held(remark.meeting)
    remark.refresh_from_db()
    words = saving.taken_over(save["body"])
    if not words:
        raise Refused("发言内容空着，没有保存。要删掉这条，到记录单点“删除”。")
    outcome = saving.save(remark.text_key, by=by, at=at, now=remark.text, **save)
    if isinstance(outcome, Saved) and words != remark.text:
        remark.reword(words, by=by, at=at)
        remark.save(update_fields=["text", *CHECKED])
        news.typed(meeting)
    return outcome
