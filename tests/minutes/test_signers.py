"""Who has to confirm a record: the same answer for one record and for the start page's list."""

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.branches.models import Membership
from studyapp.meetings.actions import schedule
from studyapp.meetings.models import Meeting
from studyapp.minutes import actions, signers
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


# --- Waited for in vain -----------------------------------------------------------------------


def in_vain(record: Record) -> list[tuple[str, str]]:
    rows = signers.cut_off(Record.objects.filter(pk=record.pk))
    return [(office.value, who.name) for row in rows for office, who in signers.missing(row)]


def leaves(person: User) -> None:
    person.memberships.update(ended_on=timezone.localdate())


def test_somebody_is_waited_for_in_vain_just_when_the_record_is_hidden_from_them(
    cast: Cast, names: dict[str, int]
) -> None:
    record = records.submitted(cast)
    for unit in (cast.branch, cast.group, cast.other_branch):
        for pk in names.values():
            Meeting.objects.filter(pk=record.meeting_id).update(unit=unit, chair=pk, recorder=pk)
            who = User.objects.get(pk=pk)
            sees = Record.objects.visible_to(who).filter(pk=record.pk).exists()
            waits = [] if sees else [("chair", who.name), ("recorder", who.name)]
            assert (unit.name, who.name, in_vain(record)) == (unit.name, who.name, waits)


def test_nobody_is_waited_for_in_vain_who_signed_before_or_need_not_yet(cast: Cast) -> None:
    record = records.submitted(cast)
    User.objects.filter(pk=cast.recorder.pk).update(is_active=False)
    assert in_vain(record) == [("recorder", cast.recorder.name)]
    Record.objects.filter(pk=record.pk).update(state="returned")
    assert in_vain(record) == []
    Record.objects.filter(pk=record.pk).update(state="submitted")
    Confirmation.objects.create(
        record=record,
        revision=record.revision,
        capacity="recorder",
        by=cast.recorder,
        by_name=cast.recorder.name,
    )
    assert in_vain(record) == []


def test_who_can_name_another_is_told_where_and_nothing_is_signed_for_anybody(
    cast: Cast, client: Client
) -> None:
    record = records.submitted(cast, chair=cast.member)
    leaves(cast.member)
    words = f"{cast.member.name}已不在本支部"
    link = f'href="/meetings/{record.meeting_id}/edit/"'
    other = make_user("陈党员", unit=cast.branch, username="other")
    seen = {}
    for person in (cast.secretary, cast.recorder, other):
        client.force_login(person)
        page = client.get(f"/minutes/{record.pk}/").content.decode()
        today = client.get("/").content.decode()
        seen[person.username] = (
            words in page,
            link in page,
            f"{cast.member.name}签不了字，换主持人" in today,
        )
    assert seen == {
        "secretary": (True, True, True),
        "recorder": (True, True, True),
        "other": (True, False, False),
    }
    assert Confirmation.objects.count() == 0


def test_after_another_was_named_the_record_is_returned_sent_and_signed(cast: Cast) -> None:
    record = records.submitted(cast, chair=cast.member)
    leaves(cast.member)
    at = timezone.now()
    schedule.change(record.meeting, chair=cast.secretary, by=cast.secretary, at=at)
    assert in_vain(record) == []
    actions.return_record(record, opinion="换主持人", by=cast.secretary, at=at)
    again = actions.submit(Record.objects.get(pk=record.pk), by=cast.recorder, at=at)
    for person in (cast.recorder, cast.secretary):
        actions.confirm(again, revision=again.revision, by=person, at=at)
    assert Record.objects.get(pk=record.pk).state == "signed"
