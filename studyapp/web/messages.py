"""«已保存。» after a form: told once on the next page, stored nowhere on the server."""

from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.core import signing

_SALT = "studyapp.web.messages"


class OwnCookieStorage(CookieStorage):
    """A cookie that counts in the sign-in that it was written for, and in no later one.

    The session would cost every form a second write transaction, and the page after it a third.
    """

    cookie_name = "__Host-told" if settings.HTTPS else "told"

    def _get(self, *args: Any, **kwargs: Any) -> Any:
        self._take_key()
        return super()._get(*args, **kwargs)  # type: ignore[misc]

    def _store(self, *args: Any, **kwargs: Any) -> Any:
        self._take_key()
        return super()._store(*args, **kwargs)  # type: ignore[misc]

    def _take_key(self) -> None:
        # At the time of use: signing in and out changes the session in between.
        salt = f"{_SALT}.{self.request.session.session_key}"
        self.signer = signing.get_cookie_signer(salt=salt)


class Storage(FallbackStorage):
    """The cookie, and the session for what is too long for one."""

    storage_classes = (OwnCookieStorage, SessionStorage)
