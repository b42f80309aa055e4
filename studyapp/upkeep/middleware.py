"""Notes the pages that take long."""

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from studyapp.upkeep import slow


class SlowMiddleware:
    """Measures from the first look at a request to its answer, in the clock of the wall."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.monotonic()
        response = self.get_response(request)
        seconds = time.monotonic() - began
        if seconds >= settings.SLOW_SECONDS and request.resolver_match:
            slow.note(request.resolver_match.view_name, seconds, at=timezone.now())
        return response
