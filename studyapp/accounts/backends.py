"""Sign-in by user name."""

import unicodedata
from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.exceptions import AxesBackendPermissionDenied
from axes.models import AccessAttempt
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils import timezone

from studyapp.accounts.models import User, sign_in_name

LONGEST_PASSWORD = 128


class LockBackend(AxesStandaloneBackend):  # type: ignore[misc]
    """Refuse a locked account, in the time that a wrong password takes."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Let pass (None), or stop the sign-in."""
        try:
            super().authenticate(request, **credentials)
        except AxesBackendPermissionDenied:
            make_password(str(credentials.get("password"))[:LONGEST_PASSWORD])
            # Noted by a clock that was set back since (studyapp.clock).
            now = timezone.now()
            AccessAttempt.objects.filter(
                username=credentials.get("username"), attempt_time__gt=now
            ).update(attempt_time=now)
            raise


class NameBackend(BaseBackend):
    """Check a user name and a password; unknown names cost as much time as known ones."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """Return the person, or None for unknown, wrong, disabled or run-out alike."""
        if not username or password is None or len(password) > LONGEST_PASSWORD:
            return None
        password = unicodedata.normalize("NFKC", password)
        user = User.objects.filter(username=sign_in_name(username)).first()
        if user is None or not user.has_usable_password():
            make_password(password)
            return None
        right = user.check_password(password)
        if right and user.is_active and not user.first_password_expired(timezone.now()):
            return user
        return None

    def get_user(self, user_id: int) -> User | None:
        """Return the person of a running sign-in, unless disabled meanwhile."""
        return User.objects.filter(pk=user_id, is_active=True).first()
