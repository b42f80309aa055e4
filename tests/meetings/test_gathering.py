"""One gathering, several records: a 主题党日 with a 党员大会 and a 党课 shares one attendance."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from studyapp.accounts.models import Political
from studyapp.errors import Refused
from studyapp.meetings.actions import roll, schedule
from studyapp.meetings.models import Attendance, Kind, Meeting
from tests.conftest import Cast
from tests.factories import make_user

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
START = datetime(2026, 11, 24, 14, 30, tzinfo=ZONE)
HOUR = timedelta(hours=1)


def plan(cast: Cast, kind: str, *, start: datetime = START, **more: Any) -> Meeting:
    return schedule.schedule(
        unit=cast.branch,
        kind=kind,
        title=Kind(kind).label,
        planned_start=start,
        planned_end=start + HOUR,
        place="三楼",
        chair=cast.secretary,
        recorder=cast.recorder,
        by=cast.secretary,
        at=NOW,
        **more,
    )


@pytest.fixture
def day(cast: Cast) -> Meeting:
    """Return a 主题党日 of everybody, a person who is no Party member among them."""
    make_user("群众甲", unit=cast.branch, rank=40, political=Political.NONE)
    return plan(cast, Kind.THEME_DAY)


@pytest.fixture
def assembly(cast: Cast, day: Meeting) -> Meeting:
    return plan(cast, Kind.ASSEMBLY, gathering_with=day)


@pytest.fixture
def lecture(cast: Cast, day: Meeting, assembly: Meeting) -> Meeting:
    return plan(cast, Kind.LECTURE, gathering_with=assembly, start=START + HOUR)


def row(meeting: Meeting, name: str) -> Attendance:
    return meeting.attendances.get(name=name)


def marks(meeting: Meeting) -> dict[str, str]:
    return dict(meeting.attendances.values_list("name", "presence"))


def test_three_meetings_are_one_gathering_with_three_records(
    day: Meeting, assembly: Meeting, lecture: Meeting
) -> None:
    day.refresh_from_db()
    assert day.gathering_id == assembly.gathering_id == lecture.gathering_id
    together = Meeting.objects.filter(gathering=day.gathering).order_by("pk")
    assert list(together) == [day, assembly, lecture]
    assert (len(marks(day)), len(marks(assembly)), len(marks(lecture))) == (4, 3, 4)


def test_a_mark_in_one_is_a_mark_in_all(
    cast: Cast, day: Meeting, assembly: Meeting, lecture: Meeting
) -> None:
    day.refresh_from_db()
    before = Meeting.objects.get(pk=lecture.pk).version
    roll.mark(
        row(assembly, "王海峰"),
        presence="late",
        arrived_at=time(14, 50),
        by=cast.recorder,
        at=NOW,
    )
    assert {row(m, "王海峰").arrived_at for m in (day, assembly, lecture)} == {time(14, 50)}
    roll.rest_present(day, by=cast.recorder, at=NOW)
    everybody = {"陈卫东": "present", "孙丽华": "present", "王海峰": "late"}
    assert marks(assembly) == everybody
    assert marks(lecture) == everybody | {"群众甲": "present"}
    # The page of the others polls by the version.
    assert Meeting.objects.get(pk=lecture.pk).version == before + 2


def test_who_joins_later_finds_the_roll_called(cast: Cast, day: Meeting) -> None:
    roll.mark(row(day, "王海峰"), presence="leave", leave_kind="出警", by=cast.recorder, at=NOW)
    roll.add_observer(day, name="何局", title="政治部", purpose="督导", by=cast.recorder, at=NOW)
    day.refresh_from_db()
    assembly = plan(cast, Kind.ASSEMBLY, gathering_with=day)
    assert (row(assembly, "王海峰").leave_kind, row(assembly, "何局").is_observer) == ("出警", True)


def test_guests_and_excuses_hold_for_all(
    cast: Cast, day: Meeting, assembly: Meeting, lecture: Meeting
) -> None:
    day.refresh_from_db()
    guest = roll.add_observer(
        assembly, name="何局", title="政治部", purpose="督导", by=cast.recorder, at=NOW
    )
    roll.excuse(
        row(day, "王海峰"), reason="长期病休", approver=cast.secretary, by=cast.recorder, at=NOW
    )
    for meeting in (day, assembly, lecture):
        assert row(meeting, "何局").purpose == "督导"
        assert row(meeting, "王海峰").excused_by == cast.secretary
    roll.remove_observer(guest, by=cast.recorder, at=NOW)
    assert Attendance.objects.filter(name="何局").count() == 0


def test_a_signed_record_of_the_gathering_no_longer_changes(
    cast: Cast, day: Meeting, assembly: Meeting, lecture: Meeting
) -> None:
    Meeting.objects.filter(pk=assembly.pk).update(signed_at=NOW)
    day.refresh_from_db()
    roll.mark(row(day, "王海峰"), presence="present", by=cast.recorder, at=NOW)
    assert [row(m, "王海峰").presence for m in (assembly, lecture)] == ["", "present"]


def test_only_meetings_of_one_day_are_held_together(cast: Cast, day: Meeting) -> None:
    with pytest.raises(Refused, match="不在同一天"):
        plan(cast, Kind.ASSEMBLY, gathering_with=day, start=START + timedelta(days=1))
    day.state = "ended"
    day.save(update_fields=["state"])
    with pytest.raises(Refused, match="已散会，不能再合并"):
        plan(cast, Kind.ASSEMBLY, gathering_with=day)
    assert Meeting.objects.count() == 1


def test_they_are_postponed_together(
    cast: Cast, day: Meeting, assembly: Meeting, lecture: Meeting
) -> None:
    day.refresh_from_db()
    later = START + timedelta(days=2)
    schedule.postpone(day, start=later, end=later + HOUR, reason="防汛", by=cast.secretary, at=NOW)
    starts = list(Meeting.objects.order_by("pk").values_list("planned_start", flat=True))
    assert starts == [later, later, later + HOUR]
    assembly.refresh_from_db()
    assert (assembly.postponed_from, assembly.postpone_reason) == (START, "防汛")
    schedule.move(lecture, to="open_now", by=cast.recorder, at=NOW)
    with pytest.raises(Refused, match="已经开始，不能改期"):
        schedule.postpone(
            day, start=START, end=START + HOUR, reason="改", by=cast.secretary, at=NOW
        )


def test_a_cancelled_one_leaves_the_others(
    cast: Cast, day: Meeting, assembly: Meeting, lecture: Meeting
) -> None:
    schedule.cancel(lecture, reason="主讲人出差", by=cast.secretary, at=NOW)
    day.refresh_from_db()
    roll.rest_present(day, by=cast.recorder, at=NOW)
    assert set(marks(assembly).values()) == {"present"}
    assert set(marks(lecture).values()) == {""}
