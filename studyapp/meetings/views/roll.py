"""The roll call page."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.accounts.models import User
from studyapp.branches.queries import leaders, people_in
from studyapp.errors import Refused
from studyapp.meetings import arrivals, leave, presence, queries
from studyapp.meetings.actions import leave as leaves
from studyapp.meetings.actions import roll as actions
from studyapp.meetings.forms.roll import EXPECTED, ExcuseForm, ObserverForm, read_calls
from studyapp.meetings.models import Attendance, LeaveKind, Meeting, Presence, Sitting, State
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page, whole_number

MARKS = (
    ("", "未点"),
    (Presence.PRESENT.value, "已到"),
    (Presence.LATE.value, "迟到"),
    (Presence.LEFT.value, "离会"),
    (Presence.LEAVE.value, "请假"),
    (Presence.ABSENT.value, "缺席"),
)
"""What one clicks in the roll, short."""

_FIGURES = 11  # what is longer is no key of ours
_INPUTS = {
    "presence": "p",
    "arrived_at": "arrived",
    "left_at": "left",
    "leave_kind": "leave",
    "reason": "reason",
    "sitting": "sitting",
}


def _sitting(request: Request, meeting: Meeting) -> Sitting | None:
    wanted = request.POST.get("sitting") or request.GET.get("sitting")
    if not wanted:
        return None
    found = next((s for s in meeting.sittings.all() if str(s.pk) == wanted), None)
    if found is None:
        raise Http404
    return found


def _page(
    request: Request,
    meeting: Meeting,
    *,
    problem: str = "",
    status: int = 200,
    observer_form: ObserverForm | None = None,
) -> HttpResponse:
    """Render the roll; a refused form comes back with what was entered."""
    meeting.refresh_from_db()
    rows = list(meeting.attendances.select_related("excused_by", "sitting"))
    count = presence.head_count_now(meeting, rows, timezone.now())
    sitting = _sitting(request, meeting)
    waiting = leave.waiting(meeting)
    shown = [row for row in rows if sitting is None or row.sitting_id in {None, sitting.pk}]
    context = {
        "meeting": meeting,
        "count": count,
        "readiness": queries.readiness(count, meeting),
        "by_sitting": queries.by_sitting(meeting, rows),
        "arrivals": arrivals.waiting(meeting, rows),
        "others": queries.held_together(meeting),
        "problem": problem,
        "rows": [
            {
                **(_entered(request, row) if problem else _stored(row)),
                "asked": waiting.get(row.user_id or 0),
            }
            for row in shown
        ],
        "waiting": waiting,
        "guests": [row for row in rows if row.is_observer],
        "marks": MARKS,
        "leaves": LeaveKind.choices,
        "sittings": list(meeting.sittings.all()),
        "sitting": sitting,
        "observer_form": observer_form or ObserverForm(people=_others(meeting, rows)),
        "is_open": not meeting.signed_at and meeting.state != State.CANCELLED,
    }
    return render_page(request, "meetings/roll.html", context, status=status)


def _stored(row: Attendance) -> dict[str, object]:
    return {
        "row": row,
        "presence": row.presence,
        "was": row.presence,
        "arrived_at": row.arrived_at,
        "left_at": row.left_at,
        "leave_kind": row.leave_kind,
        "reason": row.reason,
        "sitting": row.sitting_id,
    }


def _entered(request: Request, row: Attendance) -> dict[str, object]:
    """Return what was posted for ``row``; the next post is made from what is stored now."""
    shown = _stored(row)
    if f"p-{row.pk}" in request.POST:
        shown |= {name: request.POST.get(f"{key}-{row.pk}", "") for name, key in _INPUTS.items()}
    return shown


def _others(meeting: Meeting, rows: list[Attendance]) -> list[User]:
    """Return the people of the unit who are not on the roll."""
    known = {row.user_id for row in rows}
    return [m.user for m in people_in(meeting.unit) if m.user_id not in known]


@requires(P.MEETING_RECORD, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def roll(request: Request, meeting: Meeting) -> HttpResponse:
    """Call the roll: the whole list in one form, «其余全部到会» as its other button."""
    if request.method != "POST":
        return _page(request, meeting)
    rows = list(meeting.attendances.all())
    here = _sitting(request, meeting)
    calls = read_calls(request.POST, rows, meeting.sittings.all(), here=here)
    now = timezone.now()
    try:
        actions.mark_all(meeting, calls, by=request.user, at=now)
        if "rest" in request.POST:
            count = actions.rest_present(meeting, by=request.user, at=now, sitting=here)
            messages.success(request, _rest_said(meeting, count))
        if "accept" in request.POST:
            asked = whole_number(request.POST["accept"], _FIGURES)
            found = get_object_or_404(leave.requests_for(meeting), pk=asked)
            leaves.accept(found, by=request.user, at=now)
    except Refused as error:
        return _page(request, meeting, problem=str(error), status=error.status)
    if "rest" not in request.POST:
        messages.success(request, "到会情况已保存。")
    response = redirect("meetings:roll", pk=meeting.pk)
    if here:
        response.headers["Location"] += f"?sitting={here.pk}"
    return response


@requires(P.MEETING_RECORD, on=Meeting)
@require_POST
def roll_rest(request: Request, meeting: Meeting) -> HttpResponse:
    """«其余全部到会» from the page of the meeting."""
    count = actions.rest_present(meeting, by=request.user, at=timezone.now())
    messages.success(request, _rest_said(meeting, count))
    return redirect("meetings:detail", pk=meeting.pk)


def _rest_said(meeting: Meeting, count: int) -> str:
    """Return what «其余全部到会» did, and for whom it did nothing."""
    waits = len(leave.waiting(meeting))
    left = f"{waits}人请假等答复，没有标。" if waits else ""
    return f"其余{count}人已标为到会。{left}"


@requires(P.MEETING_RECORD, on=Meeting)
@require_POST
def observer_add(request: Request, meeting: Meeting) -> HttpResponse:
    """Add somebody who sits in, or somebody of the unit who should attend after all."""
    rows = list(meeting.attendances.all())
    form = ObserverForm(request.POST, people=_others(meeting, rows))
    if not form.is_valid():
        return _page(request, meeting, status=422, observer_form=form)
    data, now = form.cleaned_data, timezone.now()
    person = form.people.get(data["person"])
    try:
        if person and data["as_what"] == EXPECTED:
            actions.add_person(meeting, user=person, by=request.user, at=now)
        else:
            actions.add_observer(
                meeting,
                user=person,
                name=data["name"],
                title=data["title"],
                purpose=data["purpose"],
                by=request.user,
                at=now,
            )
    except Refused as error:
        form.add_error(None, str(error))
        return _page(request, meeting, status=error.status, observer_form=form)
    return redirect("meetings:roll", pk=meeting.pk)


@requires(P.MEETING_RECORD, on=Meeting)
@require_POST
def observer_remove(request: Request, meeting: Meeting, attendance: int) -> HttpResponse:
    """Take an observer off the roll."""
    found = get_object_or_404(meeting.attendances, pk=attendance)
    actions.remove_observer(found, by=request.user, at=timezone.now())
    return redirect("meetings:roll", pk=meeting.pk)


@requires(P.MEETING_RECORD, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def excuse(request: Request, meeting: Meeting, attendance: int) -> HttpResponse:
    """Take a person out of 应到, with the reason and who approved."""
    found = get_object_or_404(meeting.attendances, pk=attendance)
    people = [meeting.chair, *(m.user for m in leaders(meeting.unit))]
    approvers = list({person.pk: person for person in people}.values())
    initial = {"reason": found.excused_reason, "approver": found.excused_by_id}
    form = ExcuseForm(request.POST or None, approvers=approvers, initial=initial)
    status = 200
    if "restore" in request.POST:
        actions.excuse(found, reason="", by=request.user, at=timezone.now())
        return redirect("meetings:roll", pk=meeting.pk)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.excuse(
                    found,
                    reason=form.cleaned_data["reason"],
                    by=request.user,
                    at=timezone.now(),
                    approver=form.approvers[form.cleaned_data["approver"]],
                )
            except Refused as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                return redirect("meetings:roll", pk=meeting.pk)
    context = {"form": form, "meeting": meeting, "attendance": found}
    return render_page(request, "meetings/excuse.html", context, status=status)
