"""How large a request may be, judged by its head before anything reads it.

Django counts the text of a form, but takes files of any size to its disk, from strangers too, and
before it looks at the token of the form. No more is ever read than Content-Length says, so what it
says is what counts; a body that does not say how long it is is not taken.
"""

import sys
from collections.abc import Callable, Mapping
from http import HTTPStatus
from importlib import import_module
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from studyapp.web.errors import too_large
from studyapp.web.lanes import Lane, in_lane
from studyapp.web.middleware import to_sign_in
from studyapp.web.shortcuts import whole_number

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
_ROOM = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
_FIGURES = 15


def takes_files(view: View) -> View:
    """Mark a view whose form has a file: it gets up to 25 MB.

    That leaves room for a file that is a little too large: its form says so and keeps the rest.
    Stands next to the function, so that the decorators round it carry the mark outwards.
    """
    view.takes_files = True  # type: ignore[attr-defined]
    return in_lane(Lane.FILES)(takes(settings.UPLOAD_LIMIT + _ROOM)(view))


def takes(most: int) -> Callable[[View], View]:
    """Let the form of a view be larger than other people's texts: ``most`` bytes."""

    def decorate(view: View) -> View:
        view.most_bytes = most  # type: ignore[attr-defined]
        return view

    return decorate


class BodyMiddleware:
    """Answer 413 to what is too large, 411 to what does not say; stands before the CSRF check.

    Whoever is not signed in gets no more than a text through to a page that asks for it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Look at the length that was announced."""
        if "Transfer-Encoding" in request.headers:
            return render(request, "errors/411.html", status=HTTPStatus.LENGTH_REQUIRED)
        size = announced(request.META)
        if is_too_long(size, view):
            return too_large(request, view)
        # In this order: who it is need not be known for what is small.
        if is_for_members(size, view) and not request.user.is_authenticated:
            return to_sign_in(request, unread=True)
        return None


def announced(head: Mapping[str, Any]) -> int:
    """Return the length of the body in bytes; what is no number is too long for everybody."""
    told = head.get("CONTENT_LENGTH") or "0"
    size = whole_number(told, _FIGURES) if told.isascii() else None
    return sys.maxsize if size is None else size


def is_too_long(size: int, view: object) -> bool:
    """Tell whether nobody may send so much to ``view``."""
    return size > getattr(view, "most_bytes", settings.TEXT_LIMIT)


def is_for_members(size: int, view: object) -> bool:
    """Tell whether only somebody who is signed in may send so much to ``view``."""
    return size > settings.TEXT_LIMIT and bool(getattr(view, "login_required", True))


def is_signed_in(request: HttpRequest) -> bool | None:
    """Tell whether somebody is, before anything else is done for a request; None: nobody can tell.

    Only looks: whether the sign-in still holds and opens this page is judged afterwards, as always,
    and what is renewed on the way (a key of the site that was changed) must reach the browser.
    """
    store = import_module(settings.SESSION_ENGINE).SessionStore
    try:
        return SESSION_KEY in store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    except DatabaseError:
        return None
