"""The list of meetings, planning one, its page, the polled fragment and the notice."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from studyapp.access.decorators import may, requires, signed_in
from studyapp.access.permissions import P
from studyapp.branches.models import Unit
from studyapp.documents import docx, pdf
from studyapp.errors import Refused
from studyapp.meetings import papers, queries, transitions
from studyapp.meetings.actions import schedule
from studyapp.meetings.forms.meetings import EditForm, MeetingForm, initial_for
from studyapp.meetings.models import AgendaItem, Kind, Meeting, State
from studyapp.web.papers import markup
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page

PER_PAGE = 20
_SHOWN = {
    "coming": ([State.PREPARING, State.CHECK_IN, State.OPEN], ("planned_start", "pk")),
    "held": ([State.ENDED], ("-planned_start", "-pk")),
    "cancelled": ([State.CANCELLED], ("-planned_start", "-pk")),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A meeting in the list, with its derived stage."""

    meeting: Meeting
    stage: queries.Stage


@signed_in(reason="Lists only meetings of the own units.")
@require_GET
def index(request: Request) -> HttpResponse:
    """学习会 of the own units: coming and running ones first, held ones, cancelled ones."""
    shown = request.GET.get("show", "coming")
    if shown not in _SHOWN:
        raise Http404
    states, order = _SHOWN[shown]
    found = queries.listed(request.user).filter(state__in=states).order_by(*order)
    if (kind := request.GET.get("kind", "")) in Kind.values:
        found = found.filter(kind=kind)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    units = queries.units_to_schedule(request.user)
    context = {
        "rows": [Row(meeting, queries.stage(meeting)) for meeting in page],
        "page": page,
        "show": shown,
        "kind": kind,
        "kinds": Kind.choices,
        "query": f"show={shown}&kind={kind}",
        "may_schedule": bool(units),
        "advice": [(u, line) for u in units for line in queries.rhythm_advice(u)][:6],
    }
    return render_page(request, "meetings/list.html", context)


def _unit_to_schedule(request: Request) -> tuple[Unit, list[Unit]]:
    units = queries.units_to_schedule(request.user)
    if not units:
        raise PermissionDenied(P.MEETING_SCHEDULE.value)
    wanted = request.GET.get("unit")
    if not wanted:
        return units[0], units
    unit = next((u for u in units if str(u.pk) == wanted), None)
    if unit is None:
        raise Http404
    return unit, units


@signed_in(reason="Offers only the units whose meetings the person may plan; others get 403.")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request) -> HttpResponse:
    """Plan a meeting. Place, time of day and people come from the last one, words never do."""
    unit, units = _unit_to_schedule(request)
    now, status = timezone.now(), 200
    kind = request.GET.get("kind", "")
    kinds = dict(queries.kinds_for(unit))
    initial = initial_for(unit, kind if kind in kinds else next(iter(kinds)), now)
    if text := request.GET.get("speech"):
        initial["text1"] = text
    form = MeetingForm(request.POST or None, unit=unit, initial=initial)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = schedule.schedule(unit=unit, by=request.user, at=now, **form.values())
            except Refused as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                if advice := queries.length_advice(made):
                    messages.info(request, advice)
                return redirect("meetings:detail", pk=made.pk)
    context = {"form": form, "unit": unit, "units": units}
    return render_page(request, "meetings/new.html", context, status=status)


@requires(P.MEETING_EDIT, on=Meeting)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, meeting: Meeting) -> HttpResponse:
    """Change title, place, chair, recorder, lecture."""
    form = EditForm(request.POST or None, meeting=meeting)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                schedule.change(meeting, by=request.user, at=timezone.now(), **form.cleaned_data)
            except Refused as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                return redirect("meetings:detail", pk=meeting.pk)
    stored = Meeting.objects.get(pk=meeting.pk)
    context = {"form": form, "meeting": stored, "is_stale": status == 409}
    return render_page(request, "meetings/edit.html", context, status=status)


def page_context(request: Request, meeting: Meeting) -> dict[str, object]:
    """Return everything that the page of one meeting shows to this person."""
    user = request.user
    rows = list(meeting.attendances.select_related("sitting", "excused_by"))
    meeting = _loaded(meeting)
    moves = [m for m in transitions.moves_from(meeting.state) if may(user, m.permission, meeting)]
    now_stage = queries.stage(meeting)
    next_move = transitions.next_move(meeting.state)
    may_record = may(user, P.MEETING_RECORD, meeting)
    return {
        "meeting": meeting,
        "stage": now_stage,
        "steps": queries.STEPS,
        "moves": [m for m in moves if m.target != State.CANCELLED and m != next_move],
        "next_move": next_move if next_move in moves else None,
        "may_cancel": any(m.target == State.CANCELLED for m in moves),
        "may_edit": may(user, P.MEETING_EDIT, meeting) and not meeting.signed_at,
        "may_record": may_record and meeting.state != State.CANCELLED,
        "rows": rows,
        "count": queries.head_count(rows),
        "own": next((row for row in rows if row.user_id == user.pk), None),
        "themes": [] if meeting.kind == Kind.LIFE else queries.themes_of(meeting),
        "to_check": _own_remarks(meeting, user.pk),
        "notes": queries.newest_notes(meeting),
        "missing": queries.missing(meeting) if may_record else [],
        "siblings": _siblings(meeting),
        "tag": queries.tag(meeting),
        "advice": queries.length_advice(meeting) if may_record else "",
        "may_stream": meeting.kind != Kind.LIFE,
    }


def _loaded(meeting: Meeting) -> Meeting:
    """Return the meeting with all that its page reads, in a fixed number of queries."""
    agenda = AgendaItem.objects.select_related("speech", "lead_reader")
    return (
        Meeting.objects.select_related("unit", "chair", "recorder", "record", "gathering")
        .prefetch_related(
            Prefetch("agenda", agenda), "sittings", "remarks", "votes", "decisions", "attendances"
        )
        .get(pk=meeting.pk)
    )


def _own_remarks(meeting: Meeting, user_id: int) -> list[object]:
    return [remark for remark in meeting.remarks.all() if remark.speaker_id == user_id]


def _siblings(meeting: Meeting) -> list[Meeting]:
    if meeting.gathering is None:
        return []
    return list(meeting.gathering.meetings.exclude(pk=meeting.pk).order_by("pk"))


@requires(P.MEETING_READ, on=Meeting)
@require_GET
def detail(request: Request, meeting: Meeting) -> HttpResponse:
    """Show one meeting to a member of the unit, with the buttons of who runs or records it."""
    return render_page(request, "meetings/detail.html", page_context(request, meeting))


@requires(P.MEETING_READ, on=Meeting)
@require_GET
def stream(request: Request, meeting: Meeting) -> HttpResponse:
    """Answer the page's polling: 204 while nothing changed, else the changing part."""
    if not request.htmx:
        return redirect("meetings:detail", pk=meeting.pk)
    if request.GET.get("tag") == queries.tag(meeting):
        return HttpResponse(status=204)
    context = page_context(request, meeting)
    return render_page(request, "meetings/detail.html", context, partials=("stream",))


@requires(P.MEETING_READ, on=Meeting)
@require_GET
def notice(request: Request, meeting: Meeting, form: str = "html") -> HttpResponse:
    """通知＋议程＋空白签到表, in one print."""
    document = papers.notice(_loaded(meeting))
    if form == "html":
        context = {"meeting": meeting, "paper": markup(document)}
        return render_page(request, "meetings/notice.html", context)
    render, kind = {
        "pdf": (pdf.render, "application/pdf"),
        "docx": (
            docx.render,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    }[form]
    day = timezone.localdate(meeting.planned_start)
    name = f"通知-{meeting.get_kind_display()}-{day:%Y%m%d}.{form}"
    response = HttpResponse(render(document), content_type=kind)
    response.headers["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=name) or ""
    )
    return response
