"""讲话 as a paper."""

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from studyapp.access.decorators import may, requires
from studyapp.access.permissions import P
from studyapp.papers.delivery import Paper
from studyapp.papers.desk import Choice, Desk, hand_out
from studyapp.speeches import papers
from studyapp.speeches.models import Speech
from studyapp.web.requests import Request
from studyapp.web.shortcuts import whole_number

_FIGURES = 6


@requires(P.SPEECH_READ, on=Speech)
@require_GET
def paper(request: Request, speech: Speech, suffix: str = "") -> HttpResponse:
    """The newest wording, or ?version=N, in the layout of the reader's unit."""
    versions = list(speech.versions.order_by("-number"))
    asked = whole_number(request.GET.get("version", ""), _FIGURES)
    if "version" not in request.GET and versions:
        asked = versions[0].number
    version = next((each for each in versions if each.number == asked), None)
    hidden = speech.is_withdrawn and not may(request.user, P.SPEECH_EDIT, speech)
    if version is None or hidden:
        raise Http404
    address = reverse("speeches:paper", args=[speech.pk])
    choices = tuple(
        Choice(f"第{each.number}稿", f"{address}?version={each.number}", is_shown=each == version)
        for each in versions
        if versions[1:]
    )
    up = (
        (reverse("speeches:list"), "学习材料"),
        (reverse("speeches:detail", args=[speech.pk]), speech.title),
    )
    found = Paper(
        document=papers.speech(speech, version),
        unit=papers.printing_unit(request.user, speech),
        subject=f"speech-{speech.pk}",
        name="学习材料",
        file_name=f"{speech.title}-第{version.number}稿",
        version=version.number,
        target=speech.title,
    )
    return hand_out(request, Desk("打印学习材料", address, up, choices), found, suffix)
