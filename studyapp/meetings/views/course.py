"""The course of a meeting: its moves, another time, cancelling, times, agenda, sittings."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from studyapp.access.decorators import may, requires
from studyapp.access.permissions import P
from studyapp.errors import Refused
from studyapp.meetings import transitions
from studyapp.meetings.actions import course, schedule
from studyapp.meetings.actions.course import FIXED
from studyapp.meetings.forms.course import ItemEditForm, ItemForm
from studyapp.meetings.forms.fields import at_time
from studyapp.meetings.forms.meetings import CancelForm, PostponeForm, SittingForm, TimesForm
from studyapp.meetings.models import Kind, Meeting
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page


@requires(P.MEETING_RUN, on=Meeting)
@require_POST
def move(request: Request, meeting: Meeting) -> HttpResponse:
    """Make one move of the transition table; each names the permission that it needs."""
    step = transitions.find(request.POST.get("to", ""), meeting.state)
    if step is None:
        raise Refused(f"会议{meeting.get_state_display()}，这一步做不了。刷新页面看看现在的状态。")
    if not may(request.user, step.permission, meeting):
        raise PermissionDenied(step.permission.value)
    schedule.move(meeting, to=step.name, by=request.user, at=timezone.now())
    return redirect("meetings:detail", pk=meeting.pk)


def _form_page(
    request: Request,
    meeting: Meeting,
    form: forms.Form,
    *,
    template: str,
    act: Callable[[dict[str, Any]], object],
    back: str = "meetings:detail",
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    """Show ``form``; when it was posted and is valid, ``act`` and go ``back``."""
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                act(form.cleaned_data)
            except Refused as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                return redirect(back, pk=meeting.pk)
    context = {"form": form, "meeting": meeting, **(more or {})}
    return render_page(request, template, context, status=status)


@requires(P.MEETING_EDIT, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def postpone(request: Request, meeting: Meeting) -> HttpResponse:
    """Move a meeting that has not begun to another time."""
    start, end = timezone.localtime(meeting.planned_start), timezone.localtime(meeting.planned_end)
    initial = {"day": start.date(), "start": start.time(), "end": end.time()}

    def act(data: dict[str, Any]) -> object:
        return schedule.postpone(
            meeting,
            start=at_time(data["day"], data["start"]),
            end=at_time(data["day"], data["end"]),
            reason=data["reason"],
            by=request.user,
            at=timezone.now(),
        )

    form = PostponeForm(request.POST or None, initial=initial)
    return _form_page(request, meeting, form, template="meetings/postpone.html", act=act)


@requires(P.MEETING_EDIT, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: Request, meeting: Meeting) -> HttpResponse:
    """Cancel a meeting that was not opened, with the reason."""

    def act(data: dict[str, Any]) -> object:
        return schedule.cancel(meeting, reason=data["reason"], by=request.user, at=timezone.now())

    form = CancelForm(request.POST or None)
    return _form_page(request, meeting, form, template="meetings/cancel.html", act=act)


@requires(P.MEETING_RECORD, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def times(request: Request, meeting: Meeting) -> HttpResponse:
    """Correct the actual start and end."""
    initial = {
        "start": meeting.actual_start or meeting.planned_start,
        "end": meeting.actual_end,
    }

    def act(data: dict[str, Any]) -> object:
        return course.set_times(
            meeting, start=data["start"], end=data["end"], by=request.user, at=timezone.now()
        )

    form = TimesForm(request.POST or None, initial=initial)
    return _form_page(request, meeting, form, template="meetings/times.html", act=act)


@requires(P.MEETING_EDIT, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def agenda(request: Request, meeting: Meeting) -> HttpResponse:
    """Show the agenda for editing; a post adds an item."""
    form = ItemForm(request.POST or None, meeting=meeting)

    def act(_data: dict[str, Any]) -> object:
        return course.add_item(meeting, by=request.user, at=timezone.now(), **form.values())

    more = {"items": meeting.agenda.select_related("speech", "lead_reader"), "fixed": FIXED}
    return _form_page(
        request,
        meeting,
        form,
        template="meetings/agenda.html",
        act=act,
        back="meetings:agenda",
        more=more,
    )


@requires(P.MEETING_EDIT, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def agenda_item(request: Request, meeting: Meeting, item: int) -> HttpResponse:
    """Change an agenda item."""
    found = get_object_or_404(meeting.agenda, pk=item)
    initial = {"title": found.title, "lead_reader": found.lead_reader_id, "extent": found.extent}

    def act(data: dict[str, Any]) -> object:
        return course.edit_item(found, by=request.user, at=timezone.now(), **data)

    form = ItemEditForm(request.POST or None, meeting=meeting, initial=initial)
    return _form_page(
        request,
        meeting,
        form,
        template="meetings/agenda_item.html",
        act=act,
        back="meetings:agenda",
        more={"item": found},
    )


@requires(P.MEETING_EDIT, on=Meeting)
@require_POST
def agenda_shift(request: Request, meeting: Meeting, item: int) -> HttpResponse:
    """Move an agenda item one place up or down."""
    found = get_object_or_404(meeting.agenda, pk=item)
    up = request.POST.get("to") == "up"
    course.shift_item(found, up=up, by=request.user, at=timezone.now())
    return redirect("meetings:agenda", pk=meeting.pk)


@requires(P.MEETING_EDIT, on=Meeting)
@require_POST
def agenda_remove(request: Request, meeting: Meeting, item: int) -> HttpResponse:
    """Take an item off the agenda."""
    found = get_object_or_404(meeting.agenda, pk=item)
    course.remove_item(found, by=request.user, at=timezone.now())
    return redirect("meetings:agenda", pk=meeting.pk)


@requires(P.MEETING_EDIT, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def sittings(request: Request, meeting: Meeting) -> HttpResponse:
    """Show the 场次 of a meeting held in shifts; a post adds one."""
    start, end = timezone.localtime(meeting.planned_start), timezone.localtime(meeting.planned_end)
    initial = {
        "day": start.date(),
        "start": start.time(),
        "end": end.time(),
        "place": meeting.place,
    }

    def act(data: dict[str, Any]) -> object:
        return course.add_sitting(
            meeting,
            name=data["name"],
            start=at_time(data["day"], data["start"]),
            end=at_time(data["day"], data["end"]),
            place=data["place"],
            by=request.user,
            at=timezone.now(),
        )

    form = SittingForm(request.POST or None, initial=initial)
    more = {"sittings": meeting.sittings.all(), "is_study": meeting.kind == Kind.STUDY}
    return _form_page(
        request,
        meeting,
        form,
        template="meetings/sittings.html",
        act=act,
        back="meetings:sittings",
        more=more,
    )


@requires(P.MEETING_EDIT, on=Meeting)
@require_POST
def sitting_remove(request: Request, meeting: Meeting, sitting: int) -> HttpResponse:
    """Take a 场次 away."""
    found = get_object_or_404(meeting.sittings, pk=sitting)
    course.remove_sitting(found, by=request.user, at=timezone.now())
    return redirect("meetings:sittings", pk=meeting.pk)
