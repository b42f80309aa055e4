"""The administration's pages of people: forms, refusals, lists, slips."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from studyapp.accounts import actions as account_actions
from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.branches import actions
from studyapp.branches.models import Membership
from tests.conftest import Cast
from tests.factories import PASSWORD, make_unit, make_user


def place_of(user: User) -> Membership:
    return Membership.objects.get(user=user, ended_on__isnull=True)


def facts(user: User, **more: object) -> dict[str, object]:
    """Return the form of a person as the page sends it."""
    names = (
        "username", "name", "political", "staff", "standing", "post", "joined_on", "confirmed_on",
    )  # fmt: skip
    given = {name: getattr(user, name) for name in names}
    return {name: "" if value is None else value for name, value in (given | more).items()}


# --- The pages -----------------------------------------------------------------------------------


def test_a_person_is_made_and_gets_a_slip_that_works(cast: Cast, signed_in, client: Client) -> None:
    given = facts(User(username="Ｐ330101", name="张　三", political="full"), unit=cast.branch.pk)
    page = signed_in(cast.sysadmin).post("/admin/people/new/", given)
    [(person, password)] = page.context["slips"]
    assert (person.username, person.name, place_of(person).is_home) == ("p330101", "张三", True)
    text = page.content.decode()
    assert [words in text for words in (password, "刑侦支队第一党支部", "/login/")] == [True] * 3
    answer = client.post("/login/", {"username": "p330101", "password": password})
    assert (answer.status_code, client.get("/")["Location"]) == (302, "/me/password/")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"username": "secretary"}, "这个登录名已有人用，换一个。"),
        ({"username": "SECRETARY"}, "这个登录名已有人用，换一个。"),
        ({"username": "admin'--"}, "登录名只能用文字"),
        ({"name": "\u200b"}, "这一项空着，填上。"),
        ({"political": "none", "standing": "suspended"}, "只用于党员"),
        ({"joined_on": "2099-01-01"}, "入党日期在今天以后"),
        ({"joined_on": "2012-07-01", "confirmed_on": "2011-07-01"}, "早于入党日期"),
        ({"political": "probationary", "confirmed_on": "2011-07-01"}, "还没有转正日期"),
        ({"political": "superhero"}, "superhero"),
    ],
)
def test_contradictions_are_named_and_typed_words_stay(
    cast: Cast, signed_in, changes: dict[str, str], words: str
) -> None:
    given = facts(cast.member, post="打好的职务", **changes)
    answer = signed_in(cast.sysadmin).post(f"/admin/people/{cast.member.pk}/", given)
    page = answer.content.decode()
    assert (answer.status_code, words in page, "打好的职务" in page) == (422, True, True)


def test_a_stale_form_is_told_once_and_then_saved(cast: Cast, signed_in) -> None:
    client: Client = signed_in(cast.sysadmin)
    address = f"/admin/people/{cast.member.pk}/"
    seen = client.get(address).context["form"]["seen"].value()
    actions.edit_person(cast.member, by=cast.sysadmin, post="别人改的")
    given = facts(cast.member, post="我改的", seen=seen)
    stale = client.post(address, given)
    assert (stale.status_code, "职务“别人改的”" in stale.content.decode()) == (409, True)
    given["seen"] = stale.context["form"]["seen"].value()
    assert client.post(address, given).status_code == 302
    cast.member.refresh_from_db()
    assert cast.member.post == "我改的"
    condition = Entry.objects.order_by("-seq")[0].condition
    assert condition == {"职务": "别人改的→我改的"}


@pytest.mark.attack(5)
def test_hidden_fields_of_a_form_change_nothing(cast: Cast, signed_in) -> None:
    extra = {"office": "system", "is_active": "", "password": "x", "must_change_password": "1"}
    before = User.objects.filter(pk=cast.member.pk).values()[0]
    client: Client = signed_in(cast.sysadmin)
    client.post(f"/admin/people/{cast.member.pk}/", facts(cast.member, **extra))
    assert User.objects.filter(pk=cast.member.pk).values()[0] == before


def test_every_refusal_is_told_on_the_page_of_the_person(cast: Cast, signed_in) -> None:
    system, security = signed_in(cast.sysadmin), signed_in(cast.secadmin)
    gone = place_of(cast.visitor)
    actions.leave(gone, by=cast.sysadmin)
    tries: list[tuple[Client, str, dict[str, Any], str]] = [
        (system, f"/admin/people/{cast.sysadmin.pk}/active/", {}, "不能停用自己的账号"),
        (system, f"/admin/people/{cast.auditor.pk}/active/", {}, "唯一能登录的审计管理员"),
        (system, f"/admin/memberships/{gone.pk}/home/", {}, "任职已结束"),
        (
            system,
            f"/admin/people/{cast.member.pk}/place/",
            {"unit": cast.organ.pk, "is_home": "on"},
            "组织关系只能在党支部",
        ),
        (security, f"/admin/roles/{cast.member.pk}/office/", {"office": "audit"}, "不能兼任"),
        (
            security,
            f"/admin/roles/{cast.secadmin.pk}/reset/",
            {},
            "自己的密码和两步验证在“我的”里改",
        ),
    ]
    for client, address, given, words in tries:
        answer = client.post(address, {**given, "password": PASSWORD})
        assert (answer.status_code, words in answer.content.decode()) == (422, True), address


def test_a_refused_role_keeps_what_was_typed(cast: Cast, signed_in) -> None:
    own = place_of(cast.member)
    for given, words in (
        ({"role": "secretary", "duty": "打好的职务", "rank": "1"}, "已有书记陈卫东"),
        ({"role": "leader", "duty": "打好的职务", "rank": "1"}, "leader"),
        ({"role": "deputy", "duty": "打好的职务", "rank": "很前"}, "输入整数"),
    ):
        posted = {f"{own.pk}-{name}": value for name, value in given.items()}
        posted["password"] = PASSWORD
        answer = signed_in(cast.secadmin).post(f"/admin/memberships/{own.pk}/grant/", posted)
        page = answer.content.decode()
        assert (answer.status_code, words in page, "打好的职务" in page) == (422, True, True)
    assert place_of(cast.member).role == "member"


def test_power_over_an_account_asks_for_the_own_password_once_in_ten_minutes(
    cast: Cast, signed_in
) -> None:
    client, own = signed_in(cast.secadmin), place_of(cast.member)
    typed = {
        f"{own.pk}-{name}": v for name, v in (("role", "deputy"), ("duty", "打好的"), ("rank", "1"))
    }
    asked: tuple[tuple[str, dict[str, str], str], ...] = (
        (f"/admin/memberships/{own.pk}/grant/", typed, "打好的"),
        (f"/admin/roles/{cast.member.pk}/office/", {"office": "audit"}, 'value="audit" selected'),
        (f"/admin/roles/{cast.member.pk}/reset/", {}, "先输入你登录用的密码"),
    )
    page = client.get(f"/admin/roles/{cast.member.pk}/").content.decode()
    fields = re.findall(r'name="password"\s+id="([\w-]+)"', page)
    assert fields == ["password-reset", f"password-{own.pk}", "password-office"]
    for address, given, kept in asked:
        for password in ("", "wrong"):
            answer = client.post(address, {**given, "password": password})
            words = "密码不对" if password else "先输入你登录用的密码"
            page = answer.content.decode()
            assert (answer.status_code, words in page) == (422, True), address
            assert password or kept in page
        account_actions.unlock(cast.secadmin, by=cast.sysadmin)
    assert (place_of(cast.member).role, Entry.objects.filter(error_code="password").count()) == (
        "member",
        3,
    )
    answer = client.post(asked[0][0], {**typed, "password": PASSWORD})
    assert (answer.status_code, place_of(cast.member).role) == (302, "deputy")
    page = client.get(f"/admin/roles/{cast.member.pk}/").content.decode()
    assert 'name="password"' not in page
    assert client.post(asked[0][0], {**typed, f"{own.pk}-duty": "再改"}).status_code == 302


def test_a_locked_account_is_marked_until_it_is_unlocked(
    cast: Cast, signed_in, client: Client
) -> None:
    for _ in range(5):
        client.post("/login/", {"username": "member", "password": "wrong"})
    security: Client = signed_in(cast.secadmin)
    address = f"/admin/roles/{cast.member.pk}/"
    marks = ["锁定中" in security.get(address).content.decode()]
    assert security.post(f"{address}unlock/").status_code == 302
    marks.append("锁定中" in security.get(address).content.decode())
    assert marks == [True, False]


def test_the_history_of_a_person_is_shown(cast: Cast, signed_in) -> None:
    actions.place(cast.member, unit=cast.other_branch, by=cast.sysadmin, is_home=True)
    page = signed_in(cast.sysadmin).get(f"/admin/people/{cast.member.pk}/").content.decode()
    past = page.split("任职经历</h3>")[1]
    assert "刑侦支队第一党支部" in past


@pytest.mark.attack(44)
@pytest.mark.parametrize(
    "query", ["unit=²", "unit=-1", "unit=99999999999999999999", "q=%00%25'--", "state=x", "page=²"]
)
def test_odd_questions_are_no_error(cast: Cast, signed_in, query: str) -> None:
    for person, address in ((cast.sysadmin, "/admin/people/"), (cast.secadmin, "/admin/roles/")):
        assert signed_in(person).get(f"{address}?{query}").status_code == 200


def test_the_next_page_asks_the_same_question(cast: Cast, signed_in) -> None:
    for number in range(60):
        make_user(f"林{number}", unit=cast.branch)
    page = signed_in(cast.sysadmin).get(f"/admin/people/?q=林&unit={cast.branch.pk}&state=active")
    text = page.content.decode().replace("&amp;", "&")
    assert f"?q=%E6%9E%97&unit={cast.branch.pk}&state=active&page=2" in text


def test_the_list_asks_as_often_for_three_as_for_one(cast: Cast, signed_in) -> None:
    client: Client = signed_in(cast.sysadmin)
    unit = make_unit(parent=cast.organ)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            make_user(unit=unit)
        client.get(f"/admin/people/?unit={unit.pk}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/admin/people/?unit={unit.pk}").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- First passwords -----------------------------------------------------------------------------


def test_those_who_never_signed_in_get_slips_by_unit(cast: Cast, signed_in, client: Client) -> None:
    new = make_user("新来的", username="new", unit=cast.branch, must_change_password=True)
    make_user("别处的", username="far", unit=cast.other_branch, must_change_password=True)
    page = signed_in(cast.sysadmin).post("/admin/people/slips/", {"unit": cast.branch.pk})
    [(person, password)] = page.context["slips"]
    assert person == new
    client.post("/login/", {"username": "new", "password": password})
    assert client.get("/")["Location"] == "/me/password/"


def test_who_has_an_own_password_gets_no_slip_from_the_system_administrator(
    cast: Cast, signed_in
) -> None:
    before = User.objects.get(pk=cast.member.pk).password
    page = signed_in(cast.sysadmin).post("/admin/people/slips/", {"unit": cast.branch.pk})
    assert (page.status_code, list(page.context["slips"])) == (200, [])
    assert User.objects.get(pk=cast.member.pk).password == before


def test_slips_come_a_hundred_at_a_time_and_say_how_many_are_left(
    cast: Cast, signed_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studyapp.branches.views.people.SLIPS", 2)
    for _ in range(3):
        make_user(unit=cast.branch, must_change_password=True)
    client: Client = signed_in(cast.sysadmin)
    listing = client.get("/admin/people/?state=waiting")
    assert (listing.context["waiting"], listing.context["slips"]) == (3, 2)
    given = {"unit": cast.branch.pk}
    first = client.post("/admin/people/slips/", given)
    assert (len(first.context["slips"]), first.context["left"]) == (2, 1)
    second = client.post("/admin/people/slips/", given | {"since": first.context["asked"]["since"]})
    assert (len(second.context["slips"]), second.context["left"]) == (1, 0)
    got = {user.pk for page in (first, second) for user, _ in page.context["slips"]}
    assert len(got) == 3
    again = client.post("/admin/people/slips/", given)
    assert len(again.context["slips"]) == 2


def test_the_start_of_the_administration_tells_what_waits(cast: Cast, signed_in) -> None:
    make_user("新来的", unit=cast.branch, must_change_password=True)
    make_user("未落的")
    account_actions.send_feedback(by=cast.member, body="字太小", page="/")
    page = signed_in(cast.sysadmin).get("/admin/").content.decode()
    words = ("1 人还没有登录过", "1 名党员的组织关系没有落到党支部", "1 条待答复")
    assert [one for one in words if one not in page] == []


HUGE = "99999999999999999999"


@pytest.mark.parametrize(
    ("who", "address", "given"),
    [
        ("sysadmin", "/admin/people/{pk}/place/", {"unit": HUGE}),
        ("sysadmin", "/admin/people/{pk}/place/", {"unit": "\x00"}),
        ("sysadmin", "/admin/people/new/", {"username": "x\x00y", "name": "<script>" * 400}),
        ("sysadmin", "/admin/people/new/", {"unit": HUGE, "joined_on": "二〇一二年"}),
        ("sysadmin", "/admin/units/new/", {"parent": HUGE, "order": "-1", "theme_day": HUGE}),
        ("sysadmin", "/admin/units/new/", {"name": "长" * 3000, "kind": "\x00"}),
        ("sysadmin", "/admin/roster/import/", {"parcel": "x"}),
        ("secadmin", "/admin/roles/{pk}/office/", {"office": "system,audit"}),
    ],
)
def test_odd_forms_are_refused_with_words(
    cast: Cast, signed_in, who: str, address: str, given: dict[str, str]
) -> None:
    client: Client = signed_in(getattr(cast, who))
    answer = client.post(address.format(pk=cast.member.pk), given)
    assert answer.status_code == 422


@pytest.mark.parametrize("since", [HUGE, "²", "-1", "\x00", "9999999999"])
def test_an_odd_moment_of_a_first_batch_is_no_error(cast: Cast, signed_in, since: str) -> None:
    given = {"since": since, "unit": HUGE, "q": "\x00"}
    assert signed_in(cast.sysadmin).post("/admin/people/slips/", given).status_code == 200


def test_a_person_that_is_not_there_is_not_found(cast: Cast, signed_in) -> None:
    for pk in ("0", "999999", HUGE):
        assert signed_in(cast.sysadmin).get(f"/admin/people/{pk}/").status_code == 404
        assert signed_in(cast.sysadmin).post(f"/admin/memberships/{pk}/leave/").status_code == 404
