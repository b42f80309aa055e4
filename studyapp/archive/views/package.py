"""档案包: what is filed of a year, in one zip that can be checked by itself."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.accounts import again
from studyapp.archive.rights import roles_of
from studyapp.branches.models import Unit
from studyapp.jobs import actions as jobs
from studyapp.jobs.runner import look_after
from studyapp.meetings.hours import asked_year
from studyapp.papers.delivery import needs_password
from studyapp.web.requests import Request


@requires(P.ARCHIVE_READ, on=Unit)
@require_POST
def package(request: Request, unit: Unit) -> HttpResponse:
    """Start the work and lead to its page."""
    now = timezone.now()
    year = asked_year(request.POST.get("year", ""), now)
    if needs_password(request, unit):
        return again.ask(f"{reverse('archive:filing', args=[unit.pk])}?year={year}")
    job = jobs.start(
        "package",
        title=f"{unit.name}{year}年档案包",
        params={"unit": unit.pk, "year": year, "roles": roles_of(request.user, unit)},
        by=request.user,
        at=now,
    )
    look_after(now)
    return redirect("jobs:detail", job.pk)
