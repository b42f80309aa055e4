"""People, and the passwords they had."""

import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Length, Lower
from django.utils import timezone

from studyapp.access.roles import Role

if TYPE_CHECKING:
    from datetime import datetime

models.CharField.register_lookup(Length)


class Political(models.TextChoices):
    """政治面貌."""

    FULL = "full", "中共党员"
    PROBATIONARY = "probationary", "中共预备党员"
    LEAGUE = "league", "共青团员"
    OTHER_PARTY = "other_party", "民主党派"
    NONE = "none", "群众"


PARTY = frozenset({Political.FULL, Political.PROBATIONARY})
"""Who is a member of the Party: full or probationary."""


class Staff(models.TextChoices):
    """人员类别: independent of 政治面貌, an auxiliary may be a Party member."""

    OFFICER = "officer", "民警"
    AUXILIARY = "auxiliary", "辅警"
    EMPLOYEE = "employee", "职工"


class Standing(models.TextChoices):
    """What a member's voting right depends on besides being a full member."""

    NORMAL = "normal", "正常"
    PROBATION = "probation", "留党察看"
    SUSPENDED = "suspended", "中止党员权利"


class Office(models.TextChoices):
    """三员: an account holds one of these or none."""

    NONE = "", "无"
    SYSTEM = "system", "系统管理员"
    SECURITY = "security", "安全管理员"
    AUDIT = "audit", "审计管理员"


OFFICE_ROLE = {
    Office.SYSTEM: Role.SYSTEM,
    Office.SECURITY: Role.SECURITY,
    Office.AUDIT: Role.AUDITOR,
}


FIRST_PASSWORD_LIFE = timedelta(hours=72)
"""How long a one-time password is good (security.md)."""
FORMER_PASSWORDS = 5
"""So many passwords before the present one are not taken again."""


def sign_in_name(text: str) -> str:
    """Return a user name as it is stored and compared: half-width, lower case, no outer spaces.

    So that a telephone's capital or a full-width keyboard finds the account, and no two accounts
    (or counts of wrong passwords) differ by such a trifle.
    """
    return unicodedata.normalize("NFKC", text).strip().lower()


class UserQuerySet(models.QuerySet["User"]):
    """Questions over people."""

    def settled(self) -> "UserQuerySet":
        """Accounts whose holder signs in with an own password, today and next week."""
        own = self.filter(is_active=True, must_change_password=False)
        return own.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)

    def waiting(self) -> "UserQuerySet":
        """Accounts whose holder has not yet signed in and set an own password."""
        return self.filter(
            is_active=True, must_change_password=True, password_changed_at__isnull=True
        )


class UserManager(BaseUserManager["User"]):
    """Creates accounts; there is no superuser in this product."""

    def get_queryset(self) -> UserQuerySet:
        """Offer the questions of UserQuerySet."""
        return UserQuerySet(self.model, using=self._db)

    def locked(self, pk: int) -> "User":
        """Return a person as they are now, whom nobody else changes until the transaction ends.

        Whoever changes an account begins here, then locks what hangs on it: in any other order two
        of them could wait for each other.
        """
        return self.get_queryset().select_for_update(no_key=True).get(pk=pk)

    def settled(self) -> UserQuerySet:
        """See :meth:`UserQuerySet.settled`."""
        return self.get_queryset().settled()

    def waiting(self) -> UserQuerySet:
        """See :meth:`UserQuerySet.waiting`."""
        return self.get_queryset().waiting()

    def create_user(self, username: str, name: str, password: str | None, **more: object) -> "User":
        """Store a person who can sign in with ``password`` (None: cannot sign in)."""
        user = self.model(username=sign_in_name(username), name=name, **more)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find by user name, however it was typed."""
        return self.get(username=sign_in_name(username or ""))


class User(AbstractBaseUser):
    """A person. What they may do comes from memberships and from ``office`` only."""

    username = models.CharField(
        "登录名",
        max_length=50,
        unique=True,
        validators=[
            RegexValidator(r"^[\w.@-]+\Z", "登录名只能用文字、字母、数字和 . _ - @，不能有空格。")
        ],
        error_messages={"unique": "这个登录名已有人用，换一个。"},
    )
    name = models.CharField("姓名", max_length=50)
    political = models.CharField(
        "政治面貌", max_length=20, choices=Political, default=Political.NONE
    )
    staff = models.CharField("人员类别", max_length=20, choices=Staff, default=Staff.OFFICER)
    standing = models.CharField(
        "党员权利", max_length=20, choices=Standing, default=Standing.NORMAL
    )
    post = models.CharField("职务", max_length=100, blank=True)
    joined_on = models.DateField("入党日期", null=True, blank=True)
    confirmed_on = models.DateField("转正日期", null=True, blank=True)
    office = models.CharField("三员", max_length=20, choices=Office, blank=True, default="")
    is_active = models.BooleanField("在用", default=True)
    must_change_password = models.BooleanField(default=False)
    first_password_until = models.DateTimeField(null=True, blank=True)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    failed_sign_ins = models.PositiveIntegerField(default=0)
    last_terminal = models.CharField(max_length=64, blank=True, default="")
    again_failures = models.PositiveSmallIntegerField(default=0)
    again_failed_at = models.DateTimeField(null=True, blank=True)
    text_size = models.CharField(
        max_length=2, default="md", choices=[("md", "标准"), ("lg", "大字"), ("xl", "特大")]
    )
    created_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering = ["username"]
        verbose_name = "人员"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(office__in=Office.values), name="user_holds_at_most_one_office"
            ),
            models.CheckConstraint(
                condition=models.Q(username=Lower("username")), name="username_is_lower_case"
            ),
            models.CheckConstraint(
                condition=models.Q(standing="normal")
                | models.Q(political__in=["full", "probationary"]),
                name="standing_is_for_party_members",
            ),
        ]

    @property
    def name_with_username(self) -> str:
        """The name with the user name, as the log and lists of administrators tell people apart."""
        return f"{self.name}（{self.username}）"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse facts that contradict each other, field by field."""
        wrong: dict[str, str] = {}
        if self.standing != Standing.NORMAL and not self.is_party_member:
            wrong["standing"] = "留党察看、中止党员权利只用于党员，这里改为“正常”。"
        today = timezone.localdate()
        if self.joined_on and self.joined_on > today:
            wrong["joined_on"] = "入党日期在今天以后，请核对。"
        if self.confirmed_on and self.confirmed_on > today:
            wrong["confirmed_on"] = "转正日期在今天以后，请核对。"
        elif self.confirmed_on and self.political == Political.PROBATIONARY:
            wrong["confirmed_on"] = "预备党员还没有转正日期。转正了，先把政治面貌改为中共党员。"
        elif self.joined_on and self.confirmed_on and self.confirmed_on < self.joined_on:
            wrong["confirmed_on"] = "转正日期早于入党日期，请核对。"
        if wrong:
            raise ValidationError(wrong)

    @property
    def offices(self) -> frozenset[Role]:
        """The administrator's role this account holds, if any."""
        role = OFFICE_ROLE.get(Office(self.office))
        return frozenset({role}) if role else frozenset()

    @property
    def awaits_first_sign_in(self) -> bool:
        """Tell whether the holder never set an own password (one row's UserQuerySet.waiting)."""
        return self.is_active and self.must_change_password and self.password_changed_at is None

    @property
    def is_party_member(self) -> bool:
        """Full or probationary member of the Party."""
        return self.political in PARTY

    @property
    def has_vote(self) -> bool:
        """Voting right by person: 预备党员, 留党察看 and 中止党员权利 have none (党章)."""
        return self.political == Political.FULL and self.standing == Standing.NORMAL

    @property
    def password_runs_out(self) -> "datetime | None":
        """When the own password has to be changed; None where it never has to."""
        days = settings.PASSWORD_DAYS_OFFICES if self.office else settings.PASSWORD_DAYS
        if not days or self.must_change_password:
            return None
        return (self.password_changed_at or self.created_at) + timedelta(days=days)

    def first_password_expired(self, now: "datetime") -> bool:
        """Tell whether the one-time password has run out (72 h, security.md)."""
        return bool(
            self.must_change_password
            and self.first_password_until
            and now > self.first_password_until
        )


class FormerPassword(models.Model):
    """Hash of a password that its owner had chosen; only so many are kept as may not come back."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="former_passwords")
    encoded = models.CharField(max_length=128)
    replaced_at = models.DateTimeField()

    class Meta:
        ordering = ["-replaced_at", "-pk"]
        verbose_name = "用过的密码"

    def __str__(self) -> str:
        return f"{self.user} {self.replaced_at}"
