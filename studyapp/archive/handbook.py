"""党支部工作手册: what a branch did in a year as one binder, in the order of the organisation.

Every signed record is in it as its paper. Records that are not signed are named, and what the
system does not hold comes as blank forms. Nobody is ranked or counted; a reader finds only what
that reader may see elsewhere: 组织生活会 stays inside the branch.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.archive import ruled
from studyapp.archive.holdings import Holding, held_without_signature, signed_in_year
from studyapp.archive.members import Person, committee, groups, roster
from studyapp.archive.ruled import entry
from studyapp.branches.models import Unit, UnitKind
from studyapp.documents.blocks import Block, Meta, Paragraph
from studyapp.documents.book import Book, Chapter, Entry
from studyapp.meetings.models import Kind, Meeting
from studyapp.minutes.models import Record
from studyapp.papers.queries import profile_for
from studyapp.text.cjk import format_date, pad_name

Told = Callable[[int, int, str], None]
_KINDS = (
    Kind.ASSEMBLY,
    Kind.COMMITTEE,
    Kind.GROUP,
    Kind.LECTURE,
    Kind.THEME_DAY,
    Kind.STUDY,
)
_TITLES = {UnitKind.BRANCH: "党支部工作手册", UnitKind.GROUP: "党小组工作手册"}
_BY_HAND = "系统里只有现在的职务，没有往年的：按当年的选举结果和批复填写。"
_INSIDE = "组织生活会的内容留在本支部，这一册不收。"


def title_of(unit: Unit) -> str:
    """Return what the binder of a unit is called."""
    return _TITLES.get(UnitKind(unit.kind), "党组织工作手册")


def compose(unit: Unit, year: int, *, reader: User, today: date, outside: bool, tell: Told) -> Book:
    """Return the binder of ``unit`` for ``year`` as ``reader`` may see it.

    ``outside`` is a reader who does not stand in the unit. ``tell`` hears of every record read.
    """
    day = min(today, date(year, 12, 31))
    people = roster(unit, day)
    records = _records(unit, year, reader, tell)
    waiting = [] if outside else list(held_without_signature(unit, year, reader))
    return Book(
        title=title_of(unit),
        cover=(unit.full_name, f"{year}年", f"（截至{format_date(day)}）"),
        chapters=(
            _organisation(unit, people, day, today),
            Chapter("工作计划", (ruled.plan(year),)),
            Chapter("会议一览", (_overview(records, waiting),)),
            *_meetings(records),
            Chapter("组织生活会和民主评议党员", (
                *_life(records, outside=outside),
                *_papers(records, Kind.APPRAISAL), ruled.appraisal(),
            )),
            Chapter("党员教育管理", (
                ruled.talks(), ruled.admission(_admitted(people, year)), ruled.transfers(),
                ruled.fees(), ruled.honours(), ruled.visits(),
            )),
            Chapter("年度总结", (ruled.summary(year, *_figures(records, waiting)),)),
            Chapter("检查指导", (ruled.inspection(),)),
        ),
    )  # fmt: skip


def _records(unit: Unit, year: int, reader: User, tell: Told) -> list[Holding]:
    """Read the records one after another; only their papers stay."""
    found = signed_in_year(unit, year, reader)
    total, profile, records = found.count(), profile_for(unit), []
    for number, version in enumerate(found.iterator(chunk_size=20)):
        tell(number, total, f"读会议记录，第{number + 1}份，共{total}份")
        records.append(Holding.of(version, profile))
    return records


# --- The organisation ----------------------------------------------------------------------------


def _organisation(unit: Unit, people: Sequence[Person], day: date, today: date) -> Chapter:
    """Return who stood where on ``day``, the last of the year, or ``today`` in the running one.

    When somebody came and went is stored. Post, role, staff and political status are today's: a
    past year has forms to fill for its committee, and says of the rest from which day it is.
    """
    leaders = committee(unit, day) if day == today else []
    note = "" if day == today else f"按{format_date(today)}的登记，和当年不同的改正。"
    entries = [
        _unit(unit, people, note),
        ruled.term(),
        _committee(leaders, day, today),
        _division(leaders, day, today),
    ]
    if unit.kind == UnitKind.BRANCH:
        entries.append(_groups(unit, day, today))
    return Chapter("组织情况", (*entries, _roster(people, day, note)))


def _unit(unit: Unit, people: Sequence[Person], note: str) -> Entry:
    above = unit.parent.full_name if unit.parent else ""
    party = [person for person in people if person.is_party_member]
    full = sum(1 for person in party if not person.is_probationary)
    facts = [
        ("全称", unit.full_name),
        ("类别", unit.get_kind_display()),
        ("上级党组织", above),
        ("党员", f"{len(party)}人，其中正式党员{full}人，预备党员{len(party) - full}人"),
        ("主题党日", f"每月{unit.theme_day}日" if unit.theme_day else ""),
    ]
    blocks = [Meta(label, value) for label, value in facts if value]
    return entry(
        "基本情况",
        *blocks,
        *([Paragraph(f"正式、预备{note}")] if note else []),
        Paragraph("成立、调整和撤销的批复："),
        ruled.ruled(("日期", 8), ("事项", 16), ("批复文号", 11), ("批复机关", 11), empty=6),
    )


def _committee(leaders: Sequence[Person], day: date, today: date) -> Entry:
    rows = [(pad_name(person.name), person.title) for person in leaders]
    known = f"{format_date(today)}在任的；系统里没有任职起止，按选举结果和批复填写。"
    return entry(
        "领导班子",
        Paragraph(known if day == today else _BY_HAND),
        ruled.ruled(
            ("姓名", 7), ("职务", 10), ("任职起", 9), ("任职止", 9), ("备注", 9),
            rows=rows, empty=max(2, 8 - len(rows)),
        ),
    )  # fmt: skip


def _division(leaders: Sequence[Person], day: date, today: date) -> Entry:
    rows = [(pad_name(person.name), person.title) for person in leaders]
    return entry(
        "委员分工",
        *([] if day == today else [Paragraph(_BY_HAND)]),
        ruled.ruled(
            ("姓名", 7), ("职务", 10), ("分工", 27), rows=rows, empty=max(2, 8 - len(rows))
        ),
    )


def _groups(unit: Unit, day: date, today: date) -> Entry:
    """Return the groups that the branch has now, with who was in them on ``day``."""
    current = day == today
    rows = [
        (group.name, "、".join(group.leaders) if current else "", "、".join(group.members))
        for group in groups(unit, day)
    ]
    return entry(
        "党小组划分",
        *([] if current else [Paragraph(f"组长：{_BY_HAND}")]),
        ruled.ruled(("党小组", 10), ("组长", 8), ("成员", 26), rows=rows, empty=3),
    )


def _roster(people: Sequence[Person], day: date, note: str) -> Entry:
    rows = [
        (
            str(number),
            pad_name(person.name),
            person.title,
            person.staff,
            "预备" if person.is_probationary else "正式",
            _day(person.joined_on),
            _day(person.confirmed_on),
        )
        for number, person in enumerate((p for p in people if p.is_party_member), 1)
    ]
    return entry(
        "党员名册",
        Paragraph(f"截至{format_date(day)}，组织关系在本组织的党员；按职务和姓氏笔画排列。"
                  + (f"职务、类别、正式或预备{note}" if note else "")),
        ruled.ruled(
            ("序号", 4), ("姓名", 6), ("职务", 15), ("类别", 5), ("党员", 5),
            ("入党日期", 8), ("转正日期", 8), rows=rows, empty=3, height=ruled.PRINTED,
        ),
    )  # fmt: skip


def _day(value: date | None) -> str:
    """Return a date as narrow columns take it."""
    return f"{value.year}.{value.month}.{value.day}" if value else ""


def _admitted(people: Iterable[Person], year: int) -> list[tuple[str, ...]]:
    """Return who was received or confirmed in the year."""
    return [
        (pad_name(person.name), "", "", "", _day(person.joined_on), _day(person.confirmed_on))
        for person in people
        if year in {day.year for day in (person.joined_on, person.confirmed_on) if day}
    ]


# --- The meetings --------------------------------------------------------------------------------


def _papers(records: Iterable[Holding], kind: str) -> list[Entry]:
    return [Entry(each.line, each.paper) for each in records if each.kind == kind]


def _meetings(records: Sequence[Holding]) -> list[Chapter]:
    """Return a chapter for each kind of meeting that has signed records."""
    chapters = [Chapter(kind.label, tuple(_papers(records, kind))) for kind in _KINDS]
    return [chapter for chapter in chapters if chapter.entries]


def _life(records: Iterable[Holding], *, outside: bool) -> list[Entry]:
    if outside:
        return [entry("组织生活会", Paragraph(_INSIDE))]
    return _papers(records, Kind.LIFE) or [ruled.life()]


def _overview(records: Sequence[Holding], waiting: Sequence[Meeting]) -> Entry:
    rows = [
        (str(number), _day(each.day), each.kind_name, each.title, each.came,
         each.version)
        for number, each in enumerate(records, 1)
    ]  # fmt: skip
    blocks: list[Block] = [
        ruled.ruled(
            ("序号", 4), ("日期", 8), ("类型", 10), ("主题", 15), ("实到/应到", 7),
            ("记录", 6), rows=rows, empty=0 if rows else 3, height=ruled.PRINTED,
        )
    ]  # fmt: skip
    if waiting:
        blocks += [
            Paragraph("已经开过、记录还没有签字的会（内容不在这一册里）："),
            ruled.ruled(
                ("日期", 8), ("类型", 10), ("主题", 24), ("记录", 8),
                rows=[_waiting(meeting) for meeting in waiting], height=ruled.PRINTED,
            ),
        ]  # fmt: skip
    return entry("会议一览", *blocks)


def _waiting(meeting: Meeting) -> tuple[str, ...]:
    stored: Record | None = getattr(meeting, "record", None)
    held = timezone.localdate(meeting.actual_start or meeting.planned_start)
    state = stored.state_label if stored else "会后整理"
    return (_day(held), meeting.get_kind_display(), meeting.title, state)


def _figures(records: Iterable[Holding], waiting: Iterable[Meeting]) -> list[Block]:
    """Return how many meetings of each kind there were, as the organisation lists them.

    What was declared void was not held.
    """
    signed = Counter(each.kind for each in records if not each.is_void)
    others = Counter(meeting.kind for meeting in waiting)
    counted = [
        f"{kind.label}{signed[kind] + others[kind]}次"
        for kind in (*_KINDS, Kind.LIFE, Kind.APPRAISAL)
        if signed[kind] + others[kind]
    ]
    if not counted:
        return []
    unsigned = sum(others.values())
    tail = f"（其中{unsigned}次的记录还没有签字）" if unsigned else ""
    return [Paragraph(f"全年开会：{'，'.join(counted)}{tail}。")]
