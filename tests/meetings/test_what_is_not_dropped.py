"""Mends of what got lost between two people: check-ins, notes and words that are disputed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from studyapp.errors import Refused
from studyapp.meetings import news
from studyapp.meetings.actions import check_in, checking, notes, roll, sheet
from studyapp.meetings.models import CheckIn, Meeting, Remark
from studyapp.minutes import actions
from studyapp.minutes.content import digest
from studyapp.minutes.models import Record
from studyapp.text.marks import stamp
from tests.conftest import Cast
from tests.factories import make_meeting, make_note
from tests.minutes.records import held, opened, submitted

NOW = timezone.now()
RIGHT = "窗口要少跑两趟。"


def disputed(remark: Remark, *, objection: str = "", correction: str = "") -> None:
    assert remark.speaker
    if objection:
        checking.object_to_remark(remark, objection=objection, by=remark.speaker, at=NOW)
    if correction:
        checking.correct_remark(remark, text=correction, base=None, by=remark.speaker, at=NOW)


def arriving(cast: Cast) -> Meeting:
    return make_meeting(
        cast.branch,
        chair=cast.secretary,
        recorder=cast.recorder,
        state="open",
        actual_start=NOW - timedelta(minutes=30),
        uses_code=True,
        attending=(cast.secretary, cast.recorder, cast.member),
    )


def test_a_correction_that_is_taken_over_leaves_the_objection_open(cast: Cast) -> None:
    remark = held(cast).remarks.get()
    disputed(remark, objection="还漏了第二点。", correction=RIGHT)
    taken = checking.take_over(remark, seen=stamp(RIGHT), by=cast.recorder, at=NOW)
    assert (taken.text, taken.correction, taken.objection) == (RIGHT, "", "还漏了第二点。")
    assert (taken.checked_at, taken.is_unanswered, taken.is_taken_over) == (None, True, False)


def test_words_that_the_paper_does_not_say_are_not_checked(cast: Cast) -> None:
    record = opened(cast)
    remark = record.meeting.remarks.get()
    part = record.parts.get(key=remark.text_key)
    actions.edit_part(part, text="纸上另写。", base=digest(part.text), by=cast.recorder, at=NOW)
    disputed(remark, correction=RIGHT)
    taken = actions.take_correction(
        remark, seen=stamp(RIGHT), words=stamp("别的"), by=cast.recorder, at=NOW
    )
    taken.refresh_from_db()
    part.refresh_from_db()
    assert (taken.text, part.text) == (RIGHT, "纸上另写。")
    assert (taken.checked_at, taken.waits_for_speaker) == (None, True)


def test_a_disputed_remark_is_neither_deleted_nor_given_to_somebody_else(cast: Cast) -> None:
    remark = held(cast).remarks.get()
    disputed(remark, objection="不是我说的。")
    with pytest.raises(Refused, match="还没有了结"):
        sheet.remove_remark(remark, by=cast.recorder, at=NOW)
    with pytest.raises(Refused, match="还没有了结"):
        sheet.edit_remark(remark, text=remark.text, speaker_name="陈卫东", by=cast.recorder, at=NOW)
    assert Remark.objects.get(pk=remark.pk).objection == "不是我说的。"
    assert remark.speaker
    checking.withdraw_dispute(remark, by=remark.speaker, at=NOW)
    sheet.remove_remark(remark, by=cast.recorder, at=NOW)
    assert Remark.objects.count() == 0


def test_a_note_that_was_deleted_meanwhile_does_not_enter_the_record(cast: Cast) -> None:
    meeting = arriving(cast)
    note = make_note(cast.member, cast.branch, meeting=meeting)
    seen_before = type(note).objects.get(pk=note.pk)
    notes.delete(note, by=cast.member, at=NOW)
    with pytest.raises(Refused, match="不能列入记录"):
        sheet.take_note(meeting, seen_before, by=cast.recorder, at=NOW)
    assert meeting.remarks.count() == 0


def test_a_note_of_who_made_the_study_up_is_no_remark_of_the_meeting(cast: Cast) -> None:
    meeting = arriving(cast)
    Meeting.objects.filter(pk=meeting.pk).update(
        state="ended", actual_end=NOW - timedelta(minutes=5)
    )
    meeting.refresh_from_db()
    meeting.attendances.filter(user=cast.member).update(presence="leave", leave_kind="值班")
    note = make_note(cast.member, cast.branch, meeting=meeting)
    with pytest.raises(Refused, match=r"补学写的.*人到了会的，先改点名，再列入"):
        sheet.take_note(meeting, note, by=cast.recorder, at=NOW)
    roll.mark(
        meeting.attendances.get(user=cast.member), presence="present", by=cast.recorder, at=NOW
    )
    assert sheet.take_note(meeting, note, by=cast.recorder, at=NOW).text == note.body


def test_who_checked_in_late_is_late_also_among_all_the_others(cast: Cast) -> None:
    meeting = arriving(cast)
    late = timezone.localtime(NOW)
    check_in.check_in(meeting, how=CheckIn.SCAN, moment=NOW, by=cast.member, at=NOW)
    assert roll.rest_present(meeting, by=cast.recorder, at=NOW) == 3
    marks = {a.user_id: (a.presence, a.arrived_at) for a in meeting.attendances.all()}
    clock = late.time().replace(second=0, microsecond=0)
    assert marks[cast.member.pk] == ("late", clock)
    assert marks[cast.secretary.pk] == ("present", None)


def test_only_who_was_seen_is_confirmed(cast: Cast) -> None:
    meeting = arriving(cast)
    for person in (cast.member, cast.secretary):
        check_in.check_in(meeting, how=CheckIn.SCAN, moment=NOW, by=person, at=NOW)
    seen = [meeting.attendances.get(user=cast.member).pk]
    assert check_in.confirm_check_ins(meeting, seen=seen, by=cast.recorder, at=NOW) == 1
    marks = {a.user_id: a.presence for a in meeting.attendances.all()}
    assert (marks[cast.member.pk], marks[cast.secretary.pk]) == ("late", "")
    with pytest.raises(Refused, match="看过名单再确认"):
        check_in.confirm_check_ins(meeting, seen=[], by=cast.recorder, at=NOW)


def test_what_becomes_of_the_record_is_news_for_the_open_page(cast: Cast) -> None:
    record: Record = submitted(cast)
    before = news.newest(record.meeting_id)
    actions.return_record(record, opinion="补写", by=cast.secretary, at=NOW)
    after = Meeting.objects.get(pk=record.meeting_id)
    assert news.number(after) == before + 1
