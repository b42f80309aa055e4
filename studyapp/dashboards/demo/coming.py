"""Meetings that are on or planned, whatever the hour at which the demo is built."""

from datetime import datetime, timedelta

from django.utils import timezone

from studyapp.dashboards.demo.bureau import Bureau, at_night
from studyapp.dashboards.demo.held import hold, plan, scan
from studyapp.meetings.actions import leave, notes, roll, schedule, sheet
from studyapp.meetings.leave import requests_for
from studyapp.meetings.models import Kind, Meeting, NoteKind, Presence

_HALF_HOUR = timedelta(minutes=30)
# At night only a shift on duty can be sitting together.
_NIGHT_PLACE = {"刑侦第一党支部": "刑侦值班室", "治安支队党支部": "治安值班室"}


def coming(bureau: Bureau) -> None:
    """Store one running meeting, one where people arrive, and those ahead."""
    _running(bureau)
    _arriving(bureau)
    _ahead(bureau)


def half_hour(at: datetime) -> datetime:
    """Return the full or half hour that ``at`` falls in."""
    return at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)


def _where(unit: str, start: datetime) -> str:
    return _NIGHT_PLACE[unit] if at_night(start) else ""


def _running(bureau: Bureau) -> None:
    start = half_hour(bureau.now - timedelta(minutes=20))
    meeting = plan(
        bureau,
        kind=Kind.STUDY,
        title="“敢担责任”专题学习",
        start=start,
        uses_code=True,
        place=_where("刑侦第一党支部", start),
    )
    hold(
        meeting,
        leave={"徐晓东": "值班", "顾长河": "其他"},
        scanned=("马志强", "高鹏", "欧阳晴", "罗玥", "吴䶮"),
        late={"丁一": timezone.localtime(start + timedelta(minutes=12)).time()},
        end=False,
    )
    _scanned_late(meeting, "曹敏", start + timedelta(minutes=15))
    for who, words in (
        ("member", "首接负责不是一个人扛到底，是一个人盯到底。"),
        ("赵一鸣", "移送之前先打一个电话，问清楚对方能不能接，比发函快。"),
    ):
        sheet.add_remark(
            meeting,
            speaker=bureau.people[who],
            by=meeting.recorder,
            at=start + timedelta(minutes=18),
            text=words,
        )
    theme = bureau.texts[0].themes.get(number=5, is_retired=False)
    for who, kind, words in (
        ("刘建军", NoteKind.REMARK, "职责交叉的事，怕的不是多做，是做了以后没有人认账。"),
        ("欧阳晴", NoteKind.QUESTION, "需要协调的由分管局领导当天协调，基层找谁报？"),
    ):
        notes.write(
            by=bureau.people[who],
            unit=meeting.unit,
            meeting=meeting,
            theme=theme,
            kind=kind,
            body=words,
            post=True,
            at=start + timedelta(minutes=10),
        )


def _scanned_late(meeting: Meeting, name: str, at: datetime) -> None:
    """Leave somebody for the recorder to confirm: not there when the roll was called."""
    row = meeting.attendances.get(name=name)
    roll.mark(row, presence=Presence.UNKNOWN, by=meeting.recorder, at=meeting.planned_start)
    scan(meeting, name, at)


def _arriving(bureau: Bureau) -> None:
    start = half_hour(bureau.now) + _HALF_HOUR
    unit = "治安支队党支部"
    meeting = plan(
        bureau,
        kind=Kind.STUDY,
        title="夜间巡防经验交流",
        start=start,
        unit=unit,
        place=_where(unit, start),
        uses_code=True,
    )
    schedule.move(meeting, to="check_in", by=meeting.recorder, at=bureau.now)
    for row in meeting.attendances.exclude(user=meeting.recorder)[:4]:
        scan(meeting, row.name, bureau.now)


def _ahead(bureau: Bureau) -> None:
    _leave(
        bureau,
        plan(
            bureau,
            kind=Kind.STUDY,
            title="“改出实效”专题学习",
            start=bureau.work(6, 14, 30),
            texts=(0, 1),
        ),
    )
    plan(
        bureau,
        kind=Kind.GROUP,
        title="党小组会：告知节点清单试行情况",
        start=bureau.work(3, 17),
        length=timedelta(minutes=50),
        unit="第一党小组",
    )
    start = bureau.work(12, 9)
    later = plan(
        bureau,
        kind=Kind.THEME_DAY,
        title="主题党日：走进城东社区",
        start=start,
        texts=(1,),
        place="城东社区服务站",
    )
    moved = bureau.work(15, 9)
    schedule.postpone(
        later,
        start=moved,
        end=moved + timedelta(hours=2),
        reason="原定当天有大型活动安保",
        by=later.chair,
        at=bureau.now,
    )
    dropped = plan(
        bureau, kind=Kind.COMMITTEE, title="研究练兵清单", start=bureau.work(2, 16), texts=()
    )
    schedule.cancel(dropped, reason="与支队党总支会议合并研究", by=dropped.chair, at=bureau.now)


def _leave(bureau: Bureau, meeting: Meeting) -> None:
    """One request waits, one was accepted, and one declined with words."""
    at = bureau.now
    for who, kind, reason in (
        ("罗玥", "出差", "去省厅送检材"),
        ("曹敏", "培训", ""),
        ("丁一", "值班", ""),
    ):
        leave.ask(meeting, kind=kind, reason=reason, by=bureau.people[who], at=at)
    asked = {each.attendance.name: each for each in requests_for(meeting)}
    leave.accept(asked["曹敏"], by=meeting.recorder, at=at)
    words = "这天下午的班已经和二大队换好，你来参加。"
    leave.decline(asked["丁一"], words=words, by=meeting.chair, at=at)


def appraisal(bureau: Bureau) -> None:
    """Plan the yearly 民主评议党员 of the branch that serves the organ."""
    plan(
        bureau,
        kind=Kind.APPRAISAL,
        title="年度民主评议党员",
        start=bureau.work(20, 14),
        unit="政治部党支部",
        texts=(),
    )
