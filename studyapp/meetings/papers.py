"""Papers made before a meeting: 通知, 议程 and the blank 签到表, as one document or each alone."""

from django.utils import timezone

from studyapp.branches.models import MembershipRole
from studyapp.branches.queries import people_in
from studyapp.documents.blocks import (
    Attachment,
    AttachmentNote,
    Block,
    Document,
    Heading,
    Meta,
    Paragraph,
    Signoff,
    Simple,
)
from studyapp.meetings import names, sign_in_sheets
from studyapp.meetings.models import AgendaItem, Attendance, ItemKind, Kind, Meeting
from studyapp.meetings.sign_in_sheets import span
from studyapp.text.cjk import chinese_number, format_date

PAPERS = {
    "all": "通知、议程、签到表",
    "notice": "通知",
    "agenda": "议程",
    "blank": "空白签到表",
    "filled": "签到表（已填）",
}
"""What can be printed, by the word in its address."""


def _times(meeting: Meeting) -> list[tuple[str, str]]:
    """Return the planned span, or that of each 场次, with its label."""
    sittings = list(meeting.sittings.all())
    if not sittings:
        return [("时间", span(meeting.planned_start, meeting.planned_end))]
    return [(f"时间（{s.name}）", span(s.start, s.end)) for s in sittings]


def paper(meeting: Meeting, kind: str) -> Document:
    """Return what one of ``PAPERS`` names; another word is a `KeyError`."""
    make = {
        "all": notice,
        "notice": lambda one: notice(one, attached=False),
        "agenda": agenda,
        "blank": sign_in_sheets.blank,
        "filled": sign_in_sheets.filled,
    }
    return make[kind](meeting)


def notice(meeting: Meeting, *, attached: bool = True) -> Document:
    """Return notice, agenda and blank sign-in sheets, to be printed in one go, or the notice."""
    rows = list(meeting.attendances.all())
    sheets = sign_in_sheets.sheets(meeting, rows)
    attachments = [("会议议程", tuple(_agenda(meeting))), *sheets] if attached else []
    held = names.held(meeting.kind, meeting.get_kind_display())
    blocks: list[Block] = [
        Paragraph(f"{_addressed(meeting, rows)}：", indent=False),
        Paragraph(f"{_postponed(meeting)}现将{held}的有关事项通知如下："),
        *_facts(meeting, rows, sheets=len(sheets) if attached else 0),
        Paragraph("请参会人员提前到场并在签到表上签名，不能参加的提前向记录人说明。"),
    ]
    if attached:
        blocks.append(AttachmentNote(tuple(title for title, _ in attachments)))
    day = timezone.localdate(meeting.postponed_at or meeting.created_at)
    blocks.append(Signoff(meeting.paper_organisation, format_date(day)))
    blocks += [
        Attachment(number, title, inner) for number, (title, inner) in enumerate(attachments, 1)
    ]
    return Document(
        title=f"{meeting.paper_organisation}\n关于{held}的通知",
        blocks=tuple(blocks),
        kind="notice",
    )


def agenda(meeting: Meeting) -> Document:
    """Return the agenda alone: what a person holds in the room."""
    name = names.titled(meeting.kind, meeting.get_kind_display())
    facts = [
        *names.head(meeting),
        *_times(meeting),
        ("地点", meeting.place),
        ("主持人", meeting.chair.name),
    ]
    blocks = [*(Meta(label, value) for label, value in facts if value), *_agenda(meeting)]
    return Document(
        title=f"{meeting.unit.full_name}\n{name}议程", blocks=tuple(blocks), kind="notice"
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
    lists = "、".join(f"附件{number}" for number in range(2, sheets + 2))
    listed = f"，名单见{lists}" if sheets else ""
    should = sum(1 for row in rows if row.should_attend and not row.is_observer)
    observers = [row for row in rows if row.is_observer]
    facts = [
        ("主题", meeting.title),
        *_times(meeting),
        ("地点", meeting.place),
        ("主持人", meeting.chair.name),
        ("记录人", meeting.recorder.name),
        ("参加人员", f"{_audience(meeting, rows)}，共{should}人{listed}"),
        ("列席人员", "、".join(row.name for row in observers)),
    ]
    if meeting.kind == Kind.LECTURE or meeting.lecturer:
        at = facts.index(("主持人", meeting.chair.name))
        facts[at:at] = [("主讲人", meeting.lecturer), ("课题", meeting.lecture_topic)]
    return [Meta(label, value) for label, value in facts if value]


def _addressed(meeting: Meeting, rows: list[Attendance]) -> str:
    """主送 of the notice: whom it speaks to (GB/T 9704-2012, 7.3.2)."""
    if meeting.kind == Kind.COMMITTEE:
        return "各位委员"
    invited = [row for row in rows if not row.is_observer]
    return "各位党员" if all(row.is_party_member for row in invited) else "各位同志"


def _audience(meeting: Meeting, rows: list[Attendance]) -> str:
    """Who is to come, in words: by rule of the kind, or as the organiser chose."""
    if meeting.kind == Kind.COMMITTEE:
        return "全体支部委员"
    if meeting.is_party_meeting:
        return "全体党员"
    invited = [row for row in rows if not row.is_observer]
    asked = {row.user_id for row in invited}
    here = {m.user_id: m.user for m in people_in(meeting.unit) if m.role != MembershipRole.ORGAN}
    if asked == {pk for pk, user in here.items() if user.is_party_member}:
        return "全体党员"
    if asked == set(here):
        return "全体人员"
    return "、".join(row.name for row in invited if row.should_attend)


def _agenda(meeting: Meeting) -> list[Simple]:
    """Items as headings, what is read and by whom behind them; no item without a subject."""
    items = [item for item in meeting.agenda.all() if not item.is_frame]
    return [
        Heading(1, f"{chinese_number(number)}、{item.title}", _detail(item))
        for number, item in enumerate(items, 1)
    ]


def _detail(item: AgendaItem) -> str:
    """文号 or source, how much is read, and by whom."""
    if item.kind != ItemKind.STUDY:
        return ""
    speech = item.speech
    origin = (speech.document_number or speech.source) if speech else ""
    parts = [origin, item.extent if speech else ""]
    if item.lead_reader:
        parts.append(f"领学人：{item.lead_reader.name}")
    parts.append(speech.doubt if speech else "")
    detail = "，".join(part for part in parts if part)
    return f"（{detail}）" if detail else ""
