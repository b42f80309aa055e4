"""Who stands how to a unit, and what the pages of units and people offer to whom."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.access.roles import Role
from studyapp.accounts.models import User
from studyapp.branches.models import PARTY_ROLES, ROLES_IN, Membership, memberships_of, roles_in
from tests.conftest import Cast
from tests.factories import make_unit, make_user

SignIn = Callable[[User], Client]


def typed_just_now(client: Client) -> Client:
    session = client.session
    session["password_again"] = timezone.now().timestamp()
    session.save()
    return client


# --- Roles ---------------------------------------------------------------------------------------


def test_memberships_are_read_once_for_one_request(
    cast: Cast, django_assert_num_queries: Callable[[int], object]
) -> None:
    user = User.objects.get(pk=cast.member.pk)
    own = Membership.objects.get(user=user)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert [memberships_of(user), memberships_of(user)] == [[own], [own]]


def test_each_post_in_a_unit_is_a_role_of_its_own(cast: Cast) -> None:
    posts = ("member", "leader", "committee", "deputy", "secretary", "organ")
    found = [roles_in(make_user(unit=cast.organ, role=post), cast.organ) for post in posts]
    roles = (Role.MEMBER, Role.LEADER, Role.COMMITTEE, Role.DEPUTY, Role.SECRETARY, Role.ORGAN)
    assert found == [{role} for role in roles]


def test_each_kind_of_unit_has_these_posts_and_no_other() -> None:
    committee = ["committee", "deputy", "member", "secretary"]
    with_staff = sorted([*committee, "organ"])
    assert {kind: sorted(posts) for kind, posts in ROLES_IN.items()} == {
        "bureau": with_staff,
        "organ": with_staff,
        "general": with_staff,
        "branch": committee,
        "group": ["leader", "member"],
    }
    assert {"leader", "committee", "deputy", "secretary"} == PARTY_ROLES


def test_roles_of_a_branch_reach_its_groups_and_those_of_an_organ_all_below(cast: Cast) -> None:
    # No rule lets a branch stand under a branch; if one did, it would be a branch of its own.
    below = make_unit("第二党支部", parent=cast.branch)
    general = make_user("总支书记", unit=cast.general, role="secretary")
    leader = make_user("小组长", unit=cast.group, role="leader")
    units = (cast.organ, cast.general, cast.branch, cast.group, below, cast.other_branch)
    nothing: set[Role] = set()
    secretary, organ = {Role.SECRETARY}, {Role.ORGAN}
    expected = {
        cast.secretary: [nothing, nothing, secretary, secretary, nothing, nothing],
        general: [nothing, secretary, nothing, nothing, nothing, nothing],
        leader: [nothing, nothing, nothing, {Role.LEADER}, nothing, nothing],
        cast.inspector: [organ] * 6,
        cast.sysadmin: [nothing] * 6,
    }
    assert {user: [roles_in(user, unit) for unit in units] for user in expected} == expected


# --- Pages of units ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "units"),
    [
        ("member", ["branch", "group"]),
        ("visitor", ["other_branch"]),
        ("inspector", ["organ", "general", "branch", "group", "other_branch"]),
    ],
)
def test_the_list_of_units_is_that_of_the_own_ones_and_those_below(
    cast: Cast, signed_in: SignIn, who: str, units: list[str]
) -> None:
    page = signed_in(getattr(cast, who)).get("/branches/")
    assert {unit.pk for unit in page.context["units"]} == {getattr(cast, u).pk for u in units}


@pytest.mark.parametrize(
    ("who", "archive", "papers"),
    [
        ("secretary", True, True),
        ("recorder", True, False),
        ("member", False, False),
        ("inspector", True, True),
    ],
)
def test_the_page_of_a_unit_offers_what_the_person_may_open(
    cast: Cast, signed_in: SignIn, who: str, *, archive: bool, papers: bool
) -> None:
    address, client = f"/branches/{cast.branch.pk}/", signed_in(getattr(cast, who))
    page = client.get(address).content.decode()
    for path, opens in (("archive/", archive), ("papers/", papers)):
        assert (f'href="{address}{path}"' in page) is opens
        assert (client.get(f"{address}{path}").status_code == 200) is opens


def test_the_page_of_a_unit_names_those_below_that_the_person_sees(
    cast: Cast, signed_in: SignIn
) -> None:
    inside = make_user("总支委员", unit=cast.general, role="committee")
    found = {
        user: list(signed_in(user).get(f"/branches/{cast.general.pk}/").context["below"])
        for user in (inside, cast.inspector)
    }
    assert found == {inside: [], cast.inspector: [cast.branch]}


# --- Pages of people -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "pages", "edits", "grants"),
    [("sysadmin", "people", True, False), ("secadmin", "roles", False, True)],
)
def test_one_administrator_edits_people_and_another_grants_roles(
    cast: Cast, signed_in: SignIn, who: str, pages: str, *, edits: bool, grants: bool
) -> None:
    client = signed_in(getattr(cast, who))
    answer = client.get(f"/admin/{pages}/{cast.member.pk}/")
    person = answer.content.decode()
    assert (answer.context["edits"], answer.context["grants"]) == (edits, grants)
    assert ("停用账号" in person, "解除锁定" in person) == (edits, grants)
    assert client.get(f"/admin/{pages}/").context["edits"] is edits


def test_each_administrator_comes_back_to_the_own_page_of_a_person(
    cast: Cast, signed_in: SignIn
) -> None:
    who = cast.member.pk
    system, security = signed_in(cast.sysadmin), typed_just_now(signed_in(cast.secadmin))
    done = system.post(f"/admin/people/{who}/active/", {"active": "0"})
    assert (done.status_code, done["Location"]) == (302, f"/admin/people/{who}/")
    done = security.post(f"/admin/roles/{cast.visitor.pk}/office/", {"office": ""})
    assert (done.status_code, done["Location"]) == (302, f"/admin/roles/{cast.visitor.pk}/")
