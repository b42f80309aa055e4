"""The one table: every state, every move, every role."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.access.permissions import P
from studyapp.access.roles import Role, allows
from studyapp.accounts.models import User
from studyapp.errors import Refused
from studyapp.meetings import transitions
from studyapp.meetings.actions import schedule
from studyapp.meetings.models import State
from tests.conftest import Cast
from tests.factories import make_meeting, make_user

EXPECTED = {
    ("check_in", State.PREPARING): State.CHECK_IN,
    ("open", State.CHECK_IN): State.OPEN,
    ("open_now", State.PREPARING): State.OPEN,
    ("end", State.OPEN): State.ENDED,
    ("reopen", State.ENDED): State.OPEN,
    ("back", State.CHECK_IN): State.PREPARING,
    ("cancel", State.PREPARING): State.CANCELLED,
    ("cancel_late", State.CHECK_IN): State.CANCELLED,
}
NAMES = sorted({name for name, _ in EXPECTED})


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("name", NAMES)
def test_the_table_allows_these_moves_and_no_other(name: str, state: str) -> None:
    move = transitions.find(name, state)
    assert (move.target if move else None) == EXPECTED.get((name, State(state)))


@pytest.mark.parametrize("move", transitions.MOVES, ids=lambda move: move.name)
def test_only_who_runs_or_plans_may_move(move: transitions.Move) -> None:
    allowed = {role for role in Role if allows(frozenset({role}), move.permission)}
    assert allowed == {Role.SECRETARY, Role.DEPUTY, Role.LEADER, Role.CHAIR, Role.RECORDER}


def test_one_next_step_is_offered_at_a_time() -> None:
    offered = {state: transitions.next_move(state) for state in State.values}
    assert {state: move.name for state, move in offered.items() if move} == {
        "preparing": "check_in",
        "check_in": "open",
        "open": "end",
    }


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith("cancel")])
def test_the_action_follows_the_table(cast: Cast, name: str, state: str) -> None:
    now = timezone.now()
    more = {"cancel_reason": "防汛值守"} if state == State.CANCELLED else {}
    if state in {State.OPEN, State.ENDED}:
        more["actual_start"] = now - timedelta(hours=1)
    if state == State.ENDED:
        more["actual_end"] = now
    meeting = make_meeting(
        cast.branch, chair=cast.secretary, recorder=cast.recorder, state=state, **more
    )
    target = EXPECTED.get((name, State(state)))
    if target is None:
        with pytest.raises(Refused):
            schedule.move(meeting, to=name, by=cast.recorder, at=now)
        meeting.refresh_from_db()
        assert meeting.state == state
    else:
        assert schedule.move(meeting, to=name, by=cast.recorder, at=now).state == target


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("secretary", 302),
        ("recorder", 302),
        ("deputy", 302),
        ("member", 403),
        ("visitor", 404),
        ("inspector", 404),
        ("sysadmin", 404),
        ("secadmin", 404),
        ("auditor", 404),
    ],
)
def test_each_person_gets_their_answer(
    cast: Cast, signed_in: Callable[[User], Client], who: str, status: int
) -> None:
    chair = make_user(unit=cast.branch)
    people = cast.people() | {"deputy": make_user(unit=cast.branch, role="deputy")}
    meeting = make_meeting(cast.branch, chair=chair, recorder=cast.recorder)
    answer = signed_in(people[who]).post(f"/meetings/{meeting.pk}/move/", {"to": "check_in"})
    assert answer.status_code == status


def test_a_group_leader_runs_the_own_groups_meetings_only(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    leader = make_user(unit=cast.group, role="leader", is_home=False)
    own = make_meeting(cast.group, chair=cast.secretary, recorder=cast.secretary, kind="group")
    branch = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder)
    client = signed_in(leader)
    assert client.post(f"/meetings/{own.pk}/move/", {"to": "check_in"}).status_code == 302
    assert client.post(f"/meetings/{branch.pk}/move/", {"to": "check_in"}).status_code == 404


def test_running_and_planning_are_two_permissions() -> None:
    by_name = {move.name: move.permission for move in transitions.MOVES}
    assert by_name["cancel"] is P.MEETING_EDIT
    assert by_name["end"] is P.MEETING_RUN
