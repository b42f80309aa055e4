"""The password policy of security.md."""

import re
import secrets
import unicodedata
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from studyapp.accounts.models import User

_CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")
# No 0/O, 1/l/I: the first password is read from a printed slip.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz"
_DIGITS = "23456789"


class ClassesValidator:
    """At least 3 of 4 character classes; administrators 4."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for too few classes."""
        needed = 4 if user is not None and user.office else 3
        found = sum(1 for pattern in _CLASSES if re.search(pattern, password))
        if found < needed:
            raise ValidationError(self.get_help_text())

    def get_help_text(self) -> str:
        """Say the rule."""
        return "密码要含大写字母、小写字母、数字、符号中的至少三类（管理员四类）。"


class OwnNameValidator:
    """No user name, name or bureau words in the password."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError when the password holds an own or common word."""
        words = ["gongan", "jingcha", "zhibu", "police"]
        if user is not None:
            words += [user.username, user.name]
        lowered = password.lower()
        if any(len(word) > 1 and word.lower() in lowered for word in words):
            raise ValidationError(self.get_help_text())

    def get_help_text(self) -> str:
        """Say the rule."""
        return "密码不能含登录名、姓名或单位常用词。"


def first_password() -> str:
    """Return a random one-time password that is easy to read off paper (about 66 bits)."""
    groups = ["".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3)]
    digits = "".join(secrets.choice(_DIGITS) for _ in range(3))
    return f"{groups[0].capitalize()}-{groups[1]}-{groups[2]}-{digits}"


@dataclass(frozen=True, slots=True)
class FirstPassword:
    """A one-time password as it is printed, and as it is stored."""

    plain: str
    encoded: str


def prepare(count: int) -> list[FirstPassword]:
    """Return ``count`` one-time passwords; each takes the time of a sign-in (about 40 ms)."""
    plain = [first_password() for _ in range(count)]
    return [FirstPassword(one, make_password(one)) for one in plain]


def problems(password: str, user: User | None = None) -> list[str]:
    """Return what the policy has against ``password``, as sentences."""
    if len(password) > 128:
        return ["密码不能超过 128 个字符。"]
    try:
        validate_password(unicodedata.normalize("NFKC", password), user)
    except ValidationError as error:
        return list(error.messages)
    return []
