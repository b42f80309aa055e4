"""What stands in the way of signing: each rule alone."""

from datetime import date, datetime, timedelta

import pytest

from studyapp.meetings.actions import checking, outcomes, roll, schedule, sheet
from studyapp.meetings.models import Attendance, Meeting
from studyapp.minutes import actions, checks
from studyapp.minutes.checks import Finding
from studyapp.minutes.content import digest, gather
from studyapp.minutes.models import Record
from tests.conftest import Cast
from tests.factories import make_speech
from tests.minutes.records import NOW, held, opened, submitted


def found(record: Record, *, at: datetime | None = None) -> list[Finding]:
    record = Record.objects.get(pk=record.pk)
    return checks.find(record, gather(record), at=at or NOW())


def sentences(record: Record, *, at: datetime | None = None) -> list[str]:
    return [finding.sentence for finding in found(record, at=at)]


def test_a_complete_record_has_nothing_in_its_way(cast: Cast) -> None:
    assert found(opened(cast)) == []


def test_a_meeting_that_goes_on_is_not_submitted(cast: Cast) -> None:
    record = opened(cast, ends=False)
    assert sentences(record) == ["会议还没有散会，散会后才能送签。"]
    assert found(record)[0].blocks


def test_nothing_is_submitted_before_the_actual_end(cast: Cast) -> None:
    record = opened(cast)
    end = record.meeting.actual_end
    assert end is not None
    assert len(sentences(record, at=end - timedelta(minutes=1))) == 1
    assert "还没有到" in sentences(record, at=end - timedelta(minutes=1))[0]
    assert sentences(record, at=end) == []


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"place": ""}, "还差：开会地点。"),
        ({"summary": ""}, "还差：主持人小结。"),
        ({"actual_start": None, "actual_end": None}, "还差：实际开始时间。"),
        ({"kind": "lecture", "lecturer": ""}, "还差：党课的主讲人和课题。"),
    ],
)
def test_each_field_that_is_missing_is_named(
    cast: Cast, fields: dict[str, object], missing: str
) -> None:
    record = opened(cast)
    Meeting.objects.filter(pk=record.meeting_id).update(**fields)
    findings = {finding.sentence: finding.blocks for finding in found(record)}
    assert findings[missing] is True


def test_a_meeting_without_people_is_named(cast: Cast) -> None:
    record = opened(cast)
    Attendance.objects.filter(meeting=record.meeting).delete()
    assert "还差：应到人员，名单上没有人。" in sentences(record)


def test_a_text_without_lead_reader_blocks_and_without_source_warns(cast: Cast) -> None:
    speech = make_speech(cast.branch, cast.secretary, title="讲话")
    record = opened(cast, speeches=[speech])
    assert [(f.sentence, f.blocks) for f in found(record)] == [
        ("还差：学习《讲话》的领学人。", True),
        ("“学习《讲话》”没有文号和来源。", False),
    ]


def test_absence_without_a_reason_is_named(cast: Cast) -> None:
    record = opened(cast)
    row = record.meeting.attendances.get(user=cast.member)
    roll.mark(row, presence="absent", by=cast.recorder, at=NOW())
    assert sentences(record) == ["还差：王海峰缺席的原因。"]


def test_somebody_not_called_is_named(cast: Cast) -> None:
    record = opened(cast)
    record.meeting.attendances.filter(user=cast.member).update(presence="")
    assert sentences(record)[0] == "还差：还有1人没有点到。"


def test_observers_carry_post_and_purpose(cast: Cast) -> None:
    record = opened(cast)
    roll.add_observer(record.meeting, name="何建国", by=cast.recorder, at=NOW())
    assert [(f.sentence, f.blocks) for f in found(record)] == [
        ("列席人员何建国没有写全单位职务和事由。", False)
    ]


def test_each_decision_has_a_person_and_a_time(cast: Cast) -> None:
    meeting = held(cast)
    by = cast.recorder
    decision = outcomes.add_decision(meeting, text="列清单", by=by, at=NOW())
    record = actions.open_record(meeting, by=by, at=NOW())
    assert sentences(record) == ["还差：“列清单”由谁负责。", "还差：“列清单”的完成时限。"]
    outcomes.edit_decision(
        decision, text="列清单", responsible="王海峰", due_on=date(2026, 12, 3), by=by, at=NOW()
    )
    assert sentences(record) == []


def test_a_speakers_objection_warns_and_blocks_nothing(cast: Cast) -> None:
    record = opened(cast)
    remark = record.meeting.remarks.get()
    checking.object_to_remark(remark, objection="少一句", by=cast.member, at=NOW())
    assert [(f.sentence, f.blocks) for f in found(record)] == [
        (
            "王海峰对本人发言：“少一句”。改好，或者写个答复；没有答复的，签字的人会看到。",
            False,
        )
    ]


def test_writing_up_on_the_fourth_working_day_needs_a_reason(cast: Cast) -> None:
    record = opened(cast)
    end = record.meeting.actual_end
    assert end is not None
    days = [sentences(record, at=end + timedelta(days=n)) for n in range(8)]
    late = [n for n, found in enumerate(days) if found]
    working = [n for n in range(8) if (end.astimezone() + timedelta(days=n)).weekday() < 5]
    assert late[0] == [n for n in working if n > 0][3]
    assert days[late[0]] == ["散会已超过3个工作日，按补录送签。先填写补录原因。"]
    Record.objects.filter(pk=record.pk).update(late_reason="出差")
    assert sentences(record, at=end + timedelta(days=8)) == []


def test_a_meeting_registered_late_has_its_reason_already(cast: Cast) -> None:
    record = opened(cast)
    Meeting.objects.filter(pk=record.meeting_id).update(late_entry_reason="安保")
    assert sentences(record, at=NOW() + timedelta(days=8)) == []


def test_later_entries_block_until_they_are_taken_in(cast: Cast) -> None:
    record = opened(cast)
    sheet.add_remark(
        record.meeting, speaker=cast.secretary, text="补一句", by=cast.recorder, at=NOW()
    )
    assert sentences(record) == ["会议页新记了“陈卫东”，还没有列入记录。先列入，看过再送签。"]
    assert found(record)[0].blocks


def test_changed_and_deleted_sources_warn(cast: Cast) -> None:
    record = opened(cast)
    remark = record.meeting.remarks.get()
    sheet.edit_remark(remark, text="改过的话", by=cast.recorder, at=NOW())
    assert [(f.sentence, f.blocks) for f in found(record)] == [
        ("“王海峰”的来源改过，还没有核对。", False)
    ]
    sheet.remove_remark(remark, by=cast.recorder, at=NOW())
    assert ("“王海峰”在会议页已删除，记录里还留着。", False) in [
        (f.sentence, f.blocks) for f in found(record)
    ]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("今天应到3人，实到3人。", []),
        ("今天应到会3人。", []),
        ("今天应到20人，实到3人。", ["“主持人小结”里写应到20人，点名是3人。核对。"]),
        ("实到 2 人。", ["“主持人小结”里写实到2人，点名是3人。核对。"]),
    ],
)
def test_numbers_in_words_agree_with_the_roll_call(
    cast: Cast, words: str, named: list[str]
) -> None:
    assert sentences(opened(cast, summary=words)) == named


def assembly(cast: Cast, **more: object) -> Record:
    meeting = held(cast, kind="assembly", ends=False)
    values = {"subject": "通过计划", "eligible": 3, "present": 3, "ayes": 3} | more
    by = cast.recorder
    vote = outcomes.add_vote(meeting, by=by, at=NOW(), kind="ordinary", method="hands", **values)
    meeting.votes.filter(pk=vote.pk).update(**values)
    schedule.move(meeting, to="end", by=by, at=NOW())
    return actions.open_record(meeting, by=by, at=NOW())


def test_votes_agree_with_the_roll_call(cast: Cast) -> None:
    record = assembly(cast)
    assert sentences(record) == []
    row = record.meeting.attendances.get(user=cast.member)
    roll.mark(row, presence="leave", leave_kind="值班", by=cast.recorder, at=NOW())
    assert sentences(record) == ["表决“通过计划”记的实到有表决权3人，点名是2人。核对。"]
    record.meeting.votes.update(eligible=5)
    assert "表决“通过计划”记的应到会有表决权5人，点名是3人。核对。" in sentences(record)


def test_who_left_early_may_have_missed_the_vote(cast: Cast) -> None:
    record = assembly(cast)
    record.meeting.votes.update(present=2, ayes=2)
    record.parts.filter(key__startswith="vote").delete()
    actions.open_record(record.meeting, by=cast.recorder, at=NOW())
    assert len(sentences(record)) == 1
    start = record.meeting.actual_start
    assert start is not None
    row = record.meeting.attendances.get(user=cast.member)
    left = (start.astimezone() + timedelta(minutes=20)).time()
    roll.mark(row, presence="left", left_at=left, by=cast.recorder, at=NOW())
    assert sentences(record) == []


def test_the_numbers_of_a_vote_are_not_edited_in_the_paper(cast: Cast) -> None:
    record = assembly(cast)
    part = record.parts.get(key__startswith="vote")
    by = cast.recorder
    added = part.text + "\n王海峰保留意见。"
    part = actions.edit_part(part, text=added, base=digest(part.text), by=by, at=NOW())
    assert sentences(record) == []
    wrong = part.text.replace("赞成3人，反对", "赞成2人，反对")
    actions.edit_part(part, text=wrong, base=digest(part.text), by=by, at=NOW())
    assert sentences(record) == ["表决“通过计划”的数字和会上记的不一样。核对。"]


LONG = "窗口要少跑一趟，材料一次收齐，结果当天告知。"


def test_remarks_are_not_copied_from_an_earlier_meeting(cast: Cast) -> None:
    opened(cast, text=LONG, start=NOW() - timedelta(days=2))
    record = opened(cast, text=LONG)
    (finding,) = found(record)
    assert finding.sentence.startswith("王海峰的发言和")
    assert finding.sentence.endswith("会议上的一字不差。写这次会上说的话，或者删掉。")
    assert finding.blocks


def test_remarks_copied_into_the_record_itself_are_found_too(cast: Cast) -> None:
    opened(cast, text=LONG, start=NOW() - timedelta(days=2))
    record = opened(cast)
    part = record.parts.get(key__startswith="remark")
    actions.edit_part(part, text=f" {LONG} ", base=digest(part.text), by=cast.recorder, at=NOW())
    assert len(sentences(record)) == 1


def test_short_words_another_branch_and_a_later_meeting_are_no_copies(cast: Cast) -> None:
    opened(cast, text="同意大家的意见。", start=NOW() - timedelta(days=2))
    assert sentences(opened(cast, text="同意大家的意见。")) == []
    first = opened(cast, text=LONG, start=NOW() - timedelta(days=1))
    opened(cast, text=LONG)
    assert sentences(first) == []


@pytest.mark.parametrize(
    "words",
    ["请XX同志负责", "×××讲话", "某某单位", "时间待定", "联系人（ ）", "由____负责", "○○派出所"],
)
def test_placeholders_are_named_and_never_corrected(cast: Cast, words: str) -> None:
    record = opened(cast, text=words)
    (finding,) = found(record)
    assert finding.sentence.startswith("“王海峰”里有没填的地方：“")
    assert (finding.blocks, finding.asks) == (False, True)
    assert record.parts.get(key__startswith="remark").text == words


@pytest.mark.parametrize("words", ["二〇〇六年", "X光检查", "扩大×光", "（一）抓紧"])
def test_words_that_only_look_like_placeholders_are_left_alone(cast: Cast, words: str) -> None:
    assert sentences(opened(cast, text=words)) == []


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("联系13812345678", "手机号码"),
        ("联系138-1234-5678", "手机号码"),
        ("值班电话0871-63051234", "电话号码"),
        ("证件53011219900307123X", "身份证号"),
        ("车牌云A12345", "车牌号"),
        ("车牌云A·D12345", "车牌号"),
        ("案件A5301120000002026010001", "案件编号"),
        ("云公（刑）立字〔2026〕12号", "案件编号"),
    ],
)
def test_sensitive_numbers_warn(cast: Cast, words: str, name: str) -> None:
    record = opened(cast, text=words)
    sentence = f"“王海峰”里像有{name}。本系统不得录入涉密和敏感信息，请核对。"
    assert [(f.sentence, f.blocks, f.asks) for f in found(record)] == [(sentence, False, False)]


@pytest.mark.parametrize("words", ["云公党〔2026〕12号", "2026年11月23日14:30", "共1380人次参加"])
def test_ordinary_numbers_do_not_warn(cast: Cast, words: str) -> None:
    assert sentences(opened(cast, text=words)) == []


def test_everything_that_is_typed_is_looked_at(cast: Cast) -> None:
    record = opened(cast, title="学习XX讲话", place="云A12345旁边")
    Record.objects.filter(pk=record.pk).update(attachments="签到表\nXX材料")
    assert [sentence.partition("里")[0] for sentence in sentences(record)] == [
        "“会议主题”",
        "“附件清单”",
        "“地点”",
    ]


def test_an_empty_part_is_named(cast: Cast) -> None:
    record = opened(cast)
    part = record.parts.get(key="summary")
    actions.edit_part(part, text=" ", base=digest(part.text), by=cast.recorder, at=NOW())
    assert sentences(record) == ["“主持人小结”没有文字。写上内容，或者回到会议页删掉它。"]


def test_a_character_that_no_face_has_is_named_with_the_person(cast: Cast) -> None:
    record = opened(cast, text="写作\U00020b9f")
    (finding,) = found(record)
    assert finding.sentence.startswith("“王海峰”这一段里的“\U00020b9f”字，PDF字库里没有")
    assert finding.blocks is False


def test_findings_that_block_come_first(cast: Cast) -> None:
    record = opened(cast, summary="", text="联系13812345678，请XX负责")
    assert [(f.blocks, f.asks) for f in found(record)] == [
        (True, False),
        (False, True),
        (False, False),
    ]


def test_submitting_asks_the_same_checks(cast: Cast) -> None:
    assert submitted(cast).state == "submitted"
