"""Rosters: previewed row by row, all or nothing, nobody removed."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.checking import check
from studyapp.audit.models import Entry
from studyapp.branches import actions, roster
from studyapp.branches.models import Membership, Unit
from studyapp.documents import xlsx_reading
from studyapp.errors import Refused
from tests.conftest import Cast
from tests.factories import make_unit, make_user

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


# --- Units ---------------------------------------------------------------------------------------


def test_units_are_made_in_any_order_with_and_without_people(cast: Cast) -> None:
    plan = imported(
        "第二党小组,,,,,,新支部\n"
        "新支部,张三,zs,,党员,民警,新总支,是,中共云州市公安局新支部\n"
        "新总支,,,,,,机关党委,,中共云州市公安局新总支部\n",
        cast,
    )
    assert [place.name for place in plan.new_units] == ["新总支", "新支部", "第二党小组"]
    group = Unit.objects.get(name="第二党小组")
    assert (group.kind, group.full_name) == ("group", "中共云州市公安局新支部第二党小组")
    new = Unit.objects.get(name="新支部")
    assert group.path == f"/{cast.organ.pk}/{new.parent_id}/{new.pk}/{group.pk}/"


def test_groups_of_one_name_are_told_apart_by_their_branch(cast: Cast) -> None:
    person = f"{cast.member.username},,,,"
    assert found(f"第一党小组,王海峰,{person}\n") == []
    imported(f"第一党小组,,,,,,{OTHER}\n", cast)
    assert found(f"第一党小组,王海峰,{person}\n") == [
        (2, "上级党组织", f"有2个“第一党小组”，填上级党组织：{BRANCH}、{OTHER}。")
    ]
    imported(f"第一党小组,王海峰,{person}{BRANCH}\n", cast)
    assert Membership.objects.get(user=cast.member, unit=cast.group).role == "member"


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (
            "新支部,,,,,,没有这个,,全称\n",
            (2, "上级党组织", "没有“没有这个”。写成系统里的简称，或在表里加一行写它。"),
        ),
        ("新支部,,,,,,,,全称\n", (2, "上级党组织", "“新支部”是新的，填它的上级党组织。")),
        (
            "新支部,,,,,,机关党委\n",
            (2, "党组织全称", "“新支部”是新的，填全称：会议记录和纪要上印它。"),
        ),
        ("新中队,,,,,,机关党委,,全称\n", (2, "类型", "“新中队”是新的，填类型。")),
        (
            f"新总支,,,,,,{BRANCH},,全称\n",
            (2, "上级党组织", "党总支不能放在党支部下面，换一个上级组织，或改正类型。"),
        ),
        (
            "新党小组,,,,,,机关党委\n",
            (2, "上级党组织", "党小组要放在党支部下面，换一个上级组织。"),
        ),
        (
            f"{BRANCH},,,,,,机关党委\n",
            (
                2,
                "上级党组织",
                f"系统里“{BRANCH}”的上级是“刑侦支队党总支”。要移动，在管理的“党组织”里移。",
            ),
        ),
        (
            f"{BRANCH},,,,,,,,,党总支\n",
            (2, "类型", f"系统里“{BRANCH}”是党支部，请核对。"),
        ),
        (
            "新支部,,,,,,机关党委,,甲\n新支部,,,,,,机关党委,,乙\n",
            (3, "党组织全称", "和第2行的全称不同，请核对。"),
        ),
        ("旧支部,,,,,,\n", (2, "党组织", "“旧支部”已停用。先启用它，或换一个名称。")),
        ("新支部,,,,,,旧支部,,全称\n", (2, "上级党组织", "“旧支部”已停用，先启用它。")),
    ],
)
def test_a_unit_that_cannot_be_placed_is_told_in_the_preview(
    cast: Cast, rows: str, problem: tuple[int, str, str]
) -> None:
    make_unit("旧支部", parent=cast.organ, is_active=False)
    assert found(rows) == [problem]
    with pytest.raises(Refused, match="没有导入"):
        imported(rows, cast)


@pytest.mark.attack(43)
def test_a_circle_of_new_units_is_told(cast: Cast) -> None:
    rows = (
        "甲总支,,,,,,乙总支,,全称,机关党委\n乙总支,,,,,,丙总支,,全称,机关党委\n"
        "丙总支,,,,,,甲总支,,全称,机关党委\n丁支部,,,,,,丁支部,,全称\n"
    )
    assert [(line, column) for line, column, _ in found(rows)] == [
        (line, "上级党组织") for line in (2, 3, 4, 5)
    ]
    assert "甲总支—乙总支—丙总支—甲总支" in found(rows)[0][2]


def test_a_full_name_is_brought_up_to_date(cast: Cast) -> None:
    plan = imported(f"{BRANCH},,,,,,,,中共云州市公安局刑警支队第一支部\n", cast)
    cast.branch.refresh_from_db()
    assert ([p.name for p in plan.renamed], cast.branch.full_name) == (
        [BRANCH],
        "中共云州市公安局刑警支队第一支部",
    )


def test_the_first_roster_of_an_empty_installation_may_begin_at_the_top(db: None) -> None:
    assert found("新支部,张三,zs,,党员,民警,,是,全称\n") == []


# --- People --------------------------------------------------------------------------------------


@pytest.mark.attack(43)
def test_it_adds_and_updates_and_removes_nobody(cast: Cast) -> None:
    plan = imported(
        f"{BRANCH},王海峰,member,副大队长\n"
        f"{BRANCH},赵新,ZhaoXin,民警,群众,民警\n"
        f"新支部,钱来,qian,,正式党员,辅警,机关党委,是,全称,,5,组织委员,2012-07-01\n",
        cast,
    )
    assert (plan.new_people, plan.changed_people, len(plan.new_units)) == (2, 1, 1)
    assert [m.user.name for m in plan.absent] == ["陈卫东", "孙丽华"]
    assert Membership.objects.current().filter(user=cast.secretary).exists()
    new = Membership.objects.get(user__username="qian")
    assert (new.role, new.rank, new.duty, new.is_home) == ("member", 5, "组织委员", True)
    assert (new.user.political, new.user.staff) == ("full", "auxiliary")
    waiting = User.objects.waiting().values_list("username", flat=True)
    assert sorted(waiting) == ["qian", "zhaoxin"]
    assert not User.objects.get(username="qian").has_usable_password()


def test_empty_cells_leave_what_is_stored(cast: Cast) -> None:
    User.objects.filter(pk=cast.member.pk).update(post="大队长", joined_on=date(2010, 7, 1))
    before = User.objects.filter(pk=cast.member.pk).values()[0]
    places = list(Membership.objects.filter(user=cast.member).values())
    plan = imported(f"{BRANCH},王海峰,member\n", cast)
    assert plan.visible_steps == []
    assert User.objects.filter(pk=cast.member.pk).values()[0] == before
    assert list(Membership.objects.filter(user=cast.member).values()) == places


def test_the_preview_tells_what_would_change(cast: Cast) -> None:
    plan = roster.plan(
        read(
            f"{BRANCH},王海峰,member,副大队长,预备党员,,,,,,3,组织委员\n"
            f"{OTHER},陈卫东,secretary,,,,,是\n"
            f"{BRANCH},赵新,zhaoxin,,群众,民警\n"
        )
    )
    assert [(s.line, s.words) for s in plan.steps] == [
        (
            2,
            [
                "职务：空→副大队长",
                "政治面貌：中共党员→中共预备党员",
                "党内职务：空→组织委员",
                "排名：10→3",
            ],
        ),
        (3, ["编入", f"组织关系从{BRANCH}转来，那里的任职结束"]),
        (4, ["新建人员", "编入", "组织关系在此"]),
    ]
    assert not User.objects.filter(username="zhaoxin").exists()


def test_a_home_moves_only_when_the_sheet_says_so(cast: Cast) -> None:
    imported(f"{OTHER},王海峰,member\n", cast)
    assert home("member") == BRANCH
    imported(f"{OTHER},王海峰,member,,,,,是\n{BRANCH},王海峰,member,,,,,否\n", cast)
    assert home("member") == OTHER
    held = Membership.objects.filter(user=cast.member).order_by("pk")
    assert [(m.unit.name, m.is_home, m.ended_on is None) for m in held] == [
        (BRANCH, True, False),
        (OTHER, True, True),
        (BRANCH, False, True),
    ]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (f"{BRANCH},赵新,zx,,,民警\n", (2, "政治面貌", "新人员要填政治面貌。")),
        (f"{BRANCH},赵新,zx,,群众\n", (2, "人员类别", "新人员要填人员类别。")),
        (
            f"{BRANCH},赵新,member\n",
            (2, "姓名", "登录名member是“王海峰”。改名在管理的“人员”里改。"),
        ),
        (f"{BRANCH},系统员,sysadmin\n", (2, "登录名", "这个登录名是管理员账号，换一个。")),
        (f"{BRANCH},离职者,gone\n", (2, "登录名", "此人账号已停用。先启用，或换一个登录名。")),
        (
            f"{BRANCH},赵新,zhao xin,,群众,民警\n",
            (2, "登录名", "登录名只能用文字、字母、数字和 . _ - @，不能有空格。"),
        ),
        (
            f"{BRANCH},赵新,zx,,党员,民警,,,,,,,2013-07-01,2012-07-01\n",
            (2, "转正日期", "转正日期早于入党日期，请核对。"),
        ),
        (
            f"{BRANCH},赵新,zx,,预备党员,民警,,,,,,,2013-07-01,2014-07-01\n",
            (2, "转正日期", "预备党员还没有转正日期。转正了，先把政治面貌改为中共党员。"),
        ),
        (
            f"{BRANCH},赵新,zx,,党员,民警,,,,,,,2099-07-01\n",
            (2, "入党日期", "入党日期在今天以后，请核对。"),
        ),
        (
            f"{BRANCH},王海峰,member\n{BRANCH},王海峰,MEMBER\n",
            (3, "登录名", "和第2行重复，删掉一行。"),
        ),
        (
            f"{BRANCH},王海峰,member,民警\n{OTHER},王海峰,member,辅警\n",
            (3, "职务", "登录名和第2行相同，这一项却不同，请核对。"),
        ),
        (
            f"{BRANCH},赵新,zx,,党员,民警,,是\n{OTHER},赵新,zx,,,,,是\n",
            (3, "组织关系在此", "第2行已填组织关系，一个人只能有一处，这里填“否”。"),
        ),
        (
            "机关党委,王海峰,member,,,,,是\n",
            (2, "组织关系在此", "组织关系只能在党支部，这里填“否”。"),
        ),
        (
            f"{BRANCH},王海峰,member,,,,,否\n",
            (2, "组织关系在此", "系统里组织关系在这里。转走时，在新支部那一行填“是”。"),
        ),
    ],
)
def test_a_person_who_cannot_be_stored_is_told_in_the_preview(
    cast: Cast, rows: str, problem: tuple[int, str, str]
) -> None:
    make_user("离职者", username="gone", is_active=False)
    assert found(rows) == [problem]


@pytest.mark.attack(43)
def test_one_problem_stops_the_whole_roster(cast: Cast) -> None:
    rows = f"{BRANCH},赵新,zx,,群众,民警\n甲支部,,,,,,机关党委,,全称\n乙支部,,,,,,没有这个,,全称\n"
    before = (User.objects.count(), Unit.objects.count(), Entry.objects.count())
    with pytest.raises(Refused, match="第4行上级党组织"):
        imported(rows, cast)
    assert (User.objects.count(), Unit.objects.count(), Entry.objects.count()) == before


def test_it_is_audited_without_a_password(cast: Cast) -> None:
    imported(f"{BRANCH},赵新,zx,,群众,民警\n{BRANCH},王海峰,member,副大队长\n", cast)
    rows = Entry.objects.filter(user_id="sysadmin").order_by("seq")
    assert [(e.name, e.target) for e in rows] == [
        ("修改人员", "王海峰（member）"),
        ("导入名册", "2行"),
    ]
    assert rows[0].condition == {"职务": "空→副大队长"}
    assert rows[1].condition == {"new_people": ["zx"], "new_units": [], "changed_people": 1}
    assert check().findings == []


def test_a_second_import_of_one_roster_changes_nothing(cast: Cast) -> None:
    rows = (
        f"{BRANCH},赵新,zx,民警,党员,民警,,,,,7,,2012-07-01,2013-07-01\n第二党小组,赵新,zx,,,,{BRANCH}\n"
        f"新支部,钱来,qian,,群众,民警,机关党委,,全称\n"
    )
    imported(rows, cast)
    again = roster.plan(read(rows))
    assert (again.problems, again.visible_steps, again.new_units) == ([], [], [])


def test_two_thousand_people_take_no_more_queries_than_a_few(
    cast: Cast, django_assert_max_num_queries
) -> None:
    rows = "".join(f"{BRANCH},赵{n},u{n:05d},,群众,民警\n" for n in range(2000))
    with django_assert_max_num_queries(20):
        plan = roster.plan(read(rows))
    assert (plan.problems, plan.new_people) == ([], 2000)
    with django_assert_max_num_queries(80):
        imported(rows, cast)


# --- The command ---------------------------------------------------------------------------------


def _command(path: Path, *more: str) -> str:
    out = StringIO()
    call_command("import_roster", str(path), *more, stdout=out)
    return out.getvalue()


def test_the_command_checks_imports_and_prints_first_passwords(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "名册.csv"
    path.write_bytes((HEAD + f"{BRANCH},赵新,zx,,群众,民警\n").encode("gb18030"))
    dry = _command(path, "--dry-run")
    assert "第2行 赵新 刑侦支队第一党支部：新建人员；编入；组织关系在此" in dry
    assert "只是检查，没有导入。" in dry
    assert not User.objects.filter(username="zx").exists()
    line = next(line for line in _command(path).splitlines() if line.startswith("赵新\tzx\t"))
    assert User.objects.get(username="zx").check_password(line.split("\t")[2])


def test_the_command_tells_every_problem_and_stores_nothing(
    cast: Cast, tmp_path: Path, capsys
) -> None:
    path = tmp_path / "名册.csv"
    path.write_text(HEAD + f"{BRANCH},,zx\n{BRANCH},钱来,qian,,群众,民警\n", encoding="utf-8")
    with pytest.raises(CommandError, match="1处要改，没有导入"):
        _command(path)
    assert "第2行 姓名：姓名空着，填上。" in capsys.readouterr().err
    assert not User.objects.filter(username="qian").exists()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("没有.csv", None, "没有文件"),
        ("", None, "它要是一个有读取权限的文件"),
        ("旧.xls", b"\xd0\xcf\x11\xe0", "只能导入 .xlsx 或 .csv"),
        ("坏.xlsx", b"PK\x03\x04", "文件打不开"),
        ("空.csv", b"", "表格是空的"),
    ],
)
def test_the_command_says_what_is_wrong_with_a_file(
    cast: Cast, tmp_path: Path, name: str, data: bytes | None, words: str
) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(CommandError, match=words):
        _command(path)
