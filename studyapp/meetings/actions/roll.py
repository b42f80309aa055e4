"""The roll call: by exception, one person at a time or «其余全部到会»."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.branches.models import Membership
from studyapp.errors import Refused, Stale
from studyapp.meetings.actions.locking import held, touch
from studyapp.meetings.models import Attendance, Meeting, Presence, Sitting

_SHARED = ("presence", "arrived_at", "left_at", "leave_kind", "reason")
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
    fresh = held(meeting)
    rows = {a.pk: a for a in fresh.attendances.all()}
    changed = 0
    for call in calls:
        row = rows.get(call.attendance)
        if row is None or not _apply(row, call):
            continue
        row.save(update_fields=[*_SHARED, "sitting"])
        _mirror(fresh, row)
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
    if changed:
        touch(fresh)
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


def _mirror(meeting: Meeting, row: Attendance) -> None:
    """One gathering has one attendance: its other meetings get the same mark."""
    if meeting.gathering_id is None or row.user_id is None:
        return
    others = Attendance.objects.filter(
        meeting__gathering_id=meeting.gathering_id,
        meeting__signed_at__isnull=True,
        user_id=row.user_id,
    ).exclude(meeting_id=meeting.pk)
    others.update(**{name: getattr(row, name) for name in _SHARED})


@transaction.atomic
def rest_present(
    meeting: Meeting, *, by: User, at: datetime, sitting: Sitting | None = None
) -> int:
    """«其余全部到会»: everyone not called yet is present; return how many.

    With a ``sitting`` only its own people.
    """
    fresh = held(meeting)
    rows = list(fresh.attendances.filter(presence=Presence.UNKNOWN, should_attend=True))
    for row in rows:
        if sitting is None or row.sitting_id == sitting.pk:
            row.presence = Presence.PRESENT
            row.save(update_fields=["presence"])
            _mirror(fresh, row)
    count = sum(1 for row in rows if row.presence)
    touch(fresh)
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
    """Take a person out of 应到, with the reason and who approved; an empty reason undoes it."""
    meeting = held(attendance.meeting)
    if attendance.is_observer:
        raise Refused(f"{attendance.name}是列席人员，本来就不计入应到。")
    attendance.should_attend = not reason
    attendance.excused_reason = reason
    attendance.excused_by = (approver or by) if reason else None
    attendance.save(update_fields=["should_attend", "excused_reason", "excused_by"])
    touch(meeting)
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
    fresh = held(meeting)
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
        presence=Presence.PRESENT,
        rank=OBSERVER_RANK,
        political=user.political if user else "none",
    )
    touch(fresh)
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
    meeting = held(attendance.meeting)
    if not attendance.is_observer:
        raise Refused("应到人员不能移出名单；不计入应到请写明原因。")
    attendance.delete()
    touch(meeting)
    record(
        "移出列席人员",
        operation=Operation.DELETE,
        by=by,
        target=attendance.name,
        unit=meeting.unit,
        meeting=meeting.pk,
    )
