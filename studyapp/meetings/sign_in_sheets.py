"""签到表: blank before the meeting, filled from the roll after it. Nobody signs for another."""

from datetime import datetime

from django.utils import timezone

from studyapp.accounts.models import Political
from studyapp.documents.blocks import (
    Block,
    Document,
    Meta,
    PageBreak,
    Paragraph,
    SignatureLine,
    SignatureLines,
    Simple,
    Table,
)
from studyapp.errors import Refused
from studyapp.meetings import names
from studyapp.meetings.models import Attendance, Meeting, Presence
from studyapp.meetings.queries import head_count
from studyapp.text.cjk import format_span, pad_name

_SPARE_ROWS = 3
_BLANK_HEAD = ("序号", "姓名", "单位职务", "类别", "签名", "时间", "备注")
_BLANK_WIDTHS = (5, 8, 17, 7, 12, 7, 7)
_FILLED_HEAD = ("序号", "姓名", "单位职务", "类别", "到会情况", "签名", "时间", "备注")
_FILLED_WIDTHS = (12, 16, 36, 16, 20, 20, 14, 22)
_LIST_HEAD = ("序号", "姓名", "单位职务", "类别", "到会情况", "备注")
_LIST_WIDTHS = (5, 8, 18, 7, 10, 12)
_ROW_HEIGHT = 10.5  # millimetres: room to sign by hand


def span(start: datetime, end: datetime | None) -> str:
    """Return a span of local time as papers print it."""
    return format_span(timezone.localtime(start), timezone.localtime(end) if end else None)


def blank(meeting: Meeting) -> Document:
    """Return the blank sheets alone, a page for each 场次."""
    return _document(meeting, sheets(meeting, list(meeting.attendances.all())))


def is_filled(meeting: Meeting) -> bool:
    """Tell whether anybody is on the roll with more than a name."""
    return any(row.presence for row in meeting.attendances.all())


def filled(meeting: Meeting) -> Document:
    """Return who came, when, who was on leave and who sat in; the signatures stay empty."""
    if not is_filled(meeting):
        raise Refused("还没有点名，签到表没有可填的内容。点名以后再打印。")
    return _document(meeting, _filled_sheets(meeting, list(meeting.attendances.all())))


def _document(meeting: Meeting, found: list[tuple[str, tuple[Simple, ...]]]) -> Document:
    """Sheets one after another, each on its own page; the name of a 场次 heads each."""
    title = found[0][0] if len(found) == 1 else "会议签到表"
    blocks: list[Block] = []
    for name, inner in found:
        if len(found) > 1:
            blocks += [PageBreak()] if blocks else []
            blocks.append(Paragraph(name, indent=False))
        blocks += inner
    return Document(title=title, blocks=tuple(blocks), kind="sign-in")


def sheets(meeting: Meeting, rows: list[Attendance]) -> list[tuple[str, tuple[Simple, ...]]]:
    """Titles and sign-in sheets: one, or one for each 场次.

    Who has no 场次 yet stands on every sheet: they sign where they come.
    """
    sittings = list(meeting.sittings.all())
    if not sittings:
        whole = span(meeting.planned_start, meeting.planned_end)
        return [("会议签到表", _blank(meeting, rows, when=whole, place=meeting.place))]
    return [
        (
            f"会议签到表（{sitting.name}）",
            _blank(
                meeting,
                [row for row in rows if row.sitting_id in {None, sitting.pk}],
                when=span(sitting.start, sitting.end),
                place=sitting.place or meeting.place,
            ),
        )
        for sitting in sittings
    ]


def _blank(
    meeting: Meeting, rows: list[Attendance], *, when: str, place: str
) -> tuple[Simple, ...]:
    """The blank sheet: everybody on the roll, and a few empty rows for guests."""
    ordered = [r for r in rows if r.should_attend] + [r for r in rows if r.is_observer]
    table = [
        (str(number), pad_name(row.name), row.title, _category(row), "", "", "")
        for number, row in enumerate(ordered, 1)
    ]
    first = len(table) + 1
    table += [(str(n), "", "", "", "", "", "") for n in range(first, first + _SPARE_ROWS)]
    return (
        *_facts(meeting, when=when, place=place),
        Table(_BLANK_HEAD, tuple(table), _BLANK_WIDTHS, _ROW_HEIGHT),
        Paragraph("本人签名，不得代签；迟到的写明到会时间，请假和缺席在备注栏写明类别。"),
        SignatureLines((SignatureLine("记录人", meeting.recorder.name),)),
    )


def _category(row: Attendance) -> str:
    if row.is_observer:
        return "列席"
    return {Political.FULL: "正式", Political.PROBATIONARY: "预备"}.get(
        Political(row.political), "非党员"
    )


def _facts(meeting: Meeting, *, when: str, place: str) -> list[Meta]:
    facts = [
        ("党组织", meeting.paper_organisation),
        *names.head(meeting),
        ("时间", when),
        ("地点", place),
    ]
    return [Meta(label, value) for label, value in facts if value]


def _filled_sheets(
    meeting: Meeting, rows: list[Attendance]
) -> list[tuple[str, tuple[Simple, ...]]]:
    """One sheet, or one for each 场次; who was in none is on a list that nobody signs."""
    sittings = list(meeting.sittings.all())
    if not sittings:
        when = span(meeting.actual_start or meeting.planned_start, meeting.actual_end)
        return [("会议签到表", _filled(meeting, rows, when=when, place=meeting.place))]
    found = [
        (
            f"会议签到表（{sitting.name}）",
            _filled(
                meeting,
                [row for row in rows if row.sitting_id == sitting.pk],
                when=span(sitting.start, sitting.end),
                place=sitting.place or meeting.place,
            ),
        )
        for sitting in sittings
    ]
    if rest := [row for row in rows if row.sitting_id is None]:
        found.append(("未参加场次人员名单", _in_no_sitting(meeting, rest)))
    return found


def _ordered(rows: list[Attendance]) -> list[Attendance]:
    """应到 first, then who came although not counted, then 列席 who came."""
    counted = [r for r in rows if r.should_attend and not r.is_observer]
    guests = [r for r in rows if not r.should_attend and not r.is_observer and r.is_present]
    return counted + guests + [r for r in rows if r.is_observer and r.is_present]


def _in_no_sitting(meeting: Meeting, rows: list[Attendance]) -> tuple[Simple, ...]:
    table = tuple(
        (str(number), pad_name(row.name), row.title, _category(row), _presence(row), _remark(row))
        for number, row in enumerate(_ordered(rows), 1)
    )
    return (*_facts(meeting, when="", place=""), Table(_LIST_HEAD, table, _LIST_WIDTHS))


def _filled(
    meeting: Meeting, rows: list[Attendance], *, when: str, place: str
) -> tuple[Simple, ...]:
    table = [
        (
            str(number),
            pad_name(row.name),
            row.title,
            _category(row),
            _presence(row),
            "",
            _came(row),
            _remark(row),
        )
        for number, row in enumerate(_ordered(rows), 1)
    ]
    return (
        *_facts(meeting, when=when, place=place),
        Meta("到会情况", head_count(rows).sentence),
        Table(_FILLED_HEAD, tuple(table), _FILLED_WIDTHS, _ROW_HEIGHT),
        Paragraph(
            "到会情况按点名填写，时间只填签到码或点名记下的到会时间；签名由本人手写，不得代签。"
        ),
        SignatureLines((SignatureLine("记录人", meeting.recorder.name),)),
    )


def _presence(row: Attendance) -> str:
    return "到会" if row.presence == Presence.PRESENT else Presence(row.presence).label


def _came(row: Attendance) -> str:
    """When somebody came, where the roll or the code of the room knows it."""
    if not row.is_present:
        return ""
    if row.arrived_at:
        return f"{row.arrived_at:%H:%M}"
    return f"{timezone.localtime(row.checked_in_at):%H:%M}" if row.checked_in_at else ""


def _remark(row: Attendance) -> str:
    """备注: of leave the category alone, never a reason that tells of health."""
    if row.is_present:
        return f"{row.left_at:%H:%M}离会" if row.left_at else row.purpose
    return row.leave_kind
