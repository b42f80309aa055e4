"""Whoever changes two rows locks them in one order, so that nobody's words are lost between two."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from studyapp.meetings.actions import checking, notes, sheet
from studyapp.meetings.actions.locking import stamp
from studyapp.meetings.models import Meeting, Remark
from studyapp.minutes import actions, signers
from studyapp.minutes.content import digest
from studyapp.minutes.models import Part, Record
from studyapp.saving.actions import Posted
from studyapp.saving.models import Revision
from tests.conftest import Cast
from tests.factories import make_note
from tests.minutes.records import NOW, held, opened

RIGHT = "窗口要少跑两趟。"
RECORD_FIRST = ["minutes_record", "meetings_meeting"]
NOTE_FIRST = ["meetings_note", "meetings_meeting"]


def locks(act: Callable[[], object]) -> list[str]:
    """Return the tables of which ``act`` locks rows, in order."""
    with CaptureQueriesContext(connection) as seen:
        act()
    asked = [query["sql"] for query in seen if query["sql"].endswith("FOR NO KEY UPDATE")]
    return [re.findall(r'FROM "(\w+)"', sql)[0] for sql in asked]


def said(record: Record) -> tuple[Part, Remark]:
    remark = record.meeting.remarks.get()
    return record.parts.get(key=remark.text_key), remark


@pytest.mark.postgres
@pytest.mark.parametrize("act", ["edit", "type", "restore", "take", "correction", "open"])
def test_a_record_is_locked_before_its_meeting(cast: Cast, act: str) -> None:
    record = opened(cast)
    part, remark = said(record)
    by, at = cast.recorder, NOW()
    first = digest(part.text)
    actions.edit_part(part, text="少跑。", base=first, by=by, at=at)
    old = Revision.objects.filter(text__key=part.text_key).earliest("pk")
    checking.correct_remark(remark, text=RIGHT, base=None, by=cast.member, at=at)
    words: Posted = {"body": "又少跑。", "base": 2, "client": "c", "token": "t"}
    acts: dict[str, Callable[[], object]] = {
        "edit": lambda: actions.edit_part(part, text="多。", base=digest("少跑。"), by=by, at=at),
        "type": lambda: actions.type_part(part, words, by=by, at=at),
        "restore": lambda: actions.restore_part(part, wording=old.pk, by=by, at=at),
        "take": lambda: actions.take_source(part, seen=first, keep=False, by=by, at=at),
        "correction": lambda: actions.take_correction(
            remark, seen=stamp(RIGHT), words="", by=by, at=at
        ),
        "open": lambda: actions.open_record(record.meeting, by=by, at=at),
    }
    assert locks(acts[act])[:2] == RECORD_FIRST


@pytest.mark.postgres
def test_submitting_and_confirming_lock_the_meeting_that_they_judge(cast: Cast) -> None:
    record = opened(cast)
    found = locks(lambda: actions.submit(record, by=cast.recorder, at=NOW()))
    assert found[:2] == RECORD_FIRST
    person = next(iter(signers.needed(record).values()))[0]
    record.refresh_from_db()
    found = locks(lambda: actions.confirm(record, revision=record.revision, by=person, at=NOW()))
    assert found[:2] == RECORD_FIRST


@pytest.mark.postgres
def test_a_note_is_locked_before_its_meeting(cast: Cast) -> None:
    meeting = held(cast, ends=False)
    note = make_note(cast.member, cast.branch, meeting=meeting)
    by, at = cast.recorder, NOW()
    assert locks(lambda: sheet.take_note(meeting, note, by=by, at=at))[:2] == NOTE_FIRST
    remark = Remark.objects.get(note=note)
    assert locks(lambda: sheet.remove_remark(remark, by=by, at=at))[:2] == NOTE_FIRST
    # Its author's own acts hold the note when they tell the meeting.
    note.refresh_from_db()
    edit = {"body": "另写", "kind": note.kind, "revision": note.revision}
    with CaptureQueriesContext(connection) as seen:
        notes.edit(note, by=cast.member, at=at, **edit)
    asked = [
        n
        for n, q in enumerate(seen)
        if "FOR NO KEY UPDATE" in q["sql"] and "meetings_note" in q["sql"]
    ]
    told = [n for n, q in enumerate(seen) if q["sql"].startswith('UPDATE "meetings_meeting"')]
    assert asked[0] < told[0]


def test_words_typed_for_the_paper_ask_the_speaker_again_on_open_pages(cast: Cast) -> None:
    record = opened(cast)
    part, remark = said(record)
    checking.check_remark(remark, by=cast.member, at=NOW())
    before = Meeting.objects.get(pk=remark.meeting_id)
    words: Posted = {"body": "少跑。", "base": 0, "client": "c", "token": "t"}
    actions.type_part(part, words, by=cast.recorder, at=NOW())
    after = Meeting.objects.get(pk=remark.meeting_id)
    assert Remark.objects.get(pk=remark.pk).checked_at is None
    assert (after.version, after.news) == (before.version, before.news + 1)
    words = {"body": "少跑一趟。", "base": 1, "client": "c", "token": "u"}
    actions.type_part(part, words, by=cast.recorder, at=NOW())
    assert Meeting.objects.get(pk=remark.meeting_id).news == after.news
