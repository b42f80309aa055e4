"""台账 of a unit's year, row by row from signed records: meetings, who came, study hours.

What was held and is not signed yet stands in the ledger of meetings by its plain facts, and so
does what was declared void: it was not held (ADR 0009), has no numbers to add up, and is in no
other ledger. 补学 is the one fact that comes after the signatures: it is read from the roll and
marked. Nobody's rows are added up, and nobody is compared with anybody.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from django.db.models import Prefetch
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.archive.holdings import held_without_signature, label, signed_in_year
from studyapp.branches.models import Unit
from studyapp.documents.xlsx import Cell
from studyapp.meetings import agenda, hours
from studyapp.meetings.models import AWAY, Attendance, ItemKind, Kind, Meeting
from studyapp.minutes.content import Content, read
from studyapp.minutes.models import SignedVersion
from studyapp.papers.queries import is_beyond
from studyapp.text.cjk import bracketed

Row = tuple[Cell, ...]
_CHUNK = 50  # records in the memory at a time
_NO_SITTING = "未分场次"
_AFTER = "送签后补"  # as the page of the record says it
_STUDIES = re.compile(r"^(?:传达|集体|集中|重温)?学习(?=《)")


@dataclass(frozen=True, slots=True)
class Ledger:
    """One ledger: its name, its head, how its rows are made, and by which columns one is known."""

    name: str
    about: str
    head: tuple[str, ...]
    rows: Callable[[Unit, int, User], Iterator[Row]]
    keys: tuple[int, int]


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
        facts: Row = (
            version.record.meeting.unit.name,
            datetime.fromisoformat(content["start"]).date(),
            content["kind_name"],
            content["title"],
        )
        sat = {name: one["name"] for one in content["sittings"] for name in one["present"]}
        for name, state, more, made_up in _people(content):
            yield (*facts, sat.get(name, ""), name, state, more, made_up)


def study_hours(unit: Unit, year: int, reader: User) -> Iterator[Row]:
    """Yield what each sitting of a meeting that studied counts for, for who was there to its end.

    A meeting without 场次 has one row.
    """
    for version, content in _counting(unit, year, reader):
        if not _studied(content):
            continue
        for sat in _sittings(content):
            yield (
                version.record.meeting.unit.name,
                datetime.fromisoformat(content["start"]).date(),
                content["kind_name"],
                content["title"],
                sat.name,
                sat.start,
                sat.end,
                hours.hours(sat.length),
                sat.came,
                f"和{'、'.join(content['together'])}一起开，学时只计一次"
                if content["together"]
                else "",
            )


LEDGERS: Mapping[str, Ledger] = MappingProxyType(
    {
        "meetings": Ledger(
            "会议台账",
            "每次会议一行：时间、主题、材料、人数、请假缺席、决定。没签字的和作废的只列名称。"
            "记录编号是归档的件号；双重组织生活、上报日期系统里没有，留空手填。",
            (
                "党组织", "年度", "季度", "月份", "日期", "会议类型", "次数", "主题", "主讲人",
                "课题", "学习材料", "开始", "结束", "时长（分钟）", "应到", "实到", "请假", "缺席",
                "请假缺席事由", "补学", "学时", "上级列席和其他列席", "双重组织生活", "主持人",
                "记录人", "议题", "议定事项", "记录状态", "记录编号", "校验码", "附件", "上报日期",
            ),
            meetings,
            (4, 7),  # day, kind, ordinal, title
        ),
        "attendance": Ledger(
            "到会情况",
            "每次会议每人一行，照点名的次序。不汇总，不比较，作废的不列。",
            (
                "党组织", "日期", "会议类型", "主题", "场次", "姓名", "到会情况", "说明",
                "补学日期",
            ),
            attendance,
            (1, 5),
        ),
        "hours": Ledger(
            "学时",
            "每次学习和党课折算的学时，分场次的每场一行，作废的不列。个人的学时只有本人看得到。",
            (
                "党组织", "日期", "会议类型", "主题", "场次", "开始", "结束", "学时", "实到",
                "备注",
            ),
            study_hours,
            (1, 4),
        ),
    }
)  # fmt: skip
"""The ledgers by what their address calls them."""


def _signed(unit: Unit, year: int, reader: User) -> Iterator[tuple[SignedVersion, Content]]:
    """Yield what ``reader`` may see of the year's newest versions.

    What was made up after a record went to be signed is seen inside the unit alone, as on the page
    of the record.
    """
    away = Attendance.objects.filter(presence__in=AWAY, should_attend=True, is_observer=False)
    found = signed_in_year(unit, year, reader).select_related("filed")
    if inside := not is_beyond(reader, unit):
        rows = Prefetch("record__meeting__attendances", away, to_attr="away")
        found = found.prefetch_related(rows)
    for version in found.iterator(chunk_size=_CHUNK):
        content = read(version.content)
        if inside:
            _add_made_up(content, vars(version.record.meeting)["away"])
        yield version, content


def _add_made_up(content: Content, away: Iterable[Attendance]) -> None:
    """Add to the signed words who made the study up since; people of one name by their order."""
    known = {"leave": list(content["leave"]), "absent": list(content["absent"])}
    for row in away:
        waiting = known[row.presence]
        person = next((each for each in waiting if each["name"] == row.name), None)
        if person is None:
            continue
        waiting.remove(person)
        if row.made_up_at and not person.get("made_up"):
            person["made_up"] = timezone.localdate(row.made_up_at).isoformat()
            person["after"] = _AFTER


def _counting(unit: Unit, year: int, reader: User) -> Iterator[tuple[SignedVersion, Content]]:
    """Yield those of them that were not declared void."""
    return (found for found in _signed(unit, year, reader) if not found[0].is_void)


def _meeting(version: SignedVersion, content: Content) -> Row:
    start, end = (datetime.fromisoformat(content[key]) for key in ("start", "end"))
    numbers, sittings = content["numbers"], _sittings(content)
    away = [*content["leave"], *content["absent"]]
    return (
        version.record.meeting.unit.name,
        *_calendar(start.date()),
        content["kind_name"],
        content["ordinal"],
        content["title"],
        content["lecturer"],
        content["lecture_topic"],
        _list(_text(item) for item in content["items"] if item["kind"] == ItemKind.STUDY),
        start.time(),
        end.time(),
        _each(sittings, lambda sat: sat.minutes),
        numbers["should"],
        numbers["present"],
        numbers["leave"],
        numbers["absent"],
        _list(_why(person) for person in away),
        _list(
            f"{person['name']} {person['made_up']}{bracketed(person.get('after', ''))}"
            for person in away
            if person.get("made_up")
        ),
        _each(sittings, lambda sat: hours.hours(sat.length)) if _studied(content) else "",
        _list(_guest(person) for person in content["observers"]),
        "",
        content["chair"]["name"],
        content["recorder"]["name"],
        _list(_topics(content)),
        _list(decision["text"] for decision in content["decisions"]),
        label(version),
        _filed(version),
        version.code,
        _list(content["attachments"]),
        "",
    )


def _list(texts: Iterable[str]) -> str:
    """Return texts in one cell: sentences lose the mark at their end to the one between them."""
    return "；".join(text.strip().rstrip("。；") for text in texts)


def _topics(content: Content) -> Iterator[str]:
    """Yield what was dealt with beside the texts: own items of the agenda, subjects of votes."""
    frame = {ItemKind.ATTENDANCE, ItemKind.STUDY, ItemKind.SUMMARY, ItemKind.ADJOURN}
    for item in content["items"]:
        if item["kind"] not in frame and item["title"] not in agenda.PARTS:
            yield item["title"]
        yield from (part["heading"] for part in item["parts"] if part["kind"] == "vote")
    yield from (part["heading"] for part in content["others"] if part["kind"] == "vote")


def _filed(version: SignedVersion) -> str:
    """Return the number in the archive: 2026-永久-3; "" of what is not filed."""
    filed = getattr(version, "filed", None)
    return f"{filed.year}-{filed.period}-{filed.number}" if filed else ""


@dataclass(frozen=True, slots=True)
class _Sat:
    """One 场次 with how many came; of a meeting without any the whole, without a name."""

    name: str
    start: time | str
    end: time | str
    length: timedelta
    came: int

    @property
    def minutes(self) -> int:
        return int(self.length.total_seconds() // 60)


def _sittings(content: Content) -> list[_Sat]:
    """Return the sittings, and last who was at none; by the rule of one's own study hours."""
    spans = [_span(one) for one in content["sittings"]]
    sittings = [
        _Sat(one["name"], begun.time(), ended.time(), ended - begun, len(one["present"]))
        for one, (begun, ended) in zip(content["sittings"], spans, strict=True)
    ]
    rest = content["numbers"]["present"] - sum(sat.came for sat in sittings)
    begun, ended = hours.one_sitting(_span(content), spans)
    if not sittings:
        return [_Sat("", begun.time(), ended.time(), ended - begun, rest)]
    return sittings + [_Sat(_NO_SITTING, "", "", ended - begun, rest)] * (rest > 0)


def _span(times: Mapping[str, str]) -> hours.Span:
    return datetime.fromisoformat(times["start"]), datetime.fromisoformat(times["end"])


def _each(sittings: Iterable[_Sat], told: Callable[[_Sat], float]) -> Cell:
    """Return a number of the meeting, or of each sitting by its name: A班 80；B班 80."""
    found = [(sat.name, told(sat)) for sat in sittings if sat.name != _NO_SITTING]
    if found[0][0]:
        return "；".join(f"{name} {number:g}" for name, number in found)
    return found[0][1]


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
    for key, state, why in (("leave", "请假", "kind"), ("absent", "缺席", "reason")):
        for person in content[key]:
            words = "，".join(filter(None, (person[why], person.get("after"))))
            yield person["name"], state, words, _made_up(person)
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
    """Return what was studied: 《…》（文号，领学人：…）, without the verb of the agenda."""
    reader = f"领学人：{item['reader']}" if item["reader"] else ""
    return _STUDIES.sub("", item["title"]) + bracketed(item["number"] or item["source"], reader)


def _why(person: dict[str, str]) -> str:
    """A category of leave, or the reason of an absence as far as one was given."""
    return person["name"] + bracketed(person.get("kind") or person.get("reason") or "未写事由")


def _guest(person: dict[str, str]) -> str:
    return person["name"] + bracketed(person["title"], person["purpose"])
