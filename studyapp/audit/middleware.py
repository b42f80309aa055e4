"""Remember the address of the request for the audit log."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from studyapp.audit.actions import terminal
from studyapp.web import addresses


class TerminalMiddleware:
    """What people did is told with the machine that asked (web.addresses)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = terminal.set(addresses.asking(request))
        try:
            return self.get_response(request)
        finally:
            terminal.reset(token)
