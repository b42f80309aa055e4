"""The content of a record: one versioned structure from which both papers are made.

Canonical form: keys sorted, NFC, LF, UTF-8, no white space between tokens; its SHA-256 is what
is signed. DOCX and PDF are never hashed for signing: they are views of this.
"""

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from studyapp.errors import Refused
from studyapp.meetings.models import AgendaItem, Attendance, ItemKind, Meeting
from studyapp.meetings.queries import head_count, held_together
from studyapp.minutes.assembly import DECISIONS, Row, rows
from studyapp.minutes.models import Record
from studyapp.minutes.signers import reviewers

SCHEMA = 1
Content = dict[str, Any]


def gather(record: Record) -> Content:
    """Return the content as it stands now."""
    meeting = record.meeting
    people = list(meeting.attendances.all())
    found = rows(record)
    return {
        "schema": SCHEMA,
        "record": record.pk,
        **_facts(meeting, people),
        **_people(people, until=None if record.open_for_editing else record.submitted_at),
        "items": [
            _item(item, found) for item in meeting.agenda.select_related("speech", "lead_reader")
        ],
        "others": [
            _part(row)
            for row in found
            if row.section in {"remarks", "votes", "summary"}
            or (row.gone and row.part.text.strip())
        ],
        "decisions": _decisions(meeting, found),
        "decision_word": meeting.decision_word,
        "late_entry": _late_entry(record),
        "attachments": [line.strip() for line in record.attachments.splitlines() if line.strip()],
        "issue": {
            "number": record.issue_number,
            "issuer": record.issuer,
            "distribution": record.distribution,
            "date": _date(record.issued_on),
        },
        "amends": {"version": record.versions.count(), "reason": record.amend_reason}
        if record.amend_reason
        else None,
    }


def _facts(meeting: Meeting, people: Sequence[Attendance]) -> Content:
    review = reviewers(meeting)
    return {
        "organisation": meeting.paper_organisation,
        "kind": meeting.kind,
        "kind_name": meeting.get_kind_display(),
        "ordinal": meeting.ordinal,
        "title": meeting.title,
        "start": _moment(meeting.actual_start),
        "end": _moment(meeting.actual_end),
        "sittings": [
            {
                "name": sitting.name,
                "start": _moment(sitting.start),
                "end": _moment(sitting.end),
                "place": sitting.place,
                "should": sum(1 for a in _should(people) if a.sitting_id == sitting.pk),
                "present": [
                    a.name for a in _should(people) if a.is_present and a.sitting_id == sitting.pk
                ],
            }
            for sitting in meeting.sittings.all()
        ],
        "together": [m.get_kind_display() for m in held_together(meeting)],
        "place": meeting.place,
        "chair": _person(people, meeting.chair_id, meeting.chair.name),
        "recorder": _person(people, meeting.recorder_id, meeting.recorder.name),
        # One secretary reviews; where any deputy may, the name is written by hand.
        "reviewer": {"name": review[0].name if len(review) == 1 else ""} if review else None,
        "lecturer": meeting.lecturer,
        "lecture_topic": meeting.lecture_topic,
    }


def _should(people: Sequence[Attendance]) -> list[Attendance]:
    return [a for a in people if a.should_attend and not a.is_observer]


def _people(people: Sequence[Attendance], until: datetime | None = None) -> Content:
    """Return who came and who did not; 补学 as far as it was said when the record was submitted."""

    def away(row: Attendance) -> dict[str, str]:
        made_up = row.made_up_at
        if made_up is None or (until is not None and made_up > until):
            return {}
        return {"made_up": _date(timezone.localdate(made_up))}

    count = head_count(people)
    # Who came although not counted (excused, yet present) is in the room as well.
    here = [a for a in people if a.is_present and not a.is_observer]
    return {
        "numbers": count.numbers,
        "present": [a.name for a in here],
        "leave": [{"name": a.name, "kind": a.leave_kind, **away(a)} for a in count.leave],
        "absent": [{"name": a.name, "reason": a.reason, **away(a)} for a in count.absent],
        "late": [{"name": a.name, "at": _clock(a.arrived_at)} for a in here if a.arrived_at],
        "left": [{"name": a.name, "at": _clock(a.left_at)} for a in here if a.left_at],
        "excused": [{"name": a.name, "reason": a.excused_reason} for a in count.excused],
        "observers": [
            {"name": a.name, "title": a.title, "purpose": a.purpose} for a in count.observers
        ],
    }


def _item(item: AgendaItem, found: Sequence[Row]) -> Content:
    study = item.kind == ItemKind.STUDY
    speech = item.speech if study else None
    return {
        "kind": item.kind,
        "title": item.title,
        "number": speech.document_number if speech else "",
        "source": speech.source if speech else "",
        "reader": item.lead_reader.name if study and item.lead_reader else "",
        "extent": item.extent if speech else "",
        # Only where it holds: older content has no such word, and keeps its hash.
        **({"unvouched": True} if speech and not speech.is_vouched else {}),
        "parts": [_part(row) for row in found if row.section == f"item-{item.pk}"],
    }


def _part(row: Row) -> dict[str, str]:
    return {
        "key": row.part.key,
        "kind": row.part.key.split("-", maxsplit=1)[0],
        "heading": row.part.heading,
        "text": row.part.text,
        **({"lead": row.lead} if row.lead else {}),
    }


def _decisions(meeting: Meeting, found: Sequence[Row]) -> list[dict[str, str]]:
    known = {f"decision-{d.pk}": d for d in meeting.decisions.all()}
    return [
        {
            "key": row.part.key,
            "text": row.part.text,
            "responsible": known[row.part.key].responsible,
            "due": _date(known[row.part.key].due_on),
        }
        for row in found
        if row.section == DECISIONS
    ]


def _late_entry(record: Record) -> dict[str, str] | None:
    """补录: why, and when it was really written up (product.md)."""
    meeting = record.meeting
    if record.late_reason:
        return {"reason": record.late_reason, "at": _moment(record.late_at)}
    if meeting.late_entry_reason:
        return {"reason": meeting.late_entry_reason, "at": _moment(meeting.created_at)}
    return None


def _person(people: Sequence[Attendance], pk: int, name: str) -> dict[str, str]:
    return {"name": name, "title": next((a.title for a in people if a.user_id == pk), "")}


def _moment(value: Any) -> str:
    return timezone.localtime(value).isoformat(timespec="minutes") if value else ""


def _clock(value: Any) -> str:
    return f"{value:%H:%M}" if value else ""


def _date(value: Any) -> str:
    return value.isoformat() if value else ""


def read(text: str) -> Content:
    """Return the content that a stored text holds.

    :class:`Refused` for a schema that this program does not know. A schema is read for ever: the
    one after it gets a function that brings older content into its form.
    """
    content: Content = json.loads(text)
    schema = content.get("schema")
    if schema != SCHEMA:
        raise Refused(
            f"这份记录的内容格式（{schema}）这个程序还不认识。内容还在库里，升级程序以后再打开。"
        )
    return content


def canonical(content: Content) -> str:
    """Return the one text that is stored, hashed and signed."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return unicodedata.normalize("NFC", text)


def digest(text: str) -> str:
    """Return the SHA-256 of the canonical text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
