"""The record sheet: remarks, pasted lines, notes taken in, votes, decisions, summary."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.errors import Refused, Stale
from studyapp.meetings import queries, voting
from studyapp.meetings.actions import checking, course, outcomes, sheet
from studyapp.meetings.actions.locking import stamp
from studyapp.meetings.models import AgendaItem, Meeting, Vote, VoteKind
from studyapp.meetings.pasting import split_lines
from studyapp.meetings.voting import Got
from tests.conftest import Cast
from tests.factories import make_attendance, make_meeting, make_note, make_user

NOW = timezone.now()


@pytest.fixture
def meeting(cast: Cast) -> Meeting:
    """Return a running assembly with three people and a short agenda."""
    made = make_meeting(
        cast.branch,
        chair=cast.secretary,
        recorder=cast.recorder,
        kind="assembly",
        state="open",
        attending=(cast.secretary, cast.recorder, cast.member),
        actual_start=NOW,
    )
    made.attendances.update(presence="present")
    kinds = ("attendance", "discussion", "vote", "other", "summary", "adjourn")
    for position, kind in enumerate(kinds, 1):
        AgendaItem.objects.create(meeting=made, position=position, kind=kind, title=kind)
    return made


def say(meeting: Meeting, cast: Cast, speaker: User, text: str = "按清单改。") -> object:
    return sheet.add_remark(meeting, speaker=speaker, text=text, by=cast.recorder, at=NOW)


def test_a_remark_stands_under_the_discussion_as_the_recorders_entry(
    cast: Cast, meeting: Meeting
) -> None:
    sheet.add_remark(meeting, speaker=cast.member, text="按清单改。", by=cast.recorder, at=NOW)
    remark = meeting.remarks.get()
    assert (remark.speaker_name, remark.item.kind, remark.checked_at, remark.entered_by) == (
        "王海峰",
        "discussion",
        None,
        cast.recorder,
    )
    assert Entry.objects.get().name == "记录发言"


def test_the_speaker_checks_the_own_remark_and_nobody_else(cast: Cast, meeting: Meeting) -> None:
    say(meeting, cast, cast.member)
    remark = meeting.remarks.get()
    with pytest.raises(Refused, match="只有发言人本人"):
        checking.check_remark(remark, by=cast.recorder, at=NOW)
    checking.object_to_remark(remark, objection="是下周改。", by=cast.member, at=NOW)
    assert "王海峰说自己的发言记得不对" in [m.text for m in queries.missing(meeting)]
    sheet.edit_remark(remark, text="下周按清单改。", by=cast.recorder, at=NOW)
    remark.refresh_from_db()
    assert (remark.objection, remark.checked_at) == ("是下周改。", None)
    checking.check_remark(remark, by=cast.member, at=NOW)
    assert meeting.remarks.get().checked_at == NOW


def test_new_words_need_a_new_check(cast: Cast, meeting: Meeting) -> None:
    say(meeting, cast, cast.member)
    remark = meeting.remarks.get()
    checking.check_remark(remark, by=cast.member, at=NOW)
    sheet.edit_remark(remark, text=remark.text, by=cast.recorder, at=NOW)
    assert meeting.remarks.get().checked_at == NOW
    sheet.edit_remark(remark, text="别的话。", by=cast.recorder, at=NOW)
    assert meeting.remarks.get().checked_at is None


def test_a_form_made_from_other_words_is_stale(cast: Cast, meeting: Meeting) -> None:
    say(meeting, cast, cast.member, "第一稿")
    remark = meeting.remarks.get()
    base = stamp(remark.text)
    sheet.edit_remark(remark, text="甲改的", base=base, by=cast.recorder, at=NOW)
    with pytest.raises(Stale):
        sheet.edit_remark(remark, text="乙改的", base=base, by=cast.secretary, at=NOW)
    assert meeting.remarks.get().text == "甲改的"


def test_the_speaking_order_can_be_mended(cast: Cast, meeting: Meeting) -> None:
    say(meeting, cast, cast.member)
    say(meeting, cast, cast.secretary)
    sheet.shift_remark(meeting.remarks.last(), up=True, by=cast.recorder, at=NOW)
    assert [r.speaker_name for r in meeting.remarks.all()] == ["陈卫东", "王海峰"]
    sheet.shift_remark(meeting.remarks.first(), up=True, by=cast.recorder, at=NOW)
    assert [r.speaker_name for r in meeting.remarks.all()] == ["陈卫东", "王海峰"]


def test_a_remark_needs_a_speaker_and_words(cast: Cast, meeting: Meeting) -> None:
    with pytest.raises(Refused, match="发言人"):
        sheet.add_remark(meeting, text="有话", by=cast.recorder, at=NOW)
    with pytest.raises(Refused, match="没有写内容"):
        say(meeting, cast, cast.member, " \n ")
    with pytest.raises(Refused, match="超过20000字"):
        say(meeting, cast, cast.member, "长" * 20_001)
    assert (meeting.remarks.count(), Entry.objects.count()) == (0, 0)


ROSTER = {"王海峰": None, "陈卫东": None, "王宁": None, "何局": None}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("王海峰：要改。\n陈卫东：同意。", [("王海峰", "要改。"), ("陈卫东", "同意。")]),
        ("王　宁: 半角也行", [("王宁", "半角也行")]),
        ("1. 王海峰同志：第一句\n第二句", [("王海峰", "第一句\n第二句")]),
        ("2、陈卫东书记：小结", [("陈卫东", "小结")]),
        ("王海峰：时间：14:30开始", [("王海峰", "时间：14:30开始")]),
        ("王海峰：第一点\n时间：下周", [("王海峰", "第一点\n时间：下周")]),
        ("没有姓名的一行\n王海峰：话", [("", "没有姓名的一行"), ("王海峰", "话")]),
        ("王海峰：\n陈卫东：话", [("陈卫东", "话")]),
        ("\n\n", []),
    ],
)
def test_pasted_lines_are_split_by_the_roster(text: str, found: list[tuple[str, str]]) -> None:
    assert [(line.name, line.text) for line in split_lines(text, ROSTER)] == found


def test_a_name_that_is_not_on_the_roster_is_pointed_out() -> None:
    line = split_lines("王海峰：要改。\n李大山：我不同意。", ROSTER)[0]
    assert (line.is_known, line.doubtful) == (True, ("李大山：我不同意。",))


def test_pasting_is_all_or_nothing(cast: Cast, meeting: Meeting) -> None:
    with pytest.raises(Refused, match="前面没有姓名"):
        sheet.paste(meeting, text="无名\n王海峰：话", by=cast.recorder, at=NOW)
    assert meeting.remarks.count() == 0
    made = sheet.paste(meeting, text="王海峰：甲\n陈卫东：乙", by=cast.recorder, at=NOW)
    assert [(r.speaker, r.text) for r in made] == [(cast.member, "甲"), (cast.secretary, "乙")]


def test_a_namesake_is_never_guessed(cast: Cast, meeting: Meeting) -> None:
    make_attendance(meeting, cast.visitor)
    meeting.attendances.filter(user=cast.visitor).update(name="王海峰")
    assert sheet.roster(meeting)["王海峰"] is None


def test_a_note_taken_in_is_a_copy_and_its_author_sees_it(cast: Cast, meeting: Meeting) -> None:
    note = make_note(cast.member, cast.branch, meeting=meeting, body="主动告知。")
    remark = sheet.take_note(meeting, note, by=cast.recorder, at=NOW)
    note.refresh_from_db()
    assert (remark.text, remark.speaker, note.in_record) == ("主动告知。", cast.member, True)
    with pytest.raises(Refused, match="已列入记录"):
        sheet.take_note(meeting, note, by=cast.recorder, at=NOW)
    sheet.remove_remark(remark, by=cast.recorder, at=NOW)
    note.refresh_from_db()
    assert note.in_record is False


def test_a_draft_is_never_taken_in(cast: Cast, meeting: Meeting) -> None:
    draft = make_note(cast.member, cast.branch, meeting=meeting, posted=False)
    with pytest.raises(Refused, match="没有提交"):
        sheet.take_note(meeting, draft, by=cast.recorder, at=NOW)


SECRET = {"ballots_out": 3, "ballots_back": 3, "tellers": "王海峰", "counters": "孙丽华"}


def vote(meeting: Meeting, cast: Cast, kind: str, **fields: object) -> Vote:
    values = {"subject": "年度计划", "present": 3, "by": cast.recorder, "at": NOW}
    return outcomes.add_vote(meeting, kind=kind, **(values | fields))  # type: ignore[arg-type]


def test_an_ordinary_vote_is_stored_as_counts(cast: Cast, meeting: Meeting) -> None:
    made = vote(meeting, cast, VoteKind.ORDINARY, ayes=3)
    assert (made.item.kind, made.method, made.eligible) == ("vote", "hands", 3)
    assert Entry.objects.get().name == "记录表决"


def test_who_should_attend_comes_from_the_roll_whatever_a_form_says(
    cast: Cast, meeting: Meeting
) -> None:
    make_attendance(meeting, make_user("在外出差", unit=cast.branch), presence="absent")
    made = vote(meeting, cast, VoteKind.ORDINARY, eligible=1, ayes=3)
    assert (made.eligible, voting.judge(made).passed) == (4, True)
    with pytest.raises(Refused, match="点名时有表决权的实到3人，这里写了4人"):
        vote(meeting, cast, VoteKind.ORDINARY, present=4)


def test_a_vote_is_corrected_and_judged_again(cast: Cast, meeting: Meeting) -> None:
    made = vote(meeting, cast, VoteKind.ORDINARY, ayes=1, noes=2)
    assert voting.judge(made).passed is False
    outcomes.edit_vote(made, ayes=2, noes=1, by=cast.recorder, at=NOW)
    stored = meeting.votes.get()
    assert (stored.ayes, voting.judge(stored).passed) == (2, True)
    with pytest.raises(Refused, match="多于实到"):
        outcomes.edit_vote(stored, ayes=3, noes=1, by=cast.recorder, at=NOW)
    assert [e.name for e in Entry.objects.order_by("pk")] == ["记录表决", "更正表决"]


@pytest.mark.parametrize("kind", [VoteKind.ADMISSION, VoteKind.CONFIRMATION])
def test_a_vote_on_a_person_is_secret_and_on_one_person(
    cast: Cast, meeting: Meeting, kind: str
) -> None:
    assert vote(meeting, cast, kind, subject="接收李明远", ayes=2, **SECRET).method == "secret"
    with pytest.raises(Refused, match="监票人和计票人"):
        vote(meeting, cast, kind, ayes=2)
    with pytest.raises(Refused, match="逐个讨论、逐个表决"):
        vote(meeting, cast, kind, subject="接收李明远、高鹏", ayes=2, **SECRET)


@pytest.mark.parametrize(
    ("candidates", "sentence"),
    [
        ([Got("陈卫东", 4)], "得票多于收回票数"),
        ([Got("陈卫东", 3), Got("孙丽华", 2)], "得票合计多于收回票数乘应选人数"),
        ([Got("陈卫东", 1), Got("陈卫东", 2)], "填了两次"),
        ([], "选举要填候选人"),
        (
            [Got("陈卫东", 2, 1, 1)],
            "陈卫东的赞成、不赞成、弃权合计4票，收回只有3张，请核对。",
        ),
        ([Got("陈卫东", 2), Got("孙丽华", 1, 1, is_other=True)], "孙丽华是另选他人，只填得赞成票"),
    ],
)
def test_votes_for_candidates_that_cannot_be_are_refused(
    cast: Cast, meeting: Meeting, candidates: list[Got], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        vote(meeting, cast, VoteKind.ELECTION, seats=1, candidates=candidates, **SECRET)
    assert meeting.votes.count() == 0


def test_an_election_gone_wrong_is_written_down_as_void(cast: Cast, meeting: Meeting) -> None:
    counts = SECRET | {"ballots_back": 4}
    made = vote(meeting, cast, VoteKind.ELECTION, seats=1, candidates=[Got("陈卫东", 4)], **counts)
    ruling = voting.judge(made, [Got("陈卫东", 4)])
    assert (ruling.valid, ruling.elected) == (False, ())
    assert "收回多于发出，选举无效" in ruling.sentence


def test_a_kind_of_vote_that_the_meeting_cannot_hold_is_refused(
    cast: Cast, meeting: Meeting
) -> None:
    with pytest.raises(Refused, match="支部党员大会不作支委会表决"):
        vote(meeting, cast, VoteKind.COMMITTEE)


def test_no_vote_while_there_are_sittings(cast: Cast, meeting: Meeting) -> None:
    for name in ("A班", "B班"):
        meeting.sittings.create(name=name, start=NOW, end=NOW + timedelta(hours=1))
    with pytest.raises(Refused, match="分场次的会议不能表决"):
        vote(meeting, cast, VoteKind.ORDINARY, ayes=3)


def test_nothing_says_who_voted_how() -> None:
    names = {field.name for field in Vote._meta.get_fields()}
    assert names & {"voter", "voters", "user", "ballot", "attendance"} == set()


def test_what_is_missing_is_named_while_people_still_sit(cast: Cast, meeting: Meeting) -> None:
    meeting.attendances.update(presence="")
    assert [m.text for m in queries.missing(meeting)] == [
        "还有3人没有点到",
        "“discussion”还没有记录发言",
        "议程有表决，还没有记录表决结果",
        "“other”的记录",
        "主持人小结",
    ]
    decision = outcomes.add_decision(meeting, text="列出清单", by=cast.recorder, at=NOW)
    texts = [m.text for m in queries.missing(meeting)]
    assert texts[-3:-1] == ["“列出清单”由谁负责", "“列出清单”的完成时限"]
    outcomes.edit_decision(
        decision,
        text="列出清单",
        responsible="王海峰",
        due_on=date(2026, 12, 4),
        by=cast.recorder,
        at=NOW,
    )
    say(meeting, cast, cast.member)
    meeting.attendances.update(presence="present")
    sheet.set_summary(meeting, text="讲得实在。", by=cast.recorder, at=NOW)
    sheet.set_item_words(
        meeting.agenda.get(kind="other"), text="通报经费。", by=cast.recorder, at=NOW
    )
    outcomes.add_vote(
        meeting,
        kind="ordinary",
        subject="计划",
        eligible=3,
        present=3,
        ayes=3,
        by=cast.recorder,
        at=NOW,
    )
    assert queries.missing(Meeting.objects.get()) == []


def test_an_item_with_something_under_it_stays(cast: Cast, meeting: Meeting) -> None:
    say(meeting, cast, cast.member)
    with pytest.raises(Refused, match="已有记录"):
        course.remove_item(meeting.agenda.get(kind="discussion"), by=cast.recorder, at=NOW)


def test_no_sheet_of_a_cancelled_or_signed_meeting(cast: Cast, meeting: Meeting) -> None:
    Meeting.objects.update(signed_at=NOW)
    with pytest.raises(Refused, match="已签字"):
        say(meeting, cast, cast.member)
    Meeting.objects.update(signed_at=None, state="cancelled", cancel_reason="出警")
    with pytest.raises(Refused, match="已取消"):
        outcomes.add_decision(meeting, text="甲", by=cast.recorder, at=NOW)
