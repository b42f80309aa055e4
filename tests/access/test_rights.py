"""What the table says of scopes and roles, asked of the models themselves: quick, and exact.

The matrix asks the same through every page; here a role that holds one thing too many is seen even
where no page asks for it.
"""

from collections.abc import Set as AbstractSet
from typing import Any

import pytest

from studyapp.access.decorators import may
from studyapp.access.permissions import P
from studyapp.access.roles import Role, allows
from studyapp.accounts.models import User
from studyapp.branches.models import Unit, roles_in
from studyapp.meetings.models import Meeting, Note
from tests.access.table import HOLDS, MAY, OFFICES, PEOPLE, SEES
from tests.access.world import World, build
from tests.conftest import Cast
from tests.factories import make_meeting, make_note, make_unit, make_user


@pytest.fixture
def world(cast: Cast, settings: Any, tmp_path: Any) -> World:
    settings.MEDIA_ROOT = tmp_path
    return build(cast)


@pytest.fixture
def meeting(cast: Cast) -> Meeting:
    return make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder)


def anew(user: User) -> User:
    """Return a person as a new request has them: nothing is remembered."""
    return User.objects.get(pk=user.pk)


def test_each_object_is_in_the_scope_of_whom_the_table_says(world: World) -> None:
    people = {name: anew(world.people[name]) for name in PEOPLE}
    seen = {
        state: {
            name
            for name, user in people.items()
            if type(one)._default_manager.visible_to(user).filter(pk=one.pk).exists()
        }
        for state, one in world.objects.items()
    }
    assert seen == SEES


def test_each_role_holds_what_the_table_says_and_nothing_more(world: World) -> None:
    people = {name: anew(world.people[name]) for name in PEOPLE}
    held = {
        state: {
            permission: {name for name in SEES[state] if may(people[name], permission, one)}
            for permission in MAY[state]
        }
        for state, one in world.objects.items()
    }
    assert held == MAY
    # In a unit everything is told: what is not there is held by nobody.
    assert MAY["Unit"].keys() == MAY["Unit of a group"].keys() == set(P)


def held(user: User, one: Any) -> set[P]:
    return {permission for permission in P if may(anew(user), permission, one)}


def test_who_does_not_see_a_unit_holds_nothing_in_it(world: World) -> None:
    for state in ("Unit", "Unit of a group"):
        unit = world.objects[state]
        outside = {name: unit.roles_for(anew(world.people[name])) for name in PEOPLE - SEES[state]}
        assert {name: roles for name, roles in outside.items() if roles} == {}


def test_nothing_is_held_in_a_unit_out_of_use_or_by_a_disabled_account(cast: Cast) -> None:
    assert roles_in(anew(cast.member), cast.branch) == {Role.MEMBER}
    Unit.objects.filter(pk=cast.branch.pk).update(is_active=False)
    assert roles_in(anew(cast.member), cast.branch) == set()
    Unit.objects.filter(pk=cast.branch.pk).update(is_active=True)
    User.objects.filter(pk=cast.member.pk).update(is_active=False)
    assert roles_in(anew(cast.member), cast.branch) == set()


def test_who_works_for_an_organ_sees_no_meeting_of_it(cast: Cast) -> None:
    member = make_user("机关党员", unit=cast.organ)
    meeting = make_meeting(cast.organ, chair=member, recorder=member)
    seen = {user.name: list(Meeting.objects.visible_to(user)) for user in (member, cast.inspector)}
    assert seen == {"机关党员": [meeting], "何建国": []}


def test_chair_and_recorder_may_more_in_their_own_meeting_and_its_record(cast: Cast) -> None:
    chair, recorder = make_user("主持", unit=cast.branch), make_user("记录", unit=cast.branch)
    meeting = make_meeting(cast.branch, chair=chair, recorder=recorder)
    usual = held(cast.member, meeting)
    runs = {P.MEETING_EDIT, P.MEETING_RUN, P.MEETING_RECORD, P.RECORD_SIGN}
    assert usual == held(cast.member, cast.branch)
    assert held(chair, meeting) - usual == runs
    assert held(recorder, meeting) - usual == runs | {P.RECORD_EDIT}
    assert usual - held(chair, meeting) == usual - held(recorder, meeting) == set()


def test_who_left_the_unit_neither_chairs_nor_records(cast: Cast) -> None:
    meeting = make_meeting(cast.branch, chair=cast.visitor, recorder=cast.inspector)
    assert held(cast.visitor, meeting) == set()
    assert held(cast.inspector, meeting) == held(cast.inspector, cast.branch)


def test_each_person_has_the_roles_of_the_unit_and_of_this_meeting(
    cast: Cast, meeting: Meeting
) -> None:
    leader = make_user("组长", unit=cast.group, role="leader")
    of_group = make_meeting(cast.group, chair=leader, recorder=leader)
    people = cast.people() | {"leader": leader}
    found: dict[str, tuple[AbstractSet[Role], AbstractSet[Role]]] = {
        name: (meeting.roles_for(user), of_group.roles_for(user)) for name, user in people.items()
    }
    # Whoever stands nowhere is left out.
    assert {name: roles for name, roles in found.items() if any(roles)} == {
        "secretary": ({Role.SECRETARY, Role.CHAIR}, {Role.SECRETARY}),
        "recorder": ({Role.COMMITTEE, Role.RECORDER}, {Role.COMMITTEE}),
        "member": ({Role.MEMBER}, {Role.MEMBER}),
        "inspector": ({Role.ORGAN}, {Role.ORGAN}),
        "leader": (set(), {Role.LEADER, Role.CHAIR, Role.RECORDER}),
    }


def test_a_leader_of_a_group_is_a_member_in_meetings_of_any_other_unit(meeting: Meeting) -> None:
    # No form gives this role in a branch (ROLES_IN); a row that says so gives no more either.
    odd = make_user("不在小组的组长", unit=meeting.unit, role="leader")
    assert meeting.roles_for(odd) == {Role.MEMBER}


def test_secretary_and_deputy_see_meetings_of_groups_and_of_nothing_else_below(
    cast: Cast, meeting: Meeting
) -> None:
    # Out of use, it hinders nobody from making a branch of the 党总支 above it.
    below = make_unit("撤销的支部", parent=cast.branch, is_active=False)
    units = {"group": cast.group, "below": below, "other": cast.other_branch}
    meetings = {meeting: "branch"} | {
        make_meeting(unit, chair=cast.secretary, recorder=cast.recorder): name
        for name, unit in units.items()
    }
    deputy = make_user("副书记", unit=cast.branch, role="deputy")
    people = (cast.secretary, deputy, cast.recorder, cast.member, cast.inspector, cast.sysadmin)
    seen = [{meetings[one] for one in Meeting.objects.visible_to(user)} for user in people]
    assert seen == [{"branch", "group"}] * 2 + [{"branch"}] * 2 + [set()] * 2


def test_a_note_is_seen_by_its_author_and_when_posted_by_the_unit_never_by_organ_or_office(
    cast: Cast,
) -> None:
    of_organ = make_user("机关党员", unit=cast.organ)
    for author, unit, posted in (
        (cast.member, cast.branch, True),
        (cast.member, cast.branch, False),
        (of_organ, cast.organ, True),
        (of_organ, cast.organ, False),
        # Written before the office was given.
        (cast.sysadmin, cast.branch, False),
    ):
        make_note(author, unit, posted=posted, body=f"{author.name} {'提交' * posted}")
    people = cast.people() | {"of_organ": of_organ}
    seen = {n: {note.body for note in Note.objects.visible_to(u)} for n, u in people.items()}
    assert {name: bodies for name, bodies in seen.items() if bodies} == {
        "member": {"王海峰 提交", "王海峰 "},
        "secretary": {"王海峰 提交"},
        "recorder": {"王海峰 提交"},
        "of_organ": {"机关党员 提交", "机关党员 "},
    }


def test_to_a_posted_note_one_stands_as_to_its_meeting(cast: Cast, meeting: Meeting) -> None:
    said = make_note(cast.member, cast.branch, meeting=meeting)
    alone = make_note(cast.member, cast.branch)
    draft = make_note(cast.member, cast.branch, meeting=meeting, posted=False)
    people = (cast.member, cast.recorder, cast.secretary, cast.visitor)
    found = [[one.roles_for(user) for user in people] for one in (said, alone, draft)]
    own, committee, secretary = {Role.AUTHOR, Role.MEMBER}, {Role.COMMITTEE}, {Role.SECRETARY}
    assert found == [
        [own, committee | {Role.RECORDER}, secretary | {Role.CHAIR}, set()],
        [own, committee, secretary, set()],
        [{Role.AUTHOR}, set(), set(), set()],
    ]


def test_what_is_ones_own_is_nobody_elses(world: World) -> None:
    own = {P.NOTE_READ, P.NOTE_OWN, P.JOB_OWN}
    for kind in ("Job", "Note, private", "Feedback"):
        one = world.objects[kind]
        others = {name: held(world.people[name], one) for name in PEOPLE - OFFICES - {"member"}}
        assert held(world.people["member"], one) == own
        assert {name for name in others if others[name]} == set()


def test_an_office_holds_what_the_table_says_and_nothing_more(cast: Cast) -> None:
    found = {p: {n for n in OFFICES if allows(getattr(cast, n).offices, p)} for p in P}
    one = {permission: {who} for permission, who in HOLDS.items()}
    two = {P.RESET_CONFIRM: MAY["Unit"][P.RESET_CONFIRM]}
    assert {p: names for p, names in found.items() if names} == one | two
    assert [
        name for name in PEOPLE & cast.people().keys() - OFFICES if cast.people()[name].offices
    ] == []
