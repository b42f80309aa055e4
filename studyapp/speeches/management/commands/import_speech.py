"""Read a speech from a file: show its outline, or store it."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.branches.models import Unit
from studyapp.errors import Refused
from studyapp.speeches.actions import import_speech
from studyapp.speeches.parsing import Parsed, parse
from studyapp.speeches.readers.safely import read_safely
from studyapp.text.cleaning import clean


class Command(BaseCommand):
    help = "读取讲话文件：--dry-run 只显示识别结果，不动数据库"
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--json", action="store_true", help="with --dry-run: print JSON")
        parser.add_argument("--unit", help="name of the unit that brings it in")
        parser.add_argument("--by", help="user name of the person who brings it in")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            data = path.read_bytes()
            text = clean(read_safely(data, path.name))
        except OSError as error:
            raise CommandError(f"打不开 {path}：{error.strerror}") from error
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["dry_run"]:
            self._show(parse(text), as_json=options["json"])
            return
        unit = Unit.objects.filter(name=options["unit"] or "").first()
        by = User.objects.filter(username=options["by"] or "").first()
        if unit is None or by is None:
            raise CommandError("写明 --unit 党组织简称 和 --by 登录名。")
        speech = import_speech(
            unit=unit, by=by, at=timezone.now(), text=text, file_name=path.name, data=data
        )
        self.stdout.write(f"已录入：{speech.title}（/speeches/{speech.pk}/review/）")

    def _show(self, parsed: Parsed, *, as_json: bool) -> None:
        outline = parsed.to_json()
        if as_json:
            self.stdout.write(json.dumps(outline, ensure_ascii=False, indent=2))
            return
        self.stdout.write(f"标题：{parsed.title or '（没有找到）'}")
        for theme in outline["themes"]:
            count = len(theme["paragraphs"])
            self.stdout.write(f"{theme['number']}. {theme['title']}（{count}段）")
        self.stdout.write(f"移除{len(outline['removed'])}处")
        for warning in parsed.warnings:
            self.stdout.write(f"注意：{warning}")
