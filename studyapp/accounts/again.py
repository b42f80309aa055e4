"""The password again, before what must not be done at a machine that somebody left open.

Signing asks each time. Handing out papers of other branches asks once in ten minutes: who fetches
twelve files types the password once.
"""

from typing import Any
from urllib.parse import urlencode

from axes.utils import reset
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from studyapp.audit.actions import record as audit
from studyapp.audit.models import Operation

LASTS = 10 * 60  # seconds
_KEY = "password_again"


def is_own(request: HttpRequest, password: str, *, name: str, **facts: Any) -> bool:
    """Check the password as the sign-in does: wrong ones count there and lock the account.

    A wrong one is written down as a failed ``name`` with what else is known (target, unit, …).
    """
    user: Any = request.user
    found = authenticate(request, username=user.username, password=password)
    # A locked account is told here, on this page, not by the sign-in page in its place.
    request.axes_locked_out = False  # type: ignore[attr-defined]
    if found is not None and found.pk == user.pk:
        reset(username=user.username)
        return True
    audit(
        name,
        operation=Operation.CHANGE,
        by=user,
        succeeded=False,
        error_code="password",
        **facts,
    )
    return False


def remember(request: HttpRequest) -> None:
    """Note in the session that the password was typed just now."""
    request.session[_KEY] = timezone.now().timestamp()


def is_fresh(request: HttpRequest) -> bool:
    """Tell whether the password was typed within the last ten minutes."""
    at: float = request.session.get(_KEY, 0)
    return 0 <= timezone.now().timestamp() - at < LASTS


def ask(back: str) -> HttpResponseRedirect:
    """Send the person to the page that asks, and from there to ``back`` (a local address)."""
    return HttpResponseRedirect(f"{reverse('accounts:again')}?{urlencode({'next': back})}")
