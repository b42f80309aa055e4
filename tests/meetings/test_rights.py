"""Who plans a meeting, what it can study, who takes a leave back, and what its page offers whom."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.branches.models import Membership, UnitKind
from studyapp.meetings.actions import leave, roll
from studyapp.meetings.leave import Standing, may_withdraw
from studyapp.meetings.models import Attendance, LeaveRequest, Meeting
from studyapp.meetings.queries import texts_for, units_to_schedule
from studyapp.speeches.models import Speech
from tests.conftest import Cast
from tests.factories import make_meeting, make_speech, make_unit, make_user

SignIn = Callable[[User], Client]
NOW = timezone.now()
SOON = NOW + timedelta(days=2)


def test_meetings_are_planned_by_who_leads_a_branch_its_groups_or_a_group(cast: Cast) -> None:
    make_unit("治安第一组", kind=UnitKind.GROUP, parent=cast.other_branch)
    make_unit("停用小组", kind=UnitKind.GROUP, parent=cast.branch, is_active=False)
    # No form lets a branch stand there; its meetings would not be the upper branch's either.
    make_unit("错放的党支部", parent=cast.branch)
    people = {
        "书记": cast.secretary,
        "副书记": make_user(unit=cast.branch, role="deputy"),
        "支委": cast.recorder,
        "成员": cast.member,
        "小组长": make_user(unit=cast.group, role="leader"),
        "组员": make_user(unit=cast.group),
        "支部里的小组长": make_user(unit=cast.branch, role="leader"),
        "总支书记": make_user(unit=cast.general, role="secretary"),
        "机关工作人员": cast.inspector,
        "系统管理员": cast.sysadmin,
    }
    planned = {who: [unit.name for unit in units_to_schedule(one)] for who, one in people.items()}
    led = ["刑侦支队第一党支部", "第一党小组"]
    assert {who: names for who, names in planned.items() if names} == {
        "书记": led,
        "副书记": led,
        "小组长": ["第一党小组"],
        "总支书记": ["刑侦支队党总支"],
    }


def test_units_to_plan_for_go_from_the_top_down_and_then_in_their_order(cast: Cast) -> None:
    for name, order in (("第三党小组", 3), ("第二党小组", 2), ("又一小组", 2)):
        make_unit(name, kind=UnitKind.GROUP, parent=cast.branch, order=order)
    Membership.objects.create(user=cast.secretary, unit=cast.general, role="deputy")
    assert [unit.name for unit in units_to_schedule(cast.secretary)] == [
        "刑侦支队党总支",
        "刑侦支队第一党支部",
        "第二党小组",
        "又一小组",
        "第三党小组",
        "第一党小组",
    ]


def test_a_meeting_studies_texts_of_its_unit_of_its_branch_and_those_sent_down(cast: Cast) -> None:
    units = {
        "机关": cast.organ,
        "总支": cast.general,
        "支部": cast.branch,
        "小组": cast.group,
        "外支部": cast.other_branch,
    }
    for where, unit in units.items():
        make_speech(unit, cast.inspector, title=f"{where}草稿", themes=(), released=False)
        make_speech(unit, cast.inspector, title=f"{where}自用", themes=())
        make_speech(unit, cast.inspector, title=f"{where}下发", themes=(), sent=True)
    Speech.objects.filter(title="机关下发").update(
        withdrawn_at=NOW, withdrawn_by=cast.inspector, withdrawn_reason="录错了"
    )
    offered = {
        where: set(texts_for(unit).values_list("title", flat=True)) for where, unit in units.items()
    }
    assert offered == {
        "机关": {"机关自用"},
        "总支": {"总支自用", "总支下发"},
        "支部": {"总支下发", "支部自用", "支部下发"},
        "小组": {"总支下发", "支部自用", "支部下发", "小组自用", "小组下发"},
        "外支部": {"外支部自用", "外支部下发"},
    }


@pytest.mark.parametrize(
    ("state", "minutes_left", "answer", "presence", "expected"),
    [
        ("preparing", 1, "accepted", "leave", True),
        ("check_in", 1, "accepted", "leave", True),
        ("preparing", 0, "accepted", "leave", False),
        ("open", 1, "accepted", "leave", False),
        ("preparing", 1, "accepted", "present", False),
        ("preparing", 1, "declined", "leave", False),
        ("preparing", 1, "declined", "", False),
        ("preparing", 1, "withdrawn", "", False),
        ("preparing", 1, "", "leave", False),
        # What nobody answered can always be taken back.
        ("open", -1, "", "", True),
        ("preparing", 1, None, "leave", False),
    ],
)
def test_a_leave_is_taken_back_while_it_waits_or_before_the_meeting(
    *, state: str, minutes_left: int, answer: str | None, presence: str, expected: bool
) -> None:
    meeting = Meeting(state=state, planned_start=NOW + timedelta(minutes=minutes_left))
    request = None if answer is None else LeaveRequest(answer=answer)
    own = Standing(Attendance(presence=presence), request)
    assert may_withdraw(meeting, own, at=NOW) is expected


def test_who_is_not_on_the_roll_takes_no_leave_back() -> None:
    ahead = Meeting(state="preparing", planned_start=SOON)
    assert may_withdraw(ahead, None, at=NOW) is False


def test_the_pages_offer_to_take_back_what_can_be_taken_back(cast: Cast, signed_in: SignIn) -> None:
    people = (cast.secretary, cast.recorder, cast.member)
    meeting = make_meeting(
        cast.branch, chair=cast.secretary, recorder=cast.recorder, start=SOON, attending=people
    )
    for person in (cast.recorder, cast.member):
        leave.ask(meeting, kind="出差", by=person, at=NOW)
    roll.mark(
        meeting.attendances.get(user=cast.member), presence="present", by=cast.recorder, at=NOW
    )
    offered = {}
    for person in people:
        client, address = signed_in(person), f"/meetings/{meeting.pk}/"
        page = client.get(address).content.decode()
        asking = client.get(f"{address}leave/").content.decode()
        links = re.findall(rf'<a href="{address}leave/">(\w+)</a>', page)
        offered[person.name] = (links, "撤回请假" in asking)
    assert offered == {
        "陈卫东": (["请假"], False),
        "孙丽华": (["看请假"], True),
        "王海峰": ([], False),
    }


@pytest.mark.parametrize(
    ("state", "moves"),
    [
        ("preparing", {"check_in", "open_now", "cancel", "edit"}),
        ("check_in", {"open", "back", "cancel", "edit"}),
        ("open", {"end", "edit"}),
        ("ended", {"reopen", "edit"}),
    ],
)
def test_moves_and_changes_are_offered_to_who_may_make_them(
    cast: Cast, signed_in: SignIn, state: str, moves: set[str]
) -> None:
    meeting = make_meeting(
        cast.branch, chair=cast.secretary, recorder=cast.recorder, start=SOON, state=state
    )
    wanted = re.compile(rf'name="to" value="(\w+)"|href="/meetings/{meeting.pk}/(edit|cancel)/"')
    offered = {}
    for person in (cast.secretary, cast.recorder, cast.member):
        page = signed_in(person).get(f"/meetings/{meeting.pk}/").content.decode()
        offered[person.name] = {move or link for move, link in wanted.findall(page)}
    assert offered == {"陈卫东": moves, "孙丽华": moves, "王海峰": set()}
