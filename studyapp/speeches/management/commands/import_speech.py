"""Read a speech from a file: show what is recognised, or store it."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.branches.models import Unit
from studyapp.errors import Refused
from studyapp.speeches.actions import import_speech
from studyapp.speeches.parsing import Parsed, parse
from studyapp.speeches.readers import read_safely
from studyapp.text.cleaning import clean
from studyapp.uploads.taking import look_at
from studyapp.web.occupied import at_work

_SHOWN = 40


class Command(BaseCommand):
    """With --dry-run nothing is stored and no database is asked: none need be there."""

    help = "读取讲话文件：--dry-run 只显示识别结果，不动数据库"
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help=".txt .docx .pdf .html")
        parser.add_argument("--dry-run", action="store_true", help="只显示识别结果，不录入")
        parser.add_argument("--json", action="store_true", help="和 --dry-run 一起：输出 JSON")
        parser.add_argument("--unit", help="录入到哪个党组织：简称、全称或编号")
        parser.add_argument("--by", help="录入人的登录名")

    @at_work()
    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if options["json"] and not options["dry_run"]:
            raise CommandError("--json 只和 --dry-run 一起用。")
        text, data = _read(path)
        if options["dry_run"]:
            self._show(parse(clean(text)), as_json=options["json"])
            return
        unit, by = _unit(options["unit"]), _person(options["by"])
        try:
            look_at(data, path.name, by=by)
            speech = import_speech(
                unit=unit, by=by, at=timezone.now(), text=text, file_name=path.name, data=data
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"已录入《{speech.title}》，到 /speeches/{speech.pk}/review/ 核对。")

    def _show(self, parsed: Parsed, *, as_json: bool) -> None:
        # The shape is for programs: UTF-8 whatever the terminal speaks.
        reconfigure = getattr(self.stdout, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8")
        if as_json:
            self.stdout.write(json.dumps(parsed.to_json(), ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(_outline(parsed)))


def _read(path: Path) -> tuple[str, bytes]:
    try:
        data = path.read_bytes()
        return read_safely(data, path.name), data
    except OSError as error:
        raise CommandError(f"打不开 {path}：{error.strerror}") from error
    except Refused as refusal:
        raise CommandError(str(refusal)) from refusal


def _unit(given: str | None) -> Unit:
    if not given:
        raise CommandError("写明录入到哪个党组织：--unit 名称或编号。")
    named = Q(name=given) | Q(full_name=given)
    if given.isdecimal():
        named |= Q(pk=int(given))
    found = list(Unit.objects.filter(named)[:2])
    if len(found) != 1:
        problem = "没有找到" if not found else "不止一个"
        raise CommandError(f"{problem}党组织“{given}”。改用它的编号：--unit 编号。")
    return found[0]


def _person(given: str | None) -> User:
    found = User.objects.filter(username=given or "", is_active=True).first()
    if found is None:
        raise CommandError("写明录入人的登录名：--by 登录名（须是在用的账号）。")
    return found


def _outline(parsed: Parsed) -> list[str]:
    """Return what a person needs to see whether the text was understood."""
    shape = parsed.to_json()
    lines = [
        f"标题：{parsed.title or '（没有认出）'}",
        f"讲话人：{parsed.speaker or '（没有认出）'}",
        f"日期：{parsed.date or '（没有认出）'}",
        f"场合：{parsed.occasion or '（没有认出）'}",
        f"称谓：{parsed.salutation or '（没有认出）'}",
        f"引言：{len(shape['opening'])}段",
    ]
    lines += [
        f"  {theme['number']}. {theme['title']}（{len(theme['paragraphs'])}段）"
        for theme in shape["themes"]
    ]
    lines.append(f"结语：{len(shape['closing'])}段")
    lines += [f"移除：{text[:_SHOWN]}" for text in shape["removed"]]
    return lines + [f"注意：{warning}" for warning in parsed.warnings]
