"""学习笔记 of one person, and 专题汇编: what a branch posted on one theme."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from django.utils import timezone

from studyapp.documents.blocks import Block, Document, Heading, Meta, Paragraph
from studyapp.meetings import names
from studyapp.meetings.models import AgendaItem, Attendance, ItemKind, Meeting, Note
from studyapp.papers.remarks import said
from studyapp.speeches.models import Speech, Theme
from studyapp.text.cjk import bracketed, chinese_number, format_date, quoted

TOGETHER, ALONE, MADE_UP = "集中学习", "自学", "补学"


@dataclass
class Study:
    """One occasion of study: a meeting, or a text read alone on a day."""

    day: date
    meeting: Meeting | None
    speech: Speech | None
    notes: list[Note] = field(default_factory=list)


def studies(notes: Iterable[Note]) -> list[Study]:
    """Return notes by the occasion they were written for, in the order of the days."""
    found: dict[tuple[object, ...], Study] = {}
    for note in notes:
        meeting = note.meeting
        speech = note.theme.speech if note.theme else note.speech
        if meeting:
            day = timezone.localdate(meeting.actual_start or meeting.planned_start)
        else:
            day = timezone.localdate(note.created_at)
        key = (meeting.pk,) if meeting else (None, day, speech and speech.pk)
        found.setdefault(key, Study(day, meeting, speech)).notes.append(note)
    return sorted(found.values(), key=lambda study: study.day)


def study_notes(
    notes: Iterable[Note],
    *,
    name: str,
    organisation: str,
    scope: str,
    attended: Mapping[int, Attendance],
) -> Document:
    """Return 学习笔记 for the author alone; ``attended`` are the own rows, by meeting.

    ``scope`` says which they are: a year, or the title of one meeting.
    """
    facts = (("姓名", name), ("党组织", organisation), ("范围", scope))
    blocks: list[Block] = [Meta(label, value) for label, value in facts if value]
    for number, study in enumerate(studies(notes), 1):
        row = attended.get(study.meeting.pk) if study.meeting else None
        way = _way(study, row)
        blocks.append(Heading(1, f"{chinese_number(number)}、{format_date(study.day)}（{way}）"))
        blocks += [Meta(label, value) for label, value in _about(study) if value]
        blocks += _words(study.notes)
    return Document(title="学习笔记", blocks=tuple(blocks), kind="notes")


def _way(study: Study, row: Attendance | None) -> str:
    """集中学习 for who was in the room, 补学 for who made it up, 自学 otherwise."""
    if row is not None and row.is_present:
        return TOGETHER
    return MADE_UP if row is not None and row.made_up_at else ALONE


def _about(study: Study) -> list[tuple[str, str]]:
    """What was studied, who read it out, who lectured."""
    if study.meeting is None:
        return [("学习内容", text_name(study.speech))]
    meeting = study.meeting
    items = [item for item in meeting.agenda.all() if item.kind == ItemKind.STUDY]
    readers = [item.lead_reader.name for item in items if item.lead_reader]
    lecture = f"{meeting.lecturer}（{meeting.lecture_topic}）".replace("（）", "")
    return [
        *names.head(meeting),
        ("学习内容", "；".join(map(_item, items))),
        ("领学人", "、".join(dict.fromkeys(readers))),
        ("主讲人", lecture),
    ]


def _item(item: AgendaItem) -> str:
    return text_name(item.speech) if item.speech else item.title


def text_name(speech: Speech | None) -> str:
    """Return a text as papers name it: 《…》（文号）."""
    if speech is None:
        return ""
    origin = speech.document_number or speech.source
    return f"《{speech.title}》{bracketed(origin, speech.doubt)}"


def _words(notes: Sequence[Note]) -> list[Block]:
    """Excerpts and own words, under the theme they belong to."""
    groups = [(theme, list(group)) for theme, group in groupby(notes, key=lambda note: note.theme)]
    is_numbered = sum(1 for theme, _ in groups if theme) > 1
    found: list[Block] = []
    number = 0
    for theme, group in groups:
        if theme is not None:
            number += 1
            no = f"（{chinese_number(number)}）" if is_numbered else ""
            found.append(Heading(2, f"{no}{theme.title}"))
        for note in group:
            found += note_blocks(note)
    return found


def note_blocks(note: Note) -> list[Block]:
    """Return one note: what it quotes, then its words, whole."""
    found: list[Block] = [Paragraph(quoted(note.quote), lead="摘录：")] if note.quote else []
    lead = f"{note.get_kind_display()}："
    return found + (said(lead, note.body) or [Paragraph("", lead=lead)])


def theme_collection(
    theme: Theme, notes: Iterable[Note], *, organisation: str, order: Sequence[int], day: date
) -> Document:
    """Return what was posted on a theme, by person in the order of ``order`` (ids).

    ``day`` is when the organisation puts it together, as the paper says.
    Who has left the branch since stands after them. Nothing tells who wrote nothing, or how much
    anybody wrote.
    """
    place = {pk: number for number, pk in enumerate(order)}
    by_author = sorted(notes, key=lambda n: (place.get(n.author_id, len(place)), n.author_id))
    facts = (
        ("学习内容", text_name(theme.speech)),
        ("研讨题", theme.question),
        ("编印单位", organisation),
        ("编印日期", format_date(day)),
    )
    blocks: list[Block] = [Meta(label, value) for label, value in facts if value]
    people = groupby(by_author, key=lambda note: note.author)
    for number, (author, group) in enumerate(people, 1):
        blocks.append(Heading(1, f"{chinese_number(number)}、{author.name}"))
        for note in group:
            blocks += note_blocks(note)
    title = f"“{theme.title}”专题学习体会汇编"
    return Document(title=title, blocks=tuple(blocks), kind="notes")
