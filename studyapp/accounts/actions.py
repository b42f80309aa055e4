"""Changes to accounts; each writes its audit row in the same transaction."""

import unicodedata
from datetime import datetime, timedelta

from axes.utils import reset
from django.db import transaction

from studyapp.accounts import passwords
from studyapp.accounts.models import Feedback, Office, User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.errors import Refused

FIRST_PASSWORD_LIFE = timedelta(hours=72)


@transaction.atomic
def change_password(user: User, *, new: str, at: datetime) -> None:
    """Store a new own password; other sign-ins of the account end (their hash no longer fits)."""
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
def give_first_password(user: User, *, by: User | None, at: datetime) -> str:
    """Set and return a random one-time password, good for 72 h, that must be changed."""
    password = passwords.first_password()
    user.set_password(password)
    user.must_change_password = True
    user.first_password_until = at + FIRST_PASSWORD_LIFE
    user.save(update_fields=["password", "must_change_password", "first_password_until"])
    record("发放一次性密码", by=by, target=f"{user.name}（{user.username}）")
    return password


@transaction.atomic
def unlock(user: User, *, by: User) -> None:
    """Lift the lock after five wrong passwords."""
    reset(username=user.username)
    record("解除登录锁定", by=by, target=f"{user.name}（{user.username}）")


@transaction.atomic
def set_active(user: User, *, active: bool, by: User) -> None:
    """Disable or enable an account. Disabling ends its sign-ins; nothing of it is deleted."""
    if user.pk == by.pk:
        raise Refused("不能停用自己的账号。换另一位管理员操作。")
    user.is_active = active
    user.save(update_fields=["is_active"])
    record("启用账号" if active else "停用账号", by=by, target=f"{user.name}（{user.username}）")


@transaction.atomic
def grant_office(user: User, *, office: str, by: User) -> None:
    """Give or take an administrator's office (security administrator only).

    Refused for the own account and for people who hold a membership: administrators have no
    content by role (三员分立).
    """
    if user.pk == by.pk:
        raise Refused("不能变更自己的管理员身份。换另一位安全管理员操作。")
    if office and user.memberships.filter(ended_on__isnull=True).exists():
        raise Refused("此人在党组织中任职，不能兼任管理员。另建一个管理账号。")
    user.office = office
    user.save(update_fields=["office"])
    record(
        "变更管理员身份",
        by=by,
        target=f"{user.name}（{user.username}）",
        office=Office(office).label,
    )


@transaction.atomic
def send_feedback(*, by: User, body: str, page: str) -> Feedback:
    """Store a wish or complaint."""
    feedback = Feedback.objects.create(author=by, body=body, page=page[:300])
    record("提交意见", operation=Operation.CREATE, by=by, target=f"意见 {feedback.pk}")
    return feedback


@transaction.atomic
def answer_feedback(feedback: Feedback, *, answer: str, by: User, at: datetime) -> None:
    """Answer it; the author sees the answer on the own page."""
    feedback.answer, feedback.answered_by, feedback.answered_at = answer, by, at
    feedback.save(update_fields=["answer", "answered_by", "answered_at"])
    record("答复意见", by=by, target=f"意见 {feedback.pk}")
