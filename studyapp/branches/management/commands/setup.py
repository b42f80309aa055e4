"""Start a real installation: the top unit and the three administrators."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from studyapp import keys
from studyapp.accounts.actions import give_first_password
from studyapp.accounts.models import Office, User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.branches.actions import create_unit
from studyapp.branches.models import Unit, UnitKind
from studyapp.web.occupied import at_work

_ADMINISTRATORS = (
    ("sysadmin", "系统管理员", Office.SYSTEM),
    ("secadmin", "安全管理员", Office.SECURITY),
    ("auditor", "审计管理员", Office.AUDIT),
)


class Command(BaseCommand):
    help = "开始正式使用：建立顶层党组织和三名管理员，一次性密码只显示这一次"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--unit", default="市局党委", help="short name of the top unit")
        parser.add_argument("--full-name", default="", help="its full name, as printed")

    def handle(self, *args: Any, **options: Any) -> None:
        _refuse_unsafe()
        call_command("prepare")
        self._begin(options["unit"], options["full_name"])

    @at_work()
    def _begin(self, name: str, full_name: str) -> None:
        with transaction.atomic():
            if User.objects.exists() or Unit.objects.exists():
                raise CommandError("数据库里已有内容，不能重复初始化。换一个 STUDYAPP_DATA 目录。")
            create_unit(
                by=None,
                parent=None,
                name=name,
                full_name=full_name or name,
                kind=UnitKind.BUREAU,
            )
            for username, words, held in _ADMINISTRATORS:
                user = User.objects.create_user(username, words, None, office=held)
                password = give_first_password(user, by=None, at=timezone.now())
                self.stdout.write(f"{words}\t{username}\t{password}")
            record("初始化系统", operation=Operation.CREATE, target=name)
        self.stdout.write("一次性密码 72 小时内有效，首次登录要改。这些密码不再显示。")
        self.stdout.write("服务启动以后，三名管理员分别登录。")


def _refuse_unsafe() -> None:
    """A real installation does not begin as a workshop, nor where others can read its keys."""
    if settings.DEBUG:
        raise CommandError("STUDYAPP_DEBUG 只用于开发。去掉它，再执行 setup。")
    if keys.open_to_others(settings.DATA_DIR):
        raise CommandError(
            "别的用户能读数据目录或其中的密钥。先执行：chmod -R go-rwx " + str(settings.DATA_DIR)
        )
