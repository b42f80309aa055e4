"""Papers made before a meeting: 通知, 议程 and the blank 签到表 as one document."""

from datetime import datetime

from django.utils import timezone

from studyapp.accounts.models import Political
from studyapp.documents.blocks import (
    Attachment,
    AttachmentNote,
    Block,
    Document,
    Meta,
    Paragraph,
    SignatureLine,
    SignatureLines,
    Signoff,
    Simple,
    Table,
)
from studyapp.meetings.models import AgendaItem, Attendance, ItemKind, Kind, Meeting
from studyapp.text.cjk import chinese_number, format_date, format_span, pad_name

_SPARE_ROWS = 3
# What one does with a meeting of the kind; the others are 召开.
_HELD = {
    Kind.STUDY: "组织",
    Kind.LECTURE: "组织",
    Kind.THEME_DAY: "开展",
    Kind.APPRAISAL: "开展",
}
_SIGN_HEAD = ("序号", "姓名", "单位职务", "类别", "签名", "时间", "备注")
_SIGN_WIDTHS = (5, 8, 17, 7, 12, 7, 7)
_ROW_HEIGHT = 10.5  # millimetres: room to sign by hand


def _times(meeting: Meeting) -> list[tuple[str, str]]:
    """Return the planned span, or that of each 场次, with its label."""
    sittings = list(meeting.sittings.all())
    if not sittings:
        return [("时间", _span(meeting.planned_start, meeting.planned_end))]
    return [(f"时间（{s.name}）", _span(s.start, s.end)) for s in sittings]


def _span(start: datetime, end: datetime) -> str:
    return format_span(timezone.localtime(start), timezone.localtime(end))


def notice(meeting: Meeting) -> Document:
    """Return notice, agenda and blank sign-in sheets, to be printed in one go."""
    rows = list(meeting.attendances.all())
    sheets = _sheets(meeting, rows)
    attachments = [("会议议程", tuple(_agenda(meeting))), *sheets]
    held = _HELD.get(Kind(meeting.kind), "召开") + meeting.get_kind_display()
    blocks: list[Block] = [
        Paragraph(f"{_postponed(meeting)}现将{held}的有关事项通知如下。"),
        *_facts(meeting, rows, sheets=len(sheets)),
        Paragraph("请参会人员提前到场并在签到表上签名，不能参加的提前向记录人说明。"),
        AttachmentNote(tuple(title for title, _ in attachments)),
        Signoff(
            meeting.paper_organisation,
            format_date(timezone.localdate(meeting.postponed_at or meeting.created_at)),
        ),
    ]
    blocks += [
        Attachment(number, title, inner) for number, (title, inner) in enumerate(attachments, 1)
    ]
    return Document(
        title=f"{meeting.paper_organisation}\n关于{held}的通知",
        blocks=tuple(blocks),
        kind="notice",
    )


def _postponed(meeting: Meeting) -> str:
    """The first time planned, and the reason as it was written."""
    if not meeting.postponed_from:
        return ""
    before = format_date(timezone.localdate(meeting.postponed_from))
    reason = meeting.postpone_reason.rstrip("。")
    return f"原定{before}的{meeting.get_kind_display()}改期（改期原因：{reason}）。"


def _facts(meeting: Meeting, rows: list[Attendance], *, sheets: int) -> list[Meta]:
    """One line for each thing a person has to know."""
    listed = "附件2" if sheets == 1 else f"附件2至附件{sheets + 1}"
    should = sum(1 for row in rows if row.should_attend and not row.is_observer)
    observers = [row for row in rows if row.is_observer]
    facts = [
        ("会议主题", meeting.title),
        *_times(meeting),
        ("地点", meeting.place),
        ("主持人", meeting.chair.name),
        ("记录人", meeting.recorder.name),
        ("参加人员", f"{_audience(meeting)}共{should}人，名单见{listed}"),
        ("列席人员", "、".join(row.name for row in observers)),
    ]
    if meeting.kind == Kind.LECTURE or meeting.lecturer:
        at = facts.index(("主持人", meeting.chair.name))
        facts[at:at] = [("主讲人", meeting.lecturer), ("课题", meeting.lecture_topic)]
    return [Meta(label, value) for label, value in facts if value]


def _audience(meeting: Meeting) -> str:
    return {
        Kind.ASSEMBLY: "支部全体党员",
        Kind.LIFE: "支部全体党员",
        Kind.APPRAISAL: "支部全体党员",
        Kind.COMMITTEE: "支部委员",
        Kind.GROUP: "党小组全体党员",
    }.get(Kind(meeting.kind), "")


def _agenda(meeting: Meeting) -> list[Simple]:
    lines: list[Simple] = []
    for number, item in enumerate(meeting.agenda.all(), 1):
        lines.append(Paragraph(f"{chinese_number(number)}、{item.title}{_detail(item)}"))
    return lines


def _detail(item: AgendaItem) -> str:
    """文号 or source, how much is read, and by whom."""
    if item.kind != ItemKind.STUDY:
        return ""
    speech = item.speech
    origin = (speech.document_number or speech.source) if speech else ""
    parts = [origin, item.extent if speech else ""]
    if item.lead_reader:
        parts.append(f"领学人：{item.lead_reader.name}")
    detail = "，".join(part for part in parts if part)
    return f"（{detail}）" if detail else ""


def _sheets(meeting: Meeting, rows: list[Attendance]) -> list[tuple[str, tuple[Simple, ...]]]:
    """Titles and sign-in sheets: one, or one for each 场次.

    Who has no 场次 yet stands on every sheet: they sign where they come.
    """
    sittings = list(meeting.sittings.all())
    if not sittings:
        whole = _span(meeting.planned_start, meeting.planned_end)
        return [("会议签到表", _sheet(meeting, rows, when=whole, place=meeting.place))]
    return [
        (
            f"会议签到表（{sitting.name}）",
            _sheet(
                meeting,
                [row for row in rows if row.sitting_id in {None, sitting.pk}],
                when=_span(sitting.start, sitting.end),
                place=sitting.place or meeting.place,
            ),
        )
        for sitting in sittings
    ]


def _sheet(
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
    # The committee's own name says already what meets.
    kind = "" if meeting.kind == Kind.COMMITTEE else meeting.get_kind_display()
    facts = [
        ("会议", f"{meeting.paper_organisation}{kind or '会议'}"),
        ("时间", when),
        ("地点", place),
    ]
    return (
        *(Meta(label, value) for label, value in facts if value),
        Table(_SIGN_HEAD, tuple(table), _SIGN_WIDTHS, _ROW_HEIGHT),
        Paragraph("本人签名，不得代签；迟到的写明到会时间，请假和缺席在备注栏写明类别。"),
        SignatureLines((SignatureLine("记录人", meeting.recorder.name),)),
    )


def _category(row: Attendance) -> str:
    if row.is_observer:
        return "列席"
    return {Political.FULL: "正式", Political.PROBATIONARY: "预备"}.get(
        Political(row.political), "群众"
    )
