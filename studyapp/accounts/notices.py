"""What a person is told of the own account, quietly, where they start."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.web.requests import Request

WARNED_DAYS = 14
LAST = "last_sign_in"
"""Where the session keeps what is told of the sign-in before this one."""


@dataclass(frozen=True, slots=True)
class LastSignIn:
    """The sign-in before this one, and how many failed in between."""

    at: datetime | None
    terminal: str
    failures: int


def last_sign_in(request: HttpRequest) -> LastSignIn | None:
    """Return what this session knows of the sign-in before it; None for the first of all."""
    kept = request.session.get(LAST)
    if not kept or not (kept["at"] or kept["failures"]):
        return None
    at = datetime.fromisoformat(kept["at"]) if kept["at"] else None
    return LastSignIn(at, kept["terminal"], kept["failures"])


def password_days_left(user: User, *, at: datetime) -> int | None:
    """Return the days until the password must be changed, within the last 14; else None."""
    end = user.password_runs_out
    if end is None or (left := (end - at).days) > WARNED_DAYS:
        return None
    return max(left, 0)


def notices(request: Request) -> dict[str, object]:
    """Return what `accounts/_notices.html` and `_last.html` show on a start page."""
    return {
        "password_days": password_days_left(request.user, at=timezone.now()),
        "last": last_sign_in(request),
    }
