"""Leave asked for in advance (请假): ask, withdraw, accept, decline."""

from datetime import datetime

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.errors import Refused
from studyapp.meetings import leave, news
from studyapp.meetings.actions import roll
from studyapp.meetings.actions.locking import as_it_is, together
from studyapp.meetings.models import Answer, LeaveKind, LeaveRequest, Meeting, Presence


@transaction.atomic
def ask(meeting: Meeting, *, kind: str, by: User, at: datetime, reason: str = "") -> LeaveRequest:
    """Ask for leave in the own name, before the meeting begins; pressed twice it is one request."""
    fresh = as_it_is(meeting)
    own = leave.standing(by, fresh)
    if own and own.request and own.waits and _same(own.request, kind, reason):
        return own.request
    if problem := leave.obstacle(fresh, own, at=at):
        raise Refused(problem)
    if own is None or kind not in LeaveKind.values:
        raise Refused("选一个请假类别（值班、出警、出差等）。")
    request = LeaveRequest.objects.create(attendance=own.row, kind=kind, reason=reason, asked_at=at)
    _tell(fresh, request, "申请请假", Operation.CREATE, by=by)
    return request


def _same(request: LeaveRequest, kind: str, reason: str) -> bool:
    return (request.kind, request.reason) == (kind, reason)


@transaction.atomic
def withdraw(meeting: Meeting, *, by: User, at: datetime) -> LeaveRequest:
    """Take the own request back; an accepted one takes its mark off the roll with it."""
    fresh, _ = together(meeting)
    own = leave.standing(by, fresh)
    if own is None or own.request is None or not leave.may_withdraw(fresh, own, at=at):
        raise Refused(f"现在没有可以撤回的请假。情况有变，告诉记录人{fresh.recorder.name}。")
    _settle(own.request, Answer.WITHDRAWN, at=at)
    if own.row.presence:
        roll.mark(own.row, presence=Presence.UNKNOWN, by=by, at=at)
    _tell(fresh, own.request, "撤回请假", Operation.CHANGE, by=by)
    return own.request


@transaction.atomic
def accept(request: LeaveRequest, *, by: User, at: datetime) -> LeaveRequest:
    """Agree: the roll says 请假 with the category, at every meeting of the gathering."""
    meeting, fresh = _judged(request, Answer.ACCEPTED)
    if fresh.answer == Answer.ACCEPTED:
        return fresh
    _settle(fresh, Answer.ACCEPTED, by=by, at=at)
    row = fresh.attendance
    roll.mark(
        row, presence=Presence.LEAVE, leave_kind=fresh.kind, reason=fresh.reason, by=by, at=at
    )
    _tell(meeting, fresh, "同意请假", Operation.CHANGE, by=by)
    return fresh


@transaction.atomic
def decline(request: LeaveRequest, *, words: str, by: User, at: datetime) -> LeaveRequest:
    """Say no, with words for the person who asked."""
    meeting, fresh = _judged(request, Answer.DECLINED)
    if fresh.answer == Answer.DECLINED:
        return fresh
    if not words:
        raise Refused("写明为什么不同意，本人会看到。")
    _settle(fresh, Answer.DECLINED, words=words, by=by, at=at)
    _tell(meeting, fresh, "不同意请假", Operation.CHANGE, by=by)
    return fresh


def _judged(request: LeaveRequest, answer: str) -> tuple[Meeting, LeaveRequest]:
    """Lock meeting and request; refuse one that was settled otherwise than by this ``answer``."""
    meeting, _ = together(request.attendance.meeting)
    fresh = LeaveRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
    name = fresh.attendance.name
    if fresh.answer not in {Answer.OPEN, answer}:
        raise Refused(f"{name}的请假{fresh.get_answer_display()}，不用再答复。")
    if fresh.answer == Answer.OPEN and fresh.attendance.presence:
        label = fresh.attendance.get_presence_display()
        raise Refused(f"点名时{name}已标为“{label}”，请假不用再答复。要改，在点名里改。")
    return meeting, fresh


def _settle(
    request: LeaveRequest, answer: str, *, at: datetime, by: User | None = None, words: str = ""
) -> None:
    request.answer, request.words = answer, words
    request.answered_by, request.answered_at = by, at
    request.save(update_fields=["answer", "words", "answered_by", "answered_at"])


def _tell(meeting: Meeting, request: LeaveRequest, what: str, how: Operation, *, by: User) -> None:
    """Write it to the log, and let pages that stand open know: no form is made old by it."""
    news.step([meeting.pk])
    record(
        what,
        operation=how,
        by=by,
        target=request.attendance.name,
        unit=meeting.unit,
        meeting=meeting.pk,
        kind=request.kind,
        leave=request.pk,
    )
