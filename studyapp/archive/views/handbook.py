"""党支部工作手册: choose the year, see what will be in it, start."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.accounts import again
from studyapp.archive.handbook import title_of
from studyapp.archive.queries import held_in_year
from studyapp.archive.rights import roles_of
from studyapp.branches.models import Unit
from studyapp.errors import Refused
from studyapp.jobs import actions as jobs
from studyapp.jobs.runner import look_after
from studyapp.meetings.hours import asked_year, years_beside
from studyapp.papers.delivery import needs_password
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page

_SUFFIXES = {"pdf": "PDF", "docx": "DOCX"}


@requires(P.ARCHIVE_READ, on=Unit)
@require_http_methods(["GET", "POST"])
def handbook(request: Request, unit: Unit) -> HttpResponse:
    """What the year holds; the form starts the work and leads to its page."""
    now = timezone.now()
    year = asked_year(request.GET.get("year", ""), now)
    suffix = request.POST.get("suffix", "pdf")
    asks = needs_password(request, unit)
    refusal = ""
    if request.method == "POST" and asks:
        return again.ask(request.get_full_path())
    if request.method == "POST" and suffix in _SUFFIXES:
        try:
            job = jobs.start(
                "handbook",
                title=f"{unit.name}{year}年{title_of(unit)}（{_SUFFIXES[suffix]}）",
                params={
                    "unit": unit.pk,
                    "year": year,
                    "suffix": suffix,
                    "roles": roles_of(request.user, unit),
                },
                by=request.user,
                at=now,
            )
        except Refused as refused:
            refusal = str(refused)
        else:
            look_after(now)
            return redirect("jobs:detail", job.pk)
    context = {
        "unit": unit,
        "title": title_of(unit),
        **years_beside(year, now),
        "held": held_in_year(unit, year, request.user),
        "suffix": suffix,
        "asks": asks,
        "refusal": refusal,
    }
    status = 422 if refusal else 200
    return render_page(request, "archive/handbook.html", context, status=status)
