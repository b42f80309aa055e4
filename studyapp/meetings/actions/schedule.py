"""Planning a meeting: who should attend follows from its kind; moving, postponing, cancelling."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.branches.models import Membership, Unit, UnitKind
from studyapp.errors import Refused
from studyapp.meetings import deadlines, transitions
from studyapp.meetings.actions.invitations import CHOSEN, invite, refresh_roll
from studyapp.meetings.actions.locking import locked, together, touch
from studyapp.meetings.actions.roll import share
from studyapp.meetings.agenda import default_agenda
from studyapp.meetings.models import (
    AgendaItem,
    Gathering,
    Kind,
    Meeting,
    State,
)
from studyapp.speeches.models import Speech


@transaction.atomic
def schedule(
    *,
    unit: Unit,
    kind: str,
    title: str,
    planned_start: datetime,
    planned_end: datetime,
    place: str,
    chair: User,
    recorder: User,
    by: User,
    at: datetime,
    speeches: Sequence[Speech] = (),
    lead_readers: Sequence[User | None] = (),
    people: Iterable[User] | None = None,
    gathering_with: Meeting | None = None,
    **more: Any,
) -> Meeting:
    """Store a new meeting with its agenda and the people who should attend.

    ``people`` chooses who should attend where the kind leaves it open (集中学习, 党课,
    主题党日); without it the whole unit should. A meeting held more than three working days ago
    needs ``late_entry_reason`` (补录).
    """
    _check(unit=unit, start=planned_start, end=planned_end, people=(chair, recorder))
    if deadlines.is_late_entry(planned_end, at) and not more.get("late_entry_reason"):
        raise Refused("这次会开过已超过3个工作日，要按补录登记。填写补录原因，或改一下时间。")
    year = timezone.localtime(planned_start).year
    held = Meeting.objects.filter(unit=unit, kind=kind, planned_start__year=year).exclude(
        state=State.CANCELLED
    )
    meeting = Meeting.objects.create(
        unit=unit,
        kind=kind,
        title=title,
        planned_start=planned_start,
        planned_end=planned_end,
        place=place,
        chair=chair,
        recorder=recorder,
        created_by=by,
        created_at=at,
        ordinal=(held.aggregate(last=Max("ordinal"))["last"] or 0) + 1,
        gathering=_gather(gathering_with, unit, planned_start),
        **more,
    )
    texts = [(speech.pk, speech.title) for speech in speeches]
    readers = dict(zip([pk for pk, _ in texts], lead_readers, strict=False))
    AgendaItem.objects.bulk_create(
        AgendaItem(
            meeting=meeting,
            position=position,
            kind=line.kind,
            title=line.title,
            speech_id=line.speech,
            lead_reader=readers.get(line.speech or 0),
        )
        for position, line in enumerate(default_agenda(kind, texts, _subject(kind, title)), 1)
    )
    invite(meeting, people=people if kind in CHOSEN else None)
    share(meeting)
    record(
        "安排学习会",
        operation=Operation.CREATE,
        by=by,
        target=title,
        unit=unit,
        meeting=meeting.pk,
        kind=str(kind),
    )
    return meeting


def _subject(kind: str, title: str) -> str:
    """Return the planner's own title as the subject; none where it names a text or the kind."""
    return "" if title.startswith("学习") or title == Kind(kind).label else title


def _check(*, unit: Unit, start: datetime, end: datetime, people: Iterable[User]) -> None:
    if end <= start:
        raise Refused("结束时间要晚于开始时间。")
    inside = set(Membership.objects.current().filter(unit=unit).values_list("user_id", flat=True))
    above = set(unit.ancestor_ids())
    for person in people:
        if person.pk in inside:
            continue
        leads = Membership.objects.current().filter(
            user=person, unit_id__in=above, unit__kind=UnitKind.BRANCH
        )
        if not leads.exists():
            raise Refused(f"{person.name}不在{unit.name}，不能担任主持人或记录人。")


def _gather(other: Meeting | None, unit: Unit, start: datetime) -> Gathering | None:
    if other is None:
        return None
    if other.unit_id != unit.pk:
        raise Refused("只能与本支部的会议合并召开。")
    other = locked(other)
    day = timezone.localtime(start).date()
    if timezone.localtime(other.planned_start).date() != day:
        raise Refused(f"“{other.title}”不在同一天，不能合并召开。改一下日期，或者不合并。")
    if other.state in {State.ENDED, State.CANCELLED}:
        raise Refused(f"“{other.title}”{other.get_state_display()}，不能再合并召开。")
    if other.gathering:
        return other.gathering
    gathering = Gathering.objects.create(unit=unit, held_on=day)
    other.gathering = gathering
    touch(other, "gathering")
    return gathering


@transaction.atomic
def change(
    meeting: Meeting, *, by: User, at: datetime, version: int | None = None, **fields: Any
) -> Meeting:
    """Change planned facts of a meeting (title, place, chair, recorder, lecture)."""
    fresh = locked(meeting, version=version)
    people = [p for p in (fields.get("chair"), fields.get("recorder")) if p]
    _check(
        unit=fresh.unit,
        start=fields.get("planned_start", fresh.planned_start),
        end=fields.get("planned_end", fresh.planned_end),
        people=people,
    )
    for name, value in fields.items():
        setattr(fresh, name, value)
    touch(fresh, *fields)
    record(
        "调整学习会",
        operation=Operation.CHANGE,
        by=by,
        target=fresh.title,
        unit=fresh.unit,
        meeting=fresh.pk,
        fields=sorted(fields),
    )
    return fresh


@transaction.atomic
def postpone(
    meeting: Meeting, *, start: datetime, end: datetime, reason: str, by: User, at: datetime
) -> Meeting:
    """Move a meeting that has not begun to another time; the first time planned is kept.

    Its sittings move by as much, and so do the meetings that are held together with it.
    """
    fresh, others = together(meeting)
    if fresh.state != State.PREPARING:
        raise Refused("会议已经开始签到，不能改期。")
    begun = [other for other in others if other.state != State.PREPARING]
    if begun:
        raise Refused(f"合并召开的“{begun[0].title}”已经开始，不能改期。")
    if end <= start:
        raise Refused("结束时间要晚于开始时间。")
    if not reason:
        raise Refused("写明改期原因，通知和记录上要用。")
    later = start - fresh.planned_start
    _move(fresh, start, end, reason, at)
    for other in others:
        _move(other, other.planned_start + later, other.planned_end + later, reason, at)
    if fresh.gathering:
        fresh.gathering.held_on = timezone.localtime(start).date()
        fresh.gathering.save(update_fields=["held_on"])
    record(
        "学习会改期",
        operation=Operation.CHANGE,
        by=by,
        target=fresh.title,
        unit=fresh.unit,
        meeting=fresh.pk,
        to=start.isoformat(),
        together=[other.pk for other in others],
    )
    return fresh


def _move(meeting: Meeting, start: datetime, end: datetime, reason: str, at: datetime) -> None:
    """Put one meeting and its sittings at another time."""
    later = start - meeting.planned_start
    for sitting in meeting.sittings.all():
        sitting.start, sitting.end = sitting.start + later, sitting.end + later
        sitting.save(update_fields=["start", "end"])
    meeting.postponed_from = meeting.postponed_from or meeting.planned_start
    meeting.planned_start, meeting.planned_end = start, end
    meeting.postpone_reason, meeting.postponed_at = reason, at
    changed = ("postponed_from", "planned_start", "planned_end", "postpone_reason", "postponed_at")
    touch(meeting, *changed)


@transaction.atomic
def cancel(meeting: Meeting, *, reason: str, by: User, at: datetime) -> Meeting:
    """Cancel a meeting that has not been opened; it stays in the list with its reason."""
    fresh = locked(meeting)
    found = transitions.find("cancel", fresh.state) or transitions.find("cancel_late", fresh.state)
    if found is None:
        raise Refused(f"会议{fresh.get_state_display()}，不能取消。")
    if not reason:
        raise Refused("写明取消原因。")
    fresh.state, fresh.cancel_reason = State.CANCELLED, reason
    touch(fresh, "state", "cancel_reason")
    record(
        "取消学习会",
        operation=Operation.CHANGE,
        by=by,
        target=fresh.title,
        unit=fresh.unit,
        meeting=fresh.pk,
    )
    return fresh


@transaction.atomic
def move(meeting: Meeting, *, to: str, by: User, at: datetime) -> Meeting:
    """Make the move named ``to`` of the transition table; set actual start and end.

    A meeting that is entered afterwards gets its planned times, to be corrected by hand.
    """
    fresh = locked(meeting)
    step = transitions.find(to, fresh.state)
    if step is None or step.target == State.CANCELLED:
        raise Refused(f"会议{fresh.get_state_display()}，这一步做不了。刷新页面看看现在的状态。")
    afterwards = deadlines.is_past(fresh.planned_start, at)
    if fresh.state == State.PREPARING:
        refresh_roll(fresh)
    fields = ["state"]
    if step.target == State.OPEN and fresh.actual_start is None:
        fresh.actual_start = fresh.planned_start if afterwards else at
        fields.append("actual_start")
    if step.name == "reopen":
        _refuse_submitted(fresh)
        fresh.actual_end = None
        fields.append("actual_end")
    if step.target == State.ENDED:
        fresh.actual_end = fresh.planned_end if afterwards else at
        if fresh.actual_start is None or fresh.actual_end <= fresh.actual_start:
            raise Refused("散会时间要晚于开会时间。过一会儿再点散会，或先更正实际开始时间。")
        fields.append("actual_end")
    fresh.state = step.target
    touch(fresh, *fields)
    record(
        "学习会" + step.label,
        operation=Operation.CHANGE,
        by=by,
        target=fresh.title,
        unit=fresh.unit,
        meeting=fresh.pk,
    )
    return fresh


def _refuse_submitted(meeting: Meeting) -> None:
    """A record that waits for its signatures is returned first (its app stands above this one)."""
    stored = getattr(meeting, "record", None)
    if stored is not None and stored.state not in {"draft", "returned"}:
        raise Refused("会议记录已送签。先退回记录，再回到会中。")
