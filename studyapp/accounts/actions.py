"""Changes to accounts; each writes its audit row in the same transaction."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from axes.utils import reset
from django.db import transaction
from django.db.models import F, Q

from studyapp.accounts import passwords, second_factor, sign_ins
from studyapp.accounts.models import (
    FIRST_PASSWORD_LIFE,
    FORMER_PASSWORDS,
    Ended,
    Feedback,
    FormerPassword,
    Office,
    Reset,
    User,
)
from studyapp.accounts.passwords import FirstPassword
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.errors import Refused, Stale
from studyapp.text.cleaning import clean_name


@transaction.atomic
def change_password(user: User, *, new: str, at: datetime) -> None:
    """Store a new own password; every sign-in of the account ends.

    Their hash no longer fits; the caller gives the one that it came from a new key.
    """
    User.objects.locked(user.pk)
    _keep_former([user], at=at)
    sign_ins.end_all([user], Ended.PASSWORD, at=at)
    user.set_password(unicodedata.normalize("NFKC", new))
    user.must_change_password = False
    user.first_password_until = None
    user.password_changed_at = at
    user.save(
        update_fields=[
            "password",
            "must_change_password",
            "first_password_until",
            "password_changed_at",
        ]
    )
    record("修改本人密码", by=user, target=user.username)


@transaction.atomic
def note_refused_sign_in(name: str, *, locked: bool, at: datetime) -> None:
    """Log a sign-in that failed, with the reason that the person is not told.

    An unknown name is cut to two characters: now and then it is a password in the wrong field.
    """
    user = User.objects.filter(username=name).first()
    reason = "wrong"
    if locked:
        reason = "locked"
    elif user is None:
        reason = "unknown"
    elif not user.is_active:
        reason = "disabled"
    elif user.first_password_expired(at):
        reason = "expired"
    if user:
        User.objects.filter(pk=user.pk).update(failed_sign_ins=F("failed_sign_ins") + 1)
    target = user.username if user else f"{clean_name(name)[:2]}…（{len(name)}字）"
    record("登录", operation=Operation.SIGN_IN, succeeded=False, error_code=reason, target=target)


@transaction.atomic
def give_first_password(user: User, *, by: User | None, at: datetime, **facts: Any) -> str:
    """Set and return a random one-time password, good for 72 h, that must be changed.

    For a new account, or as part of a reset (accounts/resets.py), whose ``facts`` are logged.
    """
    [(_, password)] = _give([user], passwords.prepare(1), at=at)
    record("发放一次性密码", by=by, target=user.name_with_username, **facts)
    return password


@transaction.atomic
def give_first_passwords(
    people: Sequence[User],
    prepared: Sequence[FirstPassword],
    *,
    by: User | None,
    at: datetime,
) -> list[tuple[User, str]]:
    """Give each of ``people``, who never signed in, one of the ``prepared`` passwords.

    They come prepared (``passwords.prepare``): hashing takes long and must not hold the database.
    Whoever set an own password meanwhile keeps it and is left out. So is who holds an office: their
    passwords are given anew by two people.
    """
    asked = [user.pk for user in people]
    found = User.objects.waiting().filter(pk__in=asked, office="").order_by("pk")
    waiting = list(found.select_for_update(no_key=True))
    order = {user.pk: place for place, user in enumerate(people)}
    waiting.sort(key=lambda user: order[user.pk])
    given = _give(waiting, prepared, at=at)
    if given:
        names = [user.username for user in waiting]
        record("发放一次性密码", by=by, target=f"{len(names)}人", usernames=names)
    return given


def _give(
    people: Sequence[User], prepared: Sequence[FirstPassword], *, at: datetime
) -> list[tuple[User, str]]:
    _keep_former(people, at=at)
    sign_ins.end_all(people, Ended.OFFICE, at=at)
    given = []
    for user, password in zip(people, prepared, strict=False):
        user.password = password.encoded
        user.must_change_password = True
        user.first_password_until = at + FIRST_PASSWORD_LIFE
        user.again_failures, user.again_failed_at = 0, None
        given.append((user, password.plain))
    User.objects.bulk_update(
        people,
        [
            "password",
            "must_change_password",
            "first_password_until",
            "again_failures",
            "again_failed_at",
        ],
        batch_size=200,
    )
    return given


def _keep_former(people: Sequence[User], *, at: datetime) -> None:
    """Keep the hashes of own passwords that are about to be replaced, and no older ones."""
    own = [user for user in people if not user.must_change_password and user.has_usable_password()]
    FormerPassword.objects.bulk_create(
        FormerPassword(user=user, encoded=user.password, replaced_at=at) for user in own
    )
    for user in own:
        kept = user.former_passwords.values("pk")[:FORMER_PASSWORDS]
        user.former_passwords.exclude(pk__in=[row["pk"] for row in kept]).delete()


@transaction.atomic
def unlock(user: User, *, by: User) -> None:
    """Lift what five wrong ones closed: the sign-in, its code, and signing once signed in."""
    User.objects.locked(user.pk)
    reset(username=user.username)
    second_factor.unlock(user)
    User.objects.filter(pk=user.pk).update(again_failures=0, again_failed_at=None)
    record("解除登录锁定", by=by, target=user.name_with_username)


@transaction.atomic
def set_active(user: User, *, active: bool, by: User, at: datetime) -> None:
    """Disable or enable an account. Disabling ends its sign-ins; nothing of it is deleted."""
    fresh = _locked(user)
    if fresh.pk == by.pk:
        raise Refused("不能停用自己的账号。换另一位管理员操作。")
    if not active:
        _keep_one(fresh)
        sign_ins.end_all([fresh], Ended.OFFICE, at=at)
    fresh.is_active = active
    fresh.save(update_fields=["is_active"])
    record("启用账号" if active else "停用账号", by=by, target=fresh.name_with_username)


@transaction.atomic
def grant_office(user: User, *, office: str, by: User, at: datetime) -> None:
    """Give or take an administrator's office (security administrator only).

    Refused for the own account, for people who hold a membership (administrators have no content
    by role, 三员分立) and for those without a password of their own. Each office keeps at least one
    holder who signs in. The person's sign-ins end: the second factor and the age of the password
    are asked for at the next one.
    """
    fresh = _locked(user)
    if fresh.pk == by.pk:
        raise Refused("不能变更自己的管理员身份。换另一位安全管理员操作。")
    if office and fresh.memberships.filter(ended_on__isnull=True).exists():
        raise Refused("此人在党组织中任职，不能兼任管理员。另建一个管理账号。")
    alone = Reset.objects.filter(user=fresh, state=Reset.State.DONE, asked_by=by, ended_by=by)
    if office and alone.exists():
        # Else one person would make an account their own, and an administrator of it.
        raise Refused(
            "你重置过此人的密码或两步验证，不能再授予管理员身份。"
            "请另一位安全管理员授予，或由系统管理员另建一个账号。"
        )
    if office and fresh.must_change_password:
        # Whoever gave out the first password knows it: it opens no office.
        raise Refused("此人还没有换成自己的密码。等本人登录、改好密码，再授予管理员身份。")
    if office != fresh.office:
        _keep_one(fresh)
        sign_ins.end_all([fresh], Ended.ROLE, at=at)
    before = Office(fresh.office).label
    fresh.office = office
    fresh.save(update_fields=["office"])
    record(
        "变更管理员身份",
        by=by,
        target=fresh.name_with_username,
        office=f"{before}→{Office(office).label}",
    )


def _locked(user: User) -> User:
    """Return the account fresh and locked, and lock everybody who holds an office.

    In one order, so that two administrators who act on each other wait, and the second one finds
    what the first one left.
    """
    people = User.objects.select_for_update(no_key=True).filter(
        Q(pk=user.pk) | ~Q(office=Office.NONE)
    )
    return {person.pk: person for person in people.order_by("pk")}[user.pk]


def _keep_one(user: User) -> None:
    """Refuse when nobody else signs in who holds the administrator's office of ``user``."""
    others = User.objects.settled().filter(office=user.office).exclude(pk=user.pk)
    if user.office and user.is_active and not others.exists():
        raise Refused(
            f"{user.name}是唯一能登录的{user.get_office_display()}。"
            "先设另一位，等其登录并设好自己的密码，再变更。"
        )


@transaction.atomic
def send_feedback(*, by: User, body: str, page: str) -> Feedback:
    """Store a wish or complaint."""
    feedback = Feedback.objects.create(author=by, body=body, page=page[:300])
    record("提交意见", operation=Operation.CREATE, by=by, target=f"意见 {feedback.pk}")
    return feedback


@transaction.atomic
def answer_feedback(
    feedback: Feedback, *, answer: str, by: User, at: datetime, earlier: str = ""
) -> None:
    """Answer it; the author sees the answer on the own page.

    ``earlier`` is the moment of the answer that this one replaces, as the form showed it: an
    answer that somebody else gave meanwhile is not written over unseen (Stale).
    """
    fresh = Feedback.objects.select_for_update(no_key=True).get(pk=feedback.pk)
    if str(fresh.answered_at or "") != earlier:
        raise Stale(f"打开这一页以后已有人答复：“{fresh.answer}”。核对后再保存。")
    fresh.answer, fresh.answered_by, fresh.answered_at = answer, by, at
    fresh.save(update_fields=["answer", "answered_by", "answered_at"])
    record("答复意见", by=by, target=f"意见 {fresh.pk}")
