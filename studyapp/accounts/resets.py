"""Passwords and second factors that others take from a person; for administrators it takes two.

One 安全管理员 alone could else sign in to the other offices. So what is asked for an account with
an office is done when another 安全管理员, or the 系统管理员, confirms it within RESET_LIFE; for
everybody else whoever asks does it (ADR 0030). The owner of the machine needs nobody, and is the
way out where nobody else can confirm. All of it is logged; the person is told for 30 days.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import QuerySet

from studyapp.accounts import second_factor, sign_ins
from studyapp.accounts.actions import give_first_password
from studyapp.accounts.models import Ended, Office, Reset, User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.errors import Refused
from studyapp.web.templatetags.web import moment as shown

COMMANDS = {
    Reset.What.PASSWORD: "manage.py first_password",
    Reset.What.FACTOR: "manage.py remove_second_factor",
}
_TOLD = timedelta(days=30)
_MOST = 10
_ASKED = {
    Reset.What.PASSWORD: "申请重置密码",
    Reset.What.FACTOR: "申请取消两步验证",
}
_DONE = {Reset.What.PASSWORD: "重置了你的密码", Reset.What.FACTOR: "取消了你的两步验证"}


def others(*, by: User, user: User) -> QuerySet[User]:
    """Return who could confirm what ``by`` asks for ``user``."""
    holders = User.objects.filter(is_active=True, office__in=[Office.SECURITY, Office.SYSTEM])
    return holders.exclude(pk__in=[by.pk, user.pk])


@transaction.atomic
def begin(user: User, what: Reset.What, *, by: User, at: datetime) -> str | None:
    """Reset at once, or ask for it where the account holds an office: then None is returned.

    Returns the one-time password, which is shown once; "" for a second factor.
    """
    fresh = User.objects.locked(user.pk)
    if fresh.pk == by.pk:
        raise Refused("自己的密码和两步验证在“我的”里改。忘了或丢了，请另一位管理员办。")
    if what == Reset.What.FACTOR and second_factor.of(fresh) is None:
        raise Refused(f"{fresh.name}没有开启两步验证。")
    if not fresh.office:
        reset = Reset(user=fresh, what=what, asked_by=by, asked_at=at)
        return _carry_out(reset, by=by, at=at)
    if not others(by=by, user=fresh).exists():
        raise Refused(
            "管理员账号要两个人才能重置，现在没有别人能确认。"
            f"请管理这台机器的人执行：{COMMANDS[what]} {fresh.username}"
        )
    before = Reset.objects.filter(user=fresh, what=what, state=Reset.State.WAITING).first()
    if before and at < before.until:
        raise Refused("已经有人申请了，等另一位管理员确认。")
    if before:
        _end(before, Reset.State.DROPPED, by=None, at=at)
    Reset.objects.create(user=fresh, what=what, asked_by=by, asked_at=at)
    if before:
        _log_dropped(before, by=by, reason="过了24小时，重新申请")
    record(_ASKED[what], operation=Operation.CREATE, by=by, target=fresh.name_with_username)
    return None


@transaction.atomic
def confirm(reset: Reset, *, by: User, at: datetime) -> str:
    """Carry out what somebody else asked for; return the one-time password, "" for a factor."""
    fresh = _locked(reset)
    if by.pk in {fresh.asked_by_id, fresh.user_id}:
        raise Refused("要另一个人确认：申请的人和被重置的人都不行。")
    if at >= fresh.until:
        raise Refused("这个申请过了24小时，不能再确认。还要重置，请重新申请。")
    asker = fresh.asked_by
    if asker is None or not asker.is_active or asker.office != Office.SECURITY:
        raise Refused("申请的人已不是安全管理员。还要重置，请现在的安全管理员重新申请。")
    return _carry_out(fresh, by=by, at=at, asked_by=asker.name_with_username)


@transaction.atomic
def drop(reset: Reset, *, by: User, at: datetime) -> None:
    """Take back what was asked for, or turn it down."""
    fresh = _locked(reset)
    _end(fresh, Reset.State.DROPPED, by=by, at=at)
    _log_dropped(fresh, by=by)


@transaction.atomic
def force(user: User, what: Reset.What, *, at: datetime, os_user: str) -> str:
    """Reset by the owner of the machine, whoever the person is."""
    fresh = User.objects.locked(user.pk)
    if not fresh.is_active:
        raise Refused(f"{fresh.name}的账号已停用。先请系统管理员启用。")
    waiting = Reset.objects.filter(user=fresh, what=what, state=Reset.State.WAITING).first()
    if waiting:
        _end(waiting, Reset.State.DROPPED, by=None, at=at)
    reset = Reset(user=fresh, what=what, asked_at=at)
    password = _carry_out(reset, by=None, at=at, os_user=os_user)
    if waiting:
        _log_dropped(waiting, by=None, reason="管理这台机器的人已用命令办理", os_user=os_user)
    return password


def _locked(reset: Reset) -> Reset:
    User.objects.locked(reset.user_id)
    fresh = Reset.objects.select_for_update(no_key=True).get(pk=reset.pk)
    if fresh.state != Reset.State.WAITING:
        raise Refused(f"这个申请已经结束：{fresh.get_state_display()}。")
    return fresh


def _end(reset: Reset, state: Reset.State, *, by: User | None, at: datetime) -> None:
    reset.state, reset.ended_by, reset.ended_at = state, by, at
    reset.save()


def _log_dropped(reset: Reset, *, by: User | None, **facts: Any) -> None:
    asked_by = reset.asked_by.name_with_username if reset.asked_by else ""
    what = reset.get_what_display()
    record(
        "不重置", by=by, target=reset.user.name_with_username, what=what, asked_by=asked_by, **facts
    )


def _carry_out(reset: Reset, *, by: User | None, at: datetime, **facts: str) -> str:
    user = reset.user
    _end(reset, Reset.State.DONE, by=by, at=at)
    if reset.what == Reset.What.PASSWORD:
        return give_first_password(user, by=by, at=at, **facts)
    sign_ins.end_all([user], Ended.FACTOR, at=at)
    second_factor.remove(user, by=by, **facts)
    return ""


def told(at: datetime) -> dict[str, object]:
    """Return what the other administrators see: what waits for a second person, what was done.

    Of what was done that for which two people were needed, or the owner of the machine.
    """
    found = Reset.objects.select_related("user", "asked_by", "ended_by")
    done = found.filter(state=Reset.State.DONE, ended_at__gt=at - _TOLD)
    alone = models.Q(asked_by=models.F("ended_by"))
    return {"resets": found.waiting(at), "done": done.exclude(alone).order_by("-ended_at")[:_MOST]}


def sentence(reset: Reset) -> str:
    """Say to the person what was done, when and by whom, and whom to tell of one not asked for."""
    who = "管理这台机器的人用命令"
    if reset.asked_by and reset.ended_by:
        who = reset.asked_by.name
        if reset.asked_by != reset.ended_by:
            who += f"申请、{reset.ended_by.name}确认，"
    when = shown(reset.ended_at or reset.asked_at)
    done = f"{when}，{who}{_DONE[Reset.What(reset.what)]}。"
    return f"{done}不是你要求的，马上告诉单位领导和审计管理员。"


def lately(user: User, *, at: datetime) -> list[str]:
    """Return what the person is told of the last 30 days, oldest first.

    At every sign-in and on the own page: were it once, a thief who signs in first would read it.
    """
    done = Reset.objects.filter(user=user, state=Reset.State.DONE, ended_at__gt=at - _TOLD)
    return [sentence(one) for one in done.select_related("asked_by", "ended_by").order_by("pk")]
