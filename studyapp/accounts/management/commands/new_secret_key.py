"""`manage.py new_secret_key`: bind sign-ins and signed addresses to a new secret."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from studyapp import keys
from studyapp.accounts import second_factor
from studyapp.web.occupied import at_work

_NAMED = 20


class Command(BaseCommand):
    help = "换站点密钥（secret.key）：已登录的人不受影响；密钥泄露时加 --leaked，所有人重新登录"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--leaked", action="store_true", help="旧密钥立即作废，所有人重新登录")
        parser.add_argument(
            "--anyway", action="store_true", help="还有人的两步验证靠就要失效的密钥，也换"
        )

    @at_work()
    def handle(self, *args: Any, **options: Any) -> None:
        leaked = bool(options["leaked"])
        lost = second_factor.ending(renewals=0 if leaked else keys.FORMER_SECRETS)
        names = "、".join(user.username for user in lost[:_NAMED])
        names += "……" if len(lost) > _NAMED else ""
        if lost and not leaked and not options["anyway"]:
            raise CommandError(
                f"没有换。再换一次，{len(lost)}人的两步验证就失效了（{names}）：很久没有登录过。"
                "请他们先登录一次；等不了的，加 --anyway。"
            )
        keys.renew_site_secret(settings.DATA_DIR, keep=not leaked)
        self.stdout.write("已换站点密钥。重新启动服务以后生效。")
        self.stdout.write(
            "旧密钥已作废：所有人要重新登录。"
            if leaked
            else "旧密钥在以后三次更换之内仍有效，已登录的人不受影响。"
        )
        if lost:
            self.stdout.write(
                f"{len(lost)}人的两步验证失效了（{names}）。核对本人，"
                "执行 manage.py remove_second_factor 登录名，让他们登录后重新开启。"
            )
