"""学时: counted from the roll, shown to oneself; a branch is one number."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.meetings import hours
from studyapp.meetings.models import Gathering, Meeting
from tests.conftest import Cast
from tests.factories import make_attendance, make_meeting, make_user

SignIn = Callable[[User], Client]
ZONE = timezone.get_current_timezone()
START = datetime(2026, 3, 5, 14, 30, tzinfo=ZONE)


def held(cast: Cast, minutes: int = 90, *, start: datetime = START, **more: Any) -> Meeting:
    """Return a meeting that studied for so many minutes."""
    given = {"chair": cast.secretary, "recorder": cast.recorder, "state": "ended"} | more
    made = make_meeting(
        cast.branch,
        start=start,
        actual_start=start,
        actual_end=start + timedelta(minutes=minutes),
        **given,
    )
    made.agenda.create(position=1, kind="study", title="学习")
    return made


def own(cast: Cast, year: int = 2026) -> list[tuple[float, bool]]:
    return [(one.hours, one.made_up) for one in hours.of_person(cast.member, year)]


@pytest.mark.parametrize(
    ("minutes", "counted"),
    [
        *((-30, 0), (0, 0), (14, 0), (15, 0.5), (60, 1), (89, 1.5), (100, 1.5), (209, 3.5)),
        *((210, 4), (300, 4), (419, 4), (420, 8), (600, 8)),
    ],
)
def test_an_hour_is_one_half_a_day_four_a_day_eight(minutes: int, counted: float) -> None:
    assert hours.hours(timedelta(minutes=minutes)) == counted


def test_settings_say_what_a_day_counts_for(settings: Any) -> None:
    settings.HOURS_HALF_DAY, settings.HOURS_DAY = 3, 6
    assert (hours.hours(timedelta(hours=4)), hours.hours(timedelta(hours=8))) == (3, 6)


@pytest.mark.parametrize(
    ("mark", "counted"),
    [
        ({"presence": "present"}, [(1.5, False)]),
        ({"presence": "late", "arrived_at": time(15, 0)}, [(1.0, False)]),
        ({"presence": "left", "left_at": time(15, 30)}, [(1.0, False)]),
        ({"presence": "leave", "leave_kind": "值班"}, []),
        ({"presence": "absent"}, []),
        ({}, []),
        (
            {"presence": "leave", "leave_kind": "值班", "made_up_at": START + timedelta(days=2)},
            [(1.5, True)],
        ),
    ],
)
def test_the_time_in_the_room_counts(
    cast: Cast, mark: dict[str, Any], counted: list[tuple[float, bool]]
) -> None:
    make_attendance(held(cast), cast.member, **mark)
    assert own(cast) == counted


def test_what_was_made_up_counts_as_it_was_planned(cast: Cast) -> None:
    late = {"presence": "absent", "made_up_at": START + timedelta(days=1)}
    make_attendance(held(cast, 300), cast.member, **late)
    # Planned for an hour and a half, held for five hours.
    assert own(cast) == [(1.5, True)]


def test_only_meetings_that_studied_in_the_year_count(cast: Cast) -> None:
    before = START.replace(year=2025)
    for made in (
        held(cast, state="cancelled", cancel_reason="改期"),
        held(cast, start=before),
        held(cast, kind="assembly", title="没有学习的会"),
        held(cast, kind="lecture", title="党课"),
    ):
        if made.title in {"没有学习的会", "党课"}:
            made.agenda.all().delete()
        make_attendance(made, cast.member, presence="present")
    assert [one.meeting.title for one in hours.of_person(cast.member, 2026)] == ["党课"]
    assert len(own(cast, 2025)) == 1


def test_a_new_years_night_belongs_to_the_year_of_this_country(cast: Cast) -> None:
    midnight = datetime(2026, 1, 1, 0, 30, tzinfo=ZONE)
    make_attendance(held(cast, 60, start=midnight), cast.member, presence="present")
    assert (own(cast, 2026), own(cast, 2025)) == ([(1.0, False)], [])


def test_a_meeting_over_midnight_counts_from_coming_to_leaving(cast: Cast) -> None:
    made = held(cast, 120, start=START.replace(hour=23, minute=0))
    make_attendance(made, cast.member, presence="left", left_at=time(0, 30))
    assert own(cast) == [(1.5, False)]


def test_who_came_before_midnight_is_there_from_the_start(cast: Cast) -> None:
    made = held(cast, 120, start=START.replace(hour=0, minute=10))
    make_attendance(made, cast.member, presence="late", arrived_at=time(23, 50))
    assert own(cast) == [(2.0, False)]


def test_several_meetings_held_together_are_one_time_in_one_room(cast: Cast) -> None:
    together = Gathering.objects.create(unit=cast.branch, held_on=START.date())
    for _ in range(2):
        made = held(cast, gathering=together)
        make_attendance(made, cast.member, presence="present")
    assert own(cast) == [(1.5, False)]


def test_a_void_meeting_counts_for_nobody_and_says_so_in_the_own_list(
    cast: Cast, signed_in: SignIn
) -> None:
    together = Gathering.objects.create(unit=cast.branch, held_on=START.date())
    void, kept = held(cast, gathering=together, title="没开成"), held(cast, gathering=together)
    for made in (void, kept):
        make_attendance(made, cast.member, presence="present")
    made_up = {"presence": "absent", "made_up_at": START + timedelta(days=1)}
    make_attendance(void, cast.secretary, **made_up)
    before = hours.of_branch(cast.branch, 2026).hours
    Meeting.objects.filter(pk=void.pk).update(void_at=START + timedelta(days=2))
    # The one that was held in the same room still counts.
    assert {(s.meeting.pk, s.hours, s.void) for s in hours.of_person(cast.member, 2026)} == {
        (void.pk, 0, True), (kept.pk, 1.5, False),
    }  # fmt: skip
    assert (before, hours.of_branch(cast.branch, 2026).hours) == (3.0, 1.5)
    page = signed_in(cast.secretary).get("/me/hours/?year=2026").content.decode()
    assert ["没开成" in page, "已作废，不计" in page, "已学 0" in page] == [True, True, True]


def test_nobody_sits_through_all_of_a_meeting_in_shifts(cast: Cast) -> None:
    made = held(cast, 480)
    Meeting.objects.filter(pk=made.pk).update(planned_end=START + timedelta(hours=8))
    long, short = (
        made.sittings.create(name=name, start=START + wait, end=START + wait + length)
        for name, wait, length in (
            ("A班", timedelta(0), timedelta(minutes=120)),
            ("B班", timedelta(hours=6), timedelta(minutes=60)),
        )
    )
    make_attendance(made, cast.member, presence="present", sitting=long)
    make_attendance(made, cast.recorder, presence="late", arrived_at=time(15, 30), sitting=long)
    made_up = {"presence": "absent", "made_up_at": START + timedelta(days=1)}
    make_attendance(made, cast.secretary, **made_up, sitting=long)
    make_attendance(made, other := make_user(unit=cast.branch), **made_up)
    make_attendance(made, cast.visitor, presence="present")
    assert [
        hours.of_person(person, 2026)[0].hours
        for person in (cast.member, cast.recorder, cast.secretary, other, cast.visitor)
    ] == [2.0, 1.0, 2.0, 1.0, 1.0]
    assert hours.one_sitting((START, START), [(short.start, short.end)]) == (short.start, short.end)


def test_the_own_page_tells_the_needed_hours_and_links_to_what_one_may_see(
    cast: Cast, signed_in: SignIn
) -> None:
    made = held(cast)
    for person in (cast.member, cast.secretary):
        make_attendance(made, person, presence="present")
    pages = [
        signed_in(person).get("/me/hours/?year=2026").content.decode()
        for person in (cast.member, cast.secretary)
    ]
    assert ["已学 1.5" in page for page in pages] == [True, True]
    assert ["应学 32" in pages[0], "应学 56" in pages[1]] == [True, True]
    assert f'href="/meetings/{made.pk}/"' in pages[0]
    cast.member.memberships.update(ended_on=timezone.localdate())
    gone = signed_in(cast.member).get("/me/hours/?year=2026").content.decode()
    assert ("已学 1.5" in gone, f'href="/meetings/{made.pk}/"' in gone) == (True, False)
    assert signed_in(cast.auditor).get("/me/hours/").status_code == 404


@pytest.mark.parametrize("asked", ["x", "1999", "20260", "²", "9999", ""])
def test_an_impossible_year_is_this_one(asked: str) -> None:
    assert hours.asked_year(asked, START) == 2026


def test_a_branch_is_one_number_without_names(cast: Cast, signed_in: SignIn) -> None:
    made = held(cast, 60)
    for person in (cast.member, cast.secretary, cast.visitor):
        make_attendance(made, person, presence="present")
    # Secretary, committee member (56 each) and member (32), the visitor belongs elsewhere.
    assert hours.of_branch(cast.branch, 2026) == hours.Total(2.0, 144, 3)
    page = signed_in(cast.inspector).get(f"/branches/{cast.branch.pk}/hours/?year=2026")
    text = page.content.decode()
    assert ("合计 2 学时，全年应学 144 学时" in text, "王海峰" in text) == (True, False)
    assert signed_in(cast.visitor).get(f"/branches/{cast.branch.pk}/hours/").status_code == 404


def test_the_queries_do_not_grow_with_the_rows(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.member)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/me/hours/?year=2026")
            client.get(f"/branches/{cast.branch.pk}/hours/?year=2026")
        return len(captured)

    make_attendance(held(cast), cast.member, presence="present")
    client.get("/")
    before = count()
    for _ in range(3):
        made = held(cast)
        make_attendance(made, cast.member, presence="present")
        make_attendance(made, make_user(unit=cast.branch), presence="present")
    assert count() == before
