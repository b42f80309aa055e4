"""What the start page names to whom, asked of its questions themselves."""

import pytest
from django.utils import timezone

from studyapp.dashboards import queries
from studyapp.meetings.models import Meeting
from studyapp.minutes import actions as minutes
from tests.conftest import Cast
from tests.factories import make_meeting, make_speech
from tests.minutes import records


def said(user) -> list[str]:
    return [task.text for task in queries.tasks(user)]


def test_the_next_meetings_texts_and_records_are_those_of_the_own_units(cast: Cast) -> None:
    meeting = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder)
    text = make_speech(cast.branch, cast.secretary)
    signed = records.signed(cast)
    for user, own in ((cast.member, True), (cast.visitor, False), (cast.sysadmin, False)):
        assert list(queries.next_meetings(user)) == ([meeting] if own else [])
        assert list(queries.texts(user)) == ([text] if own else [])
    shown = {
        who: list(queries.signed_below(getattr(cast, who))) for who in ("inspector", "visitor")
    }
    assert shown == {"inspector": [signed], "visitor": []}


@pytest.mark.parametrize(
    ("who", "organ", "branch"),
    [("member", False, True), ("inspector", True, False), ("sysadmin", False, False)],
)
def test_who_acts_for_an_organ_and_who_in_a_branch(
    cast: Cast, who: str, *, organ: bool, branch: bool
) -> None:
    user = getattr(cast, who)
    assert (queries.acts_for_organ(user), queries.acts_in_a_branch(user)) == (organ, branch)


def test_who_left_the_branch_is_told_of_nothing_in_it(cast: Cast) -> None:
    record = records.opened(cast)
    assert said(cast.recorder) == ["整理会议记录，送签"]
    # Chair and recorder by name only: they belong to another branch.
    Meeting.objects.filter(pk=record.meeting_id).update(chair=cast.visitor, recorder=cast.visitor)
    assert said(cast.visitor) == []


def test_signatures_wait_for_chair_recorder_and_leaders_until_they_confirmed(cast: Cast) -> None:
    record = records.submitted(cast)
    people = (cast.secretary, cast.recorder, cast.member, cast.inspector, cast.visitor)
    task = "签字确认会议记录"
    assert [said(user).count(task) for user in people] == [1, 1, 0, 0, 0]
    minutes.return_record(record, opinion="补齐", by=cast.secretary, at=timezone.now())
    assert [said(user).count(task) for user in people] == [0] * 5


def test_what_was_sent_back_waits_for_who_can_correct_it(cast: Cast) -> None:
    version = records.signed(cast).versions.get()
    assert [said(user) for user in (cast.secretary, cast.recorder, cast.member)] == [[], [], []]
    minutes.send_back(version, opinion="人数不对", by=cast.inspector, at=timezone.now())
    task = "机关党委退回更正，看意见"
    people = (cast.secretary, cast.recorder, cast.member, cast.inspector, cast.visitor)
    assert [said(user).count(task) for user in people] == [1, 1, 0, 0, 0]
