"""The audit log, for the 审计管理员 only."""

from datetime import date, datetime, time
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from studyapp.access.decorators import office
from studyapp.access.permissions import P
from studyapp.audit import anchors
from studyapp.audit.actions import record
from studyapp.audit.checking import check
from studyapp.audit.models import Entry, Operation
from studyapp.errors import Refused
from studyapp.text.cleaning import clean
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page

_PAGE = 50
_CHECKED = 100_000  # rows while somebody waits for the page; `verify_audit` reads them all


@office(P.AUDIT_READ)
@require_GET
def entry_list(request: Request) -> HttpResponse:
    """The entries, newest first, by person, days, kind of operation and outcome."""
    names = ("user", "day", "until", "operation", "outcome")
    given = {name: clean(request.GET.get(name, "")).strip()[:50] for name in names}
    entries = Entry.objects.order_by("-seq")
    if given["user"]:
        entries = entries.filter(user_id=given["user"].lower())
    if given["operation"] in map(str, Operation.values):
        entries = entries.filter(operation=int(given["operation"]))
    if given["outcome"] in {"yes", "no"}:
        entries = entries.filter(succeeded=given["outcome"] == "yes")
    zone = timezone.get_current_timezone()
    first = _day(given["day"])
    last = _day(given["until"]) or first
    if first:
        entries = entries.filter(at__gte=datetime.combine(first, time.min, zone))
    if last:
        entries = entries.filter(at__lte=datetime.combine(last, time.max, zone))
    page = Paginator(entries, _PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        **given,
        "operations": [(str(value), label) for value, label in Operation.choices],
        "outcomes": [("yes", "成功"), ("no", "失败")],
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
    """Check the newest part of the chain, here and now, and say what is wrong with it."""
    broken, noted = "", []
    try:
        noted = anchors.own()
    except Refused as refusal:
        broken = str(refusal)
    report = check(noted, newest=_CHECKED)
    record(
        "核验审计记录",
        operation=Operation.READ,
        by=request.user,
        succeeded=not report.total and not broken,
        rows=report.rows,
        findings=report.total,
    )
    context = {"report": report, "broken": broken, "anchor": noted[-1] if noted else None}
    return render_page(request, "audit/verify.html", context)
