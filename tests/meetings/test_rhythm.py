"""Advice on length and on how often a unit meets; nothing is ever blocked."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from studyapp.accounts.models import User
from studyapp.branches.models import Membership
from studyapp.meetings import rhythm
from tests.conftest import Cast
from tests.factories import make_meeting

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 25)


def held(cast: Cast, kind: str, month: int, *, year: int = 2026, **more: object) -> None:
    make_meeting(
        more.pop("unit", cast.branch),  # type: ignore[arg-type]
        chair=cast.secretary,
        recorder=cast.recorder,
        kind=kind,
        start=datetime(year, month, 10, 14, 30, tzinfo=ZONE),
        **more,
    )


def due(cast: Cast) -> list[str]:
    return [
        line.split("一般")[0].split("每")[0] for line in rhythm.rhythm_advice(cast.branch, TODAY)
    ]


def test_a_branch_that_never_met_hears_of_all_four(cast: Cast) -> None:
    assert due(cast) == ["支部党员大会", "支委会", "主题党日", "组织生活会"]
    assert "支部工作条例" in rhythm.rhythm_advice(cast.branch, TODAY)[0]
    assert "还没有安排过" in rhythm.rhythm_advice(cast.branch, TODAY)[0]


@pytest.mark.parametrize(
    ("kind", "month", "year", "is_due"),
    [
        ("assembly", 9, 2026, False),
        ("assembly", 8, 2026, True),
        ("committee", 11, 2026, False),
        ("committee", 10, 2026, True),
        ("theme_day", 12, 2026, False),
        ("life", 12, 2025, False),
        ("life", 11, 2025, True),
    ],
)
def test_each_kind_has_its_rhythm(
    cast: Cast,
    kind: str,
    month: int,
    year: int,
    is_due: bool,  # noqa: FBT001
) -> None:
    names = {
        "assembly": "支部党员大会",
        "committee": "支委会",
        "theme_day": "主题党日",
        "life": "组织生活会",
    }
    held(cast, kind, month, year=year)
    assert (names[kind] in due(cast)) is is_due


def test_a_cancelled_meeting_was_not_held(cast: Cast) -> None:
    held(cast, "committee", 11, state="cancelled", cancel_reason="出警")
    assert "支委会" in due(cast)


def test_a_branch_without_a_committee_owes_none(cast: Cast) -> None:
    Membership.objects.filter(user=cast.recorder).update(role="member")
    assert "支委会" not in due(cast)


def test_a_group_meets_monthly_and_others_hear_nothing(cast: Cast) -> None:
    assert rhythm.rhythm_advice(cast.group, TODAY) == [
        "党小组会一般每月召开一次（支部工作条例）。还没有安排过。"
    ]
    held(cast, "group", 11, unit=cast.group)
    assert rhythm.rhythm_advice(cast.group, TODAY) == []
    assert rhythm.rhythm_advice(cast.organ, TODAY) == []


def test_half_a_day_is_enough(cast: Cast) -> None:
    meeting = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder)
    meeting.planned_end = meeting.planned_start + timedelta(hours=4)
    assert rhythm.length_advice(meeting) == ""
    meeting.planned_end += timedelta(minutes=1)
    assert rhythm.length_advice(meeting).startswith("计划超过半天")
    # In shifts, what counts is how long one shift sits.
    day = meeting.planned_start
    meeting.sittings.create(name="A班", start=day, end=day + timedelta(hours=2))
    assert rhythm.length_advice(meeting) == ""


def test_the_page_of_the_branch_brings_the_advice_to_who_plans(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    address = f"/branches/{cast.branch.pk}/rhythm/"
    for person, offered in ((cast.secretary, True), (cast.member, False)):
        page = signed_in(person).get(f"/branches/{cast.branch.pk}/").content.decode()
        assert (address in page) is offered
    headers = {"HX-Request": "true", "HX-Target": "rhythm"}
    part = signed_in(cast.secretary).get(address, headers=headers).content.decode()
    assert part.strip().startswith('<section class="card mb" id="rhythm">')
    assert "支部党员大会一般每季度召开一次" in part
    assert signed_in(cast.member).get(address).status_code == 403
    assert signed_in(cast.visitor).get(address).status_code == 404
