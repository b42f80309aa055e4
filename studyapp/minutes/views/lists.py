"""记录: the list, for the branch and for the organ above."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from studyapp.access.decorators import signed_in
from studyapp.branches.models import Unit
from studyapp.branches.queries import in_tree_order
from studyapp.meetings.models import Kind
from studyapp.minutes import queries
from studyapp.minutes.models import RecordState
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page, whole_number

_PAGE = 20
_FIGURES = 11  # what is longer is no key of ours


@signed_in(reason="Lists only the records that the person may see.", offices=False)
@require_GET
def record_list(request: Request) -> HttpResponse:
    """The records by state, unit (with all below it), kind and year; newest meeting first."""
    asked = {name: request.GET.get(name, "") for name in ("state", "unit", "kind", "year")}
    units = in_tree_order(Unit.objects.visible_to(request.user).active())
    key = whole_number(asked["unit"], _FIGURES)
    unit = next((one for one in units if one.pk == key), None)
    years = queries.years_of(request.user)
    year = whole_number(asked["year"], 4)
    found = queries.listed(
        request.user,
        state=asked["state"],
        unit=unit,
        kind=asked["kind"],
        year=year if year in years else None,
    )
    narrowed = {name: value for name, value in asked.items() if value}
    context = {
        "page": Paginator(found, _PAGE).get_page(request.GET.get("page")),
        "state": asked["state"],
        "states": [*RecordState.choices, queries.SENT_BACK],
        "unit": unit,
        "units": units,
        "kind": asked["kind"],
        "kinds": Kind.choices,
        "year": year,
        "years": years,
        "narrowed": any(narrowed.keys() - {"state"}),
        "query": urlencode(narrowed),
        "rest": urlencode({k: v for k, v in narrowed.items() if k != "state"}),
    }
    return render_page(request, "minutes/list.html", context)
