"""What a sign-in leaves on the machine: two signed cookies that open nothing.

Who it was, for a day and until the sign-out: read only after a sign-in has ended. That it was one
of us, for 30 days: read only while the address is slowed down.
"""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

COOKIE = "who"
_SALT = "studyapp.accounts.who"
LASTS = 24 * 3600  # seconds
KNOWN = "known"
_KNOWN_SALT = "studyapp.accounts.known"
_KNOWN_LASTS = 30 * 24 * 3600


def remember(response: HttpResponseBase, person: int) -> None:
    """Leave the number of the person who signed in, and a mark that does not tell who it was."""
    # The same mark wherever the person signs in: many browsers of one are slowed down as one.
    mark = salted_hmac(_KNOWN_SALT, str(person), algorithm="sha256").hexdigest()[:16]
    for name, value, salt, seconds in (
        (COOKIE, str(person), _SALT, LASTS),
        (KNOWN, mark, _KNOWN_SALT, _KNOWN_LASTS),
    ):
        response.set_signed_cookie(
            name,
            value,
            salt=salt,
            max_age=seconds,
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )


def forget(response: HttpResponseBase) -> None:
    """Remove who it was, when a person signs out."""
    response.delete_cookie(COOKIE, samesite="Lax")


def last_person(request: HttpRequest) -> int | None:
    """Return the number of the person who signed in last here, within a day."""
    found = request.get_signed_cookie(COOKIE, default=None, salt=_SALT, max_age=LASTS)
    return int(found) if found and found.isdecimal() else None


def mark_of(request: HttpRequest) -> str:
    """Return the mark of the person who signed in here last within 30 days; "" for a stranger."""
    found = request.get_signed_cookie(KNOWN, default="", salt=_KNOWN_SALT, max_age=_KNOWN_LASTS)
    return found or ""
