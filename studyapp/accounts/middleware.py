"""What a sign-in implies for every request after it."""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone

from studyapp.accounts.models import Ended
from studyapp.accounts.sign_ins import SENTENCES, run_out, why_ended
from studyapp.web.middleware import lead_to

ABSOLUTE_SECONDS = 12 * 3600
_REFRESH_SECONDS = 60
STARTED = "started"
"""Where the session keeps when the sign-in began, in seconds."""
SEEN = "seen"
"""Where it keeps when somebody was there last, to the minute."""
AGED = "password_aged"
"""Marks a session whose sign-in found the password too old. Looked at then only: nobody who is
writing is sent away in the middle of it."""
MISSING = "second_factor_missing"
"""Marks a session of an administrator who has to set up a second factor first."""
POLLS = frozenset({"meetings:live", "jobs:progress"})
"""Names of the addresses that a page asks by itself, without anybody being there."""
_HEARD = frozenset({HTTPStatus.OK, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})
"""Answers to a save after which static/js/saving.js waits for the next key stroke. After any other
it tries again by itself."""


ALLOWED = frozenset({"accounts:password", "accounts:sign_out", "accounts:text_size"})
"""Names of the pages that are open while the password has to be changed first."""


SETTING_UP = frozenset(
    {"accounts:second_factor", "accounts:second_begin", "accounts:second_confirm", "accounts:again"}
)
"""Those that are open besides while a second factor has to be set up."""


def must_change_password(request: HttpRequest) -> bool:
    """Tell whether this person has to choose a new password before anything else."""
    user: Any = request.user
    return bool(user.must_change_password or request.session.get(AGED))


def gate_of(user: Any, session: SessionBase, *, saves: bool) -> str:
    """Return the name of the page that comes before all others for this person, "" for none.

    A password may have run out when somebody signs in again over a page where they are writing: a
    view that ``saves`` what they type is open all the same (saving.contract.saves). A demanded
    second factor lets nothing pass: an administrator has no content, so no words can be lost.
    """
    missing = bool(session.get(MISSING))
    if user.must_change_password or (session.get(AGED) and (missing or not saves)):
        return "accounts:password"
    return "accounts:second_factor" if missing else ""


def gate_before(request: HttpRequest, view: Any) -> str:
    """Return the name of the page that this person has to get through first, "" for none.

    Judged by the view alone: what a request says of itself opens nothing.
    """
    name = request.resolver_match.view_name if request.resolver_match else ""
    gate = gate_of(request.user, request.session, saves=getattr(view, "saves_typing", False))
    is_open = name in ALLOWED or (gate == "accounts:second_factor" and name in SETTING_UP)
    return "" if is_open else gate


class TimeMiddleware:
    """Idle and absolute limits of a sign-in.

    Stands before all that treats strangers: whose twelve hours are over is one from here on, so
    that words are held and the sign-in page says why, as after half an hour. The idle limit is
    extended at most once a minute, so that reading a page does not write the session each time.
    What a page asks by itself never extends it: polls, the lease on a shared text while the cursor
    rests in it, and a save that is tried again and again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if getattr(request, "typed", False) and response.status_code in _HEARD:
            _see(request)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """End a sign-in that is too old, or let it go on."""
        # In this order: a public page need not ask who it is.
        if not getattr(view, "login_required", True) or not request.user.is_authenticated:
            return
        now = int(time.time())
        started = request.session.setdefault(STARTED, now)
        if _is_set_back(started, now):
            started = request.session[STARTED] = now
        if now - started > ABSOLUTE_SECONDS:
            user: Any = request.user
            run_out(user, session_key=str(request.session.session_key), at=timezone.now())
            logout(request)
            return
        name = request.resolver_match.view_name if request.resolver_match else ""
        if getattr(view, "saves_typing", False):
            # Judged when it is answered. A lease is one whatever else is posted with it
            # (saving.contract.serve).
            request.typed = not request.POST.get("hold")  # type: ignore[attr-defined]
        elif name not in POLLS:
            _see(request)


def _see(request: HttpRequest) -> None:
    """Note that somebody is there."""
    now, seen = int(time.time()), request.session.get(SEEN, 0)
    if now - seen > _REFRESH_SECONDS or _is_set_back(seen, now):
        request.session[SEEN] = now


def _is_set_back(noted: int, now: int) -> bool:
    """Tell whether the clock was set back since, by so much that a sign-in would last too long.

    By less, it may be right again in a minute, and whoever writes is not sent away for that.
    """
    return noted - now > ABSOLUTE_SECONDS


class EndedSignInMiddleware:
    """Tell a device whose sign-in was ended elsewhere why, on the sign-in page it is led to."""

    cookie = "__Host-ended" if settings.HTTPS else "ended"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if because := getattr(request, "ended_because", ""):
            response.set_cookie(
                self.cookie,
                because,
                max_age=600,
                httponly=True,
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Lax",
            )
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Look up why, when a closed page is asked for with the key of no session."""
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if key and getattr(view, "login_required", True) and not request.user.is_authenticated:
            request.ended_because = why_ended(key)  # type: ignore[attr-defined]
        return None

    @classmethod
    def sentence(cls, request: HttpRequest) -> str:
        """Return what the sign-in page says of it, "" for nothing."""
        because = request.COOKIES.get(cls.cookie, "")
        found = SENTENCES.get(Ended(because), "") if because in Ended.values else ""
        return found.format(most=settings.SIGN_INS)


class GateMiddleware:
    """A one-time or too old password is changed first, a demanded second factor set up first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Lead to the page that stands before this one, with the way back."""
        # In this order: a public page need not ask who it is.
        if not getattr(view, "login_required", True) or not request.user.is_authenticated:
            return None
        gate = gate_before(request, view)
        if not gate:
            return None
        address = resolve_url(gate)
        # The address of a fragment or a form is no page to come back to.
        is_page = request.method == "GET" and not request.headers.get("HX-Request")
        if is_page and request.path != "/":
            address += f"?{urlencode({'next': request.get_full_path()})}"
        return lead_to(request, address)
