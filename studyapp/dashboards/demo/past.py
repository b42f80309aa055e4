"""Meetings that were held: signed, amended, waiting, returned, still being written up."""

import json
from datetime import time, timedelta

from studyapp.dashboards.demo import story
from studyapp.dashboards.demo.bureau import Bureau
from studyapp.dashboards.demo.held import check_words, fill, hold, plan, sign, submit
from studyapp.documents import pdf
from studyapp.meetings.actions import checking, course, make_up, outcomes, roll, sheet
from studyapp.meetings.models import Kind, Meeting, Method, Note, VoteKind
from studyapp.meetings.queries import head_count
from studyapp.meetings.voting import Got
from studyapp.minutes import actions as minutes
from studyapp.minutes import queries
from studyapp.minutes.actions import objections
from studyapp.minutes.content import digest
from studyapp.minutes.models import Record
from studyapp.minutes.passages import passages

_HALF_DAY = timedelta(minutes=50)


def own_branch(bureau: Bureau) -> None:
    """What the branch of the demo's accounts held: one meeting in each state of its record."""
    _assembly(bureau)
    _signed_study(bureau)
    _waiting(bureau)
    _returned(bureau)
    _not_written_up(bureau)


def other_branches(bureau: Bureau) -> None:
    """One kind of meeting for each branch, so that every rule has its example."""
    _two_sittings(bureau)
    _life(bureau)
    _gathering(bureau)
    _late_entry(bureau)


def later(bureau: Bureau) -> None:
    """Records of the own branch that show what comes after the first signature."""
    _amended(bureau)
    _draft(bureau)


def _assembly(bureau: Bureau) -> None:
    meeting = plan(
        bureau,
        kind=Kind.ASSEMBLY,
        title="学习重点工作推进会精神，讨论预备党员转正",
        start=bureau.work(-30, 14, 30),
    )
    hold(
        meeting,
        leave={"徐晓东": "值班", "丁一": "出差"},
        late={"马志强": time(14, 50)},
        guests=[
            ("蒋文静", "机关党委组织干事", "指导预备党员转正"),
            ("郭振", "一大队辅警", "群众代表"),
        ],
    )
    fill(meeting, story.ASSEMBLY)
    count = head_count(meeting.attendances.all())
    outcomes.add_vote(
        meeting,
        by=meeting.recorder,
        at=meeting.planned_start + timedelta(minutes=70),
        kind=VoteKind.CONFIRMATION,
        method=Method.SECRET,
        subject="同意高鹏按期转为中共正式党员",
        held_at=time(15, 40),
        present=count.present_vote,
        ayes=count.present_vote - 1,
        noes=0,
        abstentions=1,
        ballots_out=count.present_vote,
        ballots_back=count.present_vote,
        tellers="刘建军",
        counters="欧阳晴",
    )
    check_words(meeting, "李明远", "刘建军", "欧阳晴", "赵一鸣", "高鹏", "顾长河")
    sign(submit(meeting))


def _signed_study(bureau: Bureau) -> None:
    meeting = plan(
        bureau, kind=Kind.STUDY, title="“守住民心”专题学习", start=bureau.work(-16, 14, 30)
    )
    hold(
        meeting,
        leave={"马志强": "出警", "曹敏": "培训"},
        left={"吴䶮": time(15, 20)},
        absent={"顾长河": "市局临时召开安保会议"},
    )
    note = Note.objects.get(author=bureau.people["member"], theme__number=2)
    at = meeting.planned_start + timedelta(minutes=40)
    sheet.take_note(meeting, note, by=meeting.recorder, at=at)
    fill(meeting, story.HEARTS)
    check_words(meeting, "刘建军", "罗玥", "徐晓东")
    record = submit(meeting)
    sign(record)
    _scan(record)
    row = meeting.attendances.get(name="马志强")
    if row.user:
        make_up.make_up(row, by=row.user, at=meeting.planned_end + timedelta(days=2))


def _scan(record: Record) -> None:
    """Attach what the scanner of an office would make of the printed record."""
    record.refresh_from_db()
    shown = queries.reading(record)
    if shown is None:
        raise ValueError(f"record {record.pk} was signed, so there is something to read")
    minutes.attach_scan(
        record,
        data=pdf.render(queries.paper(shown, "record")),
        name="守住民心专题学习会议记录（手签）.pdf",
        by=record.meeting.recorder,
        at=record.meeting.planned_end + timedelta(days=1),
    )


def _waiting(bureau: Bureau) -> None:
    meeting = plan(
        bureau, kind=Kind.STUDY, title="“练强本领”专题学习", start=bureau.work(-4, 14, 30)
    )
    meeting.may_object = True
    meeting.save(update_fields=["may_object"])
    hold(meeting, leave={"刘建军": "休假", "顾长河": "其他"})
    fill(meeting, story.SKILLS)
    record = submit(meeting)
    by = meeting.recorder
    at = meeting.planned_end + timedelta(hours=2)
    minutes.confirm(record, revision=record.revision, by=by, at=at)
    _disputed(bureau, record)


def _disputed(bureau: Bureau, record: Record) -> None:
    """A speaker corrects the own words, two others object to a passage; one has an answer."""
    meeting, at = record.meeting, record.meeting.planned_end + timedelta(hours=3)
    speaker = bureau.people["member"]
    remark = meeting.remarks.get(speaker=speaker)
    old, new = story.CORRECTION
    text = remark.text.replace(old, new)
    checking.correct_remark(remark, text=text, base=None, by=speaker, at=at)
    shown = {one.heading: one for one in passages(json.loads(record.content))}
    raised = [
        objections.object_to(record, shown[heading], text=words, by=bureau.people[who], at=at)
        for who, heading, words in story.OBJECTIONS
    ]
    answer = story.OBJECTION_ANSWER
    objections.answer_objection(raised[0], answer=answer, by=meeting.recorder, at=at)


def _returned(bureau: Bureau) -> None:
    meeting = plan(
        bureau,
        kind=Kind.LECTURE,
        title="支部书记讲党课：严在平时",
        start=bureau.work(-9, 14, 30),
        texts=(),
        lecturer="陈卫东",
        lecture_topic="严在平时",
    )
    hold(meeting, leave={"顾长河": "出差"})
    _discuss(meeting)
    fill(meeting, story.LECTURE)
    minutes.return_record(
        submit(meeting),
        by=bureau.people["secretary"],
        at=meeting.planned_end + timedelta(hours=3),
        opinion="三个案例只写了个数，把每个案例里该有人提醒的那一刻写出来，别的不用加。",
    )


def _discuss(meeting: Meeting) -> None:
    """A lecture has no discussion by itself; this one had time for it."""
    by, at = meeting.recorder, meeting.planned_start
    course.add_item(meeting, kind="discussion", title="交流发言", by=by, at=at)


def _not_written_up(bureau: Bureau) -> None:
    meeting = plan(
        bureau,
        kind=Kind.COMMITTEE,
        title="研究下月主题党日安排",
        start=bureau.work(-2, 16, 30),
        length=_HALF_DAY,
        texts=(),
    )
    hold(meeting)
    sheet.add_remark(
        meeting,
        speaker=bureau.people["recorder"],
        by=meeting.recorder,
        at=meeting.planned_start + timedelta(minutes=20),
        text="建议下个月的主题党日到城东社区走一次楼栋，不拉横幅不摆拍。",
    )
    count = head_count(meeting.attendances.all())
    outcomes.add_vote(
        meeting,
        by=meeting.recorder,
        at=meeting.planned_start + timedelta(minutes=30),
        kind=VoteKind.COMMITTEE,
        subject="下月主题党日到城东社区走楼栋",
        held_at=time(17, 0),
        ayes=count.present_vote,
    )


def visitors_branch(bureau: Bureau) -> None:
    """A signed record that the first branch cannot see."""
    meeting = plan(
        bureau,
        kind=Kind.STUDY,
        title="学习重点工作推进会讲话",
        start=bureau.work(-12, 15),
        unit="治安支队党支部",
    )
    hold(meeting, leave={"雷雨田": "值班"})
    by, at = meeting.recorder, meeting.planned_start + timedelta(minutes=45)
    for who, words in story.PATROL:
        sheet.add_remark(meeting, speaker=bureau.people[who], by=by, at=at, text=words)
    sheet.set_summary(meeting, text=story.PATROL_SUMMARY, by=by, at=at)
    sign(submit(meeting))


def _amended(bureau: Bureau) -> None:
    meeting = plan(
        bureau,
        kind=Kind.COMMITTEE,
        title="研究发展党员和岗位练兵",
        start=bureau.work(-23, 16),
        length=_HALF_DAY,
        texts=(),
    )
    hold(meeting, guests=[("顾长河", "党总支书记", "听取情况")])
    fill(meeting, story.COMMITTEE)
    check_words(meeting, "李明远", "赵一鸣")
    record = submit(meeting)
    sign(record)
    by, at = meeting.recorder, meeting.planned_end + timedelta(days=1)
    record = minutes.amend(
        record, reason="赵一鸣同志核对时指出，技术岗还差的是两项，记成了一项。", by=by, at=at
    )
    part = record.parts.get(text__contains="技术岗还差一项")
    words = part.text.replace("技术岗还差一项", "技术岗还差两项")
    minutes.edit_part(part, text=words, base=digest(part.text), by=by, at=at)
    sign(minutes.submit(record, by=by, at=at + timedelta(hours=1)))


def _draft(bureau: Bureau) -> None:
    meeting = plan(
        bureau,
        kind=Kind.GROUP,
        title="党小组会：节点清单试了两周",
        start=bureau.work(-3, 17),
        length=_HALF_DAY,
        unit="第一党小组",
        texts=(),
    )
    hold(meeting)
    fill(meeting, story.GROUP)
    minutes.open_record(meeting, by=meeting.recorder, at=meeting.planned_end)


def void(bureau: Bureau) -> None:
    """A signed record that does not count."""
    meeting = plan(
        bureau,
        kind=Kind.STUDY,
        title="一大队案件回访小结",
        start=bureau.work(-26, 16, 30),
        length=_HALF_DAY,
    )
    hold(meeting, leave={"曹敏": "值班"})
    fill(meeting, story.MISPLACED)
    record = submit(meeting)
    sign(record)
    record.refresh_from_db()
    at = meeting.planned_end + timedelta(days=3)
    minutes.void(record, reason=story.VOID_REASON, by=bureau.people["secretary"], at=at)


def _two_sittings(bureau: Bureau) -> None:
    start = bureau.work(-15, 9)
    meeting = plan(
        bureau,
        kind=Kind.STUDY,
        title="“守住民心”分班学习",
        start=start,
        length=timedelta(hours=7, minutes=30),
        unit="城东派出所党支部",
    )
    by, place = meeting.recorder, meeting.place
    sittings = [
        course.add_sitting(
            meeting,
            name=name,
            start=start + timedelta(hours=hours),
            end=start + timedelta(hours=hours, minutes=80),
            place=place,
            by=by,
            at=start - timedelta(days=2),
        )
        for name, hours in (("A班", 0), ("B班", 6))
    ]
    calls = [
        roll.Call(row.pk, "present", sitting=sittings[number % 2])
        for number, row in enumerate(meeting.attendances.exclude(name="石磊"))
    ]
    hold(meeting, leave={"石磊": "休假"})
    roll.mark_all(meeting, calls, by=by, at=start)
    fill(meeting, story.SHIFTS)
    sign(submit(meeting))


def _life(bureau: Bureau) -> None:
    meeting = plan(
        bureau,
        kind=Kind.LIFE,
        title="年度组织生活会",
        start=bureau.work(-45, 14),
        length=timedelta(minutes=150),
        unit="交警支队党支部",
        texts=(),
    )
    hold(meeting, leave={"苗壮": "值班"}, guests=[("何建国", "机关党委专职副书记", "督促指导")])
    fill(meeting, story.LIFE)
    sign(submit(meeting))


def _gathering(bureau: Bureau) -> None:
    """A theme day that goes on as an assembly: one attendance, two records."""
    start = bureau.work(-19, 9)
    unit = "刑侦第二党支部"
    day = plan(bureau, kind=Kind.THEME_DAY, title="主题党日：到联系社区走楼栋", start=start,
               length=timedelta(hours=2), unit=unit, texts=(), place="向阳社区")  # fmt: skip
    assembly = plan(bureau, kind=Kind.ASSEMBLY, title="补选支部委员会委员", unit=unit, texts=(1,),
                    start=start + timedelta(hours=5, minutes=30), gathering_with=day)  # fmt: skip
    hold(day)
    fill(day, story.THEME_DAY)
    sign(submit(day))
    hold(assembly)
    fill(assembly, story.ELECTION)
    count = head_count(assembly.attendances.all())
    outcomes.add_vote(
        assembly,
        by=assembly.recorder,
        at=assembly.planned_start + timedelta(minutes=50),
        kind=VoteKind.ELECTION,
        subject="补选支部委员会委员一名",
        held_at=time(15, 20),
        present=count.present_vote,
        ballots_out=count.present_vote,
        ballots_back=count.present_vote,
        seats=1,
        tellers="龚雪",
        counters="韩冰",
        candidates=[
            Got("耿直", count.present_vote - 3, 2, 1),
            Got("郝亮", 2, count.present_vote - 3, 1),
            Got("龚雪", 1, is_other=True),
        ],
    )
    submit(assembly)


def _late_entry(bureau: Bureau) -> Record:
    start = bureau.work(-14, 15)
    meeting = plan(
        bureau,
        kind=Kind.STUDY,
        title="学习夜间治安巡防讲话",
        start=start,
        unit="城西派出所党支部",
        at=start + timedelta(days=8),
        late_entry_reason="会后全员投入大型活动安保，记录本由唐棣保管，安保结束后补录。",
    )
    hold(meeting, leave={"万里": "抽调"})
    fill(meeting, story.LATE)
    record = minutes.open_record(meeting, by=meeting.recorder, at=start + timedelta(days=8))
    minutes.submit(record, by=meeting.recorder, at=start + timedelta(days=8, hours=1))
    return record
