"""`manage.py demo`: fill an empty database with an invented bureau; list its sign-ins."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.audit.queries import holds_demo_data
from studyapp.branches.models import Unit
from studyapp.dashboards.demo.build import build
from studyapp.dashboards.demo.bureau import ACCOUNTS, PASSWORD
from studyapp.web.occupied import at_work


class Command(BaseCommand):
    help = "在空数据库中放入演示数据；--accounts 只列出演示账号。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accounts", action="store_true", help="只列出演示账号")

    @at_work()
    @transaction.atomic
    def handle(self, *args: object, **options: object) -> None:
        if not options["accounts"]:
            if any(model.objects.exists() for model in (User, Unit, Entry)):
                raise CommandError(
                    "数据库里已有内容，不能放入演示数据。换一个 STUDYAPP_DATA 目录。"
                )
            build(at=timezone.now())
        elif not holds_demo_data():
            raise CommandError("这个数据库里没有演示数据，没有演示账号。")
        self.stdout.write(f"演示账号（口令都是 {PASSWORD}）：")
        for username, words in ACCOUNTS:
            self.stdout.write(f"  {username:<10} {words}")
