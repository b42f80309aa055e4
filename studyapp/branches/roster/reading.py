"""The roster as a sheet: its columns, its cells, what cannot be read. No database here."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from studyapp.accounts.models import Political, Staff, User, sign_in_name
from studyapp.branches.models import Membership, Unit, UnitKind
from studyapp.text.cleaning import clean_name

LARGEST = 3 * 1024 * 1024
"""Bytes of a file: 20,000 people fit, and the checked file can travel inside the preview."""

HEAD = (
    "党组织", "党组织全称", "类型", "上级党组织", "姓名", "登录名", "职务", "政治面貌", "人员类别",
    "党内职务", "排名", "组织关系在此", "入党日期", "转正日期",
)  # fmt: skip
EXAMPLES = (
    (
        "示例派出所党支部", "中共××市公安局示例派出所支部委员会", "党支部", "机关党委", "张三",
        "330001", "民警", "中共党员", "民警", "组织委员", "10", "是", "2012-07-01", "2013-07-01",
    ),
    (
        "示例派出所党支部", "", "", "", "李四", "f0002", "辅警", "中共预备党员", "辅警", "", "",
        "是", "2026-07-01", "",
    ),
    ("示例党小组", "", "党小组", "示例派出所党支部", "", "", "", "", "", "", "", "", "", ""),
)  # fmt: skip
"""Rows of the template; a sheet that still holds them is not imported."""

_KINDS = {kind.label: kind.value for kind in UnitKind}
_POLITICAL = {p.label: p.value for p in Political} | {
    "正式党员": "full",
    "党员": "full",
    "预备党员": "probationary",
    "团员": "league",
}
_STAFF = {s.label: s.value for s in Staff}
_YES = {"是": True, "否": False}
_FORMULA = re.compile(r"[=＝+＋@＠-]")
_DAY_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d")
# A spreadsheet counts days from here; 5 figures are 1927 to 2173, never a date written out.
_SHEET_DAY_ZERO = date(1899, 12, 30)
_SHEET_DAY = re.compile(r"[1-9]\d{4}\Z", re.ASCII)


def _length(model: type[Unit | User | Membership], name: str) -> int:
    return int(getattr(model._meta.get_field(name), "max_length", 0))


_LONGEST = {
    "党组织": _length(Unit, "name"),
    "党组织全称": _length(Unit, "full_name"),
    "上级党组织": _length(Unit, "name"),
    "姓名": _length(User, "name"),
    "登录名": _length(User, "username"),
    "职务": _length(User, "post"),
    "党内职务": _length(Membership, "duty"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the sheet: a unit, or a person in a unit. Empty cells say nothing.

    ``line`` counts from 1 with the head. ``facts`` holds what is told of the person, by field of
    ``User``; ``duty``, ``rank`` and ``is_home`` are None where the cell is empty.
    """

    line: int
    unit: str
    unit_full: str
    unit_kind: str
    parent: str
    username: str
    facts: dict[str, Any]
    duty: str | None
    rank: int | None
    is_home: bool | None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in which row and column, and what to do."""

    line: int
    column: str
    sentence: str


@dataclass(slots=True)
class Reading:
    """The rows that could be read, every problem found, and the columns nobody asked for."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def read(cells: list[list[str]]) -> Reading:
    """Read the sheet; problems of single cells are found here, those of the whole by `plan`."""
    found = Reading()
    head = [clean_name(cell) for cell in cells[0]]
    found.ignored = [name for name in head if name and name not in HEAD]
    for name in ("党组织", "姓名", "登录名"):
        if name not in head:
            words = f"第一行缺少“{name}”列。下载模板，照模板的表头填。"
            found.problems.append(Problem(1, name, words))
    for name in sorted({name for name in head if name in HEAD and head.count(name) > 1}):
        found.problems.append(Problem(1, name, f"“{name}”列有两列，删掉一列。"))
    if found.problems:
        return found
    for line, values in enumerate(cells[1:], 2):
        given = {
            name: clean_name(value)
            for name, value in zip(head, values, strict=False)
            if name in HEAD and value
        }
        if given:
            row, wrong = _Line(line, given).read()
            found.problems += wrong
            if not wrong:
                found.rows.append(row)
    if not found.rows and not found.problems:
        found.problems.append(Problem(2, "党组织", "表头下面没有内容。填好再导入。"))
    return found


class _Line:
    """One line being read; problems are gathered, not raised."""

    def __init__(self, line: int, given: dict[str, str]) -> None:
        self.line, self.given = line, given
        self.wrong: list[Problem] = []

    def read(self) -> tuple[Row, list[Problem]]:
        """Return the row, and what is wrong with it."""
        self._check_texts()
        facts = {
            "name": self.given.get("姓名"),
            "post": self.given.get("职务"),
            "political": self._choice("政治面貌", _POLITICAL),
            "staff": self._choice("人员类别", _STAFF),
            "joined_on": self._day("入党日期"),
            "confirmed_on": self._day("转正日期"),
        }
        home = self.given.get("组织关系在此", "")
        if home and home not in _YES:
            self._say("组织关系在此", "填“是”或“否”。")
        row = Row(
            self.line,
            self.given.get("党组织", ""),
            self.given.get("党组织全称", ""),
            self._choice("类型", _KINDS) or "",
            self.given.get("上级党组织", ""),
            sign_in_name(self.given.get("登录名", "")),
            {name: value for name, value in facts.items() if value is not None},
            self.given.get("党内职务") or None,
            self._rank(),
            _YES.get(home),
        )
        return row, self.wrong

    def _say(self, column: str, sentence: str) -> None:
        self.wrong.append(Problem(self.line, column, sentence))

    def _check_texts(self) -> None:
        if self.given.get("党组织", "").startswith("示例"):
            self._say("党组织", "这是模板里的例子，删掉这一行。")
        needed = {"党组织"}
        if set(self.given) - {"党组织", "党组织全称", "类型", "上级党组织"}:
            needed |= {"姓名", "登录名"}
        for column in HEAD:
            value = self.given.get(column, "")
            if column in needed and not value:
                self._say(column, f"{column}空着，填上。")
            if _FORMULA.match(value):
                self._say(column, f"“{value[:20]}”像公式。改成文字，开头不用 = + - @。")
            elif len(value) > _LONGEST.get(column, len(value)):
                self._say(column, f"{column}超过 {_LONGEST[column]} 个字，写短些。")

    def _choice(self, column: str, table: dict[str, str]) -> str | None:
        value = self.given.get(column, "")
        if value and value not in table:
            self._say(column, f"“{value[:20]}”不在可选的内容里：{'、'.join(table)}。")
        return table.get(value)

    def _rank(self) -> int | None:
        value = self.given.get("排名", "")
        if value and not re.fullmatch(r"\d{1,6}", value, re.ASCII):
            self._say("排名", f"“{value[:20]}”不是数字。填 1 到 999999。")
            return None
        return int(value) if value else None

    def _day(self, column: str) -> date | None:
        value = self.given.get(column, "")
        if not value:
            return None
        if _SHEET_DAY.match(value):
            return _SHEET_DAY_ZERO + timedelta(days=int(value))
        for form in _DAY_FORMS:
            try:
                return datetime.strptime(value, form).date()  # noqa: DTZ007 -- a day has no zone
            except ValueError:
                continue
        self._say(column, f"“{value[:20]}”不是日期，写成 2012-07-01。")
        return None
