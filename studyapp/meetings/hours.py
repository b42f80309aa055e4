"""学时: study hours of a year, derived from the roll alone. One's own, and a sum for a branch.

An hour in the room is one 学时, told to the half; half a day and a day count for what the settings
say (product.md). Nobody is ranked and nobody else's hours are shown. A meeting whose record was
declared void counts for nothing: it was not held, or was none. It stays in the own list, marked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.branches.models import Membership, MembershipRole, Unit
from studyapp.meetings.models import (
    AgendaItem,
    Attendance,
    ItemKind,
    Kind,
    Meeting,
    Presence,
    State,
)
from studyapp.meetings.presence import moment_of
from studyapp.web.shortcuts import whole_number

_FIRST = 2000  # no page is asked for an earlier year
HALF_DAY = timedelta(hours=3, minutes=30)
DAY = timedelta(hours=7)
_LEADERS = {MembershipRole.SECRETARY, MembershipRole.DEPUTY, MembershipRole.COMMITTEE}
Span = tuple[datetime, datetime]


def hours(length: timedelta) -> float:
    """Return the 学时 of a length of study: a day, half a day, else hours told to the half."""
    if length >= DAY:
        return float(settings.HOURS_DAY)
    if length >= HALF_DAY:
        return float(settings.HOURS_HALF_DAY)
    return int(max(length, timedelta(0)) / timedelta(minutes=30) + 0.5) / 2


def one_sitting(whole: Span, sittings: Sequence[Span]) -> Span:
    """Return from when to when somebody of no known 场次 was there: the whole of the meeting.

    Nobody sits through all of a meeting in shifts: there it is the shortest sitting.
    """
    return min(sittings, key=lambda span: span[1] - span[0], default=whole)


@dataclass(frozen=True, slots=True)
class Studied:
    """One meeting in the own list; ``made_up`` where the study was made up afterwards.

    ``void`` is one that does not count, because its record was declared void.
    """

    meeting: Meeting
    hours: float
    made_up: bool
    void: bool = False


def _studied(year: int) -> QuerySet[Attendance]:
    """Return the rows of the roll that count: there, or made up, at a meeting that studied."""
    zone = timezone.get_current_timezone()
    first, last = (datetime.combine(date(y, 1, 1), time(), zone) for y in (year, year + 1))
    texts = AgendaItem.objects.filter(meeting=OuterRef("meeting"), kind=ItemKind.STUDY)
    there = Q(presence__in=[Presence.PRESENT, Presence.LATE, Presence.LEFT])
    return (
        Attendance.objects.filter(
            there | Q(made_up_at__isnull=False),
            Exists(texts.order_by()) | Q(meeting__kind=Kind.LECTURE),
            meeting__state=State.ENDED,
            meeting__actual_start__gte=first,
            meeting__actual_start__lt=last,
        )
        .select_related("meeting", "sitting")
        .prefetch_related("meeting__sittings")
        .order_by("-meeting__actual_start", "-meeting_id")
    )


def _spent(row: Attendance) -> timedelta:
    """Return how long somebody was in the room; what was made up counts as it was planned."""
    meeting, own = row.meeting, row.sitting
    sittings = [(sitting.start, sitting.end) for sitting in meeting.sittings.all()]
    planned = meeting.planned_start, meeting.planned_end
    actual = meeting.actual_start or planned[0], meeting.actual_end or planned[1]
    began, ended = one_sitting(
        actual if row.is_present else planned, [(own.start, own.end)] if own else sittings
    )
    if not row.is_present or (sittings and not own):
        return ended - began
    came = moment_of(row.arrived_at, began) if row.arrived_at else began
    left = moment_of(row.left_at, began) if row.left_at else ended
    return min(left, ended) - max(came, began)


def _counted(rows: Iterable[Attendance]) -> list[Studied]:
    """Return each meeting with its hours; several held together were one time in one room.

    What is void takes no time from one that was held together with it.
    """
    found: list[Studied] = []
    gatherings: set[tuple[int | None, int]] = set()
    for row in rows:
        if row.meeting.void_at:
            found.append(Studied(row.meeting, 0, made_up=not row.is_present, void=True))
            continue
        together = row.meeting.gathering_id
        if together and (row.user_id, together) in gatherings:
            continue
        if together:
            gatherings.add((row.user_id, together))
        found.append(Studied(row.meeting, hours(_spent(row)), made_up=not row.is_present))
    return found


def of_person(user: User, year: int) -> list[Studied]:
    """Return what one person studied in ``year``, newest first; for that person alone."""
    return _counted(_studied(year).filter(user=user))


def needed(user: User, memberships: Iterable[Membership]) -> int | None:
    """Return how many hours the year asks of a person; None of who is no Party member."""
    if not user.is_party_member:
        return None
    leads = any(m.role in _LEADERS for m in memberships)
    return settings.HOURS_LEADER if leads else settings.HOURS_MEMBER


@dataclass(frozen=True, slots=True)
class Total:
    """A branch's year as one number beside the needed one; nobody is told apart."""

    hours: float
    needed: int
    people: int


def of_branch(unit: Unit, year: int) -> Total:
    """Return the sum over the Party members whose 组织关系 is in ``unit``, at its meetings."""
    here = Membership.objects.current().filter(unit=unit, is_home=True).select_related("user")
    members = [m for m in here if m.user.is_party_member]
    rows = _studied(year).filter(meeting__unit=unit, user__in=[m.user_id for m in members])
    asked = sum(needed(m.user, [m]) or 0 for m in members)
    return Total(sum(one.hours for one in _counted(rows)), asked, len(members))


def years_beside(year: int, now: datetime) -> dict[str, int | None]:
    """Return for a page of ``year`` that year and the ones beside it that can be asked for."""
    this = timezone.localtime(now).year
    return {
        "year": year,
        "earlier": year - 1 if year > _FIRST else None,
        "later": year + 1 if year < this else None,
    }


def asked_year(text: str, now: datetime) -> int:
    """Return the year that an address asks for, else this one."""
    this, year = timezone.localtime(now).year, whole_number(text, 4)
    return year if year and _FIRST <= year <= this else this
