"""台账 of a unit's year, row by row from signed records: meetings, who came, study hours.

What was held and is not signed yet stands in the ledger of meetings by its plain facts, and so
does what was declared void: it was not held (ADR 0009), has no numbers to add up, and is in no
other ledger. Nobody's rows are added up, and nobody is compared with anybody.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.archive.holdings import held_without_signature, label, signed_in_year
from studyapp.branches.models import Unit
from studyapp.documents.xlsx import Cell
from studyapp.meetings import hours
from studyapp.meetings.models import ItemKind, Kind, Meeting
from studyapp.minutes.content import Content, read
from studyapp.minutes.models import SignedVersion
from studyapp.text.cjk import bracketed

Row = tuple[Cell, ...]
_CHUNK = 50  # records in the memory at a time


@dataclass(frozen=True, slots=True)
class Ledger:
    """One ledger: its name, its head, and how its rows are made."""

    name: str
    about: str
    head: tuple[str, ...]
    rows: Callable[[Unit, int, User], Iterator[Row]]


def meetings(unit: Unit, year: int, reader: User) -> Iterator[Row]:
    """Yield a row for each meeting: signed ones, then held ones without a signature."""
    for version, content in _signed(unit, year, reader):
        yield _void(version, content) if version.is_void else _meeting(version, content)
    for meeting in held_without_signature(unit, year, reader).select_related(
        "unit", "chair", "recorder"
    ):
        yield _unsigned(meeting)


def attendance(unit: Unit, year: int, reader: User) -> Iterator[Row]:
    """Yield a row for each person of each meeting, in the order of the roll."""
    for version, content in _counting(unit, year, reader):
        start = datetime.fromisoformat(content["start"])
        facts: Row = (
            version.record.meeting.unit.name,
            start.date(),
            content["kind_name"],
            content["title"],
        )
        for name, state, more, made_up in _people(content):
            yield (*facts, name, state, more, made_up)


def study_hours(unit: Unit, year: int, reader: User) -> Iterator[Row]:
    """Yield what each meeting that studied counts for, for each who was there from start to end."""
    for version, content in _counting(unit, year, reader):
        if not _studied(content):
            continue
        start, end = (datetime.fromisoformat(content[key]) for key in ("start", "end"))
        yield (
            version.record.meeting.unit.name,
            start.date(),
            content["kind_name"],
            content["title"],
            start.time(),
            end.time(),
            hours.hours(end - start),
            content["numbers"]["present"],
        )


LEDGERS: Mapping[str, Ledger] = MappingProxyType(
    {
        "meetings": Ledger(
            "会议台账",
            "每次会议一行：时间、主题、材料、人数、请假缺席、决定。没签字的和作废的只列名称。",
            (
                "党组织", "年度", "季度", "月份", "日期", "会议类型", "次数", "主题", "主讲人",
                "课题", "学习材料", "开始", "结束", "时长（分钟）", "应到", "实到", "请假", "缺席",
                "请假缺席事由", "补学", "学时", "上级列席和其他列席", "双重组织生活", "主持人",
                "记录人", "议题", "议定事项", "记录状态", "校验码", "附件", "上报日期",
            ),
            meetings,
        ),
        "attendance": Ledger(
            "到会情况",
            "每次会议每人一行，照点名的次序。不汇总，不比较，作废的不列。",
            ("党组织", "日期", "会议类型", "主题", "姓名", "到会情况", "说明", "补学日期"),
            attendance,
        ),
        "hours": Ledger(
            "学时",
            "每次学习和党课折算的学时，作废的不列。个人的学时只有本人看得到。",
            ("党组织", "日期", "会议类型", "主题", "开始", "结束", "学时", "实到"),
            study_hours,
        ),
    }
)  # fmt: skip
"""The ledgers by what their address calls them."""


def _signed(unit: Unit, year: int, reader: User) -> Iterator[tuple[SignedVersion, Content]]:
    """Yield what ``reader`` may see of the year's newest versions."""
    for version in signed_in_year(unit, year, reader).iterator(chunk_size=_CHUNK):
        yield version, read(version.content)


def _counting(unit: Unit, year: int, reader: User) -> Iterator[tuple[SignedVersion, Content]]:
    """Yield those of them that were not declared void."""
    return (found for found in _signed(unit, year, reader) if not found[0].is_void)


def _meeting(version: SignedVersion, content: Content) -> Row:
    start, end = (datetime.fromisoformat(content[key]) for key in ("start", "end"))
    numbers = content["numbers"]
    away = [*content["leave"], *content["absent"]]
    length = end - start
    return (
        version.record.meeting.unit.name,
        *_calendar(start.date()),
        content["kind_name"],
        content["ordinal"],
        content["title"],
        content["lecturer"],
        content["lecture_topic"],
        "；".join(_text(item) for item in content["items"] if item["extent"]),
        start.time(),
        end.time(),
        int(length.total_seconds() // 60),
        numbers["should"],
        numbers["present"],
        numbers["leave"],
        numbers["absent"],
        "；".join(_why(person) for person in away),
        "；".join(f"{p['name']} {p['made_up']}" for p in away if p.get("made_up")),
        hours.hours(length) if _studied(content) else "",
        "；".join(_guest(person) for person in content["observers"]),
        "",
        content["chair"]["name"],
        content["recorder"]["name"],
        "；".join(item["title"] for item in content["items"] if item["kind"] not in _FRAME),
        "；".join(decision["text"] for decision in content["decisions"]),
        label(version),
        version.code,
        "；".join(content["attachments"]),
        "",
    )


_FRAME = {ItemKind.ATTENDANCE, ItemKind.SUMMARY, ItemKind.ADJOURN}
"""Items of every agenda; they are no topics."""


def _unsigned(meeting: Meeting) -> Row:
    start = timezone.localtime(meeting.actual_start)
    facts: dict[str, Cell] = {
        "党组织": meeting.unit.name,
        "会议类型": meeting.get_kind_display(),
        "主题": meeting.title,
        "主持人": meeting.chair.name,
        "记录人": meeting.recorder.name,
        "记录状态": "未签字",
    }
    return _plain(start.date(), facts)


def _void(version: SignedVersion, content: Content) -> Row:
    facts: dict[str, Cell] = {
        "党组织": version.record.meeting.unit.name,
        "会议类型": content["kind_name"],
        "主题": content["title"],
        "主持人": content["chair"]["name"],
        "记录人": content["recorder"]["name"],
        "记录状态": label(version),
        "校验码": version.code,
    }
    return _plain(datetime.fromisoformat(content["start"]).date(), facts)


def _plain(day: date, facts: Mapping[str, Cell]) -> Row:
    """Return a row of a day that says so much and no more."""
    row: dict[str, Cell] = dict.fromkeys(LEDGERS["meetings"].head, "")
    row |= dict(zip(("年度", "季度", "月份", "日期"), _calendar(day), strict=True))
    return tuple((row | dict(facts)).values())


def _calendar(day: date) -> Row:
    return (day.year, f"第{(day.month + 2) // 3}季度", day.month, day)


def _studied(content: Content) -> bool:
    """Whether the meeting counts for study hours, as `meetings.hours` decides it."""
    study = any(item["kind"] == ItemKind.STUDY for item in content["items"])
    return study or content["kind"] == Kind.LECTURE


def _people(content: Content) -> Iterator[tuple[str, str, str, Cell]]:
    """Yield name, state, what explains it and the day of 补学 of everybody on the roll."""
    late = {person["name"]: person["at"] for person in content["late"]}
    left = {person["name"]: person["at"] for person in content["left"]}
    for name in content["present"]:
        times = [
            f"{known[name]}{words}"
            for known, words in ((late, "到会"), (left, "离会"))
            if name in known
        ]
        state = "迟到" if name in late else "中途离会" if name in left else "出席"
        yield name, state, "，".join(times), ""
    for person in content["leave"]:
        yield person["name"], "请假", person["kind"], _made_up(person)
    for person in content["absent"]:
        yield person["name"], "缺席", person["reason"], _made_up(person)
    for person in content["excused"]:
        yield person["name"], "不计入应到", person["reason"], ""
    for person in content["observers"]:
        yield (
            person["name"],
            "列席",
            "，".join(filter(None, (person["title"], person["purpose"]))),
            "",
        )


def _made_up(person: dict[str, str]) -> Cell:
    return date.fromisoformat(person["made_up"]) if person.get("made_up") else ""


def _text(item: dict[str, str]) -> str:
    reader = f"领学人：{item['reader']}" if item["reader"] else ""
    return item["title"] + bracketed(item["number"] or item["source"], reader)


def _why(person: dict[str, str]) -> str:
    """A category of leave, or the reason of an absence as far as one was given."""
    return person["name"] + bracketed(person.get("kind") or person.get("reason") or "未写事由")


def _guest(person: dict[str, str]) -> str:
    return person["name"] + bracketed(person["title"], person["purpose"])
