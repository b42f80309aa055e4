"""The roll call and its count."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from studyapp.accounts.models import Political
from studyapp.audit.models import Entry
from studyapp.errors import Refused, Stale
from studyapp.meetings import queries
from studyapp.meetings.actions import roll
from studyapp.meetings.models import Attendance, Meeting, Presence, Sitting
from tests.conftest import Cast
from tests.factories import make_attendance, make_meeting, make_user

NOW = timezone.now()


@pytest.fixture
def meeting(cast: Cast) -> Meeting:
    """Return a meeting with four people, one of them probationary."""
    made = make_meeting(
        cast.branch,
        chair=cast.secretary,
        recorder=cast.recorder,
        state="check_in",
        attending=(cast.secretary, cast.recorder, cast.member),
    )
    young = make_user("李明远", unit=cast.branch, rank=11, political=Political.PROBATIONARY)
    make_attendance(made, young)
    return made


def row(meeting: Meeting, name: str) -> Attendance:
    return meeting.attendances.get(name=name)


def test_the_rest_are_present(cast: Cast, meeting: Meeting) -> None:
    roll.mark(row(meeting, "王海峰"), presence="leave", leave_kind="值班", by=cast.recorder, at=NOW)
    assert roll.rest_present(meeting, by=cast.recorder, at=NOW) == 3
    count = queries.head_count(meeting.attendances.all())
    assert (count.should, count.present, count.unknown) == (4, 3, 0)
    assert (count.should_full, count.present_full) == (3, 2)
    assert (count.should_probationary, count.present_probationary) == (1, 1)
    assert (count.should_vote, count.present_vote) == (3, 2)
    assert count.leave_kinds == {"值班": 1}
    assert count.sentence == (
        "应到4人，实到3人，其中正式党员应到3人、实到2人，预备党员应到1人、实到1人；"
        "有表决权的党员应到3人、实到2人；请假1人。"
    )


def test_who_came_late_or_left_early_was_there(cast: Cast, meeting: Meeting) -> None:
    by = {"by": cast.recorder, "at": NOW}
    roll.mark(row(meeting, "王海峰"), presence="late", arrived_at=time(14, 50), **by)  # type: ignore[arg-type]
    roll.mark(row(meeting, "孙丽华"), presence="left", left_at=time(15, 0), **by)  # type: ignore[arg-type]
    count = queries.head_count(meeting.attendances.all())
    assert (count.present, len(count.late), len(count.left)) == (2, 1, 1)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"presence": "leave"}, "请假要选类别"),
        ({"presence": "late"}, "迟到要填到会时间"),
        ({"presence": "left"}, "中途离会要填离会时间"),
        (
            {"presence": "left", "arrived_at": time(15), "left_at": time(14)},
            "离会时间要晚于到会时间",
        ),
        ({"presence": "asleep"}, "没有选对"),
    ],
)
def test_a_mark_without_what_it_needs_is_refused(
    cast: Cast, meeting: Meeting, values: dict[str, object], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        roll.mark(row(meeting, "王海峰"), by=cast.recorder, at=NOW, **values)  # type: ignore[arg-type]
    assert (row(meeting, "王海峰").presence, Entry.objects.count()) == ("", 0)


def test_a_roll_form_is_all_or_nothing(cast: Cast, meeting: Meeting) -> None:
    calls = [
        roll.Call(row(meeting, "王海峰").pk, "present", was=""),
        roll.Call(row(meeting, "孙丽华").pk, "late", was=""),
    ]
    with pytest.raises(Refused, match="孙丽华迟到"):
        roll.mark_all(meeting, calls, by=cast.recorder, at=NOW)
    assert row(meeting, "王海峰").presence == Presence.UNKNOWN


@pytest.mark.attack(52)
def test_two_people_call_the_roll_side_by_side(cast: Cast, meeting: Meeting) -> None:
    one, two = row(meeting, "王海峰").pk, row(meeting, "孙丽华").pk
    by = {"by": cast.recorder, "at": NOW}
    roll.mark_all(meeting, [roll.Call(one, "present", was="")], **by)  # type: ignore[arg-type]
    # The other form was opened before: it leaves 王海峰 alone and marks 孙丽华.
    other = [roll.Call(one, "", was=""), roll.Call(two, "present", was="")]
    assert roll.mark_all(meeting, other, **by) == 1  # type: ignore[arg-type]
    assert row(meeting, "王海峰").presence == "present"
    with pytest.raises(Stale, match="王海峰刚被别人标为“已到”"):
        roll.mark_all(meeting, [roll.Call(one, "absent", was="")], **by)  # type: ignore[arg-type]


def test_out_of_should_attend_needs_a_reason_and_names_who_approved(
    cast: Cast, meeting: Meeting
) -> None:
    found = roll.excuse(
        row(meeting, "王海峰"),
        reason="借调外单位",
        by=cast.recorder,
        approver=cast.secretary,
        at=NOW,
    )
    assert (found.should_attend, found.excused_by) == (False, cast.secretary)
    count = queries.head_count(meeting.attendances.all())
    assert (count.should, count.should_vote, len(count.excused)) == (3, 2, 1)
    roll.excuse(found, reason="", by=cast.recorder, at=NOW)
    assert queries.head_count(meeting.attendances.all()).should == 4


def test_an_excused_person_is_not_among_the_rest(cast: Cast, meeting: Meeting) -> None:
    roll.excuse(row(meeting, "王海峰"), reason="长期病休", by=cast.secretary, at=NOW)
    roll.rest_present(meeting, by=cast.recorder, at=NOW)
    assert row(meeting, "王海峰").presence == Presence.UNKNOWN


def test_a_guest_sits_in_without_vote_and_can_be_taken_off(cast: Cast, meeting: Meeting) -> None:
    guest = roll.add_observer(
        meeting, name="何局", title="市局机关党委", purpose="督导", by=cast.recorder, at=NOW
    )
    count = queries.head_count(meeting.attendances.all())
    assert ([a.name for a in count.observers], count.should, guest.has_vote) == (["何局"], 4, False)
    roll.remove_observer(guest, by=cast.recorder, at=NOW)
    assert meeting.attendances.filter(name="何局").count() == 0
    with pytest.raises(Refused, match="不能移出名单"):
        roll.remove_observer(row(meeting, "王海峰"), by=cast.recorder, at=NOW)


def test_who_has_left_was_present_but_no_longer_votes(cast: Cast, meeting: Meeting) -> None:
    roll.rest_present(meeting, by=cast.recorder, at=NOW)
    by = {"by": cast.recorder, "at": NOW}
    roll.mark(row(meeting, "王海峰"), presence="left", left_at=time(15), **by)  # type: ignore[arg-type]
    count = queries.head_count(meeting.attendances.all())
    assert (count.present_vote, count.now_vote, count.should_vote) == (3, 2, 3)
    meeting.kind = "assembly"
    found = [(r.label, r.needed, r.is_valid) for r in queries.readiness(count, meeting)]
    assert found == [
        ("一般表决", 2, True),
        ("接收预备党员和转正", 2, True),
        ("选举", 3, False),
    ]


def test_who_is_announced_as_a_guest_is_called_up_with_the_rest(
    cast: Cast, meeting: Meeting
) -> None:
    Meeting.objects.update(state="preparing")
    guest = roll.add_observer(meeting, name="何局", title="政治部", by=cast.recorder, at=NOW)
    assert guest.presence == Presence.UNKNOWN
    roll.rest_present(meeting, by=cast.recorder, at=NOW)
    assert row(meeting, "何局").presence == Presence.PRESENT


@pytest.mark.attack(52)
def test_somebody_may_be_added_to_should_attend(cast: Cast, meeting: Meeting) -> None:
    late = make_user("后来的", unit=cast.branch, rank=30)
    added = roll.add_person(meeting, user=late, by=cast.recorder, at=NOW)
    assert (added.should_attend, added.has_vote) == (True, True)
    assert Entry.objects.get().name == "增加应到人员"
    with pytest.raises(Refused, match="已在名单上"):
        roll.add_person(meeting, user=late, by=cast.recorder, at=NOW)
    Meeting.objects.update(kind="assembly")
    outsider = make_user("群众甲", unit=cast.branch, political=Political.NONE)
    with pytest.raises(Refused, match="不在支部党员大会的应到之列，可以加为列席"):
        roll.add_person(meeting, user=outsider, by=cast.recorder, at=NOW)
    assert meeting.attendances.filter(user=outsider).count() == 0


@pytest.mark.attack(52)
def test_nobody_is_on_the_roll_twice(cast: Cast, meeting: Meeting) -> None:
    with pytest.raises(Refused, match="王海峰已在名单上"):
        roll.add_observer(meeting, user=cast.member, by=cast.recorder, at=NOW)


def test_the_rest_of_one_sitting_only(cast: Cast, meeting: Meeting) -> None:
    shift = Sitting.objects.create(
        meeting=meeting, name="A班", start=NOW, end=NOW + timedelta(hours=1)
    )
    meeting.attendances.filter(name="王海峰").update(sitting=shift)
    assert roll.rest_present(meeting, by=cast.recorder, at=NOW, sitting=shift) == 1
    assert row(meeting, "孙丽华").presence == Presence.UNKNOWN
    counts = [
        (sitting.name if sitting else "", count.should, count.present)
        for sitting, count in queries.by_sitting(meeting, meeting.attendances.all())
    ]
    assert counts == [("A班", 1, 1), ("", 3, 0)]


def test_every_mark_is_audited_without_the_reason(cast: Cast, meeting: Meeting) -> None:
    roll.mark(
        row(meeting, "王海峰"),
        presence="leave",
        leave_kind="病假",
        reason="住院",
        by=cast.recorder,
        at=NOW,
    )
    entry = Entry.objects.get()
    assert (entry.name, entry.target, entry.user_id) == ("点名", "王海峰", "recorder")
    assert "住院" not in str(entry.condition)


def test_a_cancelled_or_signed_meeting_has_no_roll_call(cast: Cast, meeting: Meeting) -> None:
    Meeting.objects.update(signed_at=NOW)
    with pytest.raises(Refused, match="已签字"):
        roll.rest_present(meeting, by=cast.recorder, at=NOW)
    Meeting.objects.update(signed_at=None, state="cancelled", cancel_reason="出警")
    with pytest.raises(Refused, match="已取消"):
        roll.rest_present(meeting, by=cast.recorder, at=NOW)
