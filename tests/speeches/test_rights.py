"""Who sees which text, how they stand to it, and who brings one in or back."""

from typing import Any

import pytest
from django.utils import timezone

from studyapp.access.roles import Role
from studyapp.accounts.models import User
from studyapp.branches.models import Membership
from studyapp.speeches import queries
from studyapp.speeches.models import Speech, Theme
from studyapp.speeches.papers import printing_unit
from tests.conftest import Cast
from tests.factories import make_speech, make_user


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
