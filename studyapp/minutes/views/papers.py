"""The papers: files, print view, fields to copy."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from studyapp.access.decorators import requires
from studyapp.access.permissions import P
from studyapp.documents.blocks import Document
from studyapp.minutes import queries
from studyapp.minutes.models import Record
from studyapp.minutes.views.pages import answers, wanted
from studyapp.papers.delivery import Paper, deliver, markup
from studyapp.papers.queries import profile_for
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page


def _kind(request: Request) -> str:
    kind = request.GET.get("paper", "record")
    if kind not in queries.PAPERS:
        raise Http404
    return kind


def _document(request: Request, record: Record, found: queries.Reading, kind: str) -> Document:
    """Return the paper; with what is unsettled for who keeps or signs it and asks for it.

    They ask by ?objections=1 or by the unit's profile; ?objections=0 leaves it out.
    """
    profile = profile_for(record.meeting.unit)
    asked, keeps = request.GET.get("objections"), answers(request.user, record)
    if asked == "1" and not keeps:
        raise PermissionDenied("打印未答复的意见")
    if asked == "1" or (asked is None and profile.prints_objections and keeps):
        raised = queries.objections(record, found)
        return queries.paper(found, kind, profile=profile, objections=raised)
    return queries.paper(found, kind, profile=profile)


@requires(P.RECORD_EXPORT, on=Record)
@require_GET
def export(request: Request, record: Record, suffix: str) -> HttpResponse:
    """The paper as a file: ?paper=record or minutes, &version=N for a signed version.

    &objections=1 prints at the end of the record what nobody has settled.
    """
    kind, found = _kind(request), wanted(request, record)
    paper = Paper(
        document=_document(request, record, found, kind),
        unit=record.meeting.unit,
        subject=f"record-{record.pk}",
        name=queries.PAPERS[kind],
        file_name=queries.file_name(record, kind, found),
        version=found.version.number if found.version else 0,
        target=record.meeting.title,
        facts={"record": record.pk},
    )
    return deliver(request, paper, suffix, back=reverse("minutes:detail", args=[record.pk]))


@requires(P.RECORD_EXPORT, on=Record)
@require_GET
def paper_print(request: Request, record: Record) -> HttpResponse:
    """The paper alone, to print from the browser."""
    kind, found = _kind(request), wanted(request, record)
    context = {
        "record": record,
        "paper": markup(
            _document(request, record, found, kind), profile_for(record.meeting.unit).layout
        ),
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
