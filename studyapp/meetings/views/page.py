"""The page of one meeting: for its recorder what comes next, for a member where to write."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET

from studyapp.access.decorators import may, requires
from studyapp.access.permissions import P
from studyapp.accounts.models import User
from studyapp.meetings import (
    arrivals,
    leave,
    news,
    presence,
    queries,
    rhythm,
    screen,
    screen_address,
    transitions,
)
from studyapp.meetings import stream as notes
from studyapp.meetings.actions.make_up import UNDO_FOR
from studyapp.meetings.actions.sheet import roster
from studyapp.meetings.forms.sheet import RemarkForm
from studyapp.meetings.models import AgendaItem, Attendance, Meeting, NoteKind, Remark, State
from studyapp.meetings.views.pieces import with_pieces
from studyapp.meetings.views.sheet import items_of
from studyapp.saving.fields import into_working_copy
from studyapp.saving.queries import working_copy
from studyapp.text.cjk import initials
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page

_RUNNING = {State.CHECK_IN, State.OPEN}
_NEAR = timedelta(hours=3)  # a page that is open so long before the start waits for it
_TASK = {
    State.PREPARING: "筹备",
    State.CHECK_IN: "点名",
    State.OPEN: "记录单",
    State.ENDED: "记录单",
}
"""What the one who keeps the record has to do, by state; the first of the two tabs."""

KINDS_ON_A_THEME = [kind for kind in NoteKind if kind != NoteKind.STUDY]


JOINED = ("unit", "chair", "recorder", "record", "gathering")
"""Related rows that come with the meeting when it is looked up for its page."""


def _fill(meeting: Meeting, *, keeps: bool) -> None:
    """Read what the page shows below the meeting; the rows of the record for who ``keeps`` it."""
    record = (Prefetch("remarks", Remark.objects.select_related("theme")), "votes", "decisions")
    prefetch_related_objects(
        [meeting],
        Prefetch("agenda", AgendaItem.objects.select_related("lead_reader")),
        "attendances",
        "sittings",
        *(record if keeps else ()),
    )


def loaded(meeting: Meeting) -> Meeting:
    """Return the meeting with all that its page reads, in a fixed number of queries."""
    agenda = AgendaItem.objects.select_related("speech", "lead_reader")
    remarks = Remark.objects.select_related("theme", "note", "item")
    return (
        Meeting.objects.select_related("unit", "chair", "recorder", "record", "gathering")
        .prefetch_related(
            Prefetch("agenda", agenda),
            Prefetch("remarks", remarks),
            Prefetch("attendances", Attendance.objects.select_related("sitting")),
            "sittings",
            "votes",
            "decisions",
        )
        .get(pk=meeting.pk)
    )


def page_context(request: Request, meeting: Meeting, *, stands: bool = False) -> dict[str, object]:
    """Return everything that the page of one meeting shows to this person.

    A page that ``stands`` open goes on asking for news, whatever the meeting has come to.
    """
    user = request.user
    asks = stands or _is_on(meeting)
    may_record = may(user, P.MEETING_RECORD, meeting) and meeting.state != State.CANCELLED
    is_open = not meeting.signed_at and meeting.state != State.CANCELLED
    is_ahead = meeting.state in {State.PREPARING, State.CHECK_IN}
    task = _TASK.get(State(meeting.state), "") if may_record and is_open else ""
    _fill(meeting, keeps=bool(task))
    rows = list(meeting.attendances.all())
    my_row = next((row for row in rows if row.user_id == user.pk), None)
    stage = queries.stage(meeting)
    count = presence.head_count_now(meeting, rows, timezone.now())
    said = list(meeting.remarks.filter(speaker=user))
    shown = request.GET.get("view") or ("task" if task and "theme" not in request.GET else "notes")
    shown_notes = _stream(request, meeting)
    name = notes.copy_name(meeting, None, shown_notes.theme)
    return {
        "meeting": meeting,
        "stage": stage,
        "steps": queries.steps(stage),
        **_moves(user, meeting),
        **_own(user, meeting, my_row),
        "waiting": leave.waiting(meeting) if task else {},
        "may_schedule": may(user, P.MEETING_SCHEDULE, meeting),
        "may_edit": may(user, P.MEETING_EDIT, meeting) and is_open,
        "may_record": may_record and is_open,
        "is_open": is_open,
        "take": meeting.pk if may_record and is_open else None,
        "is_running": meeting.state in _RUNNING,
        "rows": rows,
        "my_row": my_row,
        "may_take_back": _may_take_back(my_row),
        "count": count,
        "readiness": queries.readiness(count, meeting),
        "to_check": [r for r in said if r.waits_for_speaker],
        "said": said,
        "siblings": queries.held_together(meeting),
        "by_sitting": queries.by_sitting(meeting, rows),
        "advice": rhythm.length_advice(meeting) if may_record and is_ahead else "",
        "task": task,
        "shows_task": bool(task) and shown == "task",
        **(_task_context(request, meeting) if task and shown == "task" else {}),
        "takes_codes": arrivals.takes_codes(meeting),
        "arrivals": arrivals.waiting(meeting, rows),
        **_screen(user, meeting, is_open=is_open),
        "missing": queries.missing(meeting) if task else [],
        "may_stream": notes.has_stream(meeting),
        "stream": shown_notes,
        "pieces": with_pieces(
            shown_notes.notes,
            reader=user.pk,
            fixed=shown_notes.fixed,
            made_up=shown_notes.made_up,
            may_take=may_record and is_open,
        ),
        "copy_name": name,
        "copy": working_copy(name, user),
        "kinds": [NoteKind.STUDY, *KINDS_ON_A_THEME],
        **(_news(request, meeting, view=shown, theme=shown_notes.key) if asks else {}),
    }


def _may_take_back(row: Attendance | None) -> bool:
    """Tell whether 补学 said a moment ago can still be taken back."""
    said_at = row.made_up_at if row else None
    return said_at is not None and timezone.now() - said_at <= UNDO_FOR


def _stream(request: Request, meeting: Meeting) -> notes.Stream:
    return notes.stream(
        meeting,
        request.user.pk,
        wanted=request.GET.get("theme", ""),
        all_of_them="all" in request.GET,
    )


def _own(user: User, meeting: Meeting, row: Attendance | None) -> dict[str, object]:
    """Return how this person stands to the meeting, and what that lets them do."""
    mine = [row] if row else []
    own, now = leave.standings(user, [meeting], mine).get(meeting.pk), timezone.now()
    return {
        "own": own,
        "may_ask": own is not None and not leave.obstacle(meeting, own, at=now),
        "may_withdraw": leave.may_withdraw(meeting, own, at=now),
    }


def _is_on(meeting: Meeting) -> bool:
    """Tell whether the meeting runs, or is about to."""
    is_near = abs(meeting.planned_start - timezone.now()) < _NEAR
    return meeting.state in _RUNNING or (meeting.state == State.PREPARING and is_near)


def _news(request: Request, meeting: Meeting, **shown: str) -> dict[str, object]:
    """Return where the page asks for news."""
    every = {"all": "1"} if "all" in request.GET else {}
    return {
        "news": news.address(meeting, request.user, timezone.now()),
        "number": news.number(meeting),
        "parts": urlencode(shown | every),
    }


def _moves(user: User, meeting: Meeting) -> dict[str, object]:
    """Return the moves of the transition table that this person may make now."""
    found = [m for m in transitions.moves_from(meeting.state) if may(user, m.permission, meeting)]
    if meeting.signed_at:
        found = []
    following = transitions.next_move(meeting.state)
    return {
        "moves": [m for m in found if m.target != State.CANCELLED and m != following],
        "next_move": following if following in found else None,
        "may_cancel": any(m.target == State.CANCELLED for m in found),
    }


def _screen(user: User, meeting: Meeting, *, is_open: bool) -> dict[str, object]:
    """Return what who runs the meeting can put on the wall."""
    may_show = is_open and screen_address.may_show(meeting, user)
    return {"may_show": may_show, "places": screen.steps(meeting) if may_show else []}


def _task_context(request: Request, meeting: Meeting) -> dict[str, Any]:
    """Return what the recorder's own view needs on top: the sheet and a form for the next words."""
    initial = {"item": request.GET.get("item", ""), "theme": request.GET.get("on", "")}
    form = RemarkForm(meeting=meeting, roster=roster(meeting), initial=initial, docked=True)
    into_working_copy(form, "text", name=meeting.remark_copy, owner=request.user)
    return {
        "items": items_of(meeting),
        "remark_form": form,
        "speakers": [(a.name, a.title, initials(a.name)) for a in meeting.attendances.all()],
    }


@requires(P.MEETING_READ, on=Meeting, joined=JOINED)
@require_GET
def detail(request: Request, meeting: Meeting) -> HttpResponse:
    """Show one meeting to a member of the unit, with the buttons of who runs or records it."""
    return render_page(request, "meetings/detail.html", page_context(request, meeting))


@requires(P.MEETING_READ, on=Meeting, joined=JOINED)
@require_GET
def live(request: Request, meeting: Meeting) -> HttpResponse:
    """Return the parts of the page that change, to a page that stands open; else the page."""
    if not request.htmx:
        return redirect("meetings:detail", pk=meeting.pk)
    return render_page(request, "meetings/live.html", page_context(request, meeting, stands=True))
