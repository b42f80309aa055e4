"""Whoever attended may object to a passage of the record; recorder or chair answer."""

from datetime import datetime

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.models import Operation
from studyapp.errors import Refused
from studyapp.minutes.actions.locking import audited, locked
from studyapp.minutes.models import Objection, Record, RecordState
from studyapp.minutes.passages import Passage
from studyapp.minutes.queries import attended

LONGEST = 2000


def _open(record: Record) -> Record:
    """Return the record's row locked, while objections are still heard."""
    fresh = locked(record)
    if fresh.state == RecordState.SIGNED:
        raise Refused("记录已签字，不能再提意见。还有话说，请主持人发起更正。")
    if fresh.state == RecordState.DRAFT:
        raise Refused("记录还在整理，送签以后再提意见。")
    return fresh


def _words(text: str, empty: str) -> str:
    words = text.strip()
    if not words:
        raise Refused(empty)
    if len(words) > LONGEST:
        raise Refused(f"写了{len(words)}字，超过{LONGEST}字。")
    return words


@transaction.atomic
def object_to(record: Record, passage: Passage, *, text: str, by: User, at: datetime) -> Objection:
    """Object to a passage as it stands; kept with its answer."""
    fresh = _open(record)
    if not fresh.meeting.may_object:
        raise Refused("这次会没有开放对记录提意见，有话直接跟记录人说。")
    if not attended(fresh, by):
        raise Refused("到会的人才能对记录提意见。")
    words = _words(text, "写下哪里不对、应当怎样写。")
    same = fresh.objections.filter(by=by, key=passage.key, text=words, passage=passage.text)
    if twin := same.filter(withdrawn_at__isnull=True).first():
        return twin  # pressed twice
    objection = Objection.objects.create(
        record=fresh,
        key=passage.key,
        heading=passage.heading,
        passage=passage.text,
        by=by,
        by_name=by.name,
        text=words,
        revision=fresh.revision,
        at=at,
    )
    audited(fresh, "对会议记录提出意见", person=by, operation=Operation.CREATE)
    return objection


@transaction.atomic
def withdraw(objection: Objection, *, by: User, at: datetime) -> Objection:
    """Take the own objection back; it stays in the table as withdrawn."""
    record = _open(objection.record)
    objection.refresh_from_db()
    if objection.by_id != by.pk:
        raise Refused("只能撤回自己的意见。")
    if objection.withdrawn_at:
        raise Refused("这条意见已撤回。")
    objection.withdrawn_at = at
    objection.save(update_fields=["withdrawn_at"])
    audited(record, "撤回对会议记录的意见", person=by)
    return objection


@transaction.atomic
def answer_objection(objection: Objection, *, answer: str, by: User, at: datetime) -> Objection:
    """Answer an objection in words; changing the record is an act of its own."""
    record = _open(objection.record)
    objection.refresh_from_db()
    if objection.withdrawn_at:
        raise Refused("本人已撤回这条意见，不用答复。")
    if objection.answer:
        raise Refused("这条意见已答复。")
    objection.answer = _words(answer, "写一句答复，告诉本人改了什么，或者为什么不改。")
    objection.answered_by, objection.answered_at = by, at
    objection.save(update_fields=["answer", "answered_by", "answered_at"])
    audited(record, "答复对会议记录的意见", person=by)
    return objection
