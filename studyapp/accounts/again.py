"""The password again, before what must not be done at a machine that somebody left open.

Signing asks each time. Handing out papers of other branches asks once in ten minutes: who fetches
twelve files types the password once.
"""

from typing import Any

from axes.utils import reset
from django.contrib.auth import authenticate
from django.http import HttpRequest

from studyapp.access.again import LASTS, ask, is_fresh, remember
from studyapp.audit.actions import record as audit
from studyapp.audit.models import Operation

__all__ = ["LASTS", "WRONG", "ask", "is_fresh", "is_own", "remember"]

WRONG = "密码不对。重新输入；连续输错5次，账号锁定15分钟。"


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
