"""Checking in by the code on the screen: scan it, or type it; the recorder confirms."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from studyapp.access.decorators import public, requires, signed_in
from studyapp.access.permissions import P
from studyapp.errors import Refused
from studyapp.meetings import arrivals, claims, codes
from studyapp.meetings.actions import check_in as actions
from studyapp.meetings.forms.check_in import CodeForm
from studyapp.meetings.models import Attendance, CheckIn, Meeting
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page, safe_next, whole_number

_WRONG = "这个码不对，或者已经换新的了。看一下屏幕上现在的码，再输一次。"


@public(reason="Only judges the code, and tells nothing of what it belongs to before a sign-in.")
@require_safe
def scan(request: HttpRequest, meeting: int, token: str) -> HttpResponse:
    """Judge the code as it is scanned; the rest has time until after the sign-in."""
    now = timezone.now()
    if codes.scanned(meeting, token, now):
        return redirect("meetings:claim", claim=claims.give(meeting, now))
    return render(request, "meetings/scan.html", status=410)


@signed_in(reason="Checks in who scanned; names a meeting only to whom it is known.", offices=False)
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: Request, claim: str) -> HttpResponse:
    """Show what was scanned and when, with one button."""
    now = timezone.now()
    scanned = claims.read(claim, now)
    if scanned is None:
        return _page(request, CodeForm(), words="扫码已过10分钟。再扫一次屏幕上的码。", status=410)
    meeting = arrivals.known_to(request.user, scanned.meeting)
    if meeting is None:
        raise Http404
    if request.method == "POST":
        row = actions.check_in(
            meeting, how=CheckIn.SCAN, moment=scanned.moment, by=request.user, at=now
        )
        return _done(request, row, scanned.moment)
    row_now = arrivals.of(meeting, request.user)
    context = {
        "meeting": meeting,
        "moment": scanned.moment,
        "row": row_now,
        "words": arrivals.refusal(meeting) or ("" if row_now else arrivals.stranger(meeting)),
    }
    return render_page(request, "meetings/claim.html", context)


@signed_in(reason="Takes a code for the own row of a roll.", offices=False)
@require_http_methods(["GET", "HEAD", "POST"])
def check_in(request: Request) -> HttpResponse:
    """Type the code; where one has checked in, or why not yet, stands beside it."""
    form = CodeForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form, status=422 if request.method == "POST" else 200)
    now = timezone.now()
    try:
        meeting = actions.find_by_code(form.cleaned_data["figures"], by=request.user, at=now)
        if meeting is None:
            form.add_error("figures", _WRONG)
            return _page(request, form, status=422)
        row = actions.check_in(meeting, how=CheckIn.TYPED, moment=now, by=request.user, at=now)
    except Refused as error:
        form.add_error(None, str(error))
        return _page(request, form, status=error.status)
    return _done(request, row, now)


def _page(request: Request, form: CodeForm, *, words: str = "", status: int = 200) -> HttpResponse:
    places = arrivals.places(request.user, timezone.now())
    # Who has checked in everywhere needs no keyboard in the way.
    is_done = bool(places) and all(place.row and place.row.checked_in_at for place in places)
    context = {
        "form": form,
        "words": words,
        "places": places,
        "asks": form.is_bound or not is_done,
    }
    return render_page(request, "meetings/check_in.html", context, status=status)


def _done(request: Request, row: Attendance, moment: object) -> HttpResponse:
    """Say that it worked; to who comes a second time, since when it stands."""
    if row.checked_in_at is not None:
        clock = f"{timezone.localtime(row.checked_in_at):%H:%M}"
        first = row.checked_in_at == moment
        said = f"已签到，{clock}。" if first else f"你{clock}已签过到，不用再签。"
        messages.success(request, said)
    return redirect("meetings:check_in")


@requires(P.MEETING_RECORD, on=Meeting)
@require_POST
def confirm_check_ins(request: Request, meeting: Meeting) -> HttpResponse:
    """Mark who checked in, as far as the recorder saw it, as present or late."""
    given = [whole_number(key) for key in request.POST.getlist("seen")]
    seen = {key for key in given if key is not None}
    count = actions.confirm_check_ins(meeting, seen=seen, by=request.user, at=timezone.now())
    messages.success(request, f"已确认{count}人签到。")
    return redirect(safe_next(request, f"/meetings/{meeting.pk}/roll/"))
