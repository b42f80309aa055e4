"""请假: the page where one asks, and where who keeps the record answers."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.errors import Refused
from studyapp.meetings import leave as queries
from studyapp.meetings.actions import leave as actions
from studyapp.meetings.forms.leave import DeclineForm, LeaveForm
from studyapp.meetings.models import LeaveRequest, Meeting
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page, safe_next


@requires(P.MEETING_READ, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: Request, meeting: Meeting) -> HttpResponse:
    """Ask for leave in the own name; nobody asks for somebody else."""
    form, status = LeaveForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.ask(meeting, by=request.user, at=timezone.now(), **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, "已申请，等答复。")
                return redirect("meetings:leave", meeting.pk)
    own, now = queries.standing(request.user, meeting), timezone.now()
    context = {
        "meeting": meeting,
        "form": form,
        "own": own,
        "obstacle": queries.obstacle(meeting, own, at=now),
        "may_withdraw": queries.may_withdraw(meeting, own, at=now),
    }
    return render_page(request, "meetings/leave.html", context, status=status)


@requires(P.MEETING_READ, on=Meeting)
@require_POST
def leave_withdraw(request: Request, meeting: Meeting) -> HttpResponse:
    """Take the own request back."""
    actions.withdraw(meeting, by=request.user, at=timezone.now())
    messages.success(request, "请假已撤回。")
    return redirect("meetings:leave", meeting.pk)


@requires(P.MEETING_RECORD, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def leave_answer(request: Request, meeting: Meeting, leave: int) -> HttpResponse:
    """Accept with one click, or decline with words."""
    asked = queries.requests_for(meeting).select_related("attendance__meeting", "answered_by")
    found = get_object_or_404(asked, pk=leave)
    form, status = DeclineForm(), 200
    if request.method == "POST":
        if request.POST.get("do") == "accept":
            return _accepted(request, meeting, found)
        form, status = DeclineForm(request.POST), 422
        if form.is_valid():
            try:
                words = form.cleaned_data["words"]
                actions.decline(found, words=words, by=request.user, at=timezone.now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, "已答复，本人看得到。")
                return redirect("meetings:roll", meeting.pk)
    context = {"meeting": meeting, "asked": found, "form": form}
    return render_page(request, "meetings/leave_answer.html", context, status=status)


def _accepted(request: Request, meeting: Meeting, found: LeaveRequest) -> HttpResponse:
    actions.accept(found, by=request.user, at=timezone.now())
    name = found.attendance.name
    messages.success(request, f"已同意{name}请假，名单上已标好。")
    return redirect(safe_next(request, reverse("meetings:roll", args=[meeting.pk])))
