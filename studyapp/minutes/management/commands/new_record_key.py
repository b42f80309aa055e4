"""Seal records that are signed from now on with a new key."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from studyapp import keys
from studyapp.web.occupied import at_work


class Command(BaseCommand):
    help = "换一把给签字记录加封的密钥：新记录用新的，旧密钥留着核验旧记录"

    @at_work()
    def handle(self, *args: Any, **options: Any) -> None:
        name = keys.add_record_key(settings.DATA_DIR)
        self.stdout.write(
            f"已加上密钥 {name}。重新启动服务以后，新签字的记录用它加封；旧记录照样能核验。\n"
            f"把 {settings.DATA_DIR / keys.RECORD_KEYS} "
            "另存到安全的地方，不要和数据库备份放在一起。"
        )
