"""Error pages that Django calls by name."""

import logging
import secrets
import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string

from studyapp.web import storage
from studyapp.web.shortcuts import SECRET, typed_texts

logger = logging.getLogger("studyapp.errors")
_MB = 1024 * 1024
_TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form is out of date; what was typed is shown, to be copied."""
    kept = typed_texts(request)
    return render(request, "errors/403_csrf.html", {"kept": kept}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request could not be understood; 413: it holds more than is taken in."""
    if (found := storage.trouble(exception)) is not None:
        return not_stored(request, found)
    if isinstance(exception, _TOO_MUCH):
        match = request.resolver_match
        return too_large(request, match.func if match else None)
    return render(request, "errors/400.html", status=400)


def too_large(request: HttpRequest, view: object) -> HttpResponse:
    """413 with the limits of ``view``; a save and htmx get the sentence alone."""
    files = getattr(view, "takes_files", False)
    text = settings.DATA_UPLOAD_MAX_MEMORY_SIZE if files else settings.TEXT_LIMIT
    context = {"files": files, "file_mb": settings.UPLOAD_LIMIT // _MB, "text_mb": text // _MB}
    if request.headers.get("X-Saving"):
        sentence = f"没存上：文字超过 {text // _MB} MB。内容还在框里，删减或分成几段，会自动再存。"
        return JsonResponse({"sentence": sentence}, status=413)
    return render(request, "errors/413.html", context, status=413)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: visible, but not for this person to do."""
    return render(request, "errors/403.html", {"what": str(exception)}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: not there, or not for this person to know of."""
    return render(request, "errors/404.html", status=404)


def wrong_method(request: HttpRequest, answer: HttpResponseBase) -> HttpResponse:
    """405: a page for whoever opens the address of a button; ``answer`` names the methods."""
    page = render(request, "errors/405.html", status=405)
    page.headers["Allow"] = answer.headers["Allow"]
    return page


def server_error(request: HttpRequest) -> HttpResponse:
    """500 with an id that stands in the log too, and with what was typed."""
    if (found := storage.trouble(sys.exception())) is not None:
        return not_stored(request, found)
    identifier = secrets.token_hex(4)
    # Quoted: a line end in an address makes no second line.
    logger.error("error id %s at %r", identifier, request.path)
    context = {"identifier": identifier, "kept": _kept(request)}
    # Without the request: context processors would ask the database that may just have failed.
    return HttpResponse(render_to_string("errors/500.html", context), status=500)


def not_stored(request: HttpRequest, found: storage.Trouble) -> HttpResponse:
    """503: the store took nothing. What was typed stands on the page and can be sent again.

    Asks no database: it is what has just failed.
    """
    storage.reconnect()
    if hasattr(request, "session"):
        request.session.modified = False
    headers = {"Retry-After": str(found.retry)}
    if request.headers.get("X-Saving"):
        sentence = f"没存上：{found.what}。内容还在框里，会自动再试；{found.advice}。"
        return JsonResponse({"sentence": sentence}, status=503, headers=headers)
    context = {
        "found": found,
        "posted": request.method == "POST",
        "address": request.get_full_path(),
        "kept": _kept(request),
        "fields": _fields(request),
        "csrf_token": get_token(request),
    }
    page = render_to_string("errors/503.html", context)
    return HttpResponse(page, status=503, headers=headers)


def _fields(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what the same form can be sent with again; nothing where a part must be given anew."""
    try:
        posted = dict(request.POST.lists())
        if request.FILES or (SECRET & posted.keys()) - {"csrfmiddlewaretoken"}:
            return []
    except Exception:  # noqa: BLE001  # reading the form may be what failed
        return []
    return [
        (name, value) for name, values in posted.items() if name not in SECRET for value in values
    ]


def _kept(request: HttpRequest) -> list[str]:
    try:
        return typed_texts(request)
    except Exception:  # noqa: BLE001  # reading the form may be what failed
        return []
