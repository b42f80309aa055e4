"""`manage.py demo`: fill an empty database with an invented bureau; list its sign-ins."""

from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from studyapp.accounts.models import User
from studyapp.branches.models import Unit
from studyapp.dashboards.demo.build import build
from studyapp.dashboards.demo.bureau import ACCOUNTS, PASSWORD


class Command(BaseCommand):
    help = "在空数据库中放入演示数据；--accounts 只列出演示账号。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accounts", action="store_true", help="只列出演示账号")

    def handle(self, *args: object, **options: object) -> None:
        if not options["accounts"]:
            if User.objects.exists() or Unit.objects.exists():
                raise CommandError(
                    "数据库里已有内容，不能放入演示数据。换一个 STUDYAPP_DATA 目录。"
                )
            with transaction.atomic():
                build()
            (settings.DATA_DIR / "demo").write_text("", encoding="utf-8")
        self.stdout.write(f"演示账号（口令都是 {PASSWORD}）：")
        for username, words in ACCOUNTS:
            self.stdout.write(f"  {username:<10} {words}")
