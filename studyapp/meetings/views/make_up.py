"""补学: one button for who was away, and one to undo it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.errors import Refused
from studyapp.meetings.actions import make_up as actions
from studyapp.meetings.models import Meeting
from studyapp.web.requests import Request


@requires(P.MEETING_READ, on=Meeting)
@require_POST
def make_up(request: Request, meeting: Meeting) -> HttpResponse:
    """Say for oneself that the study was made up, or (``undo``) take that back."""
    row = meeting.attendances.filter(user=request.user).first()
    if row is None:
        raise Refused("你不在这次会的名单上，不用补学。该在名单上的，找记录人。")
    if "undo" in request.POST:
        actions.take_back(row, by=request.user, at=timezone.now())
        messages.success(request, "补学已撤回。")
    else:
        actions.make_up(row, by=request.user, at=timezone.now())
        messages.success(request, "已记为补学。")
    return redirect("meetings:detail", pk=meeting.pk)
