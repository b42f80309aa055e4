"""The one contract between ``static/js/saving.js`` and every view that saves.

The request: ``body``, ``base`` (revision the words were made from), ``client`` (this tab) and
``token`` (this save). The answer that counts as saved: status 200, JSON with ``revision`` and
``sha256`` of exactly the stored words. 409: newer words are stored, here they are. 423: somebody
else is writing. 422: a sentence. 401: signed out. Anything else, whatever its status, is a failure
and the browser keeps the words.

A shared text is held while somebody writes in it: the same address with ``hold`` = take (answered
with the newest revision and words, or 423) or give (204).
"""

import re
from collections.abc import Callable
from typing import TypeVar, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from studyapp.errors import Refused
from studyapp.saving import actions
from studyapp.saving.actions import Clash, Free, Held, Outcome, Posted, Saved
from studyapp.saving.models import LONGEST_TOKEN
from studyapp.web.requests import Request
from studyapp.web.shortcuts import whole_number

View = TypeVar("View", bound=Callable[..., HttpResponse])
_FIGURES = 9
_MARK = re.compile(f"[!-~]{{1,{LONGEST_TOKEN}}}")
"""What a browser names its tab and its save: letters, figures and signs of ASCII."""


def saves(view: View) -> View:
    """Mark a view that stores what its caller is typing, so that nothing typed waits elsewhere.

    It stays open to who signed in again with a password that ran out meanwhile and has to change
    it before everything else (accounts.middleware). No other view is opened by that.
    """
    view.saves_typing = True  # type: ignore[attr-defined]
    return view


def posted(request: HttpRequest) -> Posted:
    """Return the fields of a save; raise Refused for a request that is none."""
    base = whole_number(request.POST.get("base", ""), _FIGURES)
    client, token = request.POST.get("client", ""), request.POST.get("token", "")
    if "body" not in request.POST or base is None:
        raise Refused("没存上：请求不完整。刷新页面再试，内容留在框里。")
    if not (_MARK.fullmatch(client) and _MARK.fullmatch(token)):
        raise Refused("没存上：请求不完整。刷新页面再试，内容留在框里。")
    if "\x00" in request.POST["body"]:
        raise Refused("没存上：内容里有不能保存的控制字符。去掉后会自动再存。")
    return {"body": request.POST["body"], "base": base, "client": client, "token": token}


def serve(
    request: HttpRequest,
    *,
    key: str,
    now: str,
    save: Callable[[Posted], Outcome],
    form_base: Callable[[], str],
) -> HttpResponse:
    """Answer everything that saving.js asks of the shared text ``key``.

    ``now`` is what the text says in its own table; ``save`` is the owner's action: it checks that
    the text may still be written, calls ``saving.actions.save`` and takes the words over.
    ``form_base`` is what a form made from the stored words would carry: the page's form gets it,
    so that its button does not take the own autosave for somebody else's change.
    """
    by, at, wish = cast(Request, request).user, timezone.now(), request.POST.get("hold")
    client = request.POST.get("client", "")
    if wish and not _MARK.fullmatch(client):
        return refusal(Refused("请求不完整。刷新页面再试，内容留在框里。"))
    try:
        if wish == "give":
            actions.release(key, by=by, client=client)
            return HttpResponse(status=204)
        if wish == "take":
            return answer(actions.hold(key, by=by, client=client, at=at, now=now))
        outcome = save(posted(request))
        return answer(outcome, form_base() if isinstance(outcome, Saved) else "")
    except Refused as error:
        return refusal(error)


def answer(outcome: Outcome | Free, form_base: str = "") -> JsonResponse:
    """Put the outcome of a save into words that saving.js understands."""
    if isinstance(outcome, Held):
        return JsonResponse({"by": outcome.by.name}, status=423)
    if isinstance(outcome, Free):
        return JsonResponse({"revision": outcome.revision, "body": outcome.body})
    if isinstance(outcome, Clash):
        at = timezone.localtime(outcome.at)
        content = {
            "revision": outcome.revision,
            "body": outcome.body,
            "by": outcome.by.name if outcome.by else "",
            "at": f"{at:%H:%M}",
        }
        return JsonResponse(content, status=409)
    return JsonResponse(
        {
            "revision": outcome.revision,
            "sha256": outcome.sha256,
            "at": f"{timezone.localtime(outcome.at):%H:%M}",
            "form_base": form_base,
        }
    )


def refusal(error: Refused) -> JsonResponse:
    """Say why nothing was stored."""
    return JsonResponse({"sentence": str(error)}, status=error.status)
