"""Both papers carry what a record must carry (product.md, documents.md), each in its words."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from studyapp.accounts.models import Political
from studyapp.documents.blocks import AttachmentNote, Meta, Roll, SignatureLines, plain_text
from studyapp.meetings.actions import checking, course, outcomes, roll, schedule, sheet
from studyapp.meetings.models import Kind, Meeting, VoteKind
from studyapp.meetings.voting import RULES
from studyapp.minutes import actions, papers
from studyapp.minutes.content import Content, gather
from studyapp.minutes.models import Record
from studyapp.minutes.queries import reading
from tests.conftest import Cast
from tests.factories import make_speech, make_user
from tests.minutes.records import NOW, amended, held, opened, submitted


def full_record(cast: Cast) -> Record:
    """An assembly with everything that can happen in one."""
    make_user("高鹏", unit=cast.branch, political=Political.PROBATIONARY, rank=20)
    make_user("马志强", unit=cast.branch, rank=21)
    make_user("丁一", unit=cast.branch, rank=22)
    speech = make_speech(cast.branch, cast.secretary, title="年中推进会讲话", source="云州市公安局")
    speech.document_number = "云公党〔2026〕12号"
    speech.save(update_fields=["document_number"])
    start = (NOW() - timedelta(days=1)).replace(hour=6, minute=30, second=0, microsecond=0)
    by = cast.recorder
    meeting = schedule.schedule(
        unit=cast.branch,
        kind=Kind.ASSEMBLY,
        title="讨论预备党员转正",
        planned_start=start,
        planned_end=start + timedelta(hours=2),
        place="三楼会议室",
        chair=cast.secretary,
        recorder=by,
        by=cast.secretary,
        at=start - timedelta(days=3),
        speeches=[speech],
        lead_readers=[cast.recorder],
    )
    schedule.move(meeting, to="check_in", by=by, at=start)
    for name, presence, more in (
        ("丁一", "leave", {"leave_kind": "值班"}),
        ("马志强", "late", {"arrived_at": time(14, 50)}),
        ("王海峰", "left", {"left_at": time(15, 40)}),
    ):
        row = meeting.attendances.get(name=name)
        roll.mark(row, presence=presence, by=by, at=start, **more)  # type: ignore[arg-type]
    roll.rest_present(meeting, by=by, at=start)
    roll.add_observer(
        meeting, name="何建国", title="机关党委组织干事", purpose="指导转正", by=by, at=start
    )
    schedule.move(meeting, to="open", by=by, at=start)
    sheet.add_remark(meeting, speaker=cast.member, text="同意。", by=by, at=start)
    remark = sheet.add_remark(meeting, speaker=cast.secretary, text="缺点也要讲。", by=by, at=start)
    checking.object_to_remark(remark, objection="少记了半句", by=cast.secretary, at=start)
    outcomes.add_vote(
        meeting, by=by, at=start, kind="confirmation", method="secret",
        subject="同意高鹏按期转正", eligible=5, present=4, ayes=3, noes=1, abstentions=0,
        written_ayes=1, ballots_out=4, ballots_back=4, tellers="马志强", counters="王海峰",
    )  # fmt: skip
    outcomes.add_decision(
        meeting,
        text="报上级审批。",
        responsible="陈卫东",
        due_on=date(2026, 12, 3),
        by=by,
        at=start,
    )
    sheet.set_summary(meeting, text="转正不是终点。", by=by, at=start)
    schedule.move(meeting, to="end", by=by, at=start + timedelta(minutes=90))
    course.set_times(meeting, start=start, end=start + timedelta(minutes=90), by=by, at=NOW())
    record = actions.open_record(meeting, by=by, at=NOW())
    record.attachments = "签到表\n转正申请书"
    record.save(update_fields=["attachments"])
    return Record.objects.get(pk=record.pk)


COUNTS = (
    "到会情况：应到6人，实到5人，其中正式党员应到5人、实到4人，预备党员应到1人、实到1人；"
    "有表决权的党员应到5人、实到4人；请假1人，列席1人。"
)
VOTED = (
    "表决方式：无记名投票。应到会有表决权的党员5人，实到4人。发出表决票4张，收回4张。"
    "赞成3票，反对1票，弃权0票。会前书面意见：赞成1票，反对0票。监票人：马志强；计票人：王海峰。"
)


def lines(content: Content, *, paper: str = "record") -> list[str]:
    make = papers.minutes if paper == "minutes" else papers.record
    return plain_text(make(content)).splitlines()


def test_a_record_carries_everything_it_must_carry(cast: Cast) -> None:
    record = full_record(cast)
    content = gather(record)
    day = papers._span(content).split("（")[0]
    weekday = papers._span(content)[papers._span(content).index("（") :][:4]
    start, end = content["start"][11:16], content["end"][11:16]
    assert lines(content) == [
        "中共云州市公安局刑侦支队第一党支部",
        "支部党员大会记录",
        f"会议：支部党员大会（{day[:4]}年第1次）",
        "主题：讨论预备党员转正",
        f"时间：{day}{weekday}{start}—{end}",
        "地点：三楼会议室",
        "主持人：陈卫东（党支部书记）",
        "记录人：孙丽华（宣传委员）",
        COUNTS,
        "出席：陈卫东　孙丽华　王海峰　高　鹏　马志强",
        "请假：丁一（值班）",
        "列席：何建国（机关党委组织干事，指导转正）",
        "迟到：马志强（14:50到会）",
        "中途离会：王海峰（15:40离会）",
        "一、学习《年中推进会讲话》",
        "文号：云公党〔2026〕12号；来源：云州市公安局；领学人：孙丽华；学习范围：全文；来源未核实。",
        "二、交流发言",
        "王海峰：同意。",
        "陈卫东：缺点也要讲。",
        "三、表决",
        "表决事项：同意高鹏按期转正。",
        VOTED,
        "表决结果：应到会有表决权的党员5人，赞成4票，超过应到会有表决权的党员的半数，通过。",
        f"依据：{RULES[VoteKind.CONFIRMATION]}。",
        "四、形成决议",
        "1. 报上级审批（责任人：陈卫东，完成时限：2026年12月3日）。",
        "五、主持人小结",
        "转正不是终点。",
        "六、散会",
        f"{end}散会。",
        "附件：1. 签到表",
        "2. 转正申请书",
        "主持人：陈卫东　签字：　年　　月　　日",
        "记录人：孙丽华　签字：　年　　月　　日",
    ]


def test_no_field_stands_twice(cast: Cast) -> None:
    content = gather(full_record(cast))
    blocks = papers.record(content).blocks
    labels = [block.label for block in blocks if isinstance(block, Meta | Roll)]
    assert sorted(set(labels)) == sorted(labels)
    assert sum("应到6人" in line for line in lines(content)) == 1


def test_a_minutes_carries_business_and_people_and_no_ones_remarks(cast: Cast) -> None:
    found = lines(gather(full_record(cast)), paper="minutes")
    assert found[:2] == ["中共云州市公安局刑侦支队第一党支部纪要", "支部党员大会纪要"]
    assert "在三楼会议室召开支部党员大会，主题为“讨论预备党员转正”，陈卫东主持。" in found[2]
    headings = [line for line in found if line[1] == "、"]
    assert headings == ["一、学习《年中推进会讲话》", "二、表决", "三、形成决议", "四、主持人小结"]
    assert [line.partition("：")[0] for line in found[-3:]] == ["出席", "请假", "列席"]
    assert not [line for line in found if "缺点也要讲" in line or "签字" in line]


@pytest.mark.parametrize(
    ("facts", "top", "foot"),
    [
        ({}, [], []),
        ({"issue_number": 3, "issuer": "陈卫东"}, ["第3期", "签发人：陈卫东"], []),
        (
            {"distribution": "机关党委", "issued_on": date(2026, 11, 30)},
            [],
            ["分送：机关党委", "中共云州市公安局刑侦支队第一党支部　2026年11月30日印发"],
        ),
    ],
)
def test_what_is_issued_says_so_and_never_by_the_day_of_the_meeting(
    cast: Cast, facts: dict[str, Any], top: list[str], foot: list[str]
) -> None:
    record = opened(cast)
    for name, value in facts.items():
        setattr(record, name, value)
    found = lines(gather(record), paper="minutes")
    at = found.index("集中学习纪要")
    assert found[1:at] == top
    assert [line for line in found if line.startswith("分送") or line.endswith("印发")] == foot


@pytest.mark.parametrize(
    ("kind", "record", "minutes"),
    [
        (Kind.STUDY, "集中学习记录", "集中学习纪要"),
        (Kind.ASSEMBLY, "支部党员大会记录", "支部党员大会纪要"),
        (Kind.COMMITTEE, "会议记录", "支委会纪要"),
        (Kind.GROUP, "党小组会记录", "党小组会纪要"),
        (Kind.LECTURE, "党课记录", "党课纪要"),
        (Kind.THEME_DAY, "主题党日活动记录", "主题党日活动纪要"),
        (Kind.LIFE, "组织生活会记录", "组织生活会纪要"),
        (Kind.APPRAISAL, "民主评议党员记录", "民主评议党员纪要"),
    ],
)
def test_each_kind_has_its_title(cast: Cast, kind: Kind, record: str, minutes: str) -> None:
    content = gather(opened(cast)) | {"kind": kind.value, "kind_name": kind.label}
    assert papers.record(content).title.split("\n")[1] == record
    assert papers.minutes(content).title == minutes


def test_the_committee_is_named_for_its_own_meeting_only(cast: Cast) -> None:
    names = {
        kind: Meeting(unit=cast.branch, kind=kind).paper_organisation
        for kind in (Kind.COMMITTEE, Kind.ASSEMBLY)
    }
    assert names == {
        Kind.COMMITTEE: "中共云州市公安局刑侦支队第一党支部委员会",
        Kind.ASSEMBLY: "中共云州市公安局刑侦支队第一党支部",
    }


def test_the_reviewing_secretary_has_a_line_to_sign(cast: Cast) -> None:
    deputy = make_user("李明远", unit=cast.branch, role="deputy", rank=3)
    *_, last = papers.record(gather(opened(cast, chair=deputy))).blocks
    assert isinstance(last, SignatureLines)
    assert [(line.label, line.name) for line in last.lines] == [
        ("主持人", "李明远"),
        ("记录人", "孙丽华"),
        ("审阅人", "陈卫东"),
    ]


def test_each_sitting_has_its_times_and_its_people(cast: Cast) -> None:
    meeting = held(cast)
    start = meeting.planned_start
    for name, people in (("A班", ["陈卫东", "孙丽华"]), ("B班", ["王海峰"])):
        sitting = meeting.sittings.create(
            name=name, start=start, end=start + timedelta(hours=1), place=f"{name}会议室"
        )
        meeting.attendances.filter(name__in=people).update(sitting=sitting)
    content = gather(actions.open_record(meeting, by=cast.recorder, at=NOW()))
    found = lines(content)
    # One span for each, none that nobody sat through.
    times = [line.partition("，")[::2] for line in found if line.startswith("时间")]
    assert [line.partition("：")[0] for line, _ in times] == ["时间（A班）", "时间（B班）"]
    assert [rest for _, rest in times] == [
        "A班会议室，应到2人，实到2人",
        "B班会议室，应到1人，实到1人",
    ]
    until = timezone.localtime(start + timedelta(hours=1))
    assert f"A班{until:%H:%M}，B班{until:%H:%M}散会。" in found
    opening = lines(content, paper="minutes")[2]
    assert [f"—{until:%H:%M}（{name}）" in opening for name in ("A班", "B班")] == [True, True]
    assert opening.count("年") == 1
    assert [line for line in found if line.startswith("出席")] == [
        "出席（A班）：陈卫东　孙丽华",
        "出席（B班）：王海峰",
    ]


def test_meetings_held_together_name_each_other(cast: Cast) -> None:
    first = held(cast, ends=False)
    start = first.planned_start
    schedule.schedule(
        unit=cast.branch, kind=Kind.LECTURE, title="党课", planned_start=start,
        planned_end=start + timedelta(hours=1), place="会议室", chair=cast.secretary,
        recorder=cast.recorder, by=cast.secretary, at=start, gathering_with=first,
        lecturer="陈卫东", lecture_topic="严在平时",
    )  # fmt: skip
    schedule.move(first, to="end", by=cast.recorder, at=NOW())
    meeting = Meeting.objects.get(pk=first.pk)
    found = lines(gather(actions.open_record(meeting, by=cast.recorder, at=NOW())))
    assert "合并召开：党课" in found


def test_a_lecture_names_lecturer_and_topic_and_keeps_its_remarks(cast: Cast) -> None:
    record = opened(cast, kind=Kind.LECTURE, lecturer="陈卫东", lecture_topic="严在平时")
    found = lines(gather(record))
    assert {"主讲人：陈卫东", "课题：严在平时"} <= set(found)
    assert found.count("王海峰：窗口要少跑一趟。") == 1


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        ("remark", "发言情况"),
        ("vote", "表决情况"),
        ("summary", "主持人小结"),
        ("words", "其他记录"),
    ],
)
def test_what_stands_under_no_item_has_a_heading_of_its_own(
    cast: Cast, kind: str, heading: str
) -> None:
    content = gather(opened(cast))
    content["items"] = []
    content["others"] = [{"kind": kind, "heading": "甲", "text": "说了一句。"}]
    assert f"一、{heading}" in lines(content)


def test_absence_and_who_is_not_counted_carry_their_reasons(cast: Cast) -> None:
    meeting = held(cast)
    by = cast.recorder
    row = meeting.attendances.get(user=cast.member)
    roll.mark(row, presence="absent", reason="市局开会", by=by, at=NOW())
    roll.excuse(meeting.attendances.get(user=by), reason="长期借调", by=cast.secretary, at=NOW())
    found = lines(gather(actions.open_record(meeting, by=by, at=NOW())))
    assert {"缺席：王海峰（市局开会）", "不计入应到：孙丽华（长期借调）"} <= set(found)


def test_a_late_entry_says_why_and_when(cast: Cast) -> None:
    record = opened(cast)
    record.late_reason, record.late_at = "记录人出差。", NOW()
    content = gather(record)
    line = next(line for line in lines(content) if "补录" in line)
    at = papers._moment(content["late_entry"]["at"])
    assert line == f"本记录为补录，补录原因：记录人出差，补录时间：{at}。"


def test_a_correction_says_what_it_corrects_and_why(cast: Cast) -> None:
    found = reading(amended(cast, reason="发言人写错。"))
    assert found is not None
    content = found.content
    for paper in ("record", "minutes"):
        assert "本版更正第1版，更正原因：发言人写错。" in lines(content, paper=paper)


def test_a_decision_of_several_lines_keeps_them(cast: Cast) -> None:
    content = gather(opened(cast))
    content["decisions"] = [
        {"text": "一件事：\n第一步\n第二步。", "responsible": "陈卫东", "due": "2026-12-03"},
        {"text": "另一件", "responsible": "", "due": ""},
    ]
    # The time at which the meeting ended begins with a figure too.
    found = [line for line in lines(content) if not line.endswith("散会。")]
    assert [line for line in found if line[0] in "12第"] == [
        "1. 一件事：",
        "第一步",
        "第二步（责任人：陈卫东，完成时限：2026年12月3日）。",
        "2. 另一件。",
    ]


def test_words_under_the_roll_call_item_are_printed(cast: Cast) -> None:
    meeting = held(cast)
    item = meeting.agenda.get(kind="attendance")
    sheet.set_item_words(item, text="人数符合规定。", by=cast.recorder, at=NOW())
    found = lines(gather(actions.open_record(meeting, by=cast.recorder, at=NOW())))
    at = found.index("一、通报到会情况")
    assert found[at + 1] == "人数符合规定。"


def test_attachments_are_noted_on_both_papers(cast: Cast) -> None:
    record = opened(cast)
    record.attachments = "签到表"
    content = gather(record)
    for paper in (papers.record(content), papers.minutes(content)):
        notes = [block for block in paper.blocks if isinstance(block, AttachmentNote)]
        assert notes == [AttachmentNote(("签到表",))]


def test_marks_versions_and_codes_stand_in_the_margins(cast: Cast) -> None:
    content = gather(submitted(cast))
    paper = papers.record(content, mark="草稿", version="第2版", code="AAAA")
    assert (paper.mark, paper.version, paper.check_code) == ("草稿", "第2版", "AAAA")
    assert papers.record(content).mark == ""
