"""The password policy of security.md: what is asked for, said beforehand and all at once."""

import re
import secrets
import unicodedata
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from studyapp.accounts.backends import LONGEST_PASSWORD
from studyapp.accounts.guessable import is_guessable
from studyapp.accounts.models import FORMER_PASSWORDS, User
from studyapp.text.cjk import spellings

SHORTEST = 12
"""Characters; the longest stands beside the sign-in that refuses longer ones."""
_CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")
_SHORTEST_WORD = 3  # of a user name; a shorter one is in every second password by chance
_FIGURES = re.compile(r"[0-9]{4,}")
# No 0/O, 1/l/I: the first password is read from a printed slip.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz"
_DIGITS = "23456789"


def _classes_needed(user: User | None) -> int:
    return 4 if user is not None and user.office else 3


class LengthValidator:
    """At least 12 characters."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for a short one."""
        if len(password) < SHORTEST:
            raise ValidationError(f"现在是{len(password)}个字符，至少要{SHORTEST}个。")

    def get_help_text(self) -> str:
        """Say the rule."""
        return f"{SHORTEST}到{LONGEST_PASSWORD}个字符。"


class ClassesValidator:
    """At least 3 of 4 character classes; administrators 4."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for too few classes."""
        found = sum(1 for pattern in _CLASSES if re.search(pattern, password))
        if found < _classes_needed(user):
            raise ValidationError(self.rule(user))

    def rule(self, user: User | None) -> str:
        """Say what this person needs."""
        if _classes_needed(user) == len(_CLASSES):
            return "大写字母、小写字母、数字、符号，四类都要有。"
        return "大写字母、小写字母、数字、符号，至少有三类。"

    def get_help_text(self) -> str:
        """Say the rule for everybody."""
        return self.rule(None)


class OwnWordsValidator:
    """No user name, no name (in 拼音 neither) and no word of the bureau."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError that names what was found."""
        lowered = password.lower()
        words = set(settings.PASSWORD_WORDS)
        if user is not None:
            words |= own_words(user)
        if found := sorted(word for word in words if word in lowered):
            raise ValidationError(f"密码里有“{'”“'.join(found)}”，换掉。")

    def get_help_text(self) -> str:
        """Say the rule."""
        return "不含登录名、姓名（含拼音）和单位常用词。"


class CommonValidator:
    """Nothing that a guesser tries first."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for a common one."""
        if is_guessable(password):
            raise ValidationError(
                "常用词、拼音姓名、日期、连号拼起来的，一猜就中。换几个不相干的词。"
            )

    def get_help_text(self) -> str:
        """Say the rule."""
        return "不是常用词、拼音姓名加日期、连号一类，如 Abc@12345678。"


class FormerValidator:
    """None of the last five, nor the present one. Costs a hash for each: only at a change."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for one that was there before."""
        if user is None or user.pk is None:
            return
        if user.has_usable_password() and check_password(password, user.password):
            raise ValidationError("新密码要和现在的密码不同。")
        former = user.former_passwords.values_list("encoded", flat=True)[:FORMER_PASSWORDS]
        if any(check_password(password, encoded) for encoded in former):
            raise ValidationError(f"最近{FORMER_PASSWORDS}次用过这个密码，换一个。")

    def get_help_text(self) -> str:
        """Say the rule."""
        return f"和最近{FORMER_PASSWORDS}次用过的都不同。"


def own_words(user: User) -> set[str]:
    """Return what stands for this person: user name and its figures, name, name in 拼音."""
    words = {user.username} if len(user.username) >= _SHORTEST_WORD else set()
    words |= set(_FIGURES.findall(user.username))
    if len(user.name) > 1:
        words |= {user.name.lower(), *spellings(user.name)}
    return words


def rules(user: User) -> list[str]:
    """Return the policy for this person, one rule each, to be said before they choose."""
    return [
        LengthValidator().get_help_text(),
        ClassesValidator().rule(user),
        OwnWordsValidator().get_help_text(),
        CommonValidator().get_help_text(),
        FormerValidator().get_help_text(),
    ]


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
    """Return what the policy has against ``password``, as sentences; all of it at once."""
    if len(password) > LONGEST_PASSWORD:
        return [f"密码不能超过{LONGEST_PASSWORD}个字符。"]
    try:
        validate_password(unicodedata.normalize("NFKC", password), user)
    except ValidationError as error:
        return list(error.messages)
    return []
