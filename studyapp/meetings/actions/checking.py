"""Speakers check what the record says that they said; the recorder answers."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.errors import Refused, Stale
from studyapp.meetings import news
from studyapp.meetings.actions.locking import checked, held, stamp, touch
from studyapp.meetings.models import CHECKED, Meeting, Remark
from studyapp.meetings.own_words import Said, printed
from studyapp.saving import actions as saving

LONGEST_ANSWER = 500
_CHANGED = "记录人刚改过这条发言。看过新的写法，再点一次。"


def _own(remark: Remark, by: User) -> tuple[Meeting, Said]:
    """Return the locked meeting and the remark as it will be printed; the speaker's alone."""
    meeting = held(remark.meeting)
    remark.refresh_from_db()
    if remark.speaker_id != by.pk:
        raise Refused("只有发言人本人可以核对。")
    return meeting, printed(meeting, [remark])[0]


def _of_speaker(meeting: Meeting, remark: Remark, name: str, person: User) -> Remark:
    """Store what the speaker did. Nothing that others edit changed: their forms stay good."""
    remark.save(update_fields=CHECKED)
    news.step([meeting.pk])
    return _logged(meeting, remark, name, person)


def _of_recorder(meeting: Meeting, remark: Remark, name: str, person: User, *fields: str) -> Remark:
    remark.save(update_fields=[*fields, *CHECKED])
    touch(meeting)
    return _logged(meeting, remark, name, person)


def _logged(meeting: Meeting, remark: Remark, name: str, person: User) -> Remark:
    record(
        name,
        operation=Operation.CHANGE,
        by=person,
        target=remark.speaker_name,
        unit=meeting.unit,
        meeting=meeting.pk,
        remark=remark.pk,
    )
    return remark


@transaction.atomic
def check_remark(remark: Remark, *, by: User, at: datetime, base: str | None = None) -> Remark:
    """The speaker says that the words are right (本人核对).

    ``base`` is the :func:`stamp` of the printed words as they were read.
    """
    meeting, said = _own(remark, by)
    if base is not None and base != stamp(said.words):
        raise Stale(_CHANGED)
    remark.settle(at)
    return _of_speaker(meeting, remark, "核对发言", by)


@transaction.atomic
def check_all(meeting: Meeting, *, seen: Mapping[int, str], by: User, at: datetime) -> list[Remark]:
    """The speaker says that several remarks are right: all of them, as they were read, or none.

    ``seen`` has by the key of each remark the :func:`stamp` of its printed words.
    """
    own = held(meeting).remarks.filter(speaker=by, pk__in=seen)
    return [check_remark(remark, base=seen[remark.pk], by=by, at=at) for remark in own]


@transaction.atomic
def correct_remark(
    remark: Remark, *, text: str, base: str | None, by: User, at: datetime
) -> Remark:
    """The speaker writes the words as they should be; the recorder takes them over or answers.

    ``base`` is the :func:`stamp` of the printed words that the correction was made from.
    """
    meeting, said = _own(remark, by)
    text = checked(text)
    if base is not None and base != stamp(said.words) and text != said.words:
        raise Stale(_CHANGED)
    if text == said.words:
        raise Refused("和记录里的一样，没有要更正的。写得对，就点“对”。")
    remark.correction, remark.checked_at = text, None
    remark.unanswer()
    copy = remark.correction_copy
    saving.settle(copy, owner=by, to=f"{copy}-{at:%Y%m%d%H%M%S%f}", body=text, at=at)
    return _of_speaker(meeting, remark, "更正本人发言", by)


@transaction.atomic
def object_to_remark(remark: Remark, *, objection: str, by: User, at: datetime) -> Remark:
    """The speaker says in words what is wrong; the recorder mends it or answers."""
    meeting, _ = _own(remark, by)
    if not objection.strip():
        raise Refused("写下哪里不对、应当怎样写。")
    remark.checked_at, remark.objection = None, objection.strip()
    remark.unanswer()
    return _of_speaker(meeting, remark, "对发言记录提出意见", by)


@transaction.atomic
def withdraw_dispute(remark: Remark, *, by: User, at: datetime) -> Remark:
    """The speaker takes correction and objection back, without saying that the words are right."""
    meeting, _ = _own(remark, by)
    if not remark.is_disputed:
        raise Refused("这条发言没有可以撤回的意见。")
    remark.settle(None)
    return _of_speaker(meeting, remark, "撤回对发言的意见", by)


@transaction.atomic
def take_over(remark: Remark, *, seen: str, by: User, at: datetime) -> Remark:
    """Put the speaker's words on the sheet: checked by that, unless the speaker objects besides.

    ``seen`` is the :func:`stamp` of the correction as the recorder read it.
    """
    meeting = held(remark.meeting)
    remark.refresh_from_db()
    if not remark.correction:
        raise Refused("这条发言没有等着采用的更正，本人可能已撤回。")
    if stamp(remark.correction) != seen:
        raise Stale("本人刚又改过更正。看过新的再采用。")
    words = remark.correction
    saving.put(remark.text_key, body=words, by=by, at=at, now=remark.text)
    remark.text = words
    if remark.objection:
        # What else the speaker said is not answered by these words: it stays open.
        remark.correction, remark.checked_at = "", None
        remark.unanswer()
    else:
        remark.settle(at)
        remark.answered_by, remark.answered_at = by, at
    return _of_recorder(meeting, remark, "采用本人更正", by, "text")


@transaction.atomic
def answer_remark(
    remark: Remark, *, answer: str, by: User, at: datetime, seen: str | None = None
) -> Remark:
    """Keep the own wording and say why; what the speaker said stays open (never dropped).

    ``seen`` is the :func:`stamp` of the dispute that the recorder read.
    """
    meeting = held(remark.meeting)
    remark.refresh_from_db()
    if not remark.is_disputed:
        raise Refused("这条发言没有要答复的意见，本人可能已撤回。")
    if seen is not None and seen != stamp(remark.dispute):
        raise Stale("本人刚又改过意见。看过新的再答复。")
    answer = answer.strip()
    if not answer:
        raise Refused("写一句答复，告诉本人为什么不改。")
    if len(answer) > LONGEST_ANSWER:
        raise Refused(f"答复{len(answer)}字，超过{LONGEST_ANSWER}字。")
    remark.answer, remark.answered_by, remark.answered_at = answer, by, at
    return _of_recorder(meeting, remark, "答复对发言的意见", by)
