"""What a sign-in implies for every request after it."""

import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url

from studyapp.web.middleware import lead_to, to_sign_in

ABSOLUTE_SECONDS = 12 * 3600
_REFRESH_SECONDS = 60
POLLS = frozenset({"meetings:live", "jobs:progress"})
"""Names of the addresses that a page asks by itself, without anybody being there."""


class FirstPasswordMiddleware:
    """Idle and absolute limits of a sign-in; a one-time password must be changed first.

    The idle limit is extended at most once a minute, so that reading a page does not write the
    session each time; polls never extend it.
    """

    allowed = ("accounts:password", "accounts:sign_out", "accounts:text_size")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """End a sign-in that is too old; send holders of a first password to change it."""
        user: Any = request.user
        # In this order: a public page need not ask who it is.
        if not getattr(view, "login_required", True) or not user.is_authenticated:
            return None
        now = int(time.time())
        if now - request.session.setdefault("started", now) > ABSOLUTE_SECONDS:
            logout(request)
            return to_sign_in(request)
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name not in POLLS and now - request.session.get("seen", 0) > _REFRESH_SECONDS:
            request.session["seen"] = now
        if user.must_change_password and name not in self.allowed:
            return lead_to(request, resolve_url("accounts:password"))
        return None
