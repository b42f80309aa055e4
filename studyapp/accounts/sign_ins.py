"""Where a person is signed in: written down at sign-in, listed on the own page, ended there.

A sign-in is one of Django's sessions. Ending it deletes the session, so that no page asks for more
than it did; the row here stays a while and tells the ended device why.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction

from studyapp.accounts.models import Ended, SignIn, User
from studyapp.audit.actions import record, terminal
from studyapp.audit.models import Operation

KEPT = timedelta(days=30)
SENTENCES = {
    Ended.LIMIT: "在别处又登录了，这里登录得最早，已退出。同一账号最多同时登录{most}处。",
    Ended.OWN: "你在另一台设备上退出了这里的登录。",
    Ended.PASSWORD: "密码改了，这里的登录已退出。用新密码登录。",
    Ended.TIME: "登录满12小时，这里的登录已退出。重新登录，接着做。",
    Ended.ROLE: "你的管理员身份变了，这里的登录已退出。重新登录。",
    Ended.FACTOR: "两步验证被取消了，这里的登录已退出。不是你要求的，马上向单位报告。",
    Ended.OFFICE: "管理员重置了密码或停用了账号，这里的登录已退出。",
}
"""What the sign-in page of the ended device says."""


@transaction.atomic
def begin(
    user: User, *, session_key: str, browser: str, at: datetime, over: User | None = None
) -> tuple[User, int]:
    """Write a sign-in down, end the oldest beyond the limit.

    ``over`` is somebody else who was signed in here, whose sign-in the caller ended.
    Returns the person as they are now, so that an office given since the password was checked
    counts, and the failures before this sign-in.
    """
    fresh = User.objects.locked(user.pk)
    failures = fresh.failed_sign_ins
    fresh.failed_sign_ins, fresh.last_terminal = 0, terminal.get()
    fresh.save(update_fields=["failed_sign_ins", "last_terminal"])
    others = list(SignIn.objects.running(at).filter(user=user).order_by("at", "pk"))
    SignIn.objects.filter(session_key=session_key).delete()
    SignIn.objects.create(
        user=user, session_key=session_key, terminal=terminal.get(), browser=browser, at=at
    )
    most = settings.SIGN_INS
    oldest = others[: max(len(others) + 1 - most, 0)] if most else []
    if oldest:
        _end(oldest, Ended.LIMIT, at=at)
    if over:
        record("退出", operation=Operation.SIGN_OUT, by=over, target=over.username)
    record("登录", operation=Operation.SIGN_IN, by=user, target=user.username)
    if oldest:
        record(
            "退出最早的登录",
            operation=Operation.SIGN_OUT,
            by=user,
            target=user.username,
            count=len(oldest),
        )
    return fresh, failures


def _end(sign_ins: Iterable[SignIn], because: Ended, *, at: datetime) -> None:
    keys = [one.session_key for one in sign_ins]
    Session.objects.filter(session_key__in=keys).delete()
    SignIn.objects.filter(session_key__in=keys).update(ended_at=at, ended_because=because)


@transaction.atomic
def end(sign_in: SignIn, *, by: User, at: datetime) -> None:
    """End one of the own sign-ins on another device."""
    User.objects.locked(by.pk)
    _end([sign_in], Ended.OWN, at=at)
    record("退出一处登录", operation=Operation.SIGN_OUT, by=by, target=by.username)


@transaction.atomic
def end_others(user: User, *, but: str, at: datetime) -> int:
    """End all own sign-ins except the one with the session key ``but``; return how many."""
    User.objects.locked(user.pk)
    others = list(SignIn.objects.running(at).filter(user=user).exclude(session_key=but))
    _end(others, Ended.OWN, at=at)
    record(
        "退出其他登录",
        operation=Operation.SIGN_OUT,
        by=user,
        target=user.username,
        count=len(others),
    )
    return len(others)


def end_all(people: Iterable[User], because: Ended, *, at: datetime) -> None:
    """End every sign-in of these people; part of what the caller does and logs."""
    _end(SignIn.objects.running(at).filter(user__in=list(people)), because, at=at)


def leave(session_key: str, *, at: datetime) -> None:
    """Write down that a person signed out here."""
    SignIn.objects.filter(session_key=session_key).update(ended_at=at, ended_because=Ended.OUT)


@transaction.atomic
def run_out(user: User, *, session_key: str, at: datetime) -> None:
    """Write down that a sign-in reached its limit; the caller ends the session."""
    running = SignIn.objects.filter(session_key=session_key, ended_at__isnull=True)
    # Two requests may find it at once: one line in the log.
    if running.update(ended_at=at, ended_because=Ended.TIME):
        record("登录满12小时，退出", operation=Operation.SIGN_OUT, by=user, target=user.username)


def move(before: str, after: str) -> None:
    """Follow a sign-in whose session was given a new key."""
    SignIn.objects.filter(session_key=before).update(
        session_key=after, ended_at=None, ended_because=""
    )


def why_ended(session_key: str) -> str:
    """Return why the sign-in with this key ended, "" for none that anybody ended."""
    found = SignIn.objects.filter(session_key=session_key[:40]).first()
    return found.ended_because if found else ""


def forget(*, at: datetime) -> int:
    """Remove what is over and older than 30 days; return how many rows."""
    running = SignIn.objects.running(at).values("pk")
    return SignIn.objects.filter(at__lt=at - KEPT).exclude(pk__in=running).delete()[0]
