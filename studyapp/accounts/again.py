"""The password again, before what must not be done at a machine that somebody left open.

Signing asks each time. Handing out papers of other branches asks once in ten minutes: who fetches
twelve files types the password once.
"""

import unicodedata
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from studyapp.access.again import LASTS, ask, is_fresh, remember
from studyapp.accounts.backends import LONGEST_PASSWORD
from studyapp.accounts.models import User
from studyapp.audit.actions import record as audit
from studyapp.audit.models import Operation
from studyapp.clock import not_ahead

__all__ = ["LASTS", "ask", "is_closed", "is_fresh", "remember", "what_is_wrong"]

TRIES = 5
CLOSED = timedelta(minutes=15)
"""So long after the last wrong password they are forgotten."""


def what_is_wrong(
    request: HttpRequest, password: str, *, name: str, undone: str = "", **facts: Any
) -> str:
    """Check the own password; return the sentence to show, "" when it is right.

    ``undone`` says what was not done ("没有签字"). A wrong one is written down as a failed ``name``
    with what else is known (target, unit, …). Five of them close this step for 15 minutes, on
    every machine; the sign-in goes on. Failures at the sign-in page count there alone: a stranger
    who types wrong passwords under a name keeps nobody from signing who is signed in.
    """
    user: Any = request.user
    at = timezone.now()
    # A closed step costs no hash. An old hash is renewed at the sign-in; here that would end it.
    right = not is_closed(user, at) and _fits(password, user.password)
    error = _count(user, right=right, at=at, name=name, facts=facts)
    comma = undone and f"，{undone}"
    return {
        "": "",
        "password": f"密码不对{comma}。重新输入；连续输错5次，15分钟内不能再输。",
        "locked": f"密码连续输错5次{comma}。15分钟后再来；急用，请安全管理员解除锁定。",
    }[error]


def is_closed(user: User, now: datetime) -> bool:
    """Tell whether too many wrong passwords were typed where a signed-in person is asked."""
    return _failures(user, now) >= TRIES


def _failures(user: User, now: datetime) -> int:
    last = user.again_failed_at
    return user.again_failures if last and now - last < CLOSED else 0


def _fits(password: str, encoded: str) -> bool:
    short = len(password) <= LONGEST_PASSWORD
    return short and check_password(unicodedata.normalize("NFKC", password), encoded)


@transaction.atomic
def _count(user: User, *, right: bool, at: datetime, name: str, facts: dict[str, Any]) -> str:
    """Count a try and write it down; return its error code, "" where it opens the step.

    Hashing takes long and holds no lock, so many may be under way at once. What each comes to is
    decided here, one after another: after the fifth wrong one the right one is refused as well.
    """
    fresh = User.objects.locked(user.pk)
    if fresh.again_failed_at:
        fresh.again_failed_at = not_ahead(fresh.again_failed_at, at)
    error = "locked" if is_closed(fresh, at) else "" if right else "password"
    if not error:
        fresh.again_failures, fresh.again_failed_at = 0, None
    elif error == "password":
        fresh.again_failures = _failures(fresh, at) + 1
        fresh.again_failed_at = at
    fresh.save(update_fields=["again_failures", "again_failed_at"])
    if error:
        audit(
            name,
            operation=Operation.CHANGE,
            by=user,
            succeeded=False,
            error_code=error,
            **facts,
        )
    return error
