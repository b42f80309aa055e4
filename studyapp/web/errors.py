"""Error pages that Django calls by name."""

import logging
import secrets

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string

from studyapp.web.shortcuts import typed_texts

logger = logging.getLogger("studyapp.errors")
_TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form is out of date; what was typed is shown, to be copied."""
    kept = typed_texts(request)
    return render(request, "errors/403_csrf.html", {"kept": kept}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request could not be understood; 413: it holds more than is taken in."""
    if isinstance(exception, _TOO_MUCH):
        return render(request, "errors/413.html", status=413)
    return render(request, "errors/400.html", status=400)


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
    identifier = secrets.token_hex(4)
    logger.error("error id %s at %s", identifier, request.path)
    context = {"identifier": identifier, "kept": _kept(request)}
    # Without the request: context processors would ask the database that may just have failed.
    return HttpResponse(render_to_string("errors/500.html", context), status=500)


def _kept(request: HttpRequest) -> list[str]:
    try:
        return typed_texts(request)
    except Exception:  # noqa: BLE001  # reading the form may be what failed
        return []
