"""One way out for every paper: the unit's layout, a writer, the hash on record, the file.

The one place, too, where our own writer's markup is trusted.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from studyapp.accounts import again
from studyapp.branches.models import Unit
from studyapp.documents import docx, html, pdf
from studyapp.documents.blocks import Document
from studyapp.documents.layout import GB, Layout
from studyapp.errors import Refused
from studyapp.papers import actions
from studyapp.papers.queries import is_beyond, profile_for
from studyapp.web.requests import Request
from studyapp.web.shortcuts import as_attachment, safe_name

_NAMED = 20  # as many places as a person reads
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
WRITERS: Mapping[str, tuple[Callable[[Document, Layout], bytes], str]] = MappingProxyType(
    {"pdf": (pdf.render, "application/pdf"), "docx": (docx.render, WORD)}
)


@dataclass(frozen=True, slots=True)
class Paper:
    """What is handed out.

    ``unit`` is whose layout it has and whose file it is, ``subject`` what it was made from
    («record-12»), ``name`` what it is called (会议记录), ``file_name`` has no suffix, ``target`` is
    what the log calls it, and ``facts`` what the log keeps beside it.
    """

    document: Document
    unit: Unit
    subject: str
    name: str
    file_name: str
    version: int = 0
    target: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)


def markup(document: Document, layout: Layout = GB) -> SafeString:
    """Return a paper as HTML; ``documents.html`` escapes every text that it puts in."""
    return SafeString(html.render(document, layout))


def unprintable(document: Document) -> str:
    """Say which characters would be empty boxes in a PDF, and where; "" when none would."""
    missing = pdf.missing_glyphs(document)
    if not missing:
        return ""
    named = "；".join(f"{glyph.place}里的“{glyph.character}”" for glyph in missing[:_NAMED])
    return f"PDF字库里没有这些字，印出来会是空框：{named}。请导出DOCX，用WPS打印。"


def refuse_missing_glyphs(document: Document) -> None:
    """Refuse a PDF in which a name or a word would be an empty box; name each and its place."""
    if words := unprintable(document):
        raise Refused(words)


def rendered(document: Document, suffix: str, layout: Layout) -> bytes:
    """Return the paper in the format that ``suffix`` names; another one is a `KeyError`."""
    if suffix == "pdf":
        refuse_missing_glyphs(document)
    render, _ = WRITERS[suffix]
    return render(document, layout)


@contextmanager
def about(title: str) -> Iterator[None]:
    """Where many papers are made at once, a refusal inside says which one it is about."""
    try:
        yield
    except Refused as refusal:
        raise Refused(f"“{title}”的{refusal}") from refusal


def deliver(request: Request, paper: Paper, suffix: str, *, back: str) -> HttpResponse:
    """Hand a paper out as a file, recorded and logged; other formats are not found.

    Who looks at a unit from above is asked for the password first, and sent on to ``back``, the
    page where the file is offered.
    """
    if suffix not in WRITERS:
        raise Http404
    if needs_password(request, paper.unit):
        return again.ask(back)
    return hand_over(
        request,
        rendered(paper.document, suffix, profile_for(paper.unit).layout),
        unit=paper.unit,
        subject=paper.subject,
        paper=paper.name,
        file_name=paper.file_name,
        suffix=suffix,
        content_type=WRITERS[suffix][1],
        version=paper.version,
        check_code=paper.document.check_code,
        target=paper.target,
        **paper.facts,
    )


def needs_password(request: Request, unit: Unit) -> bool:
    """Tell whether files of a unit are beyond one's own and the password was not typed just now."""
    return is_beyond(request.user, unit) and not again.is_fresh(request)


def hand_over(
    request: Request,
    data: bytes,
    *,
    file_name: str,
    suffix: str,
    content_type: str,
    **facts: Any,
) -> HttpResponse:
    """Send bytes as a file, recorded and logged with ``facts`` (`actions.issue`)."""
    name = f"{safe_name(file_name)}.{suffix}"
    actions.issue(
        file_name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        by=request.user,
        at=timezone.now(),
        format=suffix,
        **facts,
    )
    return attachment(data, name, content_type)


def attachment(data: bytes, name: str, content_type: str) -> HttpResponse:
    """Return bytes as a download under a name of any language."""
    headers = {"Content-Disposition": as_attachment(name)}
    return HttpResponse(data, content_type=content_type, headers=headers)
