"""A roster as a sheet: every usual form is read, each wrong cell is named."""

from datetime import date

import pytest
from django.utils import timezone

from studyapp.branches import actions, roster
from studyapp.branches.models import Membership
from studyapp.documents import xlsx, xlsx_reading
from tests.conftest import Cast

BRANCH = "刑侦支队第一党支部"
OTHER = "治安支队党支部"
HEAD = (
    "党组织,姓名,登录名,职务,政治面貌,人员类别,上级党组织,组织关系在此,党组织全称,类型,排名,党内职务,"
    "入党日期,转正日期\n"
)


def read(text: str, encoding: str = "utf-8") -> roster.Reading:
    return roster.read(xlsx_reading.read_rows((HEAD + text).encode(encoding), "名册.csv"))


def found(text: str) -> list[tuple[int, str, str]]:
    return [(p.line, p.column, p.sentence) for p in roster.plan(read(text)).problems]


def imported(text: str, cast: Cast) -> roster.Plan:
    return actions.import_roster(read(text), by=cast.sysadmin, at=timezone.now()).plan


def home(username: str) -> str:
    return Membership.objects.get(
        user__username=username, is_home=True, ended_on__isnull=True
    ).unit.name


# --- Reading -------------------------------------------------------------------------------------


@pytest.mark.attack(43)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_roster_is_read_in_every_usual_encoding(encoding: str) -> None:
    reading = read("新支部,张𠮷,ZS01,民警,正式党员,辅警,机关党委,是\n", encoding)
    assert reading.problems == []
    assert [(r.username, r.facts, r.parent, r.is_home) for r in reading.rows] == [
        (
            "zs01",
            {"name": "张𠮷", "post": "民警", "political": "full", "staff": "auxiliary"},
            "机关党委",
            True,
        )
    ]


@pytest.mark.attack(43)
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2012-07-01", date(2012, 7, 1)),
        ("2012/7/1", date(2012, 7, 1)),
        ("2012.07.01", date(2012, 7, 1)),
        ("2012年7月1日", date(2012, 7, 1)),
        ("20120701", date(2012, 7, 1)),
        ("41091", date(2012, 7, 1)),
    ],
)
def test_a_date_is_read_as_people_and_spreadsheets_write_it(written: str, meant: date) -> None:
    reading = read(f"支部,张三,zs,,,,,,,,,,{written},\n")
    assert (reading.problems, reading.rows[0].facts["joined_on"]) == ([], meant)


@pytest.mark.attack(43)
def test_the_date_cells_of_a_workbook_are_dates() -> None:
    head = HEAD.strip().split(",")
    row = ["支部", "张三", "zs", *[""] * 9, "2012-07-01", "41456"]
    reading = roster.read(
        xlsx_reading.read_rows(xlsx.write(head, [row], title="名册"), "名册.xlsx")
    )
    facts = reading.rows[0].facts
    assert (facts["joined_on"], facts["confirmed_on"]) == (date(2012, 7, 1), date(2013, 7, 1))


@pytest.mark.attack(43)
@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",张三,zs,,,,,", "党组织"),
        ("支部,,zs,,,,,", "姓名"),
        ("支部,张三,,,,,,", "登录名"),
        ("支部,张三,zs,,党团员,,,", "政治面貌"),
        ("支部,张三,zs,,,交警,,", "人员类别"),
        ("支部,张三,zs,,,,,也许", "组织关系在此"),
        ("支部,张三,zs,,,,,,,小支部", "类型"),
        ("支部,张三,zs,,,,,,,,第一", "排名"),
        ("支部,张三,zs,,,,,,,,²", "排名"),
        ("支部,张三,zs,,,,,,,,,,前年,", "入党日期"),
        ("支部,张三,zs,,,,,,,,,,2012-13-01,", "入党日期"),
        ('支部,"=HYPERLINK(""x"")",zs,,,,,', "姓名"),
        ("支部,+1,zs,,,,,", "姓名"),
        ("支部,@SUM(A1),zs,,,,,", "姓名"),
        ("支部,＝1,zs,,,,,", "姓名"),
        ("支部,张三,=cmd|,,,,,", "登录名"),
        (f"支部,{'长' * 51},zs,,,,,", "姓名"),
        (f"支部,张三,zs,{'长' * 101},,,,", "职务"),
        ("示例派出所党支部,张三,zs,,,,,", "党组织"),
    ],
)
def test_each_wrong_cell_is_named_with_row_and_column(row: str, column: str) -> None:
    assert [(p.line, p.column) for p in read(row + "\n").problems] == [(2, column)]


def test_every_wrong_cell_is_told_at_once() -> None:
    problems = read("支部,,zs,,党团员,,,也许\n,李四,ls,,,,,\n").problems
    assert [(p.line, p.column) for p in problems] == [
        (2, "姓名"),
        (2, "政治面貌"),
        (2, "组织关系在此"),
        (3, "党组织"),
    ]


@pytest.mark.attack(43)
def test_missing_double_and_strange_columns_are_told() -> None:
    def problems(head: str) -> list[tuple[str, str]]:
        reading = roster.read([head.split(","), ["支部", "张三", "zs"]])
        return [(p.column, p.sentence) for p in reading.problems]

    assert problems("单位,姓名,登录名") == [
        ("党组织", "第一行缺少“党组织”列。下载模板，照模板的表头填。")
    ]
    assert problems("党组织,姓名,登录名,姓名") == [("姓名", "“姓名”列有两列，删掉一列。")]
    reading = roster.read([["党组织", "姓名", "登录名", "手机"], ["支部", "张三", "zs", "1"]])
    assert (reading.problems, reading.ignored) == ([], ["手机"])


def test_a_sheet_with_a_head_alone_says_so() -> None:
    assert [p.sentence for p in read("").problems] == ["表头下面没有内容。填好再导入。"]


def test_the_template_is_understood_and_its_examples_are_not_imported() -> None:
    data = xlsx.write(roster.HEAD, roster.EXAMPLES, title="名册")
    reading = roster.read(xlsx_reading.read_rows(data, "名册.xlsx"))
    assert [(p.line, p.sentence) for p in reading.problems] == [
        (line, "这是模板里的例子，删掉这一行。") for line in (2, 3, 4)
    ]


@pytest.mark.attack(31)
def test_invisible_characters_leave_names() -> None:
    reading = read("支部,张\u202e三\u200b,zs\u200b,,,,,\n")
    assert (reading.rows[0].facts["name"], reading.rows[0].username) == ("张三", "zs")
