"""Who signed in last on this machine: a signed cookie, read only after the sign-in has ended."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

COOKIE = "who"
_SALT = "studyapp.accounts.who"
LASTS = 24 * 3600  # seconds


def remember(response: HttpResponseBase, person: int) -> None:
    """Leave the number of the person who signed in; it opens nothing."""
    response.set_signed_cookie(
        COOKIE,
        str(person),
        salt=_SALT,
        max_age=LASTS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def forget(response: HttpResponseBase) -> None:
    """Remove it, when a person signs out."""
    response.delete_cookie(COOKIE, samesite="Lax")


def last_person(request: HttpRequest) -> int | None:
    """Return the number of the person who signed in last here, within a day."""
    found = request.get_signed_cookie(COOKIE, default=None, salt=_SALT, max_age=LASTS)
    return int(found) if found and found.isdecimal() else None
