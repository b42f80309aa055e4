"""补学: said by who was away, for themselves alone, beside everything that was signed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.errors import Refused
from studyapp.meetings.actions import make_up, notes, roll
from studyapp.meetings.models import Attendance, Meeting, Note
from studyapp.minutes import papers
from studyapp.minutes.content import gather
from studyapp.minutes.models import Record
from tests.conftest import Cast
from tests.factories import make_attendance, make_meeting, make_speech

SignIn = Callable[[User], Client]
NOW = timezone.now()


@pytest.fixture
def meeting(cast: Cast) -> Meeting:
    """Return a 集中学习 that ended an hour ago, with the member on leave."""
    made = make_meeting(
        cast.branch,
        chair=cast.secretary,
        recorder=cast.recorder,
        state="ended",
        actual_start=NOW - timedelta(hours=3),
        actual_end=NOW - timedelta(hours=1),
    )
    speech = make_speech(cast.branch, cast.secretary)
    made.agenda.create(position=1, kind="study", title="学习讲话", speech=speech)
    make_attendance(made, cast.secretary, presence="present")
    make_attendance(made, cast.member, presence="leave", leave_kind="出差")
    return made


@pytest.fixture
def row(cast: Cast, meeting: Meeting) -> Attendance:
    return meeting.attendances.get(user=cast.member)


def said(cast: Cast, row: Attendance) -> Attendance:
    return make_up.make_up(row, by=cast.member, at=NOW)


def test_who_was_away_says_so_once(cast: Cast, row: Attendance) -> None:
    assert said(cast, row).made_up_at == NOW
    later = make_up.make_up(row, by=cast.member, at=NOW + timedelta(hours=1))
    assert later.made_up_at == NOW
    entries = Entry.objects.filter(name="补学").values_list("user_id", "target")
    assert list(entries) == [("member", "王海峰")]


def test_nobody_says_it_for_somebody_else(cast: Cast, row: Attendance) -> None:
    with pytest.raises(Refused, match="由本人来记"):
        make_up.make_up(row, by=cast.recorder, at=NOW)
    row.refresh_from_db()
    assert row.made_up_at is None


@pytest.mark.parametrize("presence", ["present", "late", "", "left"])
def test_who_was_there_has_nothing_to_make_up(cast: Cast, row: Attendance, presence: str) -> None:
    Attendance.objects.filter(pk=row.pk).update(presence=presence)
    with pytest.raises(Refused, match="不用补学"):
        said(cast, row)


def test_before_the_end_there_is_nothing_to_make_up(cast: Cast, row: Attendance) -> None:
    Meeting.objects.update(state="open", actual_end=None)
    with pytest.raises(Refused, match="散会以后"):
        said(cast, row)


def test_a_slip_is_undone_within_a_day(cast: Cast, row: Attendance) -> None:
    said(cast, row)
    assert make_up.take_back(row, by=cast.member, at=NOW + timedelta(hours=23)).made_up_at is None
    said(cast, row)
    with pytest.raises(Refused, match="一天以上"):
        make_up.take_back(row, by=cast.member, at=NOW + timedelta(hours=25))
    with pytest.raises(Refused, match="由本人"):
        make_up.take_back(row, by=cast.recorder, at=NOW)


def test_what_a_signed_record_holds_is_not_taken_back(cast: Cast, row: Attendance) -> None:
    said(cast, row)
    Meeting.objects.update(signed_at=NOW + timedelta(minutes=1))
    with pytest.raises(Refused, match="签过字"):
        make_up.take_back(row, by=cast.member, at=NOW + timedelta(hours=1))


def test_the_roll_that_finds_the_person_there_forgets_it(cast: Cast, row: Attendance) -> None:
    said(cast, row)
    row.refresh_from_db()
    assert roll.mark(row, presence="present", by=cast.recorder, at=NOW).made_up_at is None


def test_the_page_offers_it_to_who_was_away_alone(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    address = f"/meetings/{meeting.pk}/"
    assert [
        "我已补学" in signed_in(who).get(address).content.decode()
        for who in (cast.member, cast.secretary, cast.recorder)
    ] == [True, False, False]
    client = signed_in(cast.member)
    assert client.post(address + "make-up/").headers["Location"] == address
    page = client.get(address).content.decode()
    assert ("我已补学" in page, "记错了，撤回" in page) == (False, True)
    client.post(address + "make-up/", {"undo": "yes"})
    assert "我已补学" in client.get(address).content.decode()
    # Who is not on the roll has no row to say it of.
    assert signed_in(cast.recorder).post(address + "make-up/").status_code == 422
    assert signed_in(cast.visitor).post(address + "make-up/").status_code == 404


def test_it_works_after_the_signature_and_changes_nothing_signed(
    cast: Cast, signed_in: SignIn, meeting: Meeting, row: Attendance
) -> None:
    Meeting.objects.update(signed_at=NOW - timedelta(minutes=1))
    meeting.refresh_from_db()
    said(cast, row)
    note = notes.write(
        by=cast.member,
        unit=cast.branch,
        meeting=meeting,
        body="补学后写的",
        kind="reflection",
        post=True,
        at=NOW,
    )
    page = signed_in(cast.secretary).get(f"/meetings/{meeting.pk}/?theme=0").content.decode()
    assert "补学后写的" in page
    assert page.split("补学后写的")[0].rsplit('class="by"', 1)[1].count(">补学<") == 1
    edited = notes.edit(note, body="改过", kind="reflection", revision=1, by=cast.member, at=NOW)
    assert edited.body == "改过"
    with pytest.raises(Refused, match="已签字"):
        notes.write(
            by=cast.secretary,
            unit=cast.branch,
            meeting=meeting,
            body="别人写的",
            kind="reflection",
            at=NOW,
        )
    assert Note.objects.count() == 1


def test_a_note_of_the_meeting_itself_carries_no_such_word(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    written = NOW - timedelta(hours=2)
    Note.objects.create(
        author=cast.member,
        unit=cast.branch,
        meeting=meeting,
        body="会上写的",
        created_at=written,
        posted_at=written,
    )
    page = signed_in(cast.secretary).get(f"/meetings/{meeting.pk}/?theme=0").content.decode()
    assert ("会上写的" in page, ">补学<" in page.split('data-live="stream"')[1]) == (True, False)


def test_the_paper_prints_what_was_said_before_it_was_submitted(
    cast: Cast, meeting: Meeting, row: Attendance
) -> None:
    record = Record.objects.create(meeting=meeting)
    said(cast, row)
    day = timezone.localtime(NOW)
    words = f"王海峰（出差，{day.month}月{day.day}日补学）"
    assert words in str(papers.record(gather(record)))
    record.state = "submitted"
    record.submitted_at, record.submitted_by = NOW - timedelta(minutes=1), cast.recorder
    record.save()
    text = str(papers.record(gather(record)))
    assert (words in text, "王海峰（出差）" in text) == (False, True)


def test_what_was_said_later_stands_beside_the_paper(
    cast: Cast, signed_in: SignIn, meeting: Meeting, row: Attendance
) -> None:
    record = Record.objects.create(
        meeting=meeting, state="submitted", submitted_at=NOW, submitted_by=cast.recorder
    )
    make_up.make_up(row, by=cast.member, at=NOW + timedelta(minutes=1))
    page = signed_in(cast.recorder).get(f"/minutes/{record.pk}/").content.decode()
    assert "送签后补学的：王海峰" in "".join(page.split("\n"))
