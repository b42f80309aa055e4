"""What a sign-in implies for every request after it."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url

from studyapp.web.middleware import lead_to, to_sign_in

ABSOLUTE_SECONDS = 12 * 3600
_REFRESH_SECONDS = 60
AGED = "password_aged"
"""Marks a session whose sign-in found the password too old. Looked at then only: nobody who is
writing is sent away in the middle of it."""
POLLS = frozenset({"meetings:live", "jobs:progress"})
"""Names of the addresses that a page asks by itself, without anybody being there."""


ALLOWED = frozenset({"accounts:password", "accounts:sign_out", "accounts:text_size"})
"""Names of the pages that are open while the password has to be changed first."""


def must_change_password(request: HttpRequest) -> bool:
    """Tell whether this person has to choose a new password before anything else."""
    user: Any = request.user
    return bool(user.must_change_password or request.session.get(AGED))


class FirstPasswordMiddleware:
    """Idle and absolute limits of a sign-in; a one-time or too old password is changed first.

    The idle limit is extended at most once a minute, so that reading a page does not write the
    session each time; polls never extend it.
    """

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
        if name in ALLOWED or not must_change_password(request):
            return None
        if request.headers.get("X-Saving") and not user.must_change_password:
            return None  # somebody signed in again over a page where they are writing
        address = resolve_url("accounts:password")
        # The address of a fragment or a form is no page to come back to.
        if request.method == "GET" and not request.headers.get("HX-Request"):
            address += f"?{urlencode({'next': request.get_full_path()})}"
        return lead_to(request, address)
