"""HTTP plumbing: headers on every answer, closed by default, anticipated refusals."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render, resolve_url

from studyapp.errors import Refused
from studyapp.web.errors import wrong_method
from studyapp.web.shortcuts import typed_texts

GetResponse = Callable[[HttpRequest], HttpResponseBase]

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class SecurityHeadersMiddleware:
    """Put the headers of security.md on every answer, static files included."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class SignedInMiddleware:
    """Closed by default: only views marked public open without a sign-in.

    htmx gets HX-Redirect, so that a sign-in page never lands inside a fragment. A save, and a
    form that htmx posts, get 401 and keep their words: static/js asks for the password in place.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Send strangers to the sign-in page, with the way back."""
        # In this order: a public page need not ask who it is.
        if not getattr(view, "login_required", True) or request.user.is_authenticated:
            return None
        return to_sign_in(request)


def to_sign_in(request: HttpRequest, *, unread: bool = False) -> HttpResponseBase:
    """Lead to the sign-in page, with the way back; words that were posted are shown to be kept.

    A form that is ``unread`` stays so: it is too large to look at for somebody unknown.
    """
    if request.headers.get("X-Saving"):
        return HttpResponse(status=401, headers={"HX-Trigger": "session-expired"})
    back = request.get_full_path() if request.method == "GET" else came_from(request)
    address = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back})}"
    is_htmx = request.headers.get("HX-Request") == "true"
    asks = request.method == "POST" and not is_htmx and not unread
    kept = typed_texts(request) if asks else []
    # A browser that is still sending follows no redirect.
    if kept or (unread and not is_htmx):
        context = {"kept": kept, "address": address}
        return render(request, "errors/signed_out.html", context, status=401)
    return lead_to(request, address)


def keep_shown(request: HttpRequest, address: str) -> HttpResponse:
    """Show the posted words to somebody who first has to go to ``address``, a page before all."""
    context = {"kept": typed_texts(request), "address": address, "gate": True}
    return render(request, "errors/signed_out.html", context, status=401)


def lead_to(request: HttpRequest, address: str) -> HttpResponseBase:
    """Lead to another page; htmx is told aloud, or that page would land inside a fragment."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return redirect(address)


def came_from(request: HttpRequest) -> str:
    """Return the page of this site that a form stood on."""
    page = urlsplit(request.headers.get("Referer", ""))
    if page.netloc != request.get_host() or not page.path:
        return "/"
    return f"{page.path}?{page.query}" if page.query else page.path


class RefusedMiddleware:
    """Answer an anticipated no that no view turned into a form error, and a wrong method.

    The page repeats the posted text, so that nothing typed is lost.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return wrong_method(request, response)
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Show the sentence and the longer texts that were posted."""
        if not isinstance(exception, Refused):
            return None
        context = {"sentence": str(exception), "kept": typed_texts(request)}
        return render(request, "errors/refused.html", context, status=exception.status)
