"""The count for a vote uses who is present at that minute."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from studyapp.accounts.models import User
from studyapp.errors import Refused
from studyapp.meetings.actions import outcomes
from studyapp.meetings.models import Meeting, State, Vote
from studyapp.meetings.presence import (
    changes_of_voters,
    head_count_now,
    minutes_from,
    present_at,
    voters_at,
)
from studyapp.minutes.checks import Finding, _voters
from studyapp.minutes.content import _people
from tests.conftest import Cast
from tests.factories import make_attendance, make_meeting, make_user

SignIn = Callable[[User], Client]
ZONE = ZoneInfo("Asia/Shanghai")


def at(hour: int, minute: int, second: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=ZONE)


START, END = at(14, 30, 40), at(16, 0, 20)


@pytest.fixture
def meeting(cast: Cast) -> Meeting:
    """Return an assembly of five: two from the start, one late, one who left, one on leave."""
    made = make_meeting(
        cast.branch,
        chair=cast.secretary,
        recorder=cast.recorder,
        kind="assembly",
        state=State.ENDED,
        start=at(14, 30),
        actual_start=START,
        actual_end=END,
    )
    for person, marks in (
        (cast.secretary, {"presence": "present"}),
        (cast.recorder, {"presence": "present"}),
        (cast.member, {"presence": "late", "arrived_at": time(14, 50)}),
        (
            make_user("赵一", unit=cast.branch),
            {"presence": "left", "arrived_at": time(14, 40), "left_at": time(15, 20)},
        ),
        (make_user("钱二", unit=cast.branch), {"presence": "leave", "leave_kind": "出差"}),
    ):
        make_attendance(made, person, **marks)
    return made


def vote(meeting: Meeting, held_at: time | None, *, now: datetime = END, **more: Any) -> Vote:
    values = {"kind": "ordinary", "subject": "计划", "ayes": 2, **more}
    return outcomes.add_vote(meeting, by=meeting.recorder, at=now, held_at=held_at, **values)


@pytest.mark.parametrize(
    ("moment", "names"),
    [
        (time(14, 30), "陈卫东 孙丽华"),
        (time(14, 39), "陈卫东 孙丽华"),
        (time(14, 40), "陈卫东 孙丽华 赵一"),
        (time(14, 49), "陈卫东 孙丽华 赵一"),
        (time(14, 50), "陈卫东 孙丽华 王海峰 赵一"),
        (time(15, 19), "陈卫东 孙丽华 王海峰 赵一"),
        (time(15, 20), "陈卫东 孙丽华 王海峰"),
        (time(16, 0), "陈卫东 孙丽华 王海峰"),
    ],
)
def test_the_roll_knows_who_was_there_at_each_minute(
    meeting: Meeting, moment: time, names: str
) -> None:
    rows = meeting.attendances.order_by("pk")
    assert [a.name for a in present_at(rows, moment, start=time(14, 30))] == names.split()


@pytest.mark.parametrize(
    ("start", "clock", "minutes"),
    [
        (time(14, 30), time(14, 50), 20),
        (time(14, 30), time(14, 25), -5),
        (time(22, 30), time(0, 15), 105),
        (time(0, 10), time(23, 50), -20),
    ],
)
def test_a_meeting_may_run_past_midnight(start: time, clock: time, minutes: int) -> None:
    assert minutes_from(start, clock) == minutes


def test_who_has_no_vote_is_no_voter(meeting: Meeting) -> None:
    meeting.attendances.filter(name="陈卫东").update(has_vote=False)
    guest = meeting.attendances.get(name="孙丽华")
    guest.is_observer, guest.has_vote, guest.should_attend = True, False, False
    guest.save()
    assert voters_at(meeting, meeting.attendances.all(), time(15, 0)) == 2


@pytest.mark.parametrize(
    ("moment", "here"), [(time(14, 31), 2), (time(14, 45), 3), (time(15, 0), 4), (time(15, 30), 3)]
)
def test_no_number_means_as_the_roll_has_it(meeting: Meeting, moment: time, here: int) -> None:
    made = vote(meeting, moment, present=None)
    assert (made.eligible, made.present, made.held_at) == (5, here, moment)


def test_fewer_may_be_written_and_more_may_not(meeting: Meeting) -> None:
    assert vote(meeting, time(15, 0), present=3).present == 3
    with pytest.raises(Refused, match="15:00点名有表决权的实到4人，这里写了5人。先把点名"):
        vote(meeting, time(15, 0), present=5)
    assert meeting.votes.count() == 1


@pytest.mark.parametrize("moment", [time(14, 29), time(16, 1), time(3, 0)])
def test_a_vote_lies_between_start_and_end(meeting: Meeting, moment: time) -> None:
    with pytest.raises(Refused, match="不在开会（14:30）和散会（16:00）之间"):
        vote(meeting, moment)


@pytest.mark.parametrize("moment", [time(14, 30), time(16, 0)])
def test_the_first_and_the_last_minute_count(meeting: Meeting, moment: time) -> None:
    assert vote(meeting, moment).held_at == moment


def test_no_vote_in_the_future_nor_before_the_meeting_began(meeting: Meeting) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(state=State.OPEN, actual_end=None)
    with pytest.raises(Refused, match="不在开会（14:30）和现在（15:00）之间"):
        vote(meeting, time(15, 1), now=at(15, 0))
    Meeting.objects.filter(pk=meeting.pk).update(actual_start=None)
    with pytest.raises(Refused, match="会议还没开"):
        vote(meeting, time(15, 0))


def test_without_a_minute_it_is_who_was_there_at_all(meeting: Meeting) -> None:
    assert vote(meeting, None).present == 4


def test_correcting_a_vote_keeps_its_minute(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    made = vote(meeting, time(14, 45))
    client = signed_in(cast.recorder)
    address = f"/meetings/{meeting.pk}/sheet/votes/{made.pk}/"
    assert 'value="14:45"' in client.get(address).content.decode()
    values = {"subject": "计划", "held_at": "14:45", "method": "hands", "present": ""}
    counts = {"ayes": 3, "noes": 0, "abstentions": 0}
    assert client.post(address, values | counts).status_code == 302
    made.refresh_from_db()
    assert (made.held_at, made.present, made.ayes) == (time(14, 45), 3, 3)


def test_a_vote_after_the_meeting_asks_for_its_minute(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    client = signed_in(cast.recorder)
    address = f"/meetings/{meeting.pk}/sheet/votes/?kind=ordinary"
    page = client.get(address).content.decode()
    assert "14:30 起 2 人，14:40 起 3 人，14:50 起 4 人，15:20 起 3 人" in page
    values = {"subject": "计划", "method": "hands", "ayes": 2, "noes": 0, "abstentions": 0}
    answer = client.post(address, values)
    assert (answer.status_code, "填写表决时间" in answer.content.decode()) == (422, True)
    answer = client.post(address, values | {"held_at": "15:30", "present": 4})
    text = answer.content.decode()
    assert (answer.status_code, "15:30点名有表决权的实到3人" in text) == (422, True)
    assert client.post(address, values | {"held_at": "15:30"}).status_code == 302
    assert meeting.votes.get().present == 3


def test_changes_are_told_in_order(meeting: Meeting) -> None:
    assert changes_of_voters(meeting, meeting.attendances.all()) == [
        (time(14, 30), 2),
        (time(14, 40), 3),
        (time(14, 50), 4),
        (time(15, 20), 3),
    ]


@pytest.mark.parametrize(
    ("now", "number"), [(at(14, 45), 3), (at(15, 0), 4), (at(15, 30), 3), (at(9, 0, day=25), 3)]
)
def test_what_would_be_valid_now_counts_who_is_there_now(
    meeting: Meeting, now: datetime, number: int
) -> None:
    meeting.state = State.OPEN
    assert head_count_now(meeting, meeting.attendances.all(), now).now_vote == number


def findings(meeting: Meeting, made: Vote) -> list[Finding]:
    content = _people(list(meeting.attendances.all()))
    return list(_voters(meeting, made, content))


def test_the_record_is_checked_with_the_roll_at_that_minute(meeting: Meeting) -> None:
    made = vote(meeting, time(15, 0))
    assert findings(meeting, made) == []
    meeting.attendances.filter(name="王海峰").update(arrived_at=time(15, 10))
    found = findings(meeting, made)
    assert [(f.sentence, f.blocks) for f in found] == [
        ("表决“计划”记的实到有表决权4人，15:00点名在场3人。核对。", True)
    ]


def test_somebody_may_have_stepped_out(meeting: Meeting) -> None:
    found = findings(meeting, vote(meeting, time(15, 0), present=3))
    assert [(f.sentence, f.blocks) for f in found] == [
        ("表决“计划”记的实到有表决权3人，15:00点名在场4人。核对。", False)
    ]


def test_a_corrected_end_shows_a_vote_outside_the_meeting(meeting: Meeting) -> None:
    made = vote(meeting, time(15, 50))
    meeting.actual_end = at(15, 30)
    assert [f.sentence for f in findings(meeting, made)] == [
        "表决“计划”的时间15:50不在会议实际时间之内。核对。"
    ]
