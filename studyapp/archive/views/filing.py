"""归档 of a unit by year: what is filed, what can be, what is not signed; the table of classes."""

from collections.abc import Collection
from itertools import groupby

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studyapp.access.decorators import may, requires
from studyapp.access.permissions import P
from studyapp.access.roles import Role
from studyapp.archive import actions
from studyapp.archive import filing as shelf
from studyapp.archive.forms import RetentionForm
from studyapp.archive.retention import retention_of
from studyapp.branches.models import Unit
from studyapp.errors import Refused
from studyapp.minutes.models import Record, SignedVersion
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page, whole_number

_FIGURES = 11  # what is longer is no key of ours


@requires(P.ARCHIVE_READ, on=Unit)
@require_GET
def filing(request: Request, unit: Unit) -> HttpResponse:
    """A unit's archive of one year (?year=)."""
    return _shelf(request, unit, request.GET.get("year", ""))


def _shelf(
    request: Request,
    unit: Unit,
    asked: str,
    *,
    ticked: Collection[int] = (),
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    years = shelf.years(unit)
    number = whole_number(asked, 4)
    year = number if number in years else years[0]
    filed, hidden = shelf.filed_in(unit, year, request.user)
    table = retention_of(unit)
    waiting = shelf.unfiled(unit, year, request.user)
    context = {
        "unit": unit,
        "year": year,
        "years": years,
        "filed": filed,
        "classes": [
            (period, list(items))
            for period, items in groupby(filed, key=lambda one: one.filed and one.filed.period)
        ],
        "hidden": hidden,
        "waiting": [
            (item, table.period(item.version.record.meeting.kind), item.version.pk in ticked)
            for item in waiting
        ],
        "ready": any(not item.obstacle for item in waiting),
        "unsigned": shelf.unsigned(unit, year, request.user),
        "table": table,
        "may_file": may(request.user, P.ARCHIVE_FILE, unit),
        "inside": bool(unit.roles_for(request.user) - {Role.ORGAN}),
        "problem": problem,
    }
    return render_page(request, "archive/filing.html", context, status=status)


@requires(P.ARCHIVE_FILE, on=Unit)
@require_POST
def file_records(request: Request, unit: Unit) -> HttpResponse:
    """File the chosen versions; a refusal shows the page again with the same ticks."""
    year = request.POST.get("year", "")
    given = [whole_number(key, _FIGURES) for key in request.POST.getlist("version")]
    chosen = SignedVersion.objects.filter(
        pk__in=[key for key in given if key is not None],
        unit=unit,
        record__in=Record.objects.visible_to(request.user).order_by().values("pk"),
    )
    try:
        done = actions.file_records(unit, chosen, by=request.user, at=timezone.now())
    except Refused as refusal:
        ticked = {key for key in given if key is not None}
        return _shelf(
            request, unit, year, ticked=ticked, problem=str(refusal), status=refusal.status
        )
    messages.success(request, f"已归档{len(done)}件。")
    return redirect(f"{reverse('archive:filing', args=[unit.pk])}?year={done[0].year}")


@requires(P.ARCHIVE_FILE, on=Unit)
@require_http_methods(["GET", "POST"])
def retention(request: Request, unit: Unit) -> HttpResponse:
    """The unit's table of retention; «do=follow» gives it up for the one above."""
    table = retention_of(unit)
    form = RetentionForm(request.POST if "general" in request.POST else None, table=table)
    problem, status = "", 200
    if request.method == "POST":
        try:
            if request.POST.get("do") == "follow":
                actions.follow_superior(unit, by=request.user)
                messages.success(request, "已改用上级的保管期限表，归档过的不变。")
                return redirect("archive:retention", unit.pk)
            if form.is_valid():
                general = form.cleaned_data["general"]
                actions.set_retention(unit, general=general, lines=form.lines(), by=request.user)
                messages.success(request, "已保存，归档过的不变。")
                return redirect("archive:retention", unit.pk)
            problem = "没有保存。每一类会议都要选一个保管期限。"
        except Refused as refusal:
            problem = str(refusal)
        status = 422
    # Whose table would hold without the own one.
    above = retention_of(unit.parent).owner if table.owner == unit and unit.parent else None
    context = {"unit": unit, "table": table, "above": above, "form": form, "problem": problem}
    return render_page(request, "archive/retention.html", context, status=status)
