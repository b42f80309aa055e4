"""List, reading page, reading position and the original file."""

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from studyapp.access.decorators import may, requires, signed_in
from studyapp.access.permissions import P
from studyapp.speeches import actions
from studyapp.speeches.models import Speech, Theme
from studyapp.speeches.queries import (
    Outline,
    Part,
    listed,
    locate,
    newest,
    outline,
    position_of,
    units_to_import,
)
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page

PER_PAGE = 20


@signed_in(reason="Lists only the texts that are visible to the person.")
@require_GET
def speech_list(request: Request) -> HttpResponse:
    """All texts a person can read, newest first."""
    page = Paginator(listed(request.user), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "may_import": bool(units_to_import(request.user))}
    return render_page(request, "speeches/list.html", context)


def _asked_part(request: Request, found: Outline, default: Theme | None) -> Part | None:
    """Return the part whose notes stand at the right: asked for, last read, or the first theme."""
    asked = request.GET.get("theme", "")
    wanted = int(asked) if asked.isdecimal() else default.pk if default else None
    for part in found.numbered:
        if part.theme.pk == wanted:
            return part
    return next(iter(found.numbered), None)


@requires(P.SPEECH_READ, on=Speech)
@require_GET
def detail(request: Request, speech: Speech) -> HttpResponse:
    """The text by theme; ``?quote=&before=&after=`` marks a quote in it."""
    version = newest(speech)
    if version is None:
        raise Http404
    found = outline(version)
    stopped = position_of(request.user, speech)
    words = [request.GET.get(name, "")[:1000] for name in ("quote", "before", "after")]
    places = locate(found, *words) if words[0] else []
    context = {
        "speech": speech,
        "version": version,
        "outline": found,
        "part": _asked_part(request, found, stopped.theme if stopped else None),
        "stopped": stopped,
        "marks": {place.passage.pk: place for place in places},
        "quote_lost": bool(words[0]) and not places,
        "retired": speech.themes.filter(is_retired=True),
        "may_edit": may(request.user, P.SPEECH_EDIT, speech),
        "may_write": may(request.user, P.NOTE_WRITE, speech),
    }
    return render_page(request, "speeches/detail.html", context)


@requires(P.SPEECH_READ, on=Speech)
@require_POST
def position(request: Request, speech: Speech) -> HttpResponse:
    """Remember where the person stopped reading, for that person alone."""
    asked = request.POST.get("theme", "")
    theme = get_object_or_404(speech.themes, pk=asked if asked.isdecimal() else None)
    actions.remember(speech, theme=theme, by=request.user, at=timezone.now())
    if request.htmx or request.POST.get("quiet"):
        return HttpResponse(status=204)
    return redirect(f"{reverse('speeches:detail', args=[speech.pk])}#t{theme.number}")


@requires(P.SPEECH_READ, on=Speech)
@require_GET
def original(request: Request, speech: Speech) -> HttpResponseBase:
    """The file as it came, byte for byte; of a pasted text, the words as they were pasted."""
    number = request.GET.get("version", "")
    version = (
        speech.versions.filter(number=number).first() if number.isdecimal() else newest(speech)
    )
    if version is None:
        raise Http404
    if not version.file:
        answer: HttpResponseBase = HttpResponse(
            version.source_text.encode(), content_type="text/plain; charset=utf-8"
        )
        name = f"{speech.title[:80]}.txt"
    else:
        file = version.file.open("rb")
        answer = FileResponse(file, content_type="application/octet-stream")
        name = version.file_name
    answer["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=name) or "attachment"
    )
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
