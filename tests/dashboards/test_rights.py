"""What the start page names to whom, asked of its questions themselves."""

from datetime import timedelta

import pytest
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.branches.queries import acts_in_a_branch
from studyapp.dashboards import queries
from studyapp.meetings.actions import leave
from studyapp.meetings.models import Meeting, Remark
from studyapp.minutes import actions as minutes
from studyapp.minutes.models import Record, RecordState, SentBack
from studyapp.speeches.models import ReadingPosition
from tests.conftest import Cast
from tests.factories import make_meeting, make_speech, make_user
from tests.minutes import records

SIGN = "签字确认会议记录"
ANSWER = "机关党委退回更正，看意见"


def said(user: User) -> list[str]:
    return [task.text for task in queries.tasks(user)]


def about(user: User, text: str) -> list[str]:
    return [task.about for task in queries.tasks(user) if task.text == text]


def named(record: Record, **people: User) -> None:
    """Let others have been chair or recorder of the meeting."""
    Meeting.objects.filter(pk=record.meeting_id).update(**people)


def test_the_next_meetings_texts_and_records_are_those_of_the_own_units(cast: Cast) -> None:
    meeting = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder)
    text = make_speech(cast.branch, cast.secretary)
    signed = records.signed(cast)
    for user, own in ((cast.member, True), (cast.visitor, False), (cast.sysadmin, False)):
        assert list(queries.next_meetings(user)) == ([meeting] if own else [])
        assert list(queries.texts(user)) == ([text] if own else [])
    shown = {
        who: list(queries.signed_below(getattr(cast, who))) for who in ("inspector", "visitor")
    }
    assert shown == {"inspector": [signed], "visitor": []}


@pytest.mark.parametrize(
    ("who", "organ", "branch"),
    [("member", False, True), ("inspector", True, False), ("sysadmin", False, False)],
)
def test_who_acts_for_an_organ_and_who_in_a_branch(
    cast: Cast, who: str, *, organ: bool, branch: bool
) -> None:
    user = getattr(cast, who)
    assert (queries.acts_for_organ(user), acts_in_a_branch(user)) == (organ, branch)


def test_who_left_the_branch_is_told_of_nothing_in_it(cast: Cast) -> None:
    record = records.opened(cast)
    assert said(cast.recorder) == ["整理会议记录，送签"]
    # Chair and recorder by name only: they belong to another branch.
    named(record, chair=cast.visitor, recorder=cast.visitor)
    assert said(cast.visitor) == []


def test_signatures_wait_for_chair_recorder_and_leaders_until_they_confirmed(cast: Cast) -> None:
    record = records.submitted(cast)
    people = (cast.secretary, cast.recorder, cast.member, cast.inspector, cast.visitor)
    assert [said(user).count(SIGN) for user in people] == [1, 1, 0, 0, 0]
    minutes.return_record(record, opinion="补齐", by=cast.secretary, at=timezone.now())
    assert [said(user).count(SIGN) for user in people] == [0] * 5


def test_what_was_sent_back_waits_for_who_can_correct_it(cast: Cast) -> None:
    version = records.signed(cast).versions.get()
    assert [said(user) for user in (cast.secretary, cast.recorder, cast.member)] == [[], [], []]
    minutes.send_back(version, opinion="人数不对", by=cast.inspector, at=timezone.now())
    people = (cast.secretary, cast.recorder, cast.member, cast.inspector, cast.visitor)
    assert [said(user).count(ANSWER) for user in people] == [1, 1, 0, 0, 0]


def test_home_is_the_first_unit_that_a_person_acts_in(cast: Cast) -> None:
    people = (cast.member, cast.visitor, cast.inspector, cast.sysadmin)
    found = [own and own.unit for own in map(queries.home, people)]
    assert found == [cast.branch, cast.other_branch, cast.organ, None]


def test_what_was_read_last_is_named_while_it_may_be_read(cast: Cast) -> None:
    text = make_speech(cast.branch, cast.secretary)
    theme = text.themes.get(number=1)
    for user in (cast.member, cast.visitor):
        ReadingPosition.objects.create(user=user, speech=text, theme=theme)
    found = [queries.reading(user) for user in (cast.member, cast.recorder, cast.visitor)]
    assert [at and (at.user, at.theme) for at in found] == [(cast.member, theme), None, None]


def test_own_words_wait_for_who_is_still_in_the_branch(cast: Cast) -> None:
    meeting = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder)
    for position, speaker in enumerate((cast.member, cast.visitor)):
        Remark.objects.create(
            meeting=meeting,
            speaker=speaker,
            position=position,
            text="少跑一趟。",
            entered_by=cast.recorder,
        )
    assert [said(user) for user in (cast.member, cast.visitor)] == [["核对本人发言"], []]


def test_leave_waits_for_who_opens_the_roll_call(cast: Cast) -> None:
    start = timezone.now() + timedelta(days=1)
    meeting = make_meeting(
        cast.branch,
        chair=cast.secretary,
        recorder=cast.recorder,
        start=start,
        attending=(cast.member,),
    )
    leave.ask(meeting, kind="出差", by=cast.member, at=timezone.now())
    task = "1人请假，等答复"
    people = (cast.secretary, cast.recorder, cast.member, cast.visitor)
    assert [said(user).count(task) for user in people] == [1, 1, 0, 0]
    # Meetings of a group are no pages of a recorder who stands in the branch alone.
    Meeting.objects.filter(pk=meeting.pk).update(unit=cast.group)
    assert [said(user).count(task) for user in people] == [1, 0, 0, 0]


def test_what_was_sent_back_waits_for_nobody_who_cannot_open_or_correct_it(cast: Cast) -> None:
    record = records.signed(cast)
    minutes.send_back(
        record.versions.get(), opinion="人数不对", by=cast.inspector, at=timezone.now()
    )
    named(record, chair=cast.member)
    # The chair is shown what was sent back, and does not correct it.
    shown = SentBack.objects.unsettled().shown_to(cast.member).count()
    assert (shown, about(cast.member, ANSWER)) == (1, [])
    assert about(cast.recorder, ANSWER) == ["学习会"]
    Meeting.objects.filter(pk=record.meeting_id).update(unit=cast.group)
    assert about(cast.recorder, ANSWER) == []


def test_what_was_sent_back_to_others_pushes_nothing_off_the_own_list(cast: Cast) -> None:
    others, own = records.signed(cast), records.signed(cast, title="自己记的会")
    named(own, recorder=cast.member)
    now = timezone.now()
    for record, number in ((others, 20), (own, 1)):
        version = record.versions.get()
        SentBack.objects.bulk_create(
            SentBack(version=version, by=cast.inspector, by_unit="机关党委", opinion="改", at=now)
            for _ in range(number)
        )
    assert about(cast.member, ANSWER) == ["自己记的会"]


def test_a_signature_waits_for_each_alone_and_for_each_revision_anew(cast: Cast) -> None:
    first, second = (records.submitted(cast, title=title) for title in ("第一次会", "第二次会"))
    both = ["第一次会", "第二次会"]
    people = (cast.secretary, cast.recorder)
    assert [about(user, SIGN) for user in people] == [both, both]
    now = timezone.now()
    minutes.confirm(first, revision=first.revision, by=cast.recorder, at=now)
    # Neither the other one's signature nor one under another record counts.
    assert [about(user, SIGN) for user in people] == [both, ["第二次会"]]
    minutes.return_record(first, opinion="补齐", by=cast.secretary, at=now)
    assert [about(user, SIGN) for user in people] == [["第二次会"], ["第二次会"]]
    again = minutes.submit(Record.objects.get(pk=first.pk), by=cast.recorder, at=now)
    assert again.revision > first.revision
    assert second.revision == first.revision
    assert [sorted(about(user, SIGN)) for user in people] == [sorted(both), sorted(both)]


def test_a_signature_waits_for_a_chair_a_recorder_and_who_reviews(cast: Cast) -> None:
    record = records.submitted(cast)
    deputy = make_user("吴副书记", unit=cast.branch, role="deputy")
    people = (cast.secretary, cast.recorder, cast.member, cast.visitor, deputy)

    def asked() -> list[int]:
        return [said(user).count(SIGN) for user in people]

    assert asked() == [1, 1, 0, 0, 0]
    # Where another chaired, the secretary reviews.
    named(record, chair=cast.member)
    assert asked() == [1, 1, 1, 0, 0]
    named(record, chair=cast.visitor, recorder=cast.member)
    # By name alone, from another branch, it is no page of theirs.
    assert asked() == [1, 0, 1, 0, 0]


def test_twenty_signatures_are_listed_at_most(cast: Cast) -> None:
    now = timezone.now()
    for number in range(21):
        meeting = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder)
        Record.objects.create(
            meeting=meeting,
            state=RecordState.SUBMITTED,
            submitted_at=now + timedelta(minutes=number),
            submitted_by=cast.recorder,
        )
    assert said(cast.recorder).count(SIGN) == 20
