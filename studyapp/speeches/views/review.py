"""The review of what was recognised: every change is one plain POST, htmx only on top."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studyapp.access.decorators import may, requires
from studyapp.access.permissions import P
from studyapp.errors import Refused
from studyapp.speeches import actions
from studyapp.speeches.forms import DetailsForm
from studyapp.speeches.models import Passage, PassageKind, Speech
from studyapp.speeches.queries import newest, outline, sentences
from studyapp.web.requests import Request
from studyapp.web.shortcuts import render_page, whole_number

_FIGURES = 7
"""No text has more than ten million characters."""
PASSAGE_VERBS: dict[str, Callable[..., object]] = {
    "begin": actions.begin_theme,
    "next": actions.give_to_next,
    "previous": actions.give_to_previous,
    "closing": actions.begin_closing,
    "remove": actions.remove,
    "restore": actions.restore,
    "body": partial(actions.set_kind, kind=PassageKind.BODY),
    "heading": partial(actions.set_kind, kind=PassageKind.HEADING),
    "join": actions.join,
    "sure": actions.confirm,
}


def review_page(
    request: Request,
    speech: Speech,
    *,
    form: DetailsForm | None = None,
    refusal: str = "",
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    version = newest(speech)
    context: dict[str, Any] = {
        "speech": speech,
        "version": version,
        "versions": speech.versions.order_by("-number"),
        "outline": outline(version) if version else None,
        "form": form or DetailsForm(instance=speech),
        "refusal": refusal,
        "typed": typed or {},
        "may_send": may(request.user, P.SPEECH_SEND, speech),
    }
    return render_page(
        request, "speeches/review.html", context, partials=("structure",), status=status
    )


def review_again(
    request: Request, speech: Speech, act: Callable[[], object], anchor: str = ""
) -> HttpResponse:
    """Do ``act``; show the page anew, or the refusal beside what was typed."""
    try:
        act()
    except Refused as error:
        typed = {name: request.POST.get(name, "") for name in ("title", "question")}
        typed["at"] = anchor
        return review_page(request, speech, refusal=str(error), typed=typed, status=error.status)
    if request.htmx:
        return review_page(request, speech)
    return redirect(f"{reverse('speeches:review', args=[speech.pk])}#{anchor or 'structure'}")


@requires(P.SPEECH_EDIT, on=Speech)
@require_GET
def review(request: Request, speech: Speech) -> HttpResponse:
    """What was recognised, removed and unsure, with a button for everything that may be wrong."""
    return review_page(request, speech)


@requires(P.SPEECH_EDIT, on=Speech)
@require_POST
def passage(request: Request, speech: Speech, passage: int) -> HttpResponse:
    """Do one thing to one passage; the button says what."""
    found = get_object_or_404(Passage, pk=passage, version__speech=speech)
    verb = PASSAGE_VERBS.get(request.POST.get("verb", ""))
    if verb is None:
        return review_page(request, speech, refusal="没有这个操作。刷新页面再点。", status=422)
    act = partial(verb, found, speech=speech, by=request.user)
    return review_again(request, speech, act, f"p{found.pk}")


@requires(P.SPEECH_EDIT, on=Speech)
@require_POST
def dismiss(request: Request, speech: Speech) -> HttpResponse:
    """Put a warning away."""
    warning = request.POST.get("warning", "")
    act = partial(actions.dismiss, warning, speech=speech, by=request.user)
    return review_again(request, speech, act, "structure")


@requires(P.SPEECH_EDIT, on=Speech)
@require_http_methods(["GET", "POST"])
def cut(request: Request, speech: Speech, passage: int) -> HttpResponse:
    """Offer the sentences of a passage; the chosen one starts a passage of its own."""
    found = get_object_or_404(Passage, pk=passage, version__speech=speech)
    if request.method == "GET":
        context = {"speech": speech, "passage": found, "sentences": sentences(found)}
        return render_page(request, "speeches/cut.html", context)
    at = whole_number(request.POST.get("at", ""), _FIGURES) or 0
    act = partial(actions.cut, found, at=at, speech=speech, by=request.user)
    return review_again(request, speech, act, f"p{found.pk}")


@requires(P.SPEECH_EDIT, on=Speech)
@require_POST
def theme(request: Request, speech: Speech, theme: int) -> HttpResponse:
    """Rename a theme, set its discussion question, or join it with the one before."""
    found = get_object_or_404(speech.themes, pk=theme)
    verb = request.POST.get("verb", "save")

    def act() -> None:
        if verb == "merge":
            actions.merge(found, speech=speech, by=request.user)
            return
        title = request.POST.get("title", found.title)
        question = request.POST.get("question", found.question)
        actions.save_theme(found, title=title, question=question, speech=speech, by=request.user)

    return review_again(request, speech, act, f"theme-{found.pk}")
