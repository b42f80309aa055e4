"""The second factor of a sign-in: a code from the telephone, or one of ten recovery codes.

The secret is stored nowhere: it is derived from the key of this installation and a random number
beside the account (ADR 0030). Whoever copies the database alone has no code.
"""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from studyapp.accounts import totp
from studyapp.accounts.models import RecoveryCode, SecondFactor, User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.errors import Refused

RECOVERY_CODES = 10
WRONG_CODES = 5
"""So many wrong codes in a row, and none is taken for a while: like wrong passwords."""
LOCKED_FOR = timedelta(minutes=15)
_SALT = "studyapp.accounts.second_factor"
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUP = 4


def of(user: User) -> SecondFactor | None:
    """Return the second factor that this person has to show at sign-in, if any."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


def is_missing(user: User) -> bool:
    """Tell whether this person has to set one up (an administrator, where the site asks for it)."""
    return bool(user.office and settings.SECOND_FACTOR == "offices" and of(user) is None)


def secret_of(factor: SecondFactor) -> bytes:
    """Return the secret that the telephone holds."""
    return next(_secrets(factor))


def _keys() -> Iterator[str]:
    # A key that was changed stays good for what was made with it while it stands in FALLBACKS.
    yield str(settings.SECRET_KEY)
    yield from map(str, settings.SECRET_KEY_FALLBACKS)


def _secrets(factor: SecondFactor) -> Iterator[bytes]:
    for key in _keys():
        yield salted_hmac(_SALT, factor.nonce, secret=key, algorithm="sha256").digest()[:20]


def _digests(typed: str) -> list[str]:
    """Return the hashes of a recovery code, by the newest key first."""
    plain = "".join(sign for sign in typed.lower() if sign.isalnum())
    return [
        salted_hmac(f"{_SALT}.recovery", plain, secret=key, algorithm="sha256").hexdigest()
        for key in _keys()
    ]


@transaction.atomic
def begin(user: User) -> SecondFactor:
    """Make a new secret for the telephone; it counts once a code of it was typed."""
    User.objects.select_for_update().get(pk=user.pk)
    if of(user):
        raise Refused("已经开启了两步验证。换手机，先关闭再重新开启。")
    SecondFactor.objects.filter(user=user).delete()
    return SecondFactor.objects.create(user=user, nonce=secrets.token_hex(16))


@transaction.atomic
def confirm(user: User, typed: str, *, at: datetime) -> list[str]:
    """Switch it on with the first code; return the recovery codes, which are shown this once."""
    factor = SecondFactor.objects.select_for_update().filter(user=user).first()
    if factor is None or factor.confirmed_at:
        raise Refused("这一步已经做过了。回到“两步验证”看现在的情况。")
    if not _takes(factor, typed, at=at):
        raise Refused("验证码不对。核对手机的时间，等下一个验证码再输。")
    factor.confirmed_at = at
    factor.save(update_fields=["confirmed_at"])
    record("开启两步验证", by=user, target=user.username)
    return _new_codes(factor)


@transaction.atomic
def renew_codes(user: User) -> list[str]:
    """Make ten new recovery codes; the old ones end."""
    factor = (
        SecondFactor.objects.select_for_update()
        .filter(user=user, confirmed_at__isnull=False)
        .first()
    )
    if factor is None:
        raise Refused("没有开启两步验证，没有恢复码可换。先开启。")
    record("换恢复码", by=user, target=user.username)
    return _new_codes(factor)


def _new_codes(factor: SecondFactor) -> list[str]:
    factor.recovery_codes.all().delete()
    made = []
    for _ in range(RECOVERY_CODES):
        groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(3))
        made.append("-".join(groups))
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, digest=_digests(code)[0]) for code in made
    )
    return made


def _takes(factor: SecondFactor, typed: str, *, at: datetime) -> bool:
    for secret in _secrets(factor):
        step = totp.step_of(secret, typed, now=at.timestamp(), after=factor.last_step)
        if step is not None:
            factor.last_step = step
            factor.save(update_fields=["last_step"])
            return True
    return False


@transaction.atomic
def accept(user: User, typed: str, *, at: datetime) -> bool:
    """Tell whether this is a code of now or an unused recovery code; none counts twice.

    Every way to sign in asks here, after the right password, and nowhere else. Wrong codes are
    counted on a row that is locked meanwhile: however many come at once, WRONG_CODES of them are
    looked at, then none is for LOCKED_FOR, the right one neither; the caller has the same words for
    all of it. The log has the reason. Must be stored whatever the caller does next: not to be
    called inside of a transaction that may be undone.
    """
    # In the order of whoever changes an account: first the person, then what hangs on it.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    factor = (
        SecondFactor.objects.select_for_update()
        .filter(user=user, confirmed_at__isnull=False)
        .first()
    )
    if factor is None or _is_locked(factor, at):
        return _refuse(user, "second_locked" if factor else "second")
    if _takes(factor, "".join(typed.split()), at=at) or _uses(factor, typed, at=at):
        _count(factor, 0)
        return True
    _count(factor, factor.failures + 1)
    if factor.failures == WRONG_CODES:
        _count(factor, 0, locked_until=at + LOCKED_FOR)
        record("锁定验证码", target=user.username, reason=f"连续输错{WRONG_CODES}次")
    return _refuse(user, "second")


def _uses(factor: SecondFactor, typed: str, *, at: datetime) -> bool:
    """Use a recovery code up."""
    used = factor.recovery_codes.filter(digest__in=_digests(typed), used_at__isnull=True)
    if not used.update(used_at=at):
        return False
    record("使用恢复码", by=factor.user, target=factor.user.username)
    return True


def _count(factor: SecondFactor, failures: int, *, locked_until: datetime | None = None) -> None:
    factor.failures, factor.locked_until = failures, locked_until
    factor.save(update_fields=["failures", "locked_until"])


def _refuse(user: User, reason: str) -> bool:
    User.objects.filter(pk=user.pk).update(failed_sign_ins=F("failed_sign_ins") + 1)
    record(
        "登录",
        operation=Operation.SIGN_IN,
        succeeded=False,
        error_code=reason,
        target=user.username,
    )
    return False


def _is_locked(factor: SecondFactor, at: datetime) -> bool:
    return factor.locked_until is not None and at < factor.locked_until


def is_locked(user: User, *, at: datetime) -> bool:
    """Tell whether no code of this person is taken now."""
    factor = of(user)
    return factor is not None and _is_locked(factor, at)


def unlock(user: User) -> None:
    """Take codes again; part of what the caller does and logs."""
    SecondFactor.objects.filter(user=user).update(failures=0, locked_until=None)


@transaction.atomic
def remove(user: User, *, by: User) -> None:
    """Switch it off: by its owner, or by the 安全管理员 for who lost telephone and codes."""
    if by.pk == user.pk and user.office and settings.SECOND_FACTOR == "offices":
        raise Refused("按规定，管理员必须两步验证，不能关闭。换手机，请另一位安全管理员取消。")
    count, _ = SecondFactor.objects.filter(user=user).delete()
    if not count:
        raise Refused(f"{user.name}没有开启两步验证。")
    record("取消两步验证", by=by, target=f"{user.name}（{user.username}）")
