"""How people sign in: where they do, their second factor, and what others reset."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.sessions.models import Session
from django.db import models

from studyapp.access.roles import Role
from studyapp.accounts.models.people import Office, User

if TYPE_CHECKING:
    from datetime import datetime


class Ended(models.TextChoices):
    """Why a sign-in ended before its time."""

    OUT = "out", "退出"
    LIMIT = "limit", "同时登录过多"
    OWN = "own", "在另一处退出"
    PASSWORD = "password", "密码已改"
    OFFICE = "office", "管理员处理"
    FACTOR = "factor", "两步验证被取消"
    ROLE = "role", "管理员身份变更"
    TIME = "time", "满12小时"


class SignInQuerySet(models.QuerySet["SignIn"]):
    """Questions over sign-ins."""

    def running(self, at: "datetime") -> "SignInQuerySet":
        """Those whose session still opens pages."""
        sessions = Session.objects.filter(expire_date__gt=at).values("session_key")
        return self.filter(ended_at__isnull=True, session_key__in=sessions)


class SignIn(models.Model):
    """One sign-in of a person: when, from where, with what.

    Holds the session's key as it is: it stands in Django's own table beside it, a hash would hide
    nothing.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()
    terminal = models.CharField(max_length=64, blank=True)
    browser = models.CharField(max_length=50)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=20, choices=Ended, blank=True, default="")

    objects = SignInQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "登录"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ended_because="")
                | models.Q(ended_at__isnull=False) & ~models.Q(ended_because=""),
                name="sign_in_ended_at_and_because",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.at}"


class SecondFactor(models.Model):
    """What a person's telephone makes codes with (accounts/second_factor.py).

    ``wrapped`` is opened with the site's secret alone (accounts/wrapping.py).
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    wrapped = models.CharField(max_length=100)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "两步验证"

    def __str__(self) -> str:
        return str(self.user)


class RecoveryCode(models.Model):
    """Hash of a code that stands in for the telephone once."""

    factor = models.ForeignKey(
        SecondFactor, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "恢复码"

    def __str__(self) -> str:
        return f"{self.factor} {self.pk}"


class ResetQuerySet(models.QuerySet["Reset"]):
    """Questions over resets."""

    def visible_to(self, user: User) -> "ResetQuerySet":
        """All, for those of whom two are needed; the log is the auditor's."""
        return self if user.office in {Office.SYSTEM, Office.SECURITY} else self.none()

    def waiting(self, at: "datetime") -> "ResetQuerySet":
        """Those that can still be confirmed."""
        return self.filter(state=Reset.State.WAITING, asked_at__gt=at - RESET_LIFE)


RESET_LIFE = timedelta(hours=24)
"""How long a reset that was asked for can be confirmed."""


class Reset(models.Model):
    """A password or second factor that others take from a person (accounts/resets.py).

    Nobody is named (None) where the owner of the machine did it.
    """

    class What(models.TextChoices):
        """What is reset."""

        PASSWORD = "password", "密码"
        FACTOR = "factor", "两步验证"

    class State(models.TextChoices):
        """How it stands."""

        WAITING = "waiting", "待确认"
        DONE = "done", "已重置"
        DROPPED = "dropped", "已作废"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="resets")
    what = models.CharField(max_length=20, choices=What)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ResetQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = "重置"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="waiting", ended_at__isnull=True, ended_by__isnull=True)
                | ~models.Q(state="waiting") & models.Q(ended_at__isnull=False),
                name="reset_waits_or_has_ended",
            ),
            models.UniqueConstraint(
                fields=["user", "what"],
                condition=models.Q(state="waiting"),
                name="reset_waits_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_what_display()}"

    @property
    def until(self) -> "datetime":
        """Until when it can be confirmed."""
        return self.asked_at + RESET_LIFE

    def roles_for(self, user: User) -> frozenset[Role]:
        """The office; who may confirm among its holders is told by the action."""
        return user.offices
