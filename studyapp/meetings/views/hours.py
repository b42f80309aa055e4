"""学时: the own year, and a branch's as one number."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from studyapp.access.decorators import requires, signed_in
from studyapp.access.permissions import P
from studyapp.branches.models import Unit, memberships_of
from studyapp.meetings import hours as study
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page


@signed_in(reason="Shows the own hours only.", offices=False)
@require_GET
def my_hours(request: Request) -> HttpResponse:
    """What one studied in a year, meeting by meeting."""
    now = timezone.now()
    year = study.asked_year(request.GET.get("year", ""), now)
    studied = study.of_person(request.user, year)
    context = {
        **study.years_beside(year, now),
        "studied": studied,
        "units": {m.unit_id for m in memberships_of(request.user)},
        "total": sum(one.hours for one in studied),
        "needed": study.needed(request.user, memberships_of(request.user)),
    }
    return render_page(request, "meetings/my_hours.html", context)


@requires(P.UNIT_READ, on=Unit)
@require_GET
def hours_of(request: Request, unit: Unit) -> HttpResponse:
    """A branch's hours of a year: one number, no names. A fragment of its page, and a page."""
    year = study.asked_year(request.GET.get("year", ""), timezone.now())
    context = {"unit": unit, "year": year, "total": study.of_branch(unit, year)}
    return render_page(request, "meetings/hours.html", context, partials=("hours",))
