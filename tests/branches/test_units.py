"""The tree of units: levels, moves, disabling, order, and the advice on a branch's size."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from studyapp.accounts.models import Political, User
from studyapp.audit.models import Entry
from studyapp.branches import actions
from studyapp.branches.models import Membership, Unit, UnitKind, misplaced
from studyapp.branches.queries import advice, in_tree_order, people_in
from studyapp.errors import Refused
from tests.conftest import Cast
from tests.factories import make_unit, make_user


def facts(unit: Unit, **more: object) -> dict[str, object]:
    """Return the form of a unit as the page sends it."""
    given = {
        name: getattr(unit, name)
        for name in ("name", "full_name", "kind", "order", "theme_day", "retention")
    }
    given |= {"parent": unit.parent_id}
    return {name: "" if value is None else value for name, value in (given | more).items()}


# --- The tree ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "above", "fits"),
    [
        ("bureau", None, True),
        ("branch", None, True),
        ("organ", "bureau", True),
        ("branch", "bureau", True),
        ("branch", "organ", True),
        ("branch", "general", True),
        ("group", "branch", True),
        ("bureau", "bureau", True),
        ("organ", "organ", True),
        ("general", "general", False),
        ("branch", "branch", False),
        ("branch", "group", False),
        ("general", "branch", False),
        ("organ", "general", False),
        ("bureau", "organ", False),
        ("group", "general", False),
        ("group", "group", False),
        ("group", None, False),
    ],
)
def test_levels_may_be_left_out_and_never_turned_round(
    kind: str,
    above: str | None,
    fits: bool,  # noqa: FBT001 -- a column of the table above
) -> None:
    assert (misplaced(kind, above) == "") is fits


def test_a_new_unit_stands_below_its_superior(cast: Cast) -> None:
    unit = actions.create_unit(
        by=cast.sysadmin, parent=cast.branch, name="第二党小组", full_name="全称", kind="group"
    )
    assert unit.path == f"{cast.branch.path}{unit.pk}/"
    entry = Entry.objects.order_by("-seq")[0]
    assert (entry.name, entry.organization, entry.condition) == (
        "新建党组织",
        "第二党小组",
        {"parent": "刑侦支队第一党支部", "kind": "党小组"},
    )


@pytest.mark.parametrize(
    ("name", "kind", "parent", "words"),
    [
        ("甲", "general", "branch", "党总支不能放在党支部下面"),
        ("甲", "group", "organ", "党小组要放在党支部下面"),
        ("第一党小组", "group", "branch", "“刑侦支队第一党支部”下面已有“第一党小组”"),
        ("机关党委", "organ", None, "最上级已有“机关党委”"),
    ],
)
def test_a_unit_out_of_place_is_refused(
    cast: Cast, name: str, kind: str, parent: str | None, words: str
) -> None:
    above = getattr(cast, parent) if parent else None
    with pytest.raises(Refused, match=words):
        actions.create_unit(by=cast.sysadmin, parent=above, name=name, full_name=name, kind=kind)
    assert Entry.objects.filter(name="新建党组织").count() == 0


def test_moving_a_unit_takes_all_below_along(cast: Cast) -> None:
    actions.edit_unit(cast.branch, by=cast.sysadmin, parent=cast.organ, name="刑侦一支部")
    group = Unit.objects.get(pk=cast.group.pk)
    assert group.path == f"/{cast.organ.pk}/{cast.branch.pk}/{group.pk}/"
    assert Entry.objects.order_by("-seq")[0].condition == {
        "上级组织": "刑侦支队党总支→机关党委",
        "简称": "刑侦支队第一党支部→刑侦一支部",
    }


@pytest.mark.parametrize(("moved", "under"), [("organ", "group"), ("organ", "organ")])
def test_a_unit_is_never_above_itself(cast: Cast, moved: str, under: str) -> None:
    with pytest.raises(Refused, match="自己的下级"):
        actions.edit_unit(getattr(cast, moved), by=cast.sysadmin, parent=getattr(cast, under))


def test_a_move_is_judged_by_what_is_stored_now(cast: Cast) -> None:
    """Two pages opened at once: the second move would close a circle."""
    one = make_unit("一分局党委", kind=UnitKind.ORGAN, parent=cast.organ)
    two = make_unit("二分局党委", kind=UnitKind.ORGAN, parent=cast.organ)
    actions.edit_unit(one, by=cast.sysadmin, parent=two)
    stale_two, stale_one = two, one
    with pytest.raises(Refused, match="自己的下级"):
        actions.edit_unit(stale_two, by=cast.sysadmin, parent=stale_one)


@pytest.mark.parametrize(
    ("unit", "changes"),
    [
        ("group", {"parent": None}),
        ("branch", {"parent_id": "itself"}),
    ],
)
def test_the_database_refuses_a_circle_and_a_lone_group(
    cast: Cast, unit: str, changes: dict[str, object]
) -> None:
    row = getattr(cast, unit)
    values = {name: row.pk if value == "itself" else value for name, value in changes.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Unit.objects.filter(pk=row.pk).update(**values)


def test_the_database_refuses_a_second_name_beside_the_first(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_unit("第一党小组", kind=UnitKind.GROUP, parent=cast.branch)


def test_a_kind_is_kept_while_something_depends_on_it(cast: Cast) -> None:
    for kind, words in (
        ("group", "党小组要放在党支部下面"),
        ("general", "下面有党小组“第一党小组”"),
    ):
        with pytest.raises(Refused, match=words):
            actions.edit_unit(cast.branch, by=cast.sysadmin, parent=cast.organ, kind=kind)
    with pytest.raises(Refused, match="组织关系在这里"):
        actions.edit_unit(cast.other_branch, by=cast.sysadmin, parent=cast.organ, kind="general")
    office = make_unit("政治部党总支", kind=UnitKind.GENERAL, parent=cast.organ)
    make_user(unit=office, role="organ")
    with pytest.raises(Refused, match="里面有人任机关工作人员"):
        actions.edit_unit(office, by=cast.sysadmin, parent=cast.organ, kind="branch")


def test_a_unit_in_use_is_not_disabled(cast: Cast) -> None:
    for unit, words in (
        (cast.other_branch, "里面还有1人"),
        (cast.general, "下面还有在用的党组织"),
    ):
        with pytest.raises(Refused, match=words):
            actions.set_unit_active(unit, active=False, by=cast.sysadmin)


def test_a_disabled_unit_takes_nobody_in_and_comes_back(cast: Cast) -> None:
    above = make_unit("旧总支", kind=UnitKind.GENERAL, parent=cast.organ)
    below = make_unit("旧支部", parent=above)
    for unit in (below, above):
        actions.set_unit_active(unit, active=False, by=cast.sysadmin)
    with pytest.raises(Refused, match="已停用"):
        actions.place(cast.member, unit=below, by=cast.sysadmin)
    with pytest.raises(Refused, match="“旧总支”已停用"):
        actions.create_unit(
            by=cast.sysadmin, parent=above, name="新支部", full_name="全称", kind="branch"
        )
    with pytest.raises(Refused, match="“旧总支”已停用"):
        actions.set_unit_active(below, active=True, by=cast.sysadmin)
    for unit in (above, below):
        assert actions.set_unit_active(unit, active=True, by=cast.sysadmin).is_active is True


def test_a_name_can_be_used_again_after_its_unit_was_disabled(cast: Cast) -> None:
    old = make_unit("反诈党支部", parent=cast.organ)
    actions.set_unit_active(old, active=False, by=cast.sysadmin)
    make_unit("反诈党支部", parent=cast.organ)
    with pytest.raises(Refused, match="已有“反诈党支部”"):
        actions.set_unit_active(old, active=True, by=cast.sysadmin)


def test_units_are_listed_as_the_organisation_orders_them(cast: Cast) -> None:
    cast.other_branch.order = 1
    cast.other_branch.save(update_fields=["order"])
    for number in range(12):
        make_unit(f"后建{number:02d}", parent=cast.organ, order=50 - number)
    names = [unit.name for unit in in_tree_order(Unit.objects.all())]
    assert names == [
        "机关党委",
        "治安支队党支部",
        *[f"后建{number:02d}" for number in range(11, -1, -1)],
        "刑侦支队党总支",
        "刑侦支队第一党支部",
        "第一党小组",
    ]


# --- Its pages -----------------------------------------------------------------------------------


def test_the_administrator_makes_moves_and_disables_a_unit(cast: Cast, signed_in) -> None:
    client: Client = signed_in(cast.sysadmin)
    given = {
        "name": "反诈 党支部",
        "full_name": "中共云州市公安局反诈支部",
        "kind": "branch",
        "parent": cast.general.pk,
        "order": 3,
        "theme_day": "",
        "retention": "永久",
    }
    assert client.post("/admin/units/new/", given).status_code == 302
    unit = Unit.objects.get(name="反诈党支部")
    answer = client.post(f"/admin/units/{unit.pk}/", facts(unit, parent=cast.organ.pk))
    unit.refresh_from_db()
    assert (answer.status_code, unit.parent, unit.retention) == (302, cast.organ, "永久")
    client.post(f"/admin/units/{unit.pk}/active/", {"active": "0"})
    unit.refresh_from_db()
    assert unit.is_active is False


def test_a_refused_form_keeps_what_was_typed(cast: Cast, signed_in) -> None:
    client: Client = signed_in(cast.sysadmin)
    address = f"/admin/units/{cast.group.pk}/"
    for changes, words in (
        ({"parent": cast.organ.pk}, "党小组要放在党支部下面"),
        ({"theme_day": 31}, "填 1 到 28"),
        ({"name": "\u200b"}, "这一项空着，填上。"),
        ({"parent": cast.group.pk}, "党小组要放在党支部下面"),
    ):
        answer = client.post(address, facts(cast.group, full_name="打好的全称", **changes))
        page = answer.content.decode()
        assert (answer.status_code, words in page, "打好的全称" in page) == (422, True, True)
    cast.group.refresh_from_db()
    assert cast.group.full_name == "中共云州市公安局第一党小组"


def test_a_double_click_makes_one_unit(cast: Cast, signed_in) -> None:
    client: Client = signed_in(cast.sysadmin)
    given = facts(cast.group, name="第三党小组")
    statuses = [client.post("/admin/units/new/", given).status_code for _ in range(2)]
    assert (statuses, Unit.objects.filter(name="第三党小组").count()) == ([302, 422], 1)


def test_a_stale_form_is_told_once_and_then_saved(cast: Cast, signed_in) -> None:
    client: Client = signed_in(cast.sysadmin)
    address = f"/admin/units/{cast.branch.pk}/"
    seen = client.get(address).context["form"]["seen"].value()
    actions.edit_unit(cast.branch, by=cast.sysadmin, parent=cast.general, full_name="别人改的")
    given = facts(cast.branch, full_name="我改的", seen=seen)
    stale = client.post(address, given)
    page = stale.content.decode()
    assert (stale.status_code, "全称“别人改的”" in page, "我改的" in page) == (409, True, True)
    given["seen"] = stale.context["form"]["seen"].value()
    assert client.post(address, given).status_code == 302
    cast.branch.refresh_from_db()
    assert cast.branch.full_name == "我改的"


def test_a_refusal_is_told_on_the_page_of_the_tree(cast: Cast, signed_in) -> None:
    client: Client = signed_in(cast.sysadmin)
    answer = client.post(f"/admin/units/{cast.branch.pk}/active/", {"active": "0"})
    page = answer.content.decode()
    assert (answer.status_code, "下面还有在用的党组织" in page) == (422, True)
    assert "<h1>党组织</h1>" in page


@pytest.mark.parametrize("address", ["/admin/units/", "/branches/"])
def test_a_list_of_units_asks_as_often_for_three_as_for_one(
    cast: Cast, signed_in, address: str
) -> None:
    who = cast.sysadmin if address.startswith("/admin") else cast.inspector
    client: Client = signed_in(who)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            make_unit(parent=cast.organ)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.attack(25)
def test_words_in_a_name_are_shown_as_words(cast: Cast, signed_in) -> None:
    odd = "<img src=x onerror=alert(1)>{{7*7}}支部"
    unit = make_unit(odd, parent=cast.organ)
    make_user("<script>", unit=unit)
    client: Client = signed_in(cast.inspector)
    for address in ("/branches/", f"/branches/{unit.pk}/"):
        page = client.get(address).content.decode()
        assert ("<img src=x" in page, "&lt;img src=x" in page, "49支部" in page) == (
            False,
            True,
            False,
        )


# --- People and advice ---------------------------------------------------------------------------


def test_people_stand_by_rank_then_by_strokes(cast: Cast) -> None:
    unit = make_unit("排序支部", parent=cast.organ)
    for name in ("魏然", "丁一", "王海", "卜凡", "㐂来"):
        make_user(name, unit=unit)
    make_user("薛书记", unit=unit, role="secretary", rank=1)
    names = [m.user.name for m in people_in(unit)]
    assert names == ["薛书记", "丁一", "卜凡", "王海", "㐂来", "魏然"]


def test_a_branch_tells_whose_home_is_elsewhere_and_a_group_does_not(cast: Cast, signed_in) -> None:
    for unit in (cast.branch, cast.group):
        make_user("关系在外", unit=unit, is_home=False)
    client: Client = signed_in(cast.member)
    pages = [
        client.get(f"/branches/{unit.pk}/").content.decode() for unit in (cast.branch, cast.group)
    ]
    assert ["在别处" in page for page in pages] == [True, False]


def test_only_people_in_use_stand_in_a_unit(cast: Cast) -> None:
    make_user("停用者", unit=cast.other_branch, is_active=False)
    gone = make_user("离开者", unit=cast.other_branch)
    actions.leave(Membership.objects.get(user=gone), by=cast.sysadmin)
    assert [m.user.name for m in people_in(cast.other_branch)] == ["周敏"]


@pytest.mark.parametrize(
    ("full", "committee", "sentences"),
    [
        (2, 0, ["正式党员2人，不足3人，可以成立联合党支部（支部工作条例第五条）。"]),
        (3, 0, []),
        (6, 0, []),
        (7, 2, ["正式党员7人，达到7人，应当设立支部委员会（支部工作条例第十九条）。"]),
        (7, 3, []),
        (50, 3, []),
        (51, 3, ["党员51人，超过50人，可以研究设立党总支（支部工作条例第四条）。"]),
    ],
)
def test_advice_tells_the_rule_it_follows(
    cast: Cast, full: int, committee: int, sentences: list[str]
) -> None:
    unit = make_unit("建议支部", parent=cast.organ)
    users = User.objects.bulk_create(
        User(username=f"p{n}", name=f"党员{n}", political=Political.FULL) for n in range(full)
    )
    roles = ["secretary", *["committee"] * 9][:committee]
    Membership.objects.bulk_create(
        Membership(user=user, unit=unit, is_home=True, role=roles[n] if n < committee else "member")
        for n, user in enumerate(users)
    )
    make_user("预备", unit=unit, political=Political.PROBATIONARY)
    make_user("群众", unit=unit, political=Political.NONE)
    make_user("关系在外", unit=unit, is_home=False)
    assert advice(unit, people_in(unit)) == sentences


def test_advice_stands_on_the_branch_and_beside_its_form(cast: Cast, signed_in) -> None:
    words = "正式党员1人，不足3人"
    own = signed_in(cast.visitor).get(f"/branches/{cast.other_branch.pk}/")
    form = signed_in(cast.sysadmin).get(f"/admin/units/{cast.other_branch.pk}/")
    assert (words in own.content.decode(), words in form.content.decode()) == (True, True)


def test_only_a_branch_gets_advice(cast: Cast) -> None:
    assert [advice(unit, people_in(unit)) for unit in (cast.organ, cast.group)] == [[], []]
