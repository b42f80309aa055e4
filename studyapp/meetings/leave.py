"""How one person stands to a meeting: expected or not, on leave, and what became of the asking.

A gathering has one roll: a request made at one of its meetings holds for all of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.meetings.models import Answer, Attendance, LeaveRequest, Meeting, Presence, State

_AHEAD = frozenset({State.PREPARING, State.CHECK_IN})


def requests_for(meeting: Meeting) -> QuerySet[LeaveRequest]:
    """Return the requests made at the meeting, or at another of its gathering."""
    here = Q(attendance__meeting=meeting)
    if meeting.gathering_id:
        here |= Q(attendance__meeting__gathering=meeting.gathering_id)
    return LeaveRequest.objects.filter(here)


def waiting(meeting: Meeting) -> dict[int, LeaveRequest]:
    """Return by person the requests that nobody answered and no mark in the roll has settled."""
    found = requests_for(meeting).filter(answer=Answer.OPEN, attendance__presence="")
    rows = found.select_related("attendance").order_by("asked_at", "pk")
    return {r.attendance.user_id: r for r in rows if r.attendance.user_id}


@dataclass(frozen=True, slots=True)
class Standing:
    """One person's own place at a meeting; ``request`` is the newest one."""

    row: Attendance
    request: LeaveRequest | None = None

    @property
    def waits(self) -> bool:
        """Asked, and nothing has settled it yet."""
        return bool(self.request and self.request.answer == Answer.OPEN and not self.row.presence)

    @property
    def declined(self) -> bool:
        """Told no, and not marked in the roll since."""
        said_no = self.request is not None and self.request.answer == Answer.DECLINED
        return said_no and not self.row.presence

    @property
    def words(self) -> str:
        """What the person is told of it, in one line."""
        row, request = self.row, self.request
        if row.presence == Presence.LEAVE:
            accepted = request is not None and request.answer == Answer.ACCEPTED
            return f"请假{'已同意' if accepted else ''}：{row.leave_kind}"
        if row.presence:
            return row.get_presence_display()
        if request and self.waits:
            return f"申请了请假：{request.kind}，等答复"
        if request and self.declined:
            return f"请假没有同意：{request.words}"
        return "应到" if is_expected(row) else "列席" if row.is_observer else "不计入应到"


def is_expected(row: Attendance | None) -> bool:
    """Tell whether the person is among 应到."""
    return row is not None and row.should_attend and not row.is_observer


def standings(
    user: User, meetings: Iterable[Meeting], rows: list[Attendance] | None = None
) -> dict[int, Standing]:
    """Return by meeting how ``user`` stands to each of ``meetings``, in two queries.

    One fewer where the person's own ``rows`` were read already.
    """
    wanted = {meeting.pk: meeting.gathering_id for meeting in meetings}
    if rows is None:
        rows = list(Attendance.objects.filter(user=user, meeting__in=wanted))
    together = [gathering for gathering in wanted.values() if gathering]
    asked = (
        LeaveRequest.objects.filter(attendance__user=user)
        .filter(Q(attendance__in=rows) | Q(attendance__meeting__gathering__in=together))
        .select_related("attendance__meeting", "answered_by")
        .order_by("asked_at", "pk")
    )
    newest: dict[tuple[str, int], LeaveRequest] = {}
    for request in asked if rows else ():
        of = request.attendance.meeting
        newest["meeting", of.pk] = request
        if of.gathering_id:
            newest["gathering", of.gathering_id] = request
    return {
        row.meeting_id: Standing(
            row,
            newest.get(("gathering", wanted[row.meeting_id] or 0))
            or newest.get(("meeting", row.meeting_id)),
        )
        for row in rows
    }


def standing(user: User, meeting: Meeting) -> Standing | None:
    """Return how ``user`` stands to one meeting; None for who is not on its roll."""
    return standings(user, [meeting]).get(meeting.pk)


def obstacle(meeting: Meeting, own: Standing | None, *, at: datetime) -> str:
    """Return why leave cannot be asked for now and what to do instead; "" when it can."""
    if meeting.state == State.CANCELLED:
        return "会议已取消，不用请假。"
    if own is None or not is_expected(own.row):
        return f"你不在这次会的应到名单上，不用请假。名单不对，告诉记录人{meeting.recorder.name}。"
    if meeting.state not in _AHEAD or meeting.planned_start <= at:
        start = timezone.localtime(meeting.planned_start)
        return (
            f"会议{start:%H:%M}开始，现在请假要直接告诉记录人{meeting.recorder.name}，由点名登记。"
        )
    if own.row.presence:
        label = own.row.get_presence_display()
        return f"名单上你已标为“{label}”。要改，告诉记录人{meeting.recorder.name}。"
    if own.waits:
        return "已经申请过，等答复。要改类别，先撤回再申请。"
    return ""


def may_withdraw(meeting: Meeting, own: Standing | None, *, at: datetime) -> bool:
    """Tell whether the person can take it back: asked, or on leave of a meeting still ahead."""
    if own is None or own.request is None:
        return False
    ahead = meeting.state in _AHEAD and meeting.planned_start > at
    granted = own.request.answer == Answer.ACCEPTED and own.row.presence == Presence.LEAVE
    return own.waits or (granted and ahead)
