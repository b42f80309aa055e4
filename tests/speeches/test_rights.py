"""Who sees which text, how they stand to it, and who brings one in or back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.access.roles import Role
from studyapp.accounts.models import User
from studyapp.branches.models import Membership
from studyapp.speeches import queries
from studyapp.speeches.models import Speech, Theme
from studyapp.speeches.papers import printing_unit
from tests.conftest import Cast
from tests.factories import make_speech, make_user

SignIn = Callable[[User], Client]


@pytest.fixture
def people(cast: Cast) -> dict[str, User]:
    return {
        "书记": cast.secretary,
        "副书记": make_user(unit=cast.branch, role="deputy"),
        "支委": cast.recorder,
        "成员": cast.member,
        "小组长": make_user(unit=cast.group, role="leader"),
        "外支部": cast.visitor,
        "总支工作人员": make_user(unit=cast.general, role="organ"),
        "总支党员": make_user(unit=cast.general),
        "机关工作人员": cast.inspector,
        "机关党员": make_user(unit=cast.organ),
        "系统管理员": cast.sysadmin,
    }


STATES: dict[str, dict[str, Any]] = {
    "草稿": {"released": False},
    "自用": {},
    "下发": {"sent": True},
}


def test_a_text_is_seen_by_who_prepares_it_then_by_its_unit_and_sent_down_by_all_below(
    cast: Cast, people: dict[str, User]
) -> None:
    units = {"机关": cast.organ, "总支": cast.general, "支部": cast.branch, "小组": cast.group}
    for where, unit in units.items():
        for state, more in STATES.items():
            make_speech(unit, cast.inspector, title=f"{where}{state}", themes=("一",), **more)
    seen = {
        who: set(Speech.objects.visible_to(user).values_list("title", flat=True))
        for who, user in people.items()
    }
    themes = Theme.objects.visible_to(people["小组长"])
    assert set(themes.values_list("speech__title", flat=True)) == seen["小组长"]
    branch = {"机关下发", "总支下发", "支部下发", "支部自用"}
    general = {"机关下发", "总支下发", "总支自用"}
    assert seen == {
        "书记": branch | {"支部草稿"},
        "副书记": branch | {"支部草稿"},
        "支委": branch,
        "成员": branch,
        "小组长": {"机关下发", "总支下发", "支部下发", "小组下发", "小组自用"},
        "外支部": {"机关下发"},
        "总支工作人员": general | {"总支草稿"},
        "总支党员": general,
        "机关工作人员": {"机关下发", "机关自用", "机关草稿"},
        "机关党员": {"机关下发", "机关自用"},
        "系统管理员": set(),
    }


def test_who_reads_a_text_from_above_reads_it_as_a_member(
    cast: Cast, people: dict[str, User]
) -> None:
    roles = {}
    for state, more in STATES.items():
        text = make_speech(cast.general, cast.inspector, themes=("一",), **more)
        roles[state] = {who: text.roles_for(user) for who, user in people.items()}
        theme = text.themes.get()
        assert {who: theme.roles_for(user) for who, user in people.items()} == roles[state]
    drafted = {
        "总支党员": {Role.MEMBER},
        "总支工作人员": {Role.ORGAN},
        "机关工作人员": {Role.ORGAN},
    }
    assert {who: found for who, found in roles["草稿"].items() if found} == drafted
    below = ("书记", "副书记", "支委", "成员", "小组长")
    read = drafted | {who: {Role.MEMBER} for who in below}
    read["总支工作人员"] = {Role.ORGAN, Role.MEMBER}
    assert {who: found for who, found in roles["下发"].items() if found} == read


def test_a_text_is_brought_in_and_back_by_who_prepares_those_of_the_own_unit(
    cast: Cast, people: dict[str, User]
) -> None:
    for unit in (cast.organ, cast.branch, cast.other_branch):
        by = {"withdrawn_by": cast.inspector, "withdrawn_reason": "录错了"}
        make_speech(unit, cast.inspector, themes=(), withdrawn_at=timezone.now(), **by)
        make_speech(unit, cast.inspector, themes=())
    found = {
        who: (queries.units_to_import(user), [one.unit for one in queries.withdrawn(user)])
        for who, user in people.items()
    }
    branch, organ = ([cast.branch], [cast.branch]), ([cast.organ], [cast.organ])
    assert {who: units for who, units in found.items() if any(units)} == {
        "书记": branch,
        "副书记": branch,
        "总支工作人员": ([cast.general], []),
        "机关工作人员": organ,
    }


def test_a_paper_has_the_layout_of_the_own_unit_that_the_text_is_for(cast: Cast) -> None:
    text = make_speech(cast.branch, cast.secretary, themes=())
    both = make_user(unit=cast.other_branch)
    Membership.objects.create(user=both, unit=cast.group)
    of = [printing_unit(user, text) for user in (cast.member, both, cast.visitor)]
    assert of == [cast.branch, cast.group, cast.branch]


def test_the_page_offers_notes_to_who_writes_in_a_unit_and_words_again_to_who_prepares(
    cast: Cast, people: dict[str, User], signed_in: SignIn
) -> None:
    text = make_speech(cast.organ, cast.inspector, sent=True)
    readers = {who: user for who, user in people.items() if who != "系统管理员"}

    def pages() -> dict[str, list[str]]:
        """Return by reader what the page offers; nothing where it holds no words."""
        found = {}
        for who, user in readers.items():
            context = signed_in(user).get(f"/speeches/{text.pk}/").context
            if "outline" in context:
                found[who] = [name for name in ("may_edit", "may_write") if context[name]]
        return found

    only_organ = ("总支工作人员", "机关工作人员")
    written = {who: ["may_write"] for who in readers if who not in only_organ}
    assert pages() == written | {"总支工作人员": [], "机关工作人员": ["may_edit"]}
    assert signed_in(cast.inspector).get(f"/notes/new/?speech={text.pk}").status_code == 404
    by = {"withdrawn_by": cast.inspector, "withdrawn_reason": "录错了"}
    Speech.objects.update(withdrawn_at=timezone.now(), **by)
    assert pages() == {"机关工作人员": ["may_edit"]}


def test_the_file_of_a_withdrawn_text_is_for_who_prepares_it(cast: Cast, signed_in: SignIn) -> None:
    text = make_speech(cast.branch, cast.secretary)
    member, secretary = signed_in(cast.member), signed_in(cast.secretary)

    def answers(query: str = "") -> list[int]:
        address = f"/speeches/{text.pk}/original/{query}"
        return [client.get(address).status_code for client in (member, secretary)]

    assert [answers(), answers("?version=1"), answers("?version=2")] == [
        [200] * 2,
        [200] * 2,
        [404] * 2,
    ]
    by = {"withdrawn_by": cast.secretary, "withdrawn_reason": "录错了"}
    Speech.objects.update(withdrawn_at=timezone.now(), **by)
    assert answers() == [404, 200]
    # A text always has a version; without one there is nothing to show.
    text.versions.all().delete()
    assert [answers(), secretary.get(f"/speeches/{text.pk}/").status_code] == [[404] * 2, 404]


def test_the_review_offers_sending_down_to_who_acts_for_an_organ(
    cast: Cast, signed_in: SignIn
) -> None:
    found = []
    for unit, by in ((cast.branch, cast.secretary), (cast.organ, cast.inspector)):
        text = make_speech(unit, by, released=False)
        found.append(signed_in(by).get(f"/speeches/{text.pk}/review/").context["may_send"])
    assert found == [False, True]
