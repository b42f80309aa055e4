"""Who sees a record before it is signed and above the branch, and what its page offers whom."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.branches.models import Membership
from studyapp.meetings.models import Kind, Meeting
from studyapp.minutes import actions, queries
from studyapp.minutes.actions import send_back
from studyapp.minutes.models import Record, RecordState, SentBack
from studyapp.minutes.sent_back import may_be_returned, organ_above
from tests.conftest import Cast
from tests.factories import make_meeting, make_user
from tests.minutes.records import NOW, sign, signed, submitted

SignIn = Callable[[User], Client]
LIST = "/minutes/"


def test_a_draft_is_seen_by_who_leads_chairs_or_records_and_then_by_the_unit(cast: Cast) -> None:
    people = {
        "书记": cast.secretary,
        "副书记": make_user(unit=cast.branch, role="deputy"),
        "支委": cast.recorder,
        "主持": make_user(unit=cast.branch),
        "记录": make_user(unit=cast.branch),
        "成员": cast.member,
        # No form gives this role in a branch (ROLES_IN).
        "支部里的小组长": make_user(unit=cast.branch, role="leader"),
        "小组长": make_user(unit=cast.group, role="leader"),
        "小组主持": make_user(unit=cast.group),
        "小组记录": make_user(unit=cast.group),
        "组员": make_user(unit=cast.group),
        "总支书记": make_user(unit=cast.general, role="secretary"),
        "外支部": cast.visitor,
        "机关工作人员": cast.inspector,
        "系统管理员": cast.sysadmin,
    }
    meetings = {
        "支部": make_meeting(cast.branch, chair=people["主持"], recorder=people["记录"]),
        "小组": make_meeting(cast.group, chair=people["小组主持"], recorder=people["小组记录"]),
    }
    seen = {}
    for where, meeting in meetings.items():
        record = Record.objects.create(meeting=meeting)
        for state in (RecordState.DRAFT, RecordState.SUBMITTED):
            record.state = state
            record.save()
            seen[where, state.value] = [
                who for who, user in people.items() if record in Record.objects.visible_to(user)
            ]
    led = ["书记", "副书记"]
    assert seen == {
        ("支部", "draft"): [*led, "主持", "记录"],
        ("支部", "submitted"): [*led, "支委", "主持", "记录", "成员", "支部里的小组长"],
        ("小组", "draft"): [*led, "小组长", "小组主持", "小组记录"],
        ("小组", "submitted"): [*led, "小组长", "小组主持", "小组记录", "组员"],
    }


def test_an_organ_above_sees_what_is_signed_and_nothing_of_a_life_meeting(cast: Cast) -> None:
    found = {}
    for kind in (Kind.STUDY, Kind.LIFE):
        record = submitted(cast, kind=kind)
        above = [Record.objects.visible_to(cast.inspector).contains(record)]
        sign(record)
        above.append(Record.objects.visible_to(cast.inspector).contains(record))
        found[kind.value] = above
    assert found == {"study": [False, True], "life": [False, False]}


def test_what_came_back_is_shown_to_who_answers_for_the_record_and_to_the_organ(cast: Cast) -> None:
    chair, recorder = make_user("主持", unit=cast.branch), make_user("记录", unit=cast.branch)
    record = signed(cast, chair=chair, recorder=recorder)
    row = send_back(record.versions.get(), opinion="少了一段。", by=cast.inspector, at=NOW())
    people = cast.people() | {"chair": chair, "writer": recorder}
    shown = [who for who, user in people.items() if row in SentBack.objects.shown_to(user)]
    assert shown == ["secretary", "inspector", "chair", "writer"]


def test_years_to_choose_from_go_back_to_the_first_record_that_is_seen(cast: Cast) -> None:
    now = timezone.localtime()
    for unit, ago in ((cast.other_branch, 3), (cast.branch, 1)):
        start = now.replace(year=now.year - ago, month=6, day=1)
        meeting = make_meeting(unit, chair=cast.secretary, recorder=cast.recorder, start=start)
        Record.objects.create(meeting=meeting)
    found = [queries.years_of(user) for user in (cast.secretary, cast.visitor)]
    assert found == [[now.year, now.year - 1], [now.year]]


def test_the_nearest_organ_above_that_a_person_acts_for_returns(cast: Cast) -> None:
    people = {
        "机关": cast.inspector,
        "两级": make_user(unit=cast.organ, role="organ"),
        "机关党员": make_user(unit=cast.organ),
        "支部": make_user(unit=cast.branch, role="organ"),
    }
    Membership.objects.create(user=people["两级"], unit=cast.general, role="organ")
    units = (cast.branch, cast.general, cast.other_branch, cast.organ)
    found = {who: [organ_above(user, unit) for unit in units] for who, user in people.items()}
    assert found == {
        "机关": [cast.organ, cast.organ, cast.organ, None],
        "两级": [cast.general, cast.organ, cast.organ, None],
        "机关党员": [None] * 4,
        "支部": [None] * 4,
    }


def test_the_list_offers_the_units_that_are_seen(cast: Cast, signed_in: SignIn) -> None:
    offered = {
        who: re.findall(
            r"<option[^>]*>([^<]*(?:支部|小组|总支|党委))<", signed_in(one).get(LIST).text
        )
        for who, one in (("成员", cast.member), ("机关", cast.inspector), ("外", cast.visitor))
    }
    branch, group = cast.branch.name, cast.group.name
    assert offered == {
        "成员": [branch, group],
        "机关": [cast.organ.name, cast.general.name, branch, group, cast.other_branch.name],
        # One alone is no choice.
        "外": [],
    }


@pytest.mark.parametrize(
    ("state", "kind", "returned"),
    [
        ("signed", "study", True),
        ("signed", "appraisal", True),
        ("signed", "life", False),
        ("submitted", "study", False),
        ("returned", "study", False),
    ],
)
def test_what_stands_signed_may_be_returned_but_for_life_meetings(
    state: str, kind: str, *, returned: bool
) -> None:
    assert may_be_returned(Record(state=state, meeting=Meeting(kind=kind))) is returned


def test_the_page_leads_who_spoke_and_is_in_the_branch_to_the_own_words(
    cast: Cast, signed_in: SignIn
) -> None:
    record = submitted(cast)
    # Both spoke; one of them came from above.
    more = {"entered_by": cast.recorder, "position": 2, "text": "好。"}
    record.meeting.remarks.create(speaker=cast.inspector, speaker_name="何建国", **more)
    record = sign(record)
    led = [
        reverse("meetings:my_remarks", args=[record.meeting_id])
        in signed_in(user).get(f"/minutes/{record.pk}/").text
        for user in (cast.member, cast.recorder, cast.inspector)
    ]
    assert led == [True, False, False]


OFFERED = (
    "sees_all capacities may_edit may_return may_read_archive void_form returned_open send_back_form"
).split()
"""What the page of a record holds for some of its readers only."""


def test_the_page_offers_each_what_the_table_allows(cast: Cast, signed_in: SignIn) -> None:
    record = submitted(cast, chair=cast.member, recorder=make_user("记录", unit=cast.branch))
    people = {
        "书记": cast.secretary,
        "支委": cast.recorder,
        "主持": cast.member,
        "记录": record.meeting.recorder,
        "成员": make_user(unit=cast.branch),
        "机关": cast.inspector,
    }
    address = f"/minutes/{record.pk}/"

    def offered() -> dict[str, set[str]]:
        pages = {who: signed_in(user).get(address) for who, user in people.items()}
        return {
            who: {name for name in OFFERED if page.context[name]}
            for who, page in pages.items()
            if page.status_code == 200
        }

    leads = {"sees_all", "may_edit", "may_return", "may_read_archive", "void_form"}
    usual = {
        "书记": leads,
        "支委": {"may_read_archive"},
        "主持": {"sees_all", "may_return"},
        "记录": {"sees_all", "may_edit", "may_return"},
        "成员": set(),
    }
    signing = ("书记", "主持", "记录")
    assert offered() == usual | {who: usual[who] | {"capacities"} for who in signing}
    returned = {who: signed_in(one).post(f"{address}return/") for who, one in people.items()}
    assert {who: answer.status_code for who, answer in returned.items()} == {
        **dict.fromkeys(signing, 422),  # it needs an opinion
        "支委": 403,
        "成员": 403,
        "机关": 404,
    }
    record = sign(record)
    above = {"机关": {"may_read_archive", "send_back_form"}}
    assert offered() == usual | above
    send_back(record.versions.get(), opinion="少了一段。", by=cast.inspector, at=NOW())
    told = {who: usual[who] | {"returned_open"} for who in signing}
    assert offered() == usual | told | {"机关": {"may_read_archive", "returned_open"}}


def test_words_of_a_correction_are_read_by_who_works_on_it_and_versions_by_all(
    cast: Cast, signed_in: SignIn
) -> None:
    record = signed(cast, chair=cast.member)
    actions.amend(record, reason="写错", by=cast.recorder, at=NOW())
    record.parts.filter(key="summary").update(text="改写中")
    people = (cast.secretary, cast.recorder, cast.member, make_user(unit=cast.branch))
    address = f"/minutes/{record.pk}/"
    read = ["改写中" in signed_in(user).get(address).text for user in (*people, cast.inspector)]
    assert read == [True, True, True, False, False]
    # Nothing is returned that is being corrected.
    assert signed_in(cast.inspector).get(address).context["send_back_form"] is None
    versions = [signed_in(cast.member).get(f"{address}?version={n}").status_code for n in (1, 2)]
    assert versions == [200, 404]
