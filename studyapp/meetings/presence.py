"""Who was in the room at a minute of the meeting: what the count for a vote stands on."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, time, timedelta

from django.utils import timezone

from studyapp.meetings.models import Attendance, Meeting, Presence, State
from studyapp.meetings.queries import HeadCount, head_count

_DAY = 24 * 60


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def minutes_from(start: time, clock: time) -> int:
    """Return how many minutes ``clock`` is after ``start``, negative when before.

    A meeting may run past midnight: the nearer of the two days is meant.
    """
    return (_minute(clock) - _minute(start) + _DAY // 2) % _DAY - _DAY // 2


def moment_of(clock: time, began: datetime) -> datetime:
    """Return the moment that a time of day means in a meeting that ``began`` then.

    The nearer of the two days is meant, as in :func:`minutes_from`.
    """
    return _begun(began) + timedelta(minutes=minutes_from(_clock(began), clock))


def present_at(rows: Iterable[Attendance], moment: time, *, start: time) -> list[Attendance]:
    """Return who was in the room at the minute ``moment`` of a meeting that began at ``start``.

    Who came late is there from the minute of coming; who left is gone from the minute of leaving.
    """

    def there(row: Attendance) -> bool:
        came = row.arrived_at is None or (
            minutes_from(start, row.arrived_at) <= minutes_from(start, moment)
        )
        if row.presence != Presence.LEFT:
            return row.is_present and came
        stays = row.left_at is not None and (
            minutes_from(start, row.left_at) > minutes_from(start, moment)
        )
        return came and stays

    return [row for row in rows if there(row)]


def voters(rows: Iterable[Attendance]) -> list[Attendance]:
    """Return those of ``rows`` whose vote counts: should attend, with voting right."""
    return [a for a in rows if a.has_vote and a.should_attend and not a.is_observer]


def _clock(moment: datetime) -> time:
    return timezone.localtime(moment).time().replace(second=0, microsecond=0)


def voters_at(meeting: Meeting, rows: Iterable[Attendance], moment: time) -> int:
    """Return how many with voting right were in the room at that minute of the meeting."""
    start = _clock(meeting.actual_start or meeting.planned_start)
    return len(voters(present_at(rows, moment, start=start)))


def head_count_now(meeting: Meeting, rows: Iterable[Attendance], at: datetime) -> HeadCount:
    """Return the count of a meeting with ``now_vote`` as the roll has it at the minute ``at``."""
    people = list(rows)
    count = head_count(people)
    begun = meeting.actual_start
    if meeting.state != State.OPEN or begun is None or not _may_be_now(begun, at):
        return count
    return replace(count, now_vote=voters_at(meeting, people, _clock(at)))


def _may_be_now(begun: datetime, at: datetime) -> bool:
    """Tell whether a clock says enough: a meeting left open since yesterday has no «now»."""
    return timedelta(0) <= at - begun < timedelta(minutes=_DAY // 2)


def minute_problem(meeting: Meeting, moment: time, at: datetime) -> str:
    """Return why no vote can have been held at ``moment``, and what to do; "" when one can."""
    if meeting.actual_start is None:
        return "会议还没开，不能记表决。先点开会，再记。"
    start, end = _begun(meeting.actual_start), _begun(meeting.actual_end or at)
    last = (end - start) // timedelta(minutes=1)
    if 0 <= minutes_from(_clock(start), moment) <= last:
        return ""
    span = f"开会（{_clock(start):%H:%M}）和{'散会' if meeting.actual_end else '现在'}"
    return (
        f"表决时间{moment:%H:%M}不在{span}（{_clock(end):%H:%M}）之间。"
        "改表决时间，或先更正会议实际时间。"
    )


def _begun(moment: datetime) -> datetime:
    """Return the minute that had begun: forms and papers know no seconds."""
    return moment.replace(second=0, microsecond=0)


def changes_of_voters(meeting: Meeting, rows: Iterable[Attendance]) -> list[tuple[time, int]]:
    """Return from which minute on how many with voting right were in the room, in order."""
    people = voters(rows)
    start = _clock(meeting.actual_start or meeting.planned_start)
    moments = {start}
    for row in people:
        moments |= {clock for clock in (row.arrived_at, row.left_at) if clock and row.is_present}
    found: list[tuple[time, int]] = []
    for moment in sorted(moments, key=lambda clock: minutes_from(start, clock)):
        number = len(present_at(people, moment, start=start))
        if minutes_from(start, moment) >= 0 and (not found or found[-1][1] != number):
            found.append((moment, number))
    return found
