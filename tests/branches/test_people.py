"""People, their places and roles, under three administrators of whom nobody is two."""

from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from studyapp.accounts import actions as account_actions
from studyapp.accounts.models import Office, Political, Standing, User
from studyapp.audit import triggers
from studyapp.audit.models import Entry
from studyapp.branches import actions
from studyapp.branches.models import Membership
from studyapp.branches.queries import find_people, listed
from studyapp.errors import Refused
from tests.conftest import Cast
from tests.factories import make_user


def place_of(user: User) -> Membership:
    return Membership.objects.get(user=user, ended_on__isnull=True)


# --- 组织关系 -------------------------------------------------------------------------------------


def test_a_person_works_in_several_units_and_belongs_to_one(cast: Cast) -> None:
    actions.place(cast.member, unit=cast.other_branch, by=cast.sysadmin)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(user=cast.member).update(is_home=True)
    held = Membership.objects.filter(user=cast.member).order_by("pk")
    assert [(m.unit, m.is_home) for m in held] == [(cast.branch, True), (cast.other_branch, False)]


def test_a_new_home_ends_the_old_one_and_its_groups_and_keeps_the_history(cast: Cast) -> None:
    actions.place(cast.member, unit=cast.group, by=cast.sysadmin)
    actions.place(cast.member, unit=cast.other_branch, by=cast.sysadmin, is_home=True)
    today = timezone.localdate()
    held = Membership.objects.filter(user=cast.member).order_by("pk")
    assert [(m.unit, m.is_home, m.ended_on) for m in held] == [
        (cast.branch, True, today),
        (cast.group, False, today),
        (cast.other_branch, True, None),
    ]
    rows = list(Entry.objects.order_by("-seq").values_list("name", "organization")[:2])
    assert rows == [
        ("编入党组织", "治安支队党支部"),
        ("转出组织关系", "刑侦支队第一党支部"),
    ]


def test_a_home_is_brought_to_where_one_works_already(cast: Cast) -> None:
    second = actions.place(cast.member, unit=cast.other_branch, by=cast.sysadmin)
    for _ in range(2):
        actions.bring_home(second, by=cast.sysadmin)
    assert place_of(cast.member).is_home is True
    assert Entry.objects.filter(name="转入组织关系").count() == 1


@pytest.mark.parametrize("unit", ["organ", "general", "group"])
def test_a_home_is_a_branch(cast: Cast, unit: str) -> None:
    with pytest.raises(Refused, match="组织关系只能在党支部"):
        actions.place(cast.visitor, unit=getattr(cast, unit), by=cast.sysadmin, is_home=True)
    assert place_of(cast.visitor).unit == cast.other_branch


@pytest.mark.parametrize(
    ("political", "standing", "votes"),
    [
        (Political.FULL, Standing.NORMAL, True),
        (Political.PROBATIONARY, Standing.NORMAL, False),
        (Political.FULL, Standing.PROBATION, False),
        (Political.FULL, Standing.SUSPENDED, False),
        (Political.LEAGUE, Standing.NORMAL, False),
        (Political.NONE, Standing.NORMAL, False),
    ],
)
def test_who_votes(
    db: None,
    political: str,
    standing: str,
    votes: bool,  # noqa: FBT001 -- a column of the table above
) -> None:
    """党章: 预备党员 have no vote, nor have members under 留党察看 or 中止党员权利."""
    assert User(political=political, standing=standing).has_vote is votes


def test_an_auxiliary_may_be_a_party_member_and_a_standing_is_for_members_only(db: None) -> None:
    assert make_user(staff="auxiliary").is_party_member is True
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user(political="none", standing="suspended")


def test_leaving_a_branch_leaves_its_groups_and_is_kept(cast: Cast) -> None:
    actions.place(cast.member, unit=cast.group, by=cast.sysadmin)
    own = Membership.objects.get(user=cast.member, unit=cast.branch)
    for _ in range(2):
        actions.leave(own, by=cast.sysadmin)
    assert not Membership.objects.filter(user=cast.member, ended_on__isnull=True).exists()
    assert Membership.objects.filter(user=cast.member).count() == 2
    entry = Entry.objects.order_by("-seq")[0]
    assert (entry.name, entry.condition) == ("移出党组织", {"role": "成员", "home": True})
    actions.place(cast.member, unit=cast.branch, by=cast.sysadmin, is_home=True)
    assert place_of(cast.member).unit == cast.branch


def test_nobody_stands_twice_in_a_unit(cast: Cast) -> None:
    with pytest.raises(Refused, match="王海峰已在刑侦支队第一党支部"):
        actions.place(cast.member, unit=cast.branch, by=cast.sysadmin)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=cast.member, unit=cast.branch)


# --- Roles ---------------------------------------------------------------------------------------


def test_a_role_is_granted_and_told_in_the_log(cast: Cast) -> None:
    own = place_of(cast.member)
    actions.grant(own, role="deputy", duty="副书记", rank=2, by=cast.secadmin)
    own.refresh_from_db()
    assert (own.role, own.duty, own.rank, own.is_home) == ("deputy", "副书记", 2, True)
    entry = Entry.objects.order_by("-seq")[0]
    assert (entry.name, entry.user_id, entry.condition) == (
        "授予角色",
        "secadmin",
        {"角色": "成员→副书记", "党内职务": "空→副书记", "排名": "10→2"},
    )


@pytest.mark.parametrize(
    ("unit", "role"),
    [("branch", "leader"), ("branch", "organ"), ("group", "secretary"), ("organ", "leader")],
)
def test_a_unit_has_the_roles_of_its_kind(cast: Cast, unit: str, role: str) -> None:
    person = make_user(unit=getattr(cast, unit), is_home=False)
    with pytest.raises(Refused, match="没有“"):
        actions.grant(place_of(person), role=role, duty="", rank=1, by=cast.secadmin)
    assert place_of(person).role == "member"


@pytest.mark.parametrize("role", ["committee", "deputy"])
def test_who_is_no_member_of_the_party_leads_no_branch(cast: Cast, role: str) -> None:
    person = make_user("群众甲", unit=cast.branch, political="none")
    with pytest.raises(Refused, match="群众甲不是党员"):
        actions.grant(place_of(person), role=role, duty="", rank=1, by=cast.secadmin)
    assert place_of(person).role == "member"


def test_a_branch_has_one_secretary(cast: Cast) -> None:
    own = place_of(cast.member)
    with pytest.raises(Refused, match="已有书记陈卫东"):
        actions.grant(own, role="secretary", duty="", rank=1, by=cast.secadmin)
    actions.grant(place_of(cast.secretary), role="member", duty="", rank=9, by=cast.secadmin)
    actions.grant(own, role="secretary", duty="", rank=1, by=cast.secadmin)
    assert place_of(cast.member).role == "secretary"


def test_an_ended_place_gets_no_role(cast: Cast) -> None:
    own = place_of(cast.member)
    actions.leave(own, by=cast.sysadmin)
    with pytest.raises(Refused, match="已结束"):
        actions.grant(own, role="deputy", duty="", rank=1, by=cast.secadmin)
    with pytest.raises(Refused, match="已结束"):
        actions.bring_home(own, by=cast.sysadmin)


def test_nobody_grants_a_role_to_themselves(cast: Cast) -> None:
    with pytest.raises(Refused, match="不能给自己"):
        actions.grant(place_of(cast.member), role="secretary", duty="", rank=1, by=cast.member)


# --- Three administrators ------------------------------------------------------------------------


@pytest.mark.attack(9)
def test_the_database_knows_one_office_an_account(cast: Cast) -> None:
    for held in ("system,audit", "superuser"):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=cast.sysadmin.pk).update(office=held)


@pytest.mark.attack(9)
def test_an_office_and_a_place_in_the_party_exclude_each_other(cast: Cast) -> None:
    with pytest.raises(Refused, match="不能兼任管理员"):
        account_actions.grant_office(
            cast.member, office=Office.AUDIT, by=cast.secadmin, at=timezone.now()
        )
    with pytest.raises(Refused, match="管理员账号不能在党组织中任职"):
        actions.place(cast.auditor, unit=cast.branch, by=cast.sysadmin)


@pytest.mark.attack(9)
def test_the_database_keeps_an_office_and_a_place_apart_by_sql_too(cast: Cast) -> None:
    place = place_of(cast.member)
    for sql, values in (
        ("UPDATE accounts_user SET office = 'audit' WHERE id = %s", [cast.member.pk]),
        ("UPDATE branches_membership SET user_id = %s WHERE id = %s", [cast.auditor.pk, place.pk]),
    ):
        with (
            pytest.raises(IntegrityError, match="who h"),
            transaction.atomic(),
            connection.cursor() as c,
        ):
            c.execute(sql, values)
    with pytest.raises(IntegrityError, match="no place in a unit"), transaction.atomic():
        Membership.objects.create(user=cast.auditor, unit=cast.branch)
    actions.leave(place, by=cast.sysadmin)
    User.objects.filter(pk=cast.member.pk).update(office="audit")
    with pytest.raises(IntegrityError, match="no place in a unit"), transaction.atomic():
        Membership.objects.filter(pk=place.pk).update(ended_on=None)


def test_the_guards_step_aside_for_a_migration_and_come_back(cast: Cast) -> None:
    guards = {name for one in triggers.GUARDS for name in one.triggers(connection.vendor)}
    triggers.let_rebuild()
    assert set(triggers.missing()) == (guards if connection.vendor == "sqlite" else set())
    triggers.remake()
    assert (len(guards), triggers.missing()) == (4 if connection.vendor == "sqlite" else 2, [])


@pytest.mark.parametrize(
    "other",
    [
        {"is_active": False},
        {"must_change_password": True},
        {"password": make_password(None)},
        {"office": Office.SYSTEM},
    ],
)
def test_who_cannot_sign_in_holds_no_office_that_another_could_give_up(
    cast: Cast, other: dict[str, Any]
) -> None:
    at = timezone.now()
    given = {"office": Office.AUDIT, "political": "none", **other}
    second = make_user("新审计")
    User.objects.filter(pk=second.pk).update(**given)
    with pytest.raises(Refused, match="唯一能登录的审计管理员"):
        account_actions.grant_office(cast.auditor, office="", by=cast.secadmin, at=at)
    with pytest.raises(Refused, match="唯一能登录的审计管理员"):
        account_actions.set_active(cast.auditor, active=False, by=cast.sysadmin, at=at)
    User.objects.filter(pk=cast.auditor.pk).update(is_active=False)
    account_actions.grant_office(cast.auditor, office="", by=cast.secadmin, at=at)


def test_an_office_moves_from_one_to_the_other_and_never_to_nobody(cast: Cast) -> None:
    at = timezone.now()
    with pytest.raises(Refused, match="唯一能登录的审计管理员"):
        account_actions.grant_office(cast.auditor, office="", by=cast.secadmin, at=at)
    with pytest.raises(Refused, match="唯一能登录的审计管理员"):
        account_actions.set_active(cast.auditor, active=False, by=cast.sysadmin, at=at)
    second = make_user("新审计", username="auditor2", political="none")
    account_actions.grant_office(second, office=Office.AUDIT, by=cast.secadmin, at=at)
    account_actions.set_active(cast.auditor, active=False, by=cast.sysadmin, at=at)
    assert set(User.objects.filter(office="audit").values_list("username", "is_active")) == {
        ("auditor", False),
        ("auditor2", True),
    }


def test_nobody_changes_or_disables_themselves(cast: Cast) -> None:
    with pytest.raises(Refused, match="自己的管理员身份"):
        account_actions.grant_office(cast.secadmin, office="", by=cast.secadmin, at=timezone.now())
    with pytest.raises(Refused, match="自己的账号"):
        account_actions.set_active(cast.sysadmin, active=False, by=cast.sysadmin, at=timezone.now())


# --- Finding people ------------------------------------------------------------------------------


def names(**asked: object) -> list[str]:
    return [user.username for user in listed(find_people(**asked))]  # type: ignore[arg-type]


def test_people_are_found_by_name_unit_and_state(cast: Cast) -> None:
    make_user("停用者", username="gone", unit=cast.branch, rank=3, is_active=False)
    make_user("未落者", username="homeless")
    User.objects.create_user("new", "新来的", None, must_change_password=True)
    assert names(text="海峰") == ["member"]
    assert names(text="SECR") == ["secretary"]
    assert names(unit=cast.branch) == ["secretary", "recorder", "gone", "member"]
    assert names(unit=cast.organ)[:2] == ["inspector", "secretary"]
    assert names(unit=cast.branch, state="active") == ["secretary", "recorder", "member"]
    assert names(state="disabled") == ["gone"]
    assert names(state="homeless") == ["homeless"]
    assert names(state="waiting") == ["new"]
    assert names(state="office") == ["auditor", "secadmin", "sysadmin"]
