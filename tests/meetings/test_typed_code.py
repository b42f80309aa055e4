"""Checking in by the code as figures: typed by hand, and no way to guess."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from studyapp.audit.models import Entry
from studyapp.errors import Refused
from studyapp.meetings import arrivals, codes
from studyapp.meetings.actions import check_in as actions
from studyapp.meetings.models import Meeting, WrongCodes
from tests.conftest import Cast
from tests.factories import make_attendance, make_meeting


@pytest.fixture
def meeting(cast: Cast) -> Meeting:
    """Return a meeting where people arrive and the code is on the screen."""
    return make_meeting(
        cast.branch,
        chair=cast.secretary,
        recorder=cast.recorder,
        state="check_in",
        title="只此一次会",
        uses_code=True,
        attending=(cast.secretary, cast.recorder, cast.member),
    )


def figures(meeting: Meeting) -> str:
    return codes.current(meeting.pk, timezone.now()).figures


def test_the_typed_code_checks_in(cast: Cast, meeting: Meeting, signed_in) -> None:
    code = figures(meeting)
    wide = code[:3].translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)}) + " " + code[3:]
    client = signed_in(cast.member)
    assert 'name="figures"' in client.get("/check-in/").content.decode()
    answer = client.post("/check-in/", {"figures": wide})
    assert (answer.status_code, answer["Location"]) == (302, "/check-in/")
    assert meeting.attendances.get(user=cast.member).checked_in_by == "typed"
    page = client.get("/check-in/").content.decode()
    assert "已签到（输入签到码）" in page
    assert 'name="figures"' not in page


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "12 45x"])
def test_what_cannot_be_a_code_is_no_guess(
    cast: Cast, meeting: Meeting, signed_in, typed: str
) -> None:
    assert signed_in(cast.member).post("/check-in/", {"figures": typed}).status_code == 422
    assert not WrongCodes.objects.exists()


def test_the_code_of_a_foreign_meeting_is_a_wrong_one(
    cast: Cast, meeting: Meeting, signed_in
) -> None:
    client = signed_in(cast.visitor)
    answer = client.post("/check-in/", {"figures": figures(meeting)})
    assert answer.status_code == 422
    assert "只此一次会" not in answer.content.decode()
    assert WrongCodes.objects.get(person=cast.visitor).number == 1


def test_the_code_of_the_own_branch_sends_who_is_not_on_the_roll_to_the_recorder(
    cast: Cast, meeting: Meeting, signed_in
) -> None:
    meeting.attendances.filter(user=cast.member).delete()
    client = signed_in(cast.member)
    for _ in range(actions.TRIES + 1):
        answer = client.post("/check-in/", {"figures": figures(meeting)})
        page = answer.content.decode()
        said = "你不在这次会议的名单上。找记录人孙丽华加上，再签到。"
        assert (answer.status_code, said in page, "码不对" in page) == (422, True, False)
    assert WrongCodes.objects.get(person=cast.member).number == 0
    assert not Entry.objects.filter(name="签到码不对").exists()


def test_who_is_on_the_roll_from_elsewhere_types_the_code_too(cast: Cast, meeting: Meeting) -> None:
    make_attendance(meeting, cast.visitor, is_observer=True, has_vote=False)
    found = actions.find_by_code(figures(meeting), by=cast.visitor, at=timezone.now())
    assert found == meeting


def wrong(meeting: Meeting, at: datetime | None = None) -> str:
    """Return figures that are no code of the meeting now, or then."""
    now = at or timezone.now()
    near = {codes.current(meeting.pk, now + timedelta(seconds=s)).figures for s in (-30, 0, 30)}
    return next(f"{n:06}" for n in range(9) if f"{n:06}" not in near)


@pytest.mark.attack(11)
def test_guessing_ends_after_ten_codes_wherever_it_comes_from(
    cast: Cast, meeting: Meeting, signed_in
) -> None:
    for _ in range(actions.TRIES):
        answer = signed_in(cast.member).post("/check-in/", {"figures": wrong(meeting)})
        assert answer.status_code == 422
        assert "已经换新的了" in answer.content.decode()
    answer = signed_in(cast.member).post("/check-in/", {"figures": figures(meeting)})
    assert answer.status_code == 422
    assert "输错了10次" in answer.content.decode()
    assert meeting.attendances.get(user=cast.member).checked_in_at is None
    failed = Entry.objects.filter(name="签到码不对", succeeded=False, user_id="member")
    assert failed.count() == 10
    # Others type on, and after ten minutes so does the person.
    assert actions.find_by_code(figures(meeting), by=cast.secretary, at=timezone.now()) == meeting
    later = timezone.now() + actions.WITHIN
    code = codes.current(meeting.pk, later).figures
    assert actions.find_by_code(code, by=cast.member, at=later) == meeting


def test_wrong_codes_are_not_forgotten_by_a_clock_that_is_set_back(
    cast: Cast, meeting: Meeting
) -> None:
    now = timezone.now()
    before = now - timedelta(days=1)

    def tries(number: int, at: datetime) -> None:
        for _ in range(number):
            assert actions.find_by_code(wrong(meeting, at), by=cast.member, at=at) is None

    tries(actions.TRIES - 2, now)
    tries(1, before)
    assert WrongCodes.objects.get(person=cast.member).since == before
    tries(1, before)
    with pytest.raises(Refused, match="输错了10次"):
        actions.find_by_code("000000", by=cast.member, at=before)
    # The time begins with the first one by the new clock: not a day later.
    tries(1, before + actions.WITHIN)
    assert WrongCodes.objects.get(person=cast.member).number == 1


def test_the_page_says_why_there_is_nothing_to_type(
    cast: Cast, meeting: Meeting, signed_in
) -> None:
    client = signed_in(cast.member)
    for state, sentence in (("preparing", "还没有开始签到"), ("ended", "会议已散会，不能再签到")):
        Meeting.objects.filter(pk=meeting.pk).update(state=state)
        assert sentence in client.get("/check-in/").content.decode()
    Meeting.objects.filter(pk=meeting.pk).update(state="check_in")
    meeting.attendances.filter(user=cast.member).delete()
    assert "找记录人孙丽华加上" in client.get("/check-in/").content.decode()
    Meeting.objects.filter(pk=meeting.pk).update(kind="life")
    assert "你现在没有用签到码的会议" in client.get("/check-in/").content.decode()


def test_no_meeting_is_named_to_an_administrator_whom_a_roll_has(
    cast: Cast, meeting: Meeting
) -> None:
    make_attendance(meeting, cast.sysadmin)
    now = timezone.now()
    assert [place.meeting for place in arrivals.places(cast.member, now)] == [meeting]
    assert arrivals.places(cast.sysadmin, now) == []
    assert arrivals.known_to(cast.sysadmin, meeting.pk) is None


def test_the_meeting_that_was_asked_for_is_named_and_only_to_whom_it_is_known(
    cast: Cast, meeting: Meeting
) -> None:
    start = meeting.planned_start + timedelta(days=1)
    later = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder, start=start)
    keys, people = (meeting.pk, later.pk, 999_999), (cast.member, cast.visitor)
    found = {who: [arrivals.known_to(who, key) for key in keys] for who in people}
    assert found == {cast.member: [meeting, later, None], cast.visitor: [None, None, None]}
