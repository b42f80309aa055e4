"""Who checked in by the code on the screen, and what the roll makes of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch, Q
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.meetings.models import (
    Attendance,
    Kind,
    Meeting,
    MeetingQuerySet,
    Presence,
    Sitting,
    State,
)

_OPEN = (State.CHECK_IN, State.OPEN)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Who checked in and is not called yet; ``late`` are those among ``rows`` who came late."""

    rows: list[Attendance]
    late: list[Attendance]


def takes_codes(meeting: Meeting) -> bool:
    """Tell whether a code is on the screen now: never at 组织生活会 (product.md, Kinds)."""
    return (
        meeting.uses_code
        and meeting.kind != Kind.LIFE
        and meeting.state in _OPEN
        and meeting.signed_at is None
    )


def refusal(meeting: Meeting) -> str:
    """Return why nobody can check in now, and what to do; nothing when one can."""
    recorder = meeting.recorder.name
    if meeting.kind == Kind.LIFE or not meeting.uses_code:
        return f"这次会议不用签到码，由记录人{recorder}点名。"
    if meeting.state == State.PREPARING:
        return f"还没有开始签到。等记录人{recorder}点了“开始签到”，再扫一次屏幕上的码。"
    if meeting.state == State.ENDED:
        return f"会议已散会，不能再签到。到了会的，找记录人{recorder}补上。"
    return "会议已取消，不用签到。" if meeting.state == State.CANCELLED else ""


def stranger(meeting: Meeting) -> str:
    """Return what to tell somebody who is not on the roll."""
    return f"你不在这次会议的名单上。找记录人{meeting.recorder.name}加上，再签到。"


def taking_codes() -> MeetingQuerySet:
    """Return the meetings of which :func:`takes_codes` holds."""
    asked = Meeting.objects.filter(uses_code=True, state__in=_OPEN, signed_at__isnull=True)
    return asked.exclude(kind=Kind.LIFE)


def of(meeting: Meeting, user: User) -> Attendance | None:
    """Return the row of ``user`` on the roll of ``meeting``."""
    return meeting.attendances.filter(user=user).first()


def known(user: User) -> Q:
    """Return which meetings may be named to ``user``: on their roll, or in their unit.

    None to an administrator, even if a roll names that person (三员分立).
    """
    rolls = Attendance.objects.filter(user=user, user__office="")
    return Q(pk__in=Meeting.objects.visible_to(user)) | Q(pk__in=rolls.values("meeting"))


def known_to(user: User, key: int) -> Meeting | None:
    """Return the meeting if it may be named to ``user``."""
    return Meeting.objects.select_related("recorder").filter(known(user), pk=key).first()


@dataclass(frozen=True, slots=True)
class Place:
    """A meeting where somebody may look for a code; ``words`` say why there is none to type."""

    meeting: Meeting
    row: Attendance | None
    words: str


def places(user: User, now: datetime) -> list[Place]:
    """Return the meetings with a code that ``user`` may be looking for today, each once."""
    day = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    today = Q(planned_start__gte=day, planned_start__lt=day + timedelta(days=1))
    own = Prefetch("attendances", Attendance.objects.filter(user=user), to_attr="own")
    found = (
        Meeting.objects.filter(known(user), today | Q(state__in=_OPEN), uses_code=True)
        .exclude(Q(kind=Kind.LIFE) | Q(state=State.CANCELLED))
        .select_related("recorder")
        .prefetch_related(own)
        .order_by("planned_start", "pk")
    )
    return [_place(meeting, next(iter(getattr(meeting, "own", [])), None)) for meeting in found]


def _place(meeting: Meeting, row: Attendance | None) -> Place:
    return Place(meeting, row, refusal(meeting) or ("" if row else stranger(meeting)))


def began(row: Attendance, meeting: Meeting, sittings: Iterable[Sitting]) -> datetime | None:
    """Return since when a person was awaited: the start of the own 场次, or the actual one.

    Nothing in a meeting of several sittings for who was not put to one yet.
    """
    if shifts := {sitting.pk: sitting.start for sitting in sittings}:
        return shifts.get(row.sitting_id or 0)
    return meeting.actual_start


def is_late(row: Attendance, since: datetime | None) -> bool:
    """Tell whether somebody checked in later than that, by the minutes that the roll shows."""
    if since is None or row.checked_in_at is None:
        return False
    return row.checked_in_at.replace(second=0, microsecond=0) > since


def call(row: Attendance, *, late: bool) -> None:
    """Put on a row, unsaved, what its check-in says: 已到, or 迟到 with the time of it."""
    row.presence = Presence.LATE if late else Presence.PRESENT
    row.arrived_at = None
    if late and row.checked_in_at:
        clock = timezone.localtime(row.checked_in_at).time()
        row.arrived_at = clock.replace(second=0, microsecond=0)


def waiting(meeting: Meeting, rows: Iterable[Attendance]) -> Arrivals:
    """Return who checked in and waits for the recorder's word."""
    found = [
        row
        for row in rows
        if row.checked_in_at
        and row.presence == Presence.UNKNOWN
        and (row.should_attend or row.is_observer)
    ]
    sittings = list(meeting.sittings.all()) if found else []
    late = [row for row in found if is_late(row, began(row, meeting, sittings))]
    return Arrivals(found, late)
