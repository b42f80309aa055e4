"""Was the password typed just now? Asked before what must not leave an unattended machine.

It lies this low so that the log can ask it too; who checks the password is
:mod:`studyapp.accounts.again`.
"""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

LASTS = 10 * 60  # seconds
_KEY = "password_again"


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
