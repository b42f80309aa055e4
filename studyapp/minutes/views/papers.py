"""The papers: files, print view, fields to copy."""

import hashlib

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.audit.actions import record as audit
from studyapp.audit.models import Operation
from studyapp.documents import docx, pdf
from studyapp.documents.blocks import Document
from studyapp.minutes import queries
from studyapp.minutes.models import Record
from studyapp.minutes.views.pages import answers, wanted
from studyapp.web.papers import markup, refuse_missing_glyphs
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page

_WRITERS = {
    "pdf": (pdf.render, "application/pdf"),
    "docx": (
        docx.render,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
}


def _kind(request: Request) -> str:
    kind = request.GET.get("paper", "record")
    if kind not in queries.PAPERS:
        raise Http404
    return kind


def _document(request: Request, record: Record, found: queries.Reading, kind: str) -> Document:
    """Return the paper; with ?objections=1 what is unsettled too, for who keeps or signs it."""
    if request.GET.get("objections") != "1":
        return queries.paper(found, kind)
    if not answers(request.user, record):
        raise PermissionDenied("打印未答复的意见")
    return queries.paper(found, kind, objections=queries.objections(record, found))


@requires(P.RECORD_EXPORT, on=Record)
@require_GET
def export(request: Request, record: Record, suffix: str) -> HttpResponse:
    """The paper as a file: ?paper=record or minutes, &version=N for a signed version.

    &objections=1 prints at the end of the record what nobody has settled.
    """
    if suffix not in _WRITERS:
        raise Http404
    kind, found = _kind(request), wanted(request, record)
    document = _document(request, record, found, kind)
    if suffix == "pdf":
        refuse_missing_glyphs(document)
    render, mime = _WRITERS[suffix]
    data = render(document)
    audit(
        "导出" + queries.PAPERS[kind],
        operation=Operation.READ,
        by=request.user,
        target=record.meeting.title,
        unit=record.meeting.unit,
        record=record.pk,
        version=found.version.number if found.version else 0,
        format=suffix,
        sha256=hashlib.sha256(data).hexdigest(),
    )
    name = queries.file_name(record, kind, found, suffix)
    header = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(data, content_type=mime, headers={"Content-Disposition": header})


@requires(P.RECORD_EXPORT, on=Record)
@require_GET
def paper_print(request: Request, record: Record) -> HttpResponse:
    """The paper alone, to print from the browser."""
    kind, found = _kind(request), wanted(request, record)
    context = {
        "record": record,
        "paper": markup(_document(request, record, found, kind)),
        "name": queries.PAPERS[kind],
    }
    return render_page(request, "minutes/print.html", context)


@requires(P.RECORD_EXPORT, on=Record)
@require_GET
def copy(request: Request, record: Record) -> HttpResponse:
    """复制到上级系统: each field with one click."""
    found = wanted(request, record)
    fields = queries.copy_fields(found.content)
    context = {"record": record, "fields": fields, "version": found.version}
    return render_page(request, "minutes/copy.html", context)
