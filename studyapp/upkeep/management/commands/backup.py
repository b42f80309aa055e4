"""`manage.py backup`: one file with database and uploads, while people go on working."""

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from studyapp.errors import Refused
from studyapp.upkeep.making import make, usual_folder
from studyapp.upkeep.passphrase import read
from studyapp.web.occupied import at_work


def _at_least_one(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError("要写 1 以上的数")
    return int(text)


class Command(BaseCommand):
    help = "备份数据库和上传的文件，做好就核验；不用停服务。密钥（record.keys、secret.key）不在里面"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, help="放到哪个目录（默认是数据目录里的 backups）")
        parser.add_argument("--passphrase-file", type=Path, help="用这个文件第一行的口令加密")
        parser.add_argument(
            "--keep", type=_at_least_one, default=0, help="核验通过以后只留最新的几份，更早的删掉"
        )

    @at_work()
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = make(
                folder=options["to"] or usual_folder(),
                at=timezone.now(),
                passphrase=read(options["passphrase_file"]),
                keep=options["keep"],
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        told = made.manifest
        self.stdout.write(
            f"已备份并核验：{made.path}（{filesizeformat(made.path.stat().st_size)}，"
            f"{sum(told.rows.values())}行，{len(told.media)}个上传的文件）。"
            f"审计记录最新一条 {told.audit[0]} {told.audit[1]}"
        )
        for path in made.removed:
            self.stdout.write(f"删掉更早的 {path.name}")
        if told.missing:
            for name in told.missing:
                self.stdout.write(f"上传的文件 {name} 不在了，没有备份到")
            raise CommandError(
                f"备份已存，但有{len(told.missing)}个上传的文件不在了。从更早的备份里找回。"
            )
