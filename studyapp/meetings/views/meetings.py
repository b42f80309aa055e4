"""The list of meetings, planning one, changing its plan."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from studyapp.access.decorators import requires, signed_in
from studyapp.access.permissions import P
from studyapp.branches.models import Unit
from studyapp.errors import Refused
from studyapp.meetings import queries, rhythm
from studyapp.meetings.actions import schedule
from studyapp.meetings.forms.meetings import EditForm, MeetingForm, initial_for
from studyapp.meetings.models import Kind, Meeting, State
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


@signed_in(reason="Lists only meetings of the own units.", offices=False)
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
        "advice": [(u, line) for u in units for line in rhythm.rhythm_advice(u)],
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


@signed_in(
    reason="Offers only the units whose meetings the person may plan; others get 403.",
    offices=False,
)
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
                if advice := rhythm.length_advice(made):
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


@requires(P.MEETING_SCHEDULE, on=Unit)
@require_GET
def rhythm_of(request: Request, unit: Unit) -> HttpResponse:
    """How often the unit is to meet and what is due: for who plans, on the page of the unit."""
    context = {"unit": unit, "advice": rhythm.rhythm_advice(unit)}
    return render_page(request, "meetings/rhythm.html", context, partials=("rhythm",))
