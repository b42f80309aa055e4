"""One roster of units and people: read, checked row by row, all or nothing."""

from dataclasses import dataclass
from datetime import date, datetime

from studyapp.accounts.models import Political, Staff
from studyapp.branches.models import UnitKind
from studyapp.text.cleaning import clean_name

HEAD = (
    "党组织",
    "党组织全称",
    "类型",
    "上级党组织",
    "姓名",
    "登录名",
    "职务",
    "政治面貌",
    "人员类别",
    "党内职务",
    "排名",
    "组织关系在此",
    "入党日期",
    "转正日期",
)
EXAMPLE = (
    "城东派出所党支部",
    "中共云州市公安局城东派出所支部委员会",
    "党支部",
    "机关党委",
    "张三",
    "zhangsan",
    "民警",
    "中共党员",
    "民警",
    "组织委员",
    "10",
    "是",
    "2012-07-01",
    "2013-07-01",
)
_REQUIRED = ("党组织", "姓名", "登录名")
_KINDS = {kind.label: kind.value for kind in UnitKind}
_POLITICAL = {p.label: p.value for p in Political} | {
    "正式党员": "full",
    "党员": "full",
    "预备党员": "probationary",
    "团员": "league",
}
_STAFF = {s.label: s.value for s in Staff}
_YES = {"是": True, "否": False, "": True}


@dataclass(frozen=True, slots=True)
class Row:
    """One person in one unit, as the roster says; ``line`` counts from 1 with the head."""

    line: int
    unit: str
    unit_full: str
    unit_kind: str
    parent: str
    name: str
    username: str
    post: str
    political: str
    staff: str
    duty: str
    rank: int
    is_home: bool
    joined_on: date | None
    confirmed_on: date | None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in which row and column, and what to do."""

    line: int
    column: str
    sentence: str


def check(cells: list[list[str]]) -> tuple[list[Row], list[Problem]]:
    """Return the rows that can be read and every problem found."""
    head = [clean_name(cell) for cell in cells[0]]
    missing = [name for name in _REQUIRED if name not in head]
    if missing:
        words = f"第一行缺少“{'”“'.join(missing)}”列。下载模板，照模板的表头填。"
        return [], [Problem(1, missing[0], words)]
    rows: list[Row] = []
    problems: list[Problem] = []
    seen: dict[tuple[str, str], int] = {}
    for line, values in enumerate(cells[1:], 2):
        if not any(values):
            continue
        given = {
            name: clean_name(values[i]) if i < len(values) else "" for i, name in enumerate(head)
        }
        row, wrong = _row(line, given)
        key = (given["登录名"], given["党组织"])
        if key in seen and all(key):
            wrong.append(Problem(line, "登录名", f"和第{seen[key]}行重复，删掉一行。"))
        seen.setdefault(key, line)
        problems += wrong
        if not wrong:
            rows.append(row)
    return rows, problems + _contradictions(rows)


def _contradictions(rows: list[Row]) -> list[Problem]:
    names: dict[str, Row] = {}
    homes: dict[str, Row] = {}
    found = []
    for row in rows:
        first = names.setdefault(row.username, row)
        if first.name != row.name:
            found.append(
                Problem(row.line, "姓名", f"登录名和第{first.line}行相同，姓名却不同，请核对。")
            )
        if row.is_home:
            home = homes.setdefault(row.username, row)
            if home.unit != row.unit:
                found.append(
                    Problem(
                        row.line,
                        "组织关系在此",
                        f"第{home.line}行已填组织关系，一个人只能有一处，这里填“否”。",
                    )
                )
    return found


def _row(line: int, given: dict[str, str]) -> tuple[Row, list[Problem]]:
    wrong = [
        Problem(line, name, f"{name}空着，填上。") for name in _REQUIRED if not given.get(name)
    ]

    def choice(column: str, table: dict[str, str], default: str) -> str:
        value = given.get(column, "")
        if value and value not in table:
            wrong.append(Problem(line, column, f"“{value}”不在可选的内容里：{'、'.join(table)}。"))
        return table.get(value, default)

    def day(column: str) -> date | None:
        value = given.get(column, "")
        for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"):
            try:
                return datetime.strptime(value, form).date()  # noqa: DTZ007 -- a day has no zone
            except ValueError:
                continue
        if value:
            wrong.append(Problem(line, column, f"“{value}”不是日期，写成 2012-07-01。"))
        return None

    rank = given.get("排名", "")
    if rank and not (rank.isdigit() and len(rank) <= 6):
        wrong.append(Problem(line, "排名", f"“{rank}”不是数字。"))
    home = given.get("组织关系在此", "")
    if home not in _YES:
        wrong.append(Problem(line, "组织关系在此", "填“是”或“否”。"))
    if len(given.get("登录名", "")) > 50 or len(given.get("姓名", "")) > 50:
        wrong.append(Problem(line, "登录名", "登录名和姓名都不能超过 50 个字。"))
    row = Row(
        line,
        given.get("党组织", ""),
        given.get("党组织全称", ""),
        choice("类型", _KINDS, UnitKind.BRANCH),
        given.get("上级党组织", ""),
        given.get("姓名", ""),
        given.get("登录名", ""),
        given.get("职务", ""),
        choice("政治面貌", _POLITICAL, Political.NONE),
        choice("人员类别", _STAFF, Staff.OFFICER),
        given.get("党内职务", ""),
        int(rank) if rank.isdigit() else 1000,
        _YES.get(home, True),
        day("入党日期"),
        day("转正日期"),
    )
    return row, wrong
