"""`manage.py restore [FILE]`: put the site back to where a backup was made.

Without a file: settle what a restoration left that was killed.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from studyapp.errors import Refused
from studyapp.upkeep.passphrase import read
from studyapp.upkeep.restoring import restore
from studyapp.upkeep.swapping import settle_left


class Command(BaseCommand):
    help = "用备份恢复：先停服务。备份损坏、版本更新、缺文件时不恢复，现在的数据不动"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path, nargs="?", help="备份文件；不写：把上次中断的恢复退回或做完"
        )
        parser.add_argument("--passphrase-file", type=Path, help="备份加了密时，存口令的文件")
        parser.add_argument(
            "--despite-problems",
            action="store_true",
            help="文件完好、但备份时数据已有问题的，也恢复",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            told = settle_left()
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if told or options["file"] is None:
            self.stdout.write(told or "没有中断的恢复。")
        if options["file"] is not None:
            self._restore(**options)

    def _restore(self, **options: Any) -> None:
        try:
            passphrase = read(options["passphrase_file"])
            done = restore(
                options["file"],
                at=timezone.now(),
                passphrase=passphrase,
                despite=options["despite_problems"],
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        when = f"{timezone.localtime(done.manifest.at):%Y-%m-%d %H:%M}"
        self.stdout.write(f"已恢复到 {when} 的备份。大家要重新登录；后台任务的文件要重新做。")
        for problem in done.problems:
            self.stdout.write(f"有问题：{problem}")
        if done.database:
            self.stdout.write(f"原来的数据库留在 {done.database}")
        self.stdout.write(f"原来上传的文件（{done.files}个）留在 {done.folder / 'media'}")
        for name in done.manifest.missing:
            self.stdout.write(f"备份时上传的文件 {name} 已经不在，没有恢复")
        self.stdout.write(
            "确认没有问题以后，原来的可以删掉。下一步：启动服务，执行 manage.py verify。"
        )
