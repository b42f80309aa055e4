"""`manage.py transfer --to DATABASE_URL`: from SQLite to PostgreSQL."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from studyapp import env
from studyapp.errors import Refused
from studyapp.upkeep.transferring import transfer


class Command(BaseCommand):
    help = (
        "把数据库整个转到另一个空的 PostgreSQL 库：先停服务。现在的库只读不改，链值和校验码都不变"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--to",
            required=True,
            metavar="DATABASE_URL",
            help="postgres://用户:密码@主机:5432/库名",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            target = env.database(settings.DATA_DIR, {"DATABASE_URL": options["to"]})
            moved = transfer(target)
        except (Refused, env.WrongValue) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"已转过去并逐表核对：{moved.tables}张表，{moved.rows}行。"
            f"审计记录最新一条 {moved.audit[0]} {moved.audit[1]}\n"
            "下一步：把环境变量 DATABASE_URL 设成新库，启动服务，执行 manage.py verify 和 backup。"
            "上传的文件没有动，STUDYAPP_DATA 不变；原来的库留着，确认没有问题以后再删。"
        )
