"""The audit log, for the 审计管理员 only; whoever looks at it is logged too."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from studyapp.access import again
from studyapp.access.decorators import office
from studyapp.access.permissions import P
from studyapp.audit import anchors
from studyapp.audit import export as files
from studyapp.audit.actions import record
from studyapp.audit.checking import check
from studyapp.audit.forms import ExportForm
from studyapp.audit.models import Operation, Segment
from studyapp.audit.queries import OUTCOMES, Filter, window
from studyapp.errors import Refused
from studyapp.web.requests import Request
from studyapp.web.shortcuts import as_attachment, render_page, whole_number

_PAGE = 50
_CHECKED = 100_000  # rows while somebody waits for the page; `verify_audit` reads them all
_FIGURES = 18  # of the largest number of an entry


@office(P.AUDIT_READ)
@require_GET
def entry_list(request: Request) -> HttpResponse:
    """The entries, newest first, by person, days, kind of operation and outcome."""
    wanted = Filter.read(request.GET.dict())
    before = whole_number(request.GET.get("before", ""), _FIGURES)
    after = whole_number(request.GET.get("after", ""), _FIGURES)
    seen = window(wanted.apply(), _PAGE, before=before, after=after)
    span = f"{seen.entries[-1].seq}—{seen.entries[0].seq}" if seen.entries else ""
    record("查看审计记录", operation=Operation.READ, by=request.user, span=span, **wanted.facts)
    context = {
        "seen": seen,
        "wanted": wanted,
        "operations": [(str(value), label) for value, label in Operation.choices],
        "outcomes": OUTCOMES.items(),
    }
    return render_page(request, "audit/list.html", context)


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
    sealed = Segment.objects.order_by("-number")
    context = {
        "report": report,
        "broken": broken,
        "anchor": noted[-1] if noted else None,
        "segments": sealed,
        "partial": report.first > (sealed[0].last_seq if sealed else 0) + 1,
    }
    return render_page(request, "audit/verify.html", context)


@office(P.AUDIT_READ)
@require_http_methods(["GET", "POST"])
def export(request: Request) -> HttpResponseBase:
    """Hand out what the filter finds, after the password was typed again."""
    wanted = Filter.read(request.GET.dict())
    form = ExportForm(request.POST or None)
    refused, chosen = "", None
    try:
        chosen = files.select(wanted)
    except Refused as refusal:
        refused = str(refusal)
    fresh = again.is_fresh(request)
    if request.method == "POST" and not fresh:
        return again.ask(request.get_full_path())
    if chosen and request.method == "POST" and form.is_valid():
        return _file(request, chosen, form.cleaned_data["suffix"], wanted.facts)
    context = {
        "form": form,
        "wanted": wanted,
        "chosen": chosen,
        "refused": refused,
        "asks": not fresh,
    }
    status = 422 if request.method == "POST" else 200
    return render_page(request, "audit/export.html", context, status=status)


def _file(
    request: Request, chosen: files.Selection, suffix: str, facts: dict[str, Any]
) -> StreamingHttpResponse:
    now = timezone.now()
    day = timezone.localtime(now).strftime("%Y%m%d-%H%M%S")
    if suffix == "zip":
        by = request.user.name_with_username
        blocks, kind = files.zipped(files.json_lines(chosen, by=by, at=now)), "application/zip"
    else:
        blocks, kind = files.table(chosen), "text/csv; charset=utf-8"
    name = f"审计记录-{day}.{suffix}"
    blocks = files.handed_out(
        blocks,
        by=request.user,
        target=name,
        rows=chosen.count,
        span=f"{chosen.first.seq}—{chosen.last.seq}",
        **facts,
    )
    headers = {"Content-Disposition": as_attachment(name)}
    return StreamingHttpResponse(blocks, content_type=kind, headers=headers)
