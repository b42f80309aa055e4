"""The picture on the wall: opening it, choosing what it shows, and the picture itself."""

from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from studyapp.access.decorators import public, requires
from studyapp.access.permissions import P
from studyapp.accounts.models import User
from studyapp.meetings import codes, news, screen_address
from studyapp.meetings import screen as wall
from studyapp.meetings.actions.screen import show_on_screen
from studyapp.meetings.models import Meeting
from studyapp.web.requests import Request
from studyapp.web.shortcuts import safe_next


@requires(P.MEETING_RUN, on=Meeting)
@require_safe
def projector(request: Request, meeting: Meeting) -> HttpResponse:
    """Lead to an address that the machine in the room may keep open without a sign-in."""
    if not screen_address.may_show(meeting, request.user) or meeting.signed_at:
        raise Http404
    return redirect(screen_address.address(meeting, request.user, timezone.now()))


@requires(P.MEETING_RUN, on=Meeting)
@require_POST
def show(request: Request, meeting: Meeting) -> HttpResponse:
    """Choose what is on the wall: ``place`` is item or item-theme, ``points`` yes or no."""
    place, points = request.POST.get("place", ""), request.POST.get("points")
    steps = wall.steps(wall.with_agenda(meeting)) if place else []
    step = next((each for each in steps if each.key == place), None)
    if place and step is None:
        raise Http404
    show_on_screen(
        meeting,
        item=step.item if step else None,
        theme=step.theme if step else None,
        points=None if points is None else points == "yes",
        by=request.user,
        at=timezone.now(),
    )
    return redirect(safe_next(request, f"/meetings/{meeting.pk}/"))


@public(reason="Opened by a signed address, which names who may and is judged at every request.")
@require_safe
def screen(request: HttpRequest, token: str) -> HttpResponse:
    """Show the room what it is at, or that the picture is over; no controls."""
    opened = screen_address.read(token)
    if opened is None:
        raise Http404
    now = timezone.now()
    found = screen_address.allowed(opened, now)
    if found is None:
        return _over(request, opened, now)
    meeting, person = found
    meeting = wall.with_agenda(meeting)
    picture = wall.picture(meeting, now)
    context = {
        "meeting": meeting,
        "picture": picture,
        "now": now,
        "news": news.address(meeting, person, now),
        "number": news.number(meeting),
        # A new code is fetched when the one shown has run out.
        "every": picture.code.seconds_left + 1 if picture.code else 60,
        "square": _square(request, meeting, picture.code),
    }
    return render(request, "meetings/screen.html", context)


def _over(request: HttpRequest, opened: screen_address.Opened, now: datetime) -> HttpResponse:
    """Show an empty wall; it looks again each minute, for a right may come back."""
    meeting, person = Meeting(pk=opened.meeting), User(pk=opened.person)
    context = {
        "news": news.address(meeting, person, now),
        "number": news.newest(opened.meeting),
    }
    return render(request, "meetings/screen_over.html", context)


def _square(request: HttpRequest, meeting: Meeting, code: codes.Code | None) -> codes.Square | None:
    """Return the QR code that leads telephones to the check-in."""
    if code is None:
        return None
    site = settings.PUBLIC_ADDRESS or f"{request.scheme}://{request.get_host()}"
    return codes.square(f"{site}/check-in/{meeting.pk}/{code.token}/")
