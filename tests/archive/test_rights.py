"""Whose archive somebody may read, asked of the rules themselves."""

import pytest

from studyapp.accounts.models import User
from studyapp.archive import rights
from studyapp.branches.models import Membership
from tests.conftest import Cast
from tests.minutes import records


@pytest.mark.parametrize(
    ("who", "unit", "reads"),
    [
        ("secretary", "branch", True),
        ("secretary", "group", True),
        ("secretary", "other_branch", False),
        ("recorder", "branch", True),
        ("member", "branch", False),
        ("visitor", "branch", False),
        ("inspector", "branch", True),
        # Sees the unit, not what is filed in it.
        ("sysadmin", "branch", False),
    ],
)
def test_the_archive_of_a_unit_opens_to_who_may_read_it(
    cast: Cast, who: str, unit: str, *, reads: bool
) -> None:
    user, found = getattr(cast, who), getattr(cast, unit)
    assert rights.readable(user, found.pk) == (found if reads else None)
    assert rights.may_read_unit(user, {"unit": found.pk, "roles": []}) is reads


def test_a_unit_that_is_gone_is_read_by_nobody_and_lies_beyond_everybody(cast: Cast) -> None:
    gone = {"unit": 999_999, "roles": []}
    assert rights.readable(cast.secretary, 999_999) is None
    assert rights.may_read_unit(cast.secretary, gone) is False
    assert rights.is_beyond_unit(cast.secretary, gone) is True


def test_a_file_is_for_who_still_has_every_role_that_made_it(cast: Cast) -> None:
    made = {"unit": cast.branch.pk, "roles": rights.roles_of(cast.secretary, cast.branch)}
    assert made["roles"] == ["SECRETARY"]
    assert rights.may_read_unit(cast.secretary, made) is True
    assert rights.may_read_unit(cast.recorder, made) is False


def test_only_what_is_above_a_unit_looks_down_on_it(cast: Cast) -> None:
    own, other = records.signed(cast), {"unit": cast.branch.pk}
    assert [rights.is_beyond_unit(u, other) for u in (cast.member, cast.inspector)] == [False, True]
    # A record that nobody asked for says nothing.
    visitors = records.signed(cast)
    visitors.meeting.unit = cast.other_branch
    visitors.meeting.save(update_fields=["unit"])
    for user, keys, beyond in (
        (cast.member, [own.pk], False),
        (cast.member, [own.pk, visitors.pk], True),
        (cast.inspector, [own.pk], True),
    ):
        assert rights.is_beyond_records(user, {"records": keys}) is beyond


def test_every_record_of_a_file_has_to_be_visible(cast: Cast) -> None:
    own, draft = records.signed(cast), records.opened(cast)
    keys = [own.pk, draft.pk]
    assert rights.may_read_records(cast.recorder, {"records": keys}) is True
    assert rights.may_read_records(cast.member, {"records": keys}) is False
    assert rights.may_read_records(cast.member, {"records": [own.pk, own.pk]}) is True
    Membership.objects.filter(user=cast.member).update(
        ended_on="2026-01-01", started_on="2025-01-01"
    )
    left = User.objects.get(pk=cast.member.pk)
    assert rights.may_read_records(left, {"records": [own.pk]}) is False
