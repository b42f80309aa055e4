"""The roll call: by exception, one person at a time or «其余全部到会»."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from django.db import transaction
from django.db.models import Q, QuerySet

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.branches.models import Membership
from studyapp.errors import Refused, Stale
from studyapp.meetings import arrivals
from studyapp.meetings.actions.invitations import invite
from studyapp.meetings.actions.locking import held, together, touch
from studyapp.meetings.leave import waiting
from studyapp.meetings.models import Attendance, Meeting, Presence, Sitting, State

_SHARED = ("presence", "arrived_at", "left_at", "leave_kind", "reason")
SAID = ("checked_in_at", "checked_in_by")
"""What somebody said by the code; the marks above are the recorder's."""
_EXCUSE = ("should_attend", "excused_reason", "excused_by")
OBSERVER_RANK = 9000


@dataclass(frozen=True, slots=True)
class Call:
    """What a roll form says about one person. ``was`` is the presence the form was made from."""

    attendance: int
    presence: str
    was: str | None = None
    arrived_at: time | None = None
    left_at: time | None = None
    leave_kind: str = ""
    reason: str = ""
    sitting: Sitting | None = None


@transaction.atomic
def mark(
    attendance: Attendance,
    *,
    presence: str,
    by: User,
    at: datetime,
    arrived_at: time | None = None,
    left_at: time | None = None,
    leave_kind: str = "",
    reason: str = "",
    sitting: Sitting | None = None,
) -> Attendance:
    """Set one person's presence, with the times or the category that it needs."""
    call = Call(attendance.pk, presence, None, arrived_at, left_at, leave_kind, reason, sitting)
    mark_all(attendance.meeting, [call], by=by, at=at)
    attendance.refresh_from_db()
    return attendance


@transaction.atomic
def mark_all(meeting: Meeting, calls: Iterable[Call], *, by: User, at: datetime) -> int:
    """Apply a whole roll form, all or nothing; return how many people changed.

    Only what the form changed is stored, so two people may call the roll side by side; the same
    person marked differently by both is refused.
    """
    fresh, others = together(meeting)
    rows = {a.pk: a for a in fresh.attendances.all()}
    changed = 0
    for call in calls:
        row = rows.get(call.attendance)
        if row is None or not _apply(row, call):
            continue
        row.save(update_fields=[*_SHARED, "sitting", "made_up_at"])
        mirror(row, others)
        record(
            "点名",
            operation=Operation.CHANGE,
            by=by,
            target=row.name,
            unit=fresh.unit,
            meeting=fresh.pk,
            presence=str(call.presence),
        )
        changed += 1
    for each in (fresh, *others) if changed else ():
        touch(each)
    return changed


def _apply(row: Attendance, call: Call) -> bool:
    """Put ``call`` on ``row``; tell whether it changed."""
    _check(row.name, call)
    presence = call.presence
    timed = presence in {Presence.LATE, Presence.LEFT}
    new = (
        presence,
        call.arrived_at if timed else None,
        call.left_at if presence == Presence.LEFT else None,
        call.leave_kind if presence == Presence.LEAVE else "",
        call.reason if presence in {Presence.LEAVE, Presence.ABSENT} else "",
    )
    old = tuple(getattr(row, name) for name in _SHARED)
    sitting = call.sitting.pk if call.sitting else row.sitting_id
    if new == old and sitting == row.sitting_id:
        return False
    if call.was is not None and row.presence not in {call.was, presence}:
        if presence == call.was:
            return False  # this form left the person alone, somebody else did not
        now = row.get_presence_display()
        raise Stale(f"{row.name}刚被别人标为“{now}”。核对后再保存。")
    for name, value in zip(_SHARED, new, strict=True):
        setattr(row, name, value)
    row.sitting_id = sitting
    if not row.is_away:
        row.made_up_at = None  # who was there after all has nothing to make up
    return True


def _check(name: str, call: Call) -> None:
    if call.presence not in Presence.values:
        raise Refused(f"{name}的到会情况没有选对，重新选一次。")
    if call.presence == Presence.LEAVE and not call.leave_kind:
        raise Refused(f"{name}请假要选类别（值班、出警、出差等）。")
    if call.presence == Presence.LATE and call.arrived_at is None:
        raise Refused(f"{name}迟到要填到会时间。")
    if call.presence == Presence.LEFT:
        if call.left_at is None:
            raise Refused(f"{name}中途离会要填离会时间。")
        if call.arrived_at and call.left_at <= call.arrived_at:
            raise Refused(f"{name}的离会时间要晚于到会时间。")


def _same_person(row: Attendance, meetings: Iterable[Meeting]) -> QuerySet[Attendance]:
    """Return the rows of the same person in other meetings; guests are known by name and post."""
    found = Attendance.objects.filter(meeting__in=meetings)
    if row.user_id:
        return found.filter(user_id=row.user_id)
    return found.filter(user__isnull=True, name=row.name, title=row.title)


def mirror(row: Attendance, others: Iterable[Meeting], fields: Sequence[str] = _SHARED) -> None:
    """One gathering has one attendance: its other meetings get the same mark."""
    marks = {name: getattr(row, name) for name in fields}
    if "presence" in marks and not row.is_away:
        marks["made_up_at"] = None
    _same_person(row, others).update(**marks)


def share(meeting: Meeting) -> None:
    """Give a meeting that joins a gathering what its other meetings know: marks and guests."""
    if meeting.gathering_id is None:
        return
    others = Attendance.objects.filter(meeting__gathering_id=meeting.gathering_id).exclude(
        meeting_id=meeting.pk
    )
    own = {row.user_id: row for row in meeting.attendances.all()}
    for other in others.order_by("pk"):
        row = own.get(other.user_id) if other.user_id else None
        names = [*(_SHARED if other.presence else ()), *(SAID if other.checked_in_at else ())]
        if row is not None and names:
            for name in names:
                setattr(row, name, getattr(other, name))
            row.save(update_fields=names)
        if other.is_observer and row is None and not _same_person(other, [meeting]).exists():
            other.pk, other.meeting, other.sitting = None, meeting, None
            other.save(force_insert=True)


@transaction.atomic
def rest_present(
    meeting: Meeting, *, by: User, at: datetime, sitting: Sitting | None = None
) -> int:
    """«其余全部到会»: everyone not called yet is present; return how many.

    With a ``sitting`` only its own people. Who asked for leave and waits for an answer stays
    uncalled: nobody is marked present who said that they cannot come.
    """
    fresh, others = together(meeting)
    expected = Q(should_attend=True) | Q(is_observer=True)
    rows = fresh.attendances.filter(expected, presence=Presence.UNKNOWN)
    rows = rows.exclude(user__in=waiting(fresh))
    if sitting is not None:
        rows = rows.filter(sitting=sitting)
    late = {row.pk for row in arrivals.waiting(fresh, fresh.attendances.all()).late}
    count = 0
    for row in rows:
        # Who checked in late by the code is late also here.
        arrivals.call(row, late=row.pk in late)
        row.save(update_fields=["presence", "arrived_at"])
        mirror(row, others)
        count += 1
    for each in (fresh, *others):
        touch(each)
    record(
        "其余全部到会",
        operation=Operation.CHANGE,
        by=by,
        target=fresh.title,
        unit=fresh.unit,
        meeting=fresh.pk,
        count=count,
    )
    return count


@transaction.atomic
def excuse(
    attendance: Attendance, *, reason: str, by: User, at: datetime, approver: User | None = None
) -> Attendance:
    """Take a person out of 应到, with the reason and who approved; an empty reason undoes it.

    It holds for every meeting of the gathering.
    """
    meeting, others = together(attendance.meeting)
    if attendance.is_observer:
        raise Refused(f"{attendance.name}是列席人员，本来就不计入应到。")
    attendance.should_attend = not reason
    attendance.excused_reason = reason
    attendance.excused_by = (approver or by) if reason else None
    attendance.save(update_fields=list(_EXCUSE))
    same = {name: getattr(attendance, name) for name in _EXCUSE}
    _same_person(attendance, others).filter(is_observer=False).update(**same)
    for each in (meeting, *others):
        touch(each)
    record(
        "调整应到人员",
        operation=Operation.CHANGE,
        by=by,
        target=attendance.name,
        unit=meeting.unit,
        meeting=meeting.pk,
        should_attend=attendance.should_attend,
    )
    return attendance


@transaction.atomic
def add_person(meeting: Meeting, *, user: User, by: User, at: datetime) -> Attendance:
    """Add somebody of the unit who should attend after all."""
    fresh = held(meeting)
    if fresh.attendances.filter(user=user).exists():
        raise Refused(f"{user.name}已在名单上。")
    if not invite(fresh, people=[user]):
        kind = fresh.get_kind_display()
        raise Refused(f"{user.name}按规定不在{kind}的应到之列，可以加为列席。")
    share(fresh)
    touch(fresh)
    record(
        "增加应到人员",
        operation=Operation.CREATE,
        by=by,
        target=user.name,
        unit=fresh.unit,
        meeting=fresh.pk,
    )
    return fresh.attendances.get(user=user)


@transaction.atomic
def add_observer(
    meeting: Meeting,
    *,
    name: str = "",
    title: str = "",
    purpose: str = "",
    by: User,
    at: datetime,
    user: User | None = None,
) -> Attendance:
    """Add somebody who sits in (列席): from the unit, or a guest by name, post and purpose."""
    fresh, others = together(meeting)
    name = user.name if user else name
    if not name:
        raise Refused("填写列席人员的姓名。")
    if user and fresh.attendances.filter(user=user).exists():
        raise Refused(f"{name}已在名单上。")
    if user and not title:
        membership = Membership.objects.current().filter(user=user, unit=fresh.unit).first()
        title = membership.title if membership else user.post
    attendance = Attendance.objects.create(
        meeting=fresh,
        user=user,
        name=name,
        title=title,
        purpose=purpose,
        is_observer=True,
        should_attend=False,
        # Who is only announced is called up like everybody else.
        presence=Presence.UNKNOWN if fresh.state == State.PREPARING else Presence.PRESENT,
        rank=OBSERVER_RANK,
        political=user.political if user else "none",
    )
    for each in (fresh, *others):
        share(each)
        touch(each)
    record(
        "增加列席人员",
        operation=Operation.CREATE,
        by=by,
        target=name,
        unit=fresh.unit,
        meeting=fresh.pk,
    )
    return attendance


@transaction.atomic
def remove_observer(attendance: Attendance, *, by: User, at: datetime) -> None:
    """Take an observer off the roll again; people who should attend are excused instead."""
    meeting, others = together(attendance.meeting)
    if not attendance.is_observer:
        raise Refused("应到人员不能移出名单；不计入应到请写明原因。")
    _same_person(attendance, others).filter(is_observer=True).delete()
    attendance.delete()
    for each in (meeting, *others):
        touch(each)
    record(
        "移出列席人员",
        operation=Operation.DELETE,
        by=by,
        target=attendance.name,
        unit=meeting.unit,
        meeting=meeting.pk,
    )
