"""The second factor of a sign-in: a code from the telephone, or one of ten recovery codes.

Both come from a random seed beside the account, wrapped with the secret of this installation
(ADR 0030): whoever copies the database alone has no code.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from studyapp.accounts import totp, wrapping
from studyapp.accounts.models import RecoveryCode, SecondFactor, User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.clock import not_ahead
from studyapp.errors import Refused

RECOVERY_CODES = 10
WRONG_CODES = 5
"""So many wrong codes in a row, and none is taken for a while: like wrong passwords."""
LOCKED_FOR = timedelta(minutes=15)
_SEED = 32
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUP = 4


def of(user: User) -> SecondFactor | None:
    """Return the second factor that this person has to show at sign-in, if any."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


def is_missing(user: User) -> bool:
    """Tell whether this person has to set one up (an administrator, where the site asks for it)."""
    return bool(user.office and settings.SECOND_FACTOR == "offices" and of(user) is None)


def secret_of(factor: SecondFactor) -> bytes | None:
    """Return the secret that the telephone holds; None where the site's secret was lost."""
    opened = _open(factor)
    return _telephone(opened.plain) if opened else None


def _whose(user_id: int) -> str:
    return f"second_factor:{user_id}"


def _open(factor: SecondFactor) -> wrapping.Opened | None:
    return wrapping.unwrap(factor.wrapped, whose=_whose(factor.user_id))


def _telephone(seed: bytes) -> bytes:
    return hmac.new(seed, b"telephone", hashlib.sha256).digest()[:20]


def _digest(seed: bytes, typed: str) -> str:
    """Return the hash of a recovery code."""
    plain = "".join(sign for sign in typed.lower() if sign.isalnum())
    return hmac.new(seed, b"recovery" + plain.encode(), hashlib.sha256).hexdigest()


def ending(*, renewals: int) -> list[User]:
    """Return whose second factor is lost when the newest ``renewals`` secrets alone count on.

    Each sign-in with a code wraps it anew with the newest; these have not signed in for long.
    """
    factors = SecondFactor.objects.filter(confirmed_at__isnull=False).select_related("user")
    opened = {factor.user: _open(factor) for factor in factors.order_by("user__username")}
    return [user for user, one in opened.items() if one and one.renewals >= renewals]


@transaction.atomic
def begin(user: User) -> SecondFactor:
    """Make a new secret for the telephone; it counts once a code of it was typed."""
    User.objects.locked(user.pk)
    if of(user):
        raise Refused("已经开启了两步验证。换手机，先关闭再重新开启。")
    SecondFactor.objects.filter(user=user).delete()
    seed = wrapping.wrap(secrets.token_bytes(_SEED), whose=_whose(user.pk))
    return SecondFactor.objects.create(user=user, wrapped=seed)


@transaction.atomic
def confirm(user: User, typed: str, *, at: datetime) -> list[str]:
    """Switch it on with the first code; return the recovery codes, which are shown this once."""
    User.objects.locked(user.pk)
    factor = SecondFactor.objects.select_for_update(no_key=True).filter(user=user).first()
    if factor is None or factor.confirmed_at:
        raise Refused("这一步已经做过了。回到“两步验证”看现在的情况。")
    opened = _open(factor)
    if opened is None:
        raise Refused("站点密钥换过了，这个码不能用了。重新开始设置。")
    if not _takes(factor, opened.plain, typed, at=at):
        raise Refused("验证码不对。核对手机的时间，等下一个验证码再输。")
    factor.confirmed_at = at
    factor.save(update_fields=["confirmed_at"])
    codes = _new_codes(factor, opened.plain)
    record("开启两步验证", by=user, target=user.username)
    return codes


@transaction.atomic
def renew_codes(user: User) -> list[str]:
    """Make ten new recovery codes; the old ones end."""
    User.objects.locked(user.pk)
    factor = (
        SecondFactor.objects.select_for_update(no_key=True)
        .filter(user=user, confirmed_at__isnull=False)
        .first()
    )
    opened = _open(factor) if factor else None
    if factor is None or opened is None:
        raise Refused("没有开启两步验证，没有恢复码可换。先开启。")
    codes = _new_codes(factor, opened.plain)
    record("换恢复码", by=user, target=user.username)
    return codes


def _new_codes(factor: SecondFactor, seed: bytes) -> list[str]:
    factor.recovery_codes.all().delete()
    made = []
    for _ in range(RECOVERY_CODES):
        groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(3))
        made.append("-".join(groups))
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, digest=_digest(seed, code)) for code in made
    )
    return made


def _takes(factor: SecondFactor, seed: bytes, typed: str, *, at: datetime) -> bool:
    """Use a code of the telephone up."""
    step = totp.step_of(_telephone(seed), typed, now=at.timestamp(), after=factor.last_step)
    if step is None:
        return False
    factor.last_step = step
    factor.save(update_fields=["last_step"])
    return True


@transaction.atomic
def accept(user: User, typed: str, *, at: datetime) -> bool:
    """Tell whether this is a code of now or an unused recovery code; none counts twice.

    Every way to sign in asks here, after the right password, and nowhere else. Wrong codes are
    counted on a row that is locked meanwhile: however many come at once, WRONG_CODES of them are
    looked at, then none is for LOCKED_FOR, the right one neither; the caller has the same words for
    all of it. The log has the reason. Must be stored whatever the caller does next: not to be
    called inside of a transaction that may be undone.
    """
    User.objects.locked(user.pk)
    factor = (
        SecondFactor.objects.select_for_update(no_key=True)
        .filter(user=user, confirmed_at__isnull=False)
        .first()
    )
    if factor is None or _still_locked(factor, at):
        return _refuse(user, "second_locked" if factor else "second")
    opened = _open(factor)
    if opened is None:
        return _refuse(user, "second_key")
    figures, seed = "".join(typed.split()), opened.plain
    if _takes(factor, seed, figures, at=at) or _uses(factor, seed, typed, at=at):
        _count(factor, 0)
        if opened.renewals:
            # An older secret of the site counts for a few renewals only.
            factor.wrapped = wrapping.wrap(seed, whose=_whose(user.pk))
            factor.save(update_fields=["wrapped"])
        return True
    _count(factor, factor.failures + 1)
    if factor.failures == WRONG_CODES:
        _count(factor, 0, locked_until=at + LOCKED_FOR)
        record("锁定验证码", target=user.username, reason=f"连续输错{WRONG_CODES}次")
    return _refuse(user, "second")


def _uses(factor: SecondFactor, seed: bytes, typed: str, *, at: datetime) -> bool:
    """Use a recovery code up."""
    used = factor.recovery_codes.filter(digest=_digest(seed, typed), used_at__isnull=True)
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


def _still_locked(factor: SecondFactor, at: datetime) -> bool:
    """Tell whether no code is taken now; by a clock that was set back no longer than by another."""
    noted = factor.locked_until
    if noted and (until := not_ahead(noted, at + LOCKED_FOR)) != noted:
        factor.locked_until = until
        factor.save(update_fields=["locked_until"])
    return _is_locked(factor, at)


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
def remove(user: User, *, by: User | None, **facts: Any) -> None:
    """Switch it off: by its owner, or as part of a reset (accounts/resets.py)."""
    if by == user and user.office and settings.SECOND_FACTOR == "offices":
        raise Refused("按规定，管理员必须两步验证，不能关闭。换手机，请安全管理员申请取消。")
    User.objects.locked(user.pk)
    count, _ = SecondFactor.objects.filter(user=user).delete()
    if not count:
        raise Refused(f"{user.name}没有开启两步验证。")
    record("取消两步验证", by=by, target=user.name_with_username, **facts)
