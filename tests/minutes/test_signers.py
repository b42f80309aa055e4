"""Who has to confirm a record: the same answer for one record and for the start page's list."""

import pytest
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.branches.models import Membership
from studyapp.meetings.models import Meeting
from studyapp.minutes import signers
from studyapp.minutes.models import Confirmation, Record
from tests.conftest import Cast
from tests.factories import make_user
from tests.minutes import records

# Who signs when the chair is …: with a secretary in the branch, and without.
WITH = {
    "secretary": {"secretary", "recorder"},
    "first": {"secretary", "recorder", "first"},
    "member": {"secretary", "recorder", "member"},
}
WITHOUT = {
    "secretary": {"secretary", "recorder", "first", "second"},
    "first": {"recorder", "first", "second"},
    "member": {"recorder", "member", "first", "second"},
}


def asked(record: Record, names: dict[str, int]) -> tuple[set[str], set[str]]:
    """Return who is asked by the question for one record, and by the one for a list."""
    found = Record.objects.get(pk=record.pk)
    people = {name: User.objects.get(pk=pk) for name, pk in names.items()}
    return (
        {name for name, user in people.items() if signers.capacities_of(found, user)},
        {name for name, user in people.items() if found in signers.waiting_for(user)},
    )


@pytest.fixture
def names(cast: Cast) -> dict[str, int]:
    """Everybody of the cast, two deputies, a group leader, and another branch's secretary."""
    first = make_user("吴副书记", unit=cast.branch, role="deputy", rank=3)
    second = make_user("郑副书记", unit=cast.branch, role="deputy", rank=4)
    leader = make_user("小组长", unit=cast.group, role="leader")
    elsewhere = make_user("李书记", unit=cast.other_branch, role="secretary")
    more = {"first": first, "second": second, "leader": leader, "elsewhere": elsewhere}
    return {name: user.pk for name, user in (cast.people() | more).items()}


def test_only_who_has_to_confirm_is_asked_whoever_chaired(
    cast: Cast, names: dict[str, int]
) -> None:
    record = records.submitted(cast)
    for table, role in ((WITH, "secretary"), (WITHOUT, "committee")):
        Membership.objects.filter(user=cast.secretary).update(role=role)
        for chair, expected in table.items():
            Meeting.objects.filter(pk=record.meeting_id).update(chair=names[chair])
            assert (chair, *asked(record, names)) == (chair, expected, expected)


def test_a_secretary_who_left_leaves_the_review_to_the_deputies(
    cast: Cast, names: dict[str, int]
) -> None:
    record = records.submitted(cast, chair=cast.member)
    cast.secretary.memberships.update(ended_on=timezone.localdate())
    assert asked(record, names) == (WITHOUT["member"], WITHOUT["member"])


def test_a_leader_does_not_review_the_meetings_of_a_group(
    cast: Cast, names: dict[str, int]
) -> None:
    record = records.submitted(cast)
    Meeting.objects.filter(pk=record.meeting_id).update(unit=cast.group)
    one, listed = asked(record, names)
    # The recorder of the branch would have to confirm, and cannot open the page.
    assert (one, listed) == ({"secretary", "recorder"}, {"secretary"})


def test_nobody_reviews_what_a_secretary_chaired_nor_the_own_chairing(
    cast: Cast, names: dict[str, int]
) -> None:
    record = records.submitted(cast)
    Membership.objects.filter(user=names["second"]).update(role="secretary")
    assert asked(record, names) == ({"secretary", "recorder"}, {"secretary", "recorder"})
    Membership.objects.filter(role="secretary", unit=cast.branch).update(role="committee")
    make_user("马副书记", unit=cast.branch, role="deputy")
    Meeting.objects.filter(pk=record.meeting_id).update(chair=names["first"])
    Confirmation.objects.create(
        record=record, revision=record.revision, capacity="chair", by=cast.member, by_name="某"
    )
    assert asked(record, names) == ({"recorder"}, {"recorder"})


def test_what_was_confirmed_is_asked_of_nobody_again(cast: Cast, names: dict[str, int]) -> None:
    Membership.objects.filter(user=cast.secretary).update(role="committee")
    record, other = records.submitted(cast), records.submitted(cast)
    everybody = {"recorder", "secretary", "first", "second"}
    for capacity, who, revision, left in (
        # What was confirmed of an earlier revision counts for nothing.
        ("recorder", "recorder", 0, everybody),
        ("chair", "secretary", 0, everybody),
        ("reviewer", "first", 0, everybody),
        ("recorder", "recorder", record.revision, {"secretary", "first", "second"}),
        # One deputy reviewed: the other need not.
        ("reviewer", "first", record.revision, {"secretary"}),
        ("chair", "secretary", record.revision, set()),
    ):
        Confirmation.objects.create(
            record=record, revision=revision, capacity=capacity, by_id=names[who], by_name="某"
        )
        assert (capacity, *asked(record, names)) == (capacity, left, left)
    assert asked(other, names) == (everybody, everybody)
