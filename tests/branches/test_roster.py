"""Rosters: all or nothing, nobody removed; units, people and roles under three administrators."""

from collections.abc import Callable
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.branches import actions, roster
from studyapp.branches.models import Membership, Unit
from studyapp.branches.queries import advice, people_in
from studyapp.documents import xlsx
from studyapp.errors import Refused
from tests.conftest import Cast
from tests.factories import make_unit, make_user

HEAD = "党组织,姓名,登录名,职务,政治面貌,上级党组织,组织关系在此\n"


def read(text: str, encoding: str = "utf-8") -> tuple[list[roster.Row], list[roster.Problem]]:
    return roster.check(xlsx.read_rows((HEAD + text).encode(encoding), "名册.csv"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_roster_is_read_in_every_usual_encoding(encoding: str) -> None:
    rows, problems = read("新支部,张三,zs,民警,正式党员,机关党委,是\n", encoding)
    assert problems == []
    assert [(r.name, r.political, r.parent, r.is_home) for r in rows] == [
        ("张三", "full", "机关党委", True)
    ]


def test_each_wrong_cell_is_named_with_row_and_column() -> None:
    _, problems = read("支部,,zs,,党团员,,也许\n支部,李四,zs,,,,\n支部,王五,zs,,,,\n")
    assert {(p.line, p.column) for p in problems} >= {
        (2, "姓名"),
        (2, "政治面貌"),
        (2, "组织关系在此"),
        (3, "登录名"),
        (4, "登录名"),
    }


def test_the_template_reads_back_without_a_problem() -> None:
    data = xlsx.write(roster.HEAD, [roster.EXAMPLE], title="名册")
    rows, problems = roster.check(xlsx.read_rows(data, "名册.xlsx"))
    assert (len(rows), problems) == (1, [])


def test_it_adds_and_updates_and_removes_nobody(cast: Cast) -> None:
    rows, _ = read(
        f"{cast.branch.name},王海峰,member,副大队长,正式党员,,是\n"
        f"{cast.branch.name},赵新,zhaoxin,民警,群众,,是\n新支部,钱来,qian,,正式党员,机关党委,是\n"
    )
    done = actions.import_roster(rows, by=cast.sysadmin, at=timezone.now())
    assert (len(done.slips), done.units, done.changed) == (2, 1, 1)
    assert [name.split("（")[0] for name in done.absent] == ["孙丽华", "陈卫东"]
    assert Unit.objects.get(name="新支部").parent == cast.organ
    assert User.objects.get(username="zhaoxin").must_change_password is True
    assert Membership.objects.current().filter(user=cast.secretary).exists()
    assert Membership.objects.get(user__username="qian").role == "member"


def test_an_unknown_parent_stops_the_whole_roster(cast: Cast) -> None:
    rows, _ = read("甲支部,赵新,zhaoxin,,,,\n乙支部,钱来,qian,,,没有这个,\n")
    with pytest.raises(Refused, match="第3行"):
        actions.import_roster(rows, by=cast.sysadmin, at=timezone.now())
    assert not User.objects.filter(username="zhaoxin").exists()
    assert not Unit.objects.filter(name="甲支部").exists()


def test_the_pages_preview_before_they_import(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.sysadmin)
    file = BytesIO((HEAD + f"{cast.branch.name},赵新,zhaoxin,,,,\n").encode())
    file.name = "名册.csv"
    page = client.post("/admin/roster/", {"file": file})
    assert page.status_code == 200
    assert not User.objects.filter(username="zhaoxin").exists()
    answer = client.post("/admin/roster/import/", {"parcel": page.context["parcel"]})
    assert answer.status_code == 200
    assert User.objects.filter(username="zhaoxin").exists()
    forged = client.post("/admin/roster/import/", {"parcel": "x"})
    assert forged.status_code == 422


def test_moving_a_unit_takes_all_below_along(cast: Cast) -> None:
    actions.edit_unit(cast.branch, by=cast.sysadmin, parent=cast.organ)
    group = Unit.objects.get(pk=cast.group.pk)
    assert group.path == f"/{cast.organ.pk}/{cast.branch.pk}/{group.pk}/"
    with pytest.raises(Refused, match="自己的下级"):
        actions.edit_unit(cast.organ, by=cast.sysadmin, parent=cast.group)


def test_a_unit_with_people_is_not_disabled(cast: Cast) -> None:
    with pytest.raises(Refused, match="还有人"):
        actions.set_unit_active(cast.other_branch, active=False, by=cast.sysadmin)
    empty = make_unit("空支部", parent=cast.organ)
    assert actions.set_unit_active(empty, active=False, by=cast.sysadmin).is_active is False


def test_nobody_grants_a_role_to_themselves(cast: Cast) -> None:
    own = Membership.objects.get(user=cast.member)
    with pytest.raises(Refused, match="不能给自己"):
        actions.grant(own, role="secretary", duty="", rank=1, is_home=True, by=cast.member)
    actions.grant(own, role="deputy", duty="副书记", rank=2, is_home=True, by=cast.secadmin)
    assert Membership.objects.get(user=cast.member).role == "deputy"


def test_people_stand_by_rank_then_by_strokes(cast: Cast) -> None:
    unit = make_unit("排序支部", parent=cast.organ)
    for name in ("魏然", "丁一", "王海", "卜凡"):
        make_user(name, unit=unit, is_home=True)
    make_user("薛书记", unit=unit, role="secretary", rank=1)
    assert [m.user.name for m in people_in(unit)] == ["薛书记", "丁一", "卜凡", "王海", "魏然"]


def test_advice_tells_the_rule_it_follows(cast: Cast) -> None:
    sentences = advice(cast.other_branch, people_in(cast.other_branch))
    assert sentences == ["正式党员1人，不足3人，可以成立联合党支部（支部工作条例第五条）。"]
