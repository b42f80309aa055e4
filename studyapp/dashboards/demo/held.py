"""The steps that every meeting of the demo goes through, by the actions that people use."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.dashboards.demo.bureau import Bureau
from studyapp.dashboards.demo.story import Words
from studyapp.meetings.actions import checking, outcomes, roll, schedule, sheet
from studyapp.meetings.actions.check_in import check_in
from studyapp.meetings.models import Attendance, CheckIn, Meeting, Presence
from studyapp.minutes import actions as minutes
from studyapp.minutes.models import Record
from studyapp.minutes.signers import needed

FIRST = "刑侦第一党支部"
LENGTH = timedelta(minutes=90)


@dataclass(frozen=True)
class Team:
    """Who holds the meetings of a unit, and where."""

    unit: str
    chair: str
    recorder: str
    place: str


TEAMS = {
    team.unit: team
    for team in (
        Team(FIRST, "secretary", "recorder", "支队三楼会议室"),
        Team("刑侦第二党支部", "邓立新", "方媛", "支队三楼会议室"),
        Team("治安支队党支部", "贾宏伟", "金鑫", "治安支队二楼会议室"),
        Team("交警支队党支部", "卢俊", "陆小曼", "交警支队党员活动室"),
        Team("城东派出所党支部", "齐文斌", "乔木", "城东派出所会议室"),
        Team("城西派出所党支部", "苏杭", "唐棣", "城西派出所会议室"),
        Team("政治部党支部", "夏雨", "谢安", "机关楼五楼会议室"),
        Team("第一党小组", "刘建军", "member", "一大队办公室"),
    )
}


def plan(
    bureau: Bureau,
    *,
    kind: str,
    title: str,
    start: datetime,
    unit: str = FIRST,
    texts: Sequence[int] = (0,),
    length: timedelta = LENGTH,
    at: datetime | None = None,
    place: str = "",
    **more: Any,
) -> Meeting:
    """Schedule a meeting as its secretary does, five days ahead unless ``at`` says otherwise."""
    team = TEAMS[unit]
    chosen = [bureau.texts[number] for number in texts]
    return schedule.schedule(
        unit=bureau.units[unit],
        kind=kind,
        title=title,
        planned_start=start,
        planned_end=start + length,
        place=place or team.place,
        chair=bureau.people[team.chair],
        recorder=bureau.people[team.recorder],
        by=bureau.people[team.chair],
        at=at or min(start - timedelta(days=5), bureau.now),
        speeches=chosen,
        lead_readers=[bureau.people[team.recorder]] * len(chosen),
        **more,
    )


def hold(
    meeting: Meeting,
    *,
    leave: Mapping[str, str] | None = None,
    late: Mapping[str, time] | None = None,
    left: Mapping[str, time] | None = None,
    absent: Mapping[str, str] | None = None,
    guests: Iterable[tuple[str, str, str]] = (),
    scanned: Iterable[str] = (),
    end: bool = True,
) -> None:
    """Open, call the roll by exception, and unless told otherwise end the meeting."""
    by, start = meeting.recorder, meeting.planned_start
    schedule.move(meeting, to="check_in", by=by, at=start - timedelta(minutes=10))
    rows = {row.name: row for row in meeting.attendances.all()}

    def mark(name: str, presence: Presence, **more: Any) -> Attendance:
        return roll.mark(rows[name], presence=presence, by=by, at=start, **more)

    for number, name in enumerate(scanned):
        scan(meeting, name, start - timedelta(minutes=9 - number))
    for name, kind in (leave or {}).items():
        mark(name, Presence.LEAVE, leave_kind=kind)
    for name, reason in (absent or {}).items():
        mark(name, Presence.ABSENT, reason=reason)
    for name, arrived in (late or {}).items():
        mark(name, Presence.LATE, arrived_at=arrived)
    for name, gone in (left or {}).items():
        mark(name, Presence.LEFT, left_at=gone, reason="出警")
    for name, title, purpose in guests:
        roll.add_observer(meeting, name=name, title=title, purpose=purpose, by=by, at=start)
    roll.rest_present(meeting, by=by, at=start)
    schedule.move(meeting, to="open", by=by, at=start + timedelta(minutes=2))
    if end:
        length = meeting.planned_end - start
        schedule.move(meeting, to="end", by=by, at=start + length - timedelta(minutes=6))
    meeting.refresh_from_db()


def scan(meeting: Meeting, name: str, at: datetime) -> None:
    """Let somebody check in by the code on the screen."""
    person = meeting.attendances.get(name=name).user
    if person:
        check_in(meeting, how=CheckIn.SCAN, moment=at, by=person, at=at)


def fill(meeting: Meeting, words: Words) -> None:
    """Write the record sheet: who said what, the lecture's words, decisions, the summary."""
    by, at = meeting.recorder, meeting.planned_start + timedelta(minutes=60)
    item = meeting.agenda.filter(kind="discussion").first()
    sheet.paste(meeting, text=words.spoken, by=by, at=at, item=item)
    for other in meeting.agenda.filter(kind="other"):
        sheet.set_item_words(other, text=words.lecture, by=by, at=at)
    for text, name, days in words.decisions:
        outcomes.add_decision(
            meeting,
            text=text,
            responsible=name,
            by=by,
            at=at,
            due_on=timezone.localdate(at) + timedelta(days=days),
        )
    sheet.set_summary(meeting, text=words.summary, by=by, at=at)


def check_words(meeting: Meeting, *names: str) -> None:
    """Let speakers agree to what stands under their name."""
    at = meeting.planned_end + timedelta(hours=1)
    for remark in meeting.remarks.filter(speaker__name__in=names, checked_at=None):
        speaker: User | None = remark.speaker
        if speaker:
            checking.check_remark(remark, by=speaker, at=at)


def submit(meeting: Meeting) -> Record:
    """Open the record after the meeting and hand it in, an hour later."""
    end = meeting.planned_end
    record = minutes.open_record(meeting, by=meeting.recorder, at=end)
    return minutes.submit(record, by=meeting.recorder, at=end + timedelta(hours=1))


def sign(record: Record) -> None:
    """Let everybody confirm who must."""
    record.refresh_from_db()
    at = record.submitted_at or timezone.now()
    for person in dict.fromkeys(people[0] for people in needed(record).values()):
        minutes.confirm(record, revision=record.revision, by=person, at=at + timedelta(hours=2))
