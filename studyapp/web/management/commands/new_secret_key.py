"""`manage.py new_secret_key`: bind sign-ins and signed addresses to a new secret."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from studyapp import keys


class Command(BaseCommand):
    help = "换站点密钥（secret.key）：已登录的人不受影响；密钥泄露时加 --leaked，所有人重新登录"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--leaked", action="store_true", help="旧密钥立即作废，所有人重新登录")

    def handle(self, *args: Any, **options: Any) -> None:
        leaked = bool(options["leaked"])
        keys.renew_site_secret(settings.DATA_DIR, keep=not leaked)
        self.stdout.write("已换站点密钥。重新启动服务以后生效。")
        self.stdout.write(
            "旧密钥已作废：所有人要重新登录，开了两步验证的要关掉重开。"
            if leaked
            else "旧密钥在以后三次更换之内仍有效，已登录的人不受影响。"
        )
