"""The audit log, for the 审计管理员 only."""

from datetime import date, datetime, time
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from studyapp.access.decorators import office
from studyapp.access.permissions import P
from studyapp.audit import actions
from studyapp.audit.models import Entry, Operation
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page

_PAGE = 50


@office(P.AUDIT_READ)
@require_GET
def entry_list(request: Request) -> HttpResponse:
    """The entries, newest first, by person, day and kind of operation."""
    given = {name: request.GET.get(name, "").strip() for name in ("user", "day", "operation")}
    entries = Entry.objects.order_by("-seq")
    if given["user"]:
        entries = entries.filter(user_id=given["user"])
    if given["operation"].isdigit():
        entries = entries.filter(operation=int(given["operation"]))
    day = _day(given["day"])
    if day:
        zone = timezone.get_current_timezone()
        start = datetime.combine(day, time.min, zone)
        entries = entries.filter(at__range=(start, datetime.combine(day, time.max, zone)))
    page = Paginator(entries, _PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        **given,
        "operations": Operation.choices,
        "query": urlencode({name: value for name, value in given.items() if value}),
    }
    return render_page(request, "audit/list.html", context)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@office(P.AUDIT_READ)
@require_GET
def verify(request: Request) -> HttpResponse:
    """Check the whole chain and say what is wrong with it."""
    problems = actions.verify()
    context = {"problems": problems[:100], "count": Entry.objects.count()}
    return render_page(request, "audit/verify.html", context)
