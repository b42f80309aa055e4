"""`manage.py transfer --to DATABASE_URL`: from SQLite to PostgreSQL."""

import stat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument(
            "--to-file",
            type=Path,
            metavar="FILE",
            help="第一行写着 postgres://用户:密码@主机:5432/库名 的文件，别人不能读",
        )
        where.add_argument(
            "--to", metavar="DATABASE_URL", help="同样的地址，但不带密码（数据库认得账号时）"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            url = _without_password(options["to"]) if options["to"] else _read(options["to_file"])
            target = env.database(settings.DATA_DIR, {"DATABASE_URL": url})
            moved = transfer(target)
        except (Refused, env.WrongValue) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"已转过去并逐表核对：{moved.tables}张表，{moved.rows}行。"
            f"审计记录最新一条 {moved.audit[0]} {moved.audit[1]}\n"
            "下一步：把环境变量 DATABASE_URL 设成新库，启动服务，执行 manage.py verify 和 backup。"
            "上传的文件没有动，STUDYAPP_DATA 不变；原来的库留着，确认没有问题以后再删。"
        )


def _without_password(url: str) -> str:
    """Return an address that may stand on a command line, where everybody on the machine reads."""
    parts = urlsplit(url)
    if parts.password is not None or "password=" in parts.query:
        raise Refused(
            "命令里不写密码：这台机器上的人都能在进程列表里看到。刚才写的那个要换掉。"
            "把整个地址写进一个只有自己能读的文件（0600），用 --to-file 文件。"
        )
    return url


def _read(path: Path) -> str:
    """Return the first line of a file that nobody else can read."""
    try:
        open_to_others = path.stat().st_mode & stat.S_IRWXO
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"读不了 {path}。") from error
    if open_to_others:
        raise Refused(f"{path} 里有密码，别人也能读。执行 chmod 600 {path}，再来一次。")
    return lines[0].strip() if lines else ""
