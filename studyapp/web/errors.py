"""Error pages that Django calls by name."""

import logging
import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from studyapp.web.shortcuts import typed_texts

logger = logging.getLogger("studyapp.errors")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form is out of date; what was typed is shown, to be copied."""
    kept = typed_texts(request)
    return render(request, "errors/403_csrf.html", {"kept": kept}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request could not be understood."""
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: visible, but not for this person to do."""
    return render(request, "errors/403.html", {"what": str(exception)}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: not there, or not for this person to know of."""
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500 with an id that stands in the log too."""
    identifier = secrets.token_hex(4)
    logger.error("error id %s at %s", identifier, request.path)
    # Without the request: context processors would ask the database that may just have failed.
    return HttpResponse(render_to_string("errors/500.html", {"identifier": identifier}), status=500)
