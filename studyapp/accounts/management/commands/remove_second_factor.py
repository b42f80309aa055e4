"""`manage.py remove_second_factor`: for whoever cannot sign in because of it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from studyapp.accounts import resets
from studyapp.accounts.models import Reset, User
from studyapp.audit.owner import owner
from studyapp.errors import Refused
from studyapp.web.occupied import at_work


class Command(BaseCommand):
    """For the owner of the machine, who has made sure who asks."""

    help = "取消一个人的两步验证：换过或丢了站点密钥，或没有别的管理员能办；此人的登录全部退出"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="USER", help="登录名")

    @at_work()
    def handle(self, *args: Any, **options: Any) -> None:
        user = person(options["username"])
        try:
            resets.force(user, Reset.What.FACTOR, at=timezone.now(), os_user=owner())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"{user.name_with_username}的两步验证已取消，登录只要密码；登录时会告诉本人，连续30天。"
        )


def person(username: str) -> User:
    """Return who is named, however it was typed; CommandError for nobody."""
    try:
        return User.objects.get_by_natural_key(username)
    except User.DoesNotExist:
        raise CommandError(f"没有这个登录名：{username}") from None
