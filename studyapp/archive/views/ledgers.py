"""台账: choose a year, take a table along."""

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.accounts import again
from studyapp.archive.ledgers import LEDGERS
from studyapp.branches.models import Unit
from studyapp.documents import xlsx
from studyapp.meetings.hours import asked_year, years_beside
from studyapp.papers.delivery import hand_over, needs_password
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page

_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@requires(P.ARCHIVE_READ, on=Unit)
@require_GET
def ledger(request: Request, unit: Unit) -> HttpResponse:
    """Which ledgers there are for a year."""
    now = timezone.now()
    year = asked_year(request.GET.get("year", ""), now)
    context = {
        "unit": unit,
        **years_beside(year, now),
        "ledgers": LEDGERS.items(),
    }
    return render_page(request, "archive/ledger.html", context)


@requires(P.ARCHIVE_READ, on=Unit)
@require_GET
def ledger_file(request: Request, unit: Unit, name: str, suffix: str) -> HttpResponse:
    """One ledger as a table: the unit with all below it, as far as the reader may see."""
    if name not in LEDGERS or suffix not in _TYPES:
        raise Http404
    year, found = asked_year(request.GET.get("year", ""), timezone.now()), LEDGERS[name]
    if needs_password(request, unit):
        return again.ask(f"{reverse('archive:ledger', args=[unit.pk])}?year={year}")
    rows = found.rows(unit, year, request.user)
    data = (
        xlsx.write(
            found.head,
            rows,
            title=f"{year}年{found.name}",
            heading=xlsx.Heading(unit.full_name, found.keys),
        )
        if suffix == "xlsx"
        else b"".join(xlsx.csv_lines(found.head, rows))
    )
    return hand_over(
        request,
        data,
        unit=unit,
        subject=f"ledger-{name}-{unit.pk}-{year}",
        paper=found.name,
        file_name=f"{year}年-{unit.name}-{found.name}",
        suffix=suffix,
        content_type=_TYPES[suffix],
    )
