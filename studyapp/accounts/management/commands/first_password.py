"""`manage.py first_password`: a one-time password, where nobody else can give one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from studyapp.accounts import resets
from studyapp.accounts.management.commands.remove_second_factor import person
from studyapp.accounts.models import Reset
from studyapp.audit.owner import owner
from studyapp.errors import Refused
from studyapp.web.occupied import at_work


class Command(BaseCommand):
    """For the owner of the machine, who has made sure who asks."""

    help = "给一个人发一次性密码，只显示这一次；此人的登录全部退出，原密码马上失效"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="USER", help="登录名")

    @at_work()
    def handle(self, *args: Any, **options: Any) -> None:
        user = person(options["username"])
        try:
            password = resets.force(user, Reset.What.PASSWORD, at=timezone.now(), os_user=owner())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{user.name}\t{user.username}\t{password}")
        self.stdout.write("一次性密码 72 小时内有效，登录后要改。不再显示。")
