"""Planning: who should attend, the agenda, another time, cancelling, late entry."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from studyapp.accounts.models import Political, Standing, User
from studyapp.audit.models import Entry
from studyapp.branches.models import Membership
from studyapp.errors import Refused, Stale
from studyapp.meetings import deadlines
from studyapp.meetings.actions import course, schedule
from studyapp.meetings.models import ItemKind, Kind, Meeting, State
from tests.conftest import Cast
from tests.factories import make_speech, make_user

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)  # a Monday
START = datetime(2026, 11, 24, 14, 30, tzinfo=ZONE)


def plan(cast: Cast, *, kind: str = Kind.STUDY, start: datetime = START, **more: object) -> Meeting:
    values = {
        "unit": cast.branch,
        "kind": kind,
        "title": "学习推进会讲话",
        "planned_start": start,
        "planned_end": start + timedelta(hours=1),
        "place": "三楼会议室",
        "chair": cast.secretary,
        "recorder": cast.recorder,
        "by": cast.secretary,
        "at": NOW,
    }
    return schedule.schedule(**(values | more))  # type: ignore[arg-type]


def names(meeting: Meeting) -> list[str]:
    return [row.name for row in meeting.attendances.all()]


@pytest.fixture
def people(cast: Cast) -> dict[str, User]:
    """Return more people of the branch, one of each standing that matters."""
    branch = cast.branch
    guest = make_user("关系在外", is_home=False, unit=branch, rank=25)
    Membership.objects.create(user=guest, unit=cast.other_branch, is_home=True)
    return {
        "probationary": make_user("预备员", unit=branch, rank=20, political=Political.PROBATIONARY),
        "watched": make_user("留察员", unit=branch, rank=21, standing=Standing.PROBATION),
        "suspended": make_user("中止员", unit=branch, rank=22, standing=Standing.SUSPENDED),
        "outsider": make_user("群众甲", unit=branch, rank=30, political=Political.NONE),
        "elsewhere": guest,
    }


def test_a_party_assembly_invites_the_members_of_the_branch(
    cast: Cast, people: dict[str, User]
) -> None:
    meeting = plan(cast, kind=Kind.ASSEMBLY)
    assert names(meeting) == ["陈卫东", "孙丽华", "王海峰", "预备员", "留察员", "中止员"]


def test_only_full_members_in_good_standing_with_their_home_here_have_a_vote(
    cast: Cast, people: dict[str, User]
) -> None:
    meeting = plan(cast, kind=Kind.STUDY)
    voting = [row.name for row in meeting.attendances.all() if row.has_vote]
    assert voting == ["陈卫东", "孙丽华", "王海峰"]
    assert names(meeting)[-1] == "群众甲"


def test_a_committee_meeting_invites_the_committee(cast: Cast) -> None:
    assert names(plan(cast, kind=Kind.COMMITTEE)) == ["陈卫东", "孙丽华"]


def test_a_group_meeting_invites_the_group_and_its_members_keep_their_vote(cast: Cast) -> None:
    Membership.objects.create(user=cast.member, unit=cast.group, role="leader")
    meeting = plan(cast, unit=cast.group, kind=Kind.GROUP, chair=cast.member, recorder=cast.member)
    assert [(row.name, row.has_vote) for row in meeting.attendances.all()] == [("王海峰", True)]


def test_who_studies_together_is_the_organisers_choice(cast: Cast) -> None:
    meeting = plan(cast, people=[cast.recorder, cast.member])
    assert names(meeting) == ["孙丽华", "王海峰"]


def test_an_assembly_is_never_a_choice(cast: Cast) -> None:
    assert len(names(plan(cast, kind=Kind.ASSEMBLY, people=[cast.member]))) == 3


def test_the_agenda_follows_the_usual_order(cast: Cast) -> None:
    one = make_speech(cast.branch, cast.secretary, title="甲讲话")
    two = make_speech(cast.branch, cast.secretary, title="乙讲话")
    meeting = plan(cast, kind=Kind.ASSEMBLY, speeches=[one, two], lead_readers=[cast.member, None])
    items = [(item.kind, item.title, item.lead_reader) for item in meeting.agenda.all()]
    assert items == [
        ("attendance", "通报到会情况", None),
        ("study", "学习《甲讲话》", cast.member),
        ("study", "学习《乙讲话》", None),
        ("discussion", "交流发言", None),
        ("vote", "表决", None),
        ("summary", "主持人小结", None),
        ("adjourn", "散会", None),
    ]


def test_meetings_are_counted_by_kind_and_year(cast: Cast) -> None:
    first = plan(cast)
    assert (first.ordinal, plan(cast).ordinal, plan(cast, kind=Kind.ASSEMBLY).ordinal) == (1, 2, 1)


def test_planning_is_audited_and_all_or_nothing(cast: Cast) -> None:
    plan(cast)
    assert Entry.objects.get().name == "安排学习会"
    text = make_speech(cast.branch, cast.secretary)
    # The meeting itself is stored by the time its agenda turns out to be impossible.
    with pytest.raises(ValueError, match="lead_reader"):
        plan(cast, speeches=[text], lead_readers=["nobody"])
    assert (Meeting.objects.count(), Entry.objects.count()) == (1, 1)


def test_a_stranger_cannot_chair_or_record(cast: Cast) -> None:
    with pytest.raises(Refused, match="周敏不在刑侦支队第一党支部"):
        plan(cast, chair=cast.visitor)


def test_a_meeting_ends_after_it_starts(cast: Cast) -> None:
    with pytest.raises(Refused, match="结束时间要晚于开始时间"):
        plan(cast, planned_end=START)


@pytest.mark.parametrize(
    ("held", "late"),
    [
        ("2026-11-23", False),
        ("2026-11-20", False),
        ("2026-11-18", False),
        ("2026-11-17", True),
        ("2026-11-02", True),
    ],
)
def test_after_three_working_days_an_entry_is_late(held: str, late: bool) -> None:  # noqa: FBT001
    moment = datetime.fromisoformat(f"{held}T16:00").replace(tzinfo=ZONE)
    assert deadlines.is_late_entry(moment, NOW) is late


def test_a_late_entry_needs_a_reason_and_keeps_the_real_time(cast: Cast) -> None:
    past = START - timedelta(days=20)
    with pytest.raises(Refused, match="补录"):
        plan(cast, start=past)
    meeting = plan(cast, start=past, late_entry_reason="系统启用前召开")
    schedule.move(meeting, to="open_now", by=cast.recorder, at=NOW)
    meeting = schedule.move(meeting, to="end", by=cast.recorder, at=NOW)
    assert (meeting.actual_start, meeting.actual_end) == (past, past + timedelta(hours=1))


def test_postponing_keeps_the_first_time_and_the_reason(cast: Cast) -> None:
    meeting = plan(cast)
    later = START + timedelta(days=2)
    for day in (1, 2):
        meeting = schedule.postpone(
            meeting,
            start=START + timedelta(days=day),
            end=START + timedelta(days=day, hours=1),
            reason="防汛值守",
            by=cast.secretary,
            at=NOW,
        )
    assert (meeting.planned_start, meeting.postponed_from) == (later, START)


def test_a_running_meeting_is_not_postponed(cast: Cast) -> None:
    meeting = plan(cast)
    schedule.move(meeting, to="check_in", by=cast.recorder, at=NOW)
    with pytest.raises(Refused, match="不能改期"):
        schedule.postpone(
            meeting,
            start=START,
            end=START + timedelta(hours=1),
            reason="改",
            by=cast.secretary,
            at=NOW,
        )


def test_cancelling_needs_a_reason(cast: Cast) -> None:
    meeting = plan(cast)
    with pytest.raises(Refused, match="写明取消原因"):
        schedule.cancel(meeting, reason="", by=cast.secretary, at=NOW)
    assert schedule.cancel(meeting, reason="出警", by=cast.secretary, at=NOW).state == (
        State.CANCELLED
    )


def test_a_form_made_from_an_older_state_is_stale(cast: Cast) -> None:
    meeting = plan(cast)
    schedule.change(meeting, by=cast.secretary, at=NOW, version=meeting.version, place="二楼")
    with pytest.raises(Stale):
        schedule.change(meeting, by=cast.recorder, at=NOW, version=meeting.version, place="一楼")


def test_a_signed_meeting_does_not_change(cast: Cast) -> None:
    meeting = plan(cast)
    Meeting.objects.update(signed_at=NOW)
    with pytest.raises(Refused, match="已签字"):
        schedule.change(meeting, by=cast.secretary, at=NOW, place="二楼")


def test_the_roll_is_refreshed_when_people_sign_in(cast: Cast) -> None:
    meeting = plan(cast, kind=Kind.ASSEMBLY)
    User.objects.filter(pk=cast.member.pk).update(standing=Standing.SUSPENDED)
    make_user("新来的", unit=cast.branch, rank=50)
    schedule.move(meeting, to="check_in", by=cast.recorder, at=NOW)
    rows = {row.name: row.has_vote for row in meeting.attendances.all()}
    assert rows == {"陈卫东": True, "孙丽华": True, "王海峰": False, "新来的": True}


@pytest.mark.attack(52)
def test_who_left_the_branch_goes_off_the_roll_unless_already_marked(cast: Cast) -> None:
    meeting = plan(cast, kind=Kind.ASSEMBLY)
    meeting.attendances.filter(user=cast.recorder).update(presence="leave", leave_kind="出差")
    gone = Membership.objects.filter(user__in=[cast.member, cast.recorder])
    gone.update(started_on=START.date(), ended_on=START.date())
    schedule.move(meeting, to="check_in", by=cast.secretary, at=NOW)
    assert names(meeting) == ["陈卫东", "孙丽华"]


def test_an_ordinal_is_never_given_twice(cast: Cast) -> None:
    plan(cast)
    second = plan(cast)
    plan(cast)
    schedule.cancel(second, reason="出警", by=cast.secretary, at=NOW)
    assert plan(cast).ordinal == 4


def test_sittings_move_with_the_meeting(cast: Cast) -> None:
    meeting = plan(cast)
    sitting = meeting.sittings.create(
        name="A班", start=START, end=START + timedelta(hours=1), place=""
    )
    schedule.postpone(
        meeting,
        start=START + timedelta(days=1, hours=2),
        end=START + timedelta(days=1, hours=3),
        reason="防汛",
        by=cast.secretary,
        at=NOW,
    )
    sitting.refresh_from_db()
    assert (sitting.start, sitting.end) == (
        START + timedelta(days=1, hours=2),
        START + timedelta(days=1, hours=3),
    )


def test_only_study_is_held_in_shifts(cast: Cast) -> None:
    study, assembly = plan(cast), plan(cast, kind=Kind.ASSEMBLY)
    shift = {
        "name": "A班",
        "start": START,
        "end": START + timedelta(hours=1),
        "place": "",
        "by": cast.secretary,
        "at": NOW,
    }
    assert course.add_sitting(study, **shift).name == "A班"  # type: ignore[arg-type]
    with pytest.raises(Refused, match="只有集中学习"):
        course.add_sitting(assembly, **shift)  # type: ignore[arg-type]


def test_a_new_agenda_item_finds_its_place_and_the_end_stays_last(cast: Cast) -> None:
    meeting = plan(cast)
    text = make_speech(cast.branch, cast.secretary, title="丙讲话")
    item = course.add_item(
        meeting, kind=ItemKind.STUDY, title="", speech=text, by=cast.recorder, at=NOW
    )
    titles = [each.title for each in meeting.agenda.all()]
    assert titles == ["通报到会情况", "学习《丙讲话》", "交流发言", "主持人小结", "散会"]
    course.shift_item(item, up=False, by=cast.recorder, at=NOW)
    assert [each.title for each in meeting.agenda.all()][1:3] == ["交流发言", "学习《丙讲话》"]
    last = meeting.agenda.get(kind=ItemKind.ADJOURN)
    with pytest.raises(Refused, match="散会总在最后"):
        course.shift_item(last, up=True, by=cast.recorder, at=NOW)
    with pytest.raises(Refused, match="不能删除"):
        course.remove_item(last, by=cast.recorder, at=NOW)


def test_actual_times_lie_in_the_past_and_in_order(cast: Cast) -> None:
    meeting = plan(cast, start=NOW - timedelta(hours=2))
    schedule.move(meeting, to="open_now", by=cast.recorder, at=NOW - timedelta(hours=2))
    schedule.move(meeting, to="end", by=cast.recorder, at=NOW)
    change = {"by": cast.recorder, "at": NOW}
    with pytest.raises(Refused, match="晚于实际开始"):
        course.set_times(meeting, start=NOW, end=NOW, **change)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="不能晚于现在"):
        course.set_times(
            meeting,
            start=NOW,
            end=NOW + timedelta(hours=1),
            **change,  # type: ignore[arg-type]
        )
    fixed = course.set_times(
        meeting,
        start=NOW - timedelta(hours=1),
        end=NOW,
        **change,  # type: ignore[arg-type]
    )
    assert fixed.actual_start == NOW - timedelta(hours=1)
