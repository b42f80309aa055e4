"""List, reading page, reading position and the original file."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from studyapp.access.decorators import may, requires, signed_in
from studyapp.access.permissions import P
from studyapp.branches.queries import acts_in_a_branch
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
    withdrawn,
)
from studyapp.web.requests import Request
from studyapp.web.shortcuts import as_attachment, download, render_page, whole_number

PER_PAGE = 20
_QUOTE = ("quote", "before", "after")


@signed_in(reason="Lists only the texts that are visible to the person.", offices=False)
@require_GET
def speech_list(request: Request) -> HttpResponse:
    """All texts a person can read, newest first."""
    old = "withdrawn" in request.GET
    found = listed(request.user, withdrawn_ones=old)
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "may_import": bool(units_to_import(request.user)),
        "old": old,
        "query": "withdrawn=1" if old else "",
        "withdrawn": 0 if old else withdrawn(request.user).count(),
    }
    return render_page(request, "speeches/list.html", context)


def _asked_part(request: Request, found: Outline, default: Theme | None) -> Part | None:
    """Return the part whose notes stand at the right: asked for, last read, or the first theme."""
    asked = request.GET.get("theme", "")
    wanted = whole_number(asked) or (default.pk if default else None)
    parts = found.numbered or found.parts
    return next((part for part in parts if part.theme.pk == wanted), parts[0] if parts else None)


@requires(P.SPEECH_READ, on=Speech)
@require_GET
def detail(request: Request, speech: Speech) -> HttpResponse:
    """The text by theme; ``?quote=&before=&after=`` marks a quote in it.

    Of a withdrawn text readers see that it was withdrawn, by whom and why, not its words.
    """
    version = newest(speech)
    if version is None:
        raise Http404
    may_edit = may(request.user, P.SPEECH_EDIT, speech)
    if speech.is_withdrawn and not may_edit:
        return render_page(request, "speeches/withdrawn.html", {"speech": speech})
    found = outline(version)
    stopped = position_of(request.user, speech)
    words = [request.GET.get(name, "")[:1000] for name in _QUOTE]
    places = locate(found, *words) if words[0] else []
    context = {
        "speech": speech,
        "versions": speech.versions.order_by("-number"),
        "outline": found,
        "part": _asked_part(request, found, stopped.theme if stopped else None),
        "stopped": stopped,
        "marks": {place.passage.pk: place for place in places},
        "quote_lost": bool(words[0]) and not places,
        "retired": speech.themes.filter(is_retired=True),
        "may_edit": may_edit,
        "may_write": acts_in_a_branch(request.user) and not speech.is_withdrawn,
    }
    return render_page(request, "speeches/detail.html", context)


@requires(P.SPEECH_READ, on=Theme)
@require_GET
def place(request: Request, theme: Theme) -> HttpResponse:
    """Go to a theme in its text, or with ``?quote=&before=&after=`` to the words quoted there."""
    words = {name: request.GET[name] for name in _QUOTE if request.GET.get(name)}
    address = reverse("speeches:detail", args=[theme.speech_id])
    if "quote" in words:
        return redirect(f"{address}?{urlencode({'theme': theme.pk, **words})}#quote")
    return redirect(f"{address}#t{theme.number}")


@requires(P.SPEECH_READ, on=Speech)
@require_POST
def position(request: Request, speech: Speech) -> HttpResponse:
    """Remember where the person stopped reading, for that person alone."""
    asked = request.POST.get("theme", "")
    theme = get_object_or_404(speech.themes, pk=whole_number(asked))
    actions.remember(speech, theme=theme, by=request.user, at=timezone.now())
    if request.htmx or request.POST.get("quiet"):
        return HttpResponse(status=204)
    return redirect(f"{reverse('speeches:detail', args=[speech.pk])}#t{theme.number}")


@requires(P.SPEECH_READ, on=Speech)
@require_GET
def original(request: Request, speech: Speech) -> HttpResponseBase:
    """The file as it came, byte for byte; of a pasted text, the words as they were pasted."""
    if speech.is_withdrawn and not may(request.user, P.SPEECH_EDIT, speech):
        raise Http404
    asked = request.GET.get("version", "")
    found = speech.versions.filter(number=whole_number(asked) or 0)
    version = found.first() if asked else newest(speech)
    if version is None:
        raise Http404
    if version.file:
        return download(version.file.open("rb"), version.file_name)
    return HttpResponse(
        version.source_text.encode(),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": as_attachment(f"{speech.title}.txt")},
    )
