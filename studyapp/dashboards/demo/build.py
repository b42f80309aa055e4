"""Fills an empty database with a fictional bureau, through the same actions that people use."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from studyapp.dashboards.demo import story
from studyapp.dashboards.demo.bureau import FOLDER, Bureau, people, units
from studyapp.meetings.actions import course, notes, outcomes, roll, schedule, sheet
from studyapp.meetings.models import Kind, Meeting, Method, VoteKind
from studyapp.minutes import actions as minutes
from studyapp.minutes.models import Record
from studyapp.speeches import actions as speeches
from studyapp.speeches.models import Theme


def build() -> Bureau:
    """Store everything; the caller wraps it in one transaction."""
    bureau = Bureau()
    units(bureau)
    people(bureau)
    _texts(bureau)
    _notes(bureau)
    _past(bureau)
    _coming(bureau)
    return bureau


def _texts(bureau: Bureau) -> None:
    inspector, secretary = bureau.people["inspector"], bureau.people["secretary"]
    for name, unit, by, source, days in (
        ("speech", "机关党委", inspector, "云州市公安局年中工作推进会会议材料", -40),
        ("second", "刑侦第一党支部", secretary, "", -20),
    ):
        text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
        speech = speeches.import_speech(
            unit=bureau.units[unit],
            by=by,
            at=bureau.at(days, 9),
            text=text,
            source=source,
            file_name=f"{name}.txt",
            data=text.encode(),
        )
        if source:
            speeches.vouch(speech, by=by)
        speeches.release(speech, by=by, at=bureau.at(days, 10))
        if source:
            speeches.send_down(speech, by=by, at=bureau.at(days, 11))
        speech.refresh_from_db()
        bureau.texts.append(speech)
    for theme in _themes(bureau):
        speeches.set_question(
            theme, question=story.QUESTIONS[theme.number], speech=bureau.texts[0], by=inspector
        )


def _themes(bureau: Bureau) -> list[Theme]:
    return list(Theme.objects.in_use().filter(speech=bureau.texts[0]))


def _notes(bureau: Bureau) -> None:
    unit = bureau.units["刑侦第一党支部"]
    themes = {theme.number: theme for theme in _themes(bureau)}
    for number, (who, theme, kind, body) in enumerate(story.REFLECTIONS):
        if body:
            notes.write(
                by=bureau.people[who],
                unit=unit,
                body=body,
                kind=kind,
                post=True,
                at=bureau.at(-18 + number, 21, 5 + number),
                theme=themes[theme],
            )
    notes.write(
        by=bureau.people["member"],
        unit=unit,
        kind="study",
        at=bureau.at(-1, 22, 10),
        body="下周会上想说：告知清单试了两周，当事人来电少了一半，还差移送节点没有做实。",
        speech=bureau.texts[0],
    )


def _plan(
    bureau: Bureau,
    *,
    kind: str,
    title: str,
    days: int,
    unit: str = "刑侦第一党支部",
    chair: str = "secretary",
    recorder: str = "recorder",
    text: int | None = 0,
    hour: int = 14,
    **more: Any,
) -> Meeting:
    start = bureau.at(days, hour, 30)
    chosen = [bureau.texts[text]] if text is not None else []
    return schedule.schedule(
        unit=bureau.units[unit],
        kind=kind,
        title=title,
        planned_start=start,
        planned_end=start + timedelta(minutes=90),
        place="支队三楼会议室",
        chair=bureau.people[chair],
        recorder=bureau.people[recorder],
        by=bureau.people[chair],
        at=min(start - timedelta(days=5), bureau.at(0, 8)),
        speeches=chosen,
        lead_readers=[bureau.people[recorder]] * len(chosen),
        **more,
    )


def _hold(bureau: Bureau, meeting: Meeting, *, leave: dict[str, str], end: bool = True) -> None:
    """Open, call the roll, and unless told otherwise end the meeting."""
    by, start = meeting.recorder, meeting.planned_start
    schedule.move(meeting, to="check_in", by=by, at=start - timedelta(minutes=10))
    for name, reason in leave.items():
        row = meeting.attendances.filter(name=name).first()
        if row:
            roll.mark(row, presence="leave", leave_kind=reason, by=by, at=start)
    roll.rest_present(meeting, by=by, at=start)
    schedule.move(meeting, to="open", by=by, at=start + timedelta(minutes=2))
    if end:
        schedule.move(meeting, to="end", by=by, at=start + timedelta(minutes=84))
    meeting.refresh_from_db()


def _fill(bureau: Bureau, meeting: Meeting, *, decide: bool = True) -> None:
    by, at = meeting.recorder, meeting.planned_start + timedelta(minutes=60)
    sheet.paste(meeting, text=story.SPOKEN, by=by, at=at)
    for item in meeting.agenda.filter(kind="other"):
        sheet.set_item_words(item, text="围绕课题作了讲解，会后逐一回答了提问。", by=by, at=at)
    for text, name, days in story.DECISIONS if decide else ():
        outcomes.add_decision(
            meeting,
            text=text,
            responsible=name,
            by=by,
            at=at,
            due_on=timezone.localdate(at) + timedelta(days=days),
        )
    sheet.set_summary(meeting, text=story.SUMMARY, by=by, at=at)


def _submit(bureau: Bureau, meeting: Meeting) -> Record:
    end = meeting.planned_start + timedelta(minutes=90)
    record = minutes.open_record(meeting, by=meeting.recorder, at=end)
    return minutes.submit(record, by=meeting.recorder, at=end + timedelta(hours=1))


def _sign(record: Record) -> None:
    at = record.submitted_at or timezone.now()
    signers = dict.fromkeys(people[0] for people in minutes.needed(record).values())
    for person in signers:
        minutes.confirm(record, revision=record.revision, by=person, at=at + timedelta(hours=2))


def _past(bureau: Bureau) -> None:
    assembly = _plan(
        bureau, kind=Kind.ASSEMBLY, title="学习年中推进会精神，讨论预备党员转正", days=-30
    )
    _hold(bureau, assembly, leave={"徐晓东": "值班", "丁一": "出差"})
    _fill(bureau, assembly)
    _vote(assembly)
    _sign(_submit(bureau, assembly))
    study = _plan(bureau, kind=Kind.STUDY, title="“守住民心”专题学习", days=-16)
    _hold(bureau, study, leave={"马志强": "出警", "曹敏": "培训"})
    _fill(bureau, study)
    _sign(_submit(bureau, study))
    waiting = _plan(bureau, kind=Kind.STUDY, title="“练强本领”专题学习", days=-4)
    _hold(bureau, waiting, leave={"刘建军": "休假"})
    _fill(bureau, waiting)
    record = _submit(bureau, waiting)
    minutes.confirm(record, revision=record.revision, by=waiting.recorder, at=bureau.at(-3, 9))
    returned = _plan(
        bureau,
        kind=Kind.LECTURE,
        title="支部书记讲党课：严在平时",
        days=-9,
        text=None,
        lecturer="陈卫东",
        lecture_topic="严在平时",
    )
    _hold(bureau, returned, leave={})
    _fill(bureau, returned, decide=False)
    minutes.return_record(
        _submit(bureau, returned),
        by=bureau.people["secretary"],
        at=bureau.at(-8, 10),
        opinion="课题讲了三个案例，记录里补上案例的名称。",
    )
    ended = _plan(bureau, kind=Kind.COMMITTEE, title="研究三季度主题党日安排", days=-2, text=None)
    _hold(bureau, ended, leave={})
    sheet.add_remark(
        ended,
        speaker=bureau.people["recorder"],
        by=ended.recorder,
        at=bureau.at(-2, 15),
        text="建议八月主题党日到城东社区走一次楼栋，不拉横幅不摆拍。",
    )
    other = _plan(
        bureau,
        kind=Kind.STUDY,
        title="学习年中推进会讲话",
        days=-12,
        unit="治安支队党支部",
        chair="贾宏伟",
        recorder="金鑫",
    )
    _hold(bureau, other, leave={"黎昕": "值班"})
    sheet.add_remark(
        other,
        speaker=bureau.people["visitor"],
        by=other.recorder,
        at=bureau.at(-12, 15),
        text="夜市巡防改成步巡以后，摊主愿意跟我们说话了。",
    )
    sheet.set_summary(other, text="把好做法固定下来。", by=other.recorder, at=bureau.at(-12, 15))
    _sign(_submit(bureau, other))


def _vote(meeting: Meeting) -> None:
    rows = list(meeting.attendances.filter(has_vote=True))
    present = sum(1 for row in rows if row.is_present)
    outcomes.add_vote(
        meeting,
        by=meeting.recorder,
        at=meeting.planned_start + timedelta(minutes=70),
        kind=VoteKind.CONFIRMATION,
        method=Method.SECRET,
        subject="同意高鹏按期转为中共正式党员",
        eligible=len(rows),
        present=present,
        ayes=present,
        noes=0,
        abstentions=0,
        ballots_out=present,
        ballots_back=present,
        tellers="刘建军",
        counters="欧阳晴",
    )


def _coming(bureau: Bureau) -> None:
    now = timezone.localtime()
    running = _plan(
        bureau,
        kind=Kind.STUDY,
        title="“敢担责任”专题学习",
        days=0,
        text=0,
        hour=max(0, now.hour - 1),
    )
    _hold(bureau, running, leave={"徐晓东": "值班"}, end=False)
    sheet.add_remark(
        running,
        speaker=bureau.people["member"],
        by=running.recorder,
        at=now,
        text="首接负责不是一个人扛到底，是一个人盯到底。",
    )
    arriving = _plan(
        bureau,
        kind=Kind.STUDY,
        title="夏季巡防经验交流",
        days=0,
        unit="治安支队党支部",
        chair="贾宏伟",
        recorder="金鑫",
        text=0,
        hour=min(22, now.hour + 1),
    )
    schedule.move(arriving, to="check_in", by=arriving.recorder, at=now)
    _plan(bureau, kind=Kind.STUDY, title="“改出实效”专题学习", days=6)
    _plan(
        bureau,
        kind=Kind.GROUP,
        title="党小组会：告知节点清单试行情况",
        days=3,
        unit="第一党小组",
        chair="刘建军",
        recorder="member",
    )
    later = _plan(bureau, kind=Kind.THEME_DAY, title="主题党日：走进城东社区", days=12, text=1)
    schedule.postpone(
        later,
        start=bureau.at(14, 9),
        end=bureau.at(14, 11),
        reason="原定当天有大型活动安保",
        by=later.chair,
        at=now,
    )
    dropped = _plan(bureau, kind=Kind.COMMITTEE, title="研究练兵清单", days=2, text=None)
    schedule.cancel(dropped, reason="与支队党总支会议合并研究", by=dropped.chair, at=now)
    course.set_times(running, start=running.actual_start, end=None, by=running.recorder, at=now)
