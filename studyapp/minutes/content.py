"""The content of a record: one versioned structure from which both papers are made.

Canonical form: keys sorted, NFC, LF, UTF-8, no white space between tokens; its SHA-256 is what
is signed. DOCX and PDF are never hashed for signing: they are views of this.
"""

import hashlib
import json
import unicodedata
from typing import Any

from django.utils import timezone

from studyapp.meetings.models import AgendaItem, ItemKind, Kind, Meeting
from studyapp.meetings.queries import head_count
from studyapp.minutes.assembly import DECISIONS, rows
from studyapp.minutes.models import Record

SCHEMA = 1
Content = dict[str, Any]


def gather(record: Record) -> Content:
    """Return the content as it stands now."""
    meeting = record.meeting
    people = list(meeting.attendances.all())
    count = head_count(people)
    decisions = {f"decision-{d.pk}": d for d in meeting.decisions.all()}
    found = rows(record)
    return {
        "schema": SCHEMA,
        "record": record.pk,
        "organisation": meeting.paper_organisation,
        "kind": meeting.kind,
        "kind_name": meeting.get_kind_display(),
        "ordinal": meeting.ordinal,
        "title": meeting.title,
        **_times(meeting),
        "place": meeting.place,
        "chair": _person(meeting, meeting.chair_id, meeting.chair.name),
        "recorder": _person(meeting, meeting.recorder_id, meeting.recorder.name),
        "lecturer": meeting.lecturer,
        "lecture_topic": meeting.lecture_topic,
        "counts": count.sentence,
        "present": [a.name for a in people if a.is_present and not a.is_observer],
        "leave": [{"name": a.name, "kind": a.leave_kind} for a in count.leave],
        "absent": [{"name": a.name, "reason": a.reason} for a in count.absent],
        "late": [{"name": a.name, "at": _clock(a.arrived_at)} for a in count.late],
        "left": [{"name": a.name, "at": _clock(a.left_at)} for a in count.left],
        "excused": [{"name": a.name, "reason": a.excused_reason} for a in count.excused],
        "observers": [
            {"name": a.name, "title": a.title, "purpose": a.purpose} for a in count.observers
        ],
        "items": [
            {
                "title": item.title,
                "detail": detail(item),
                "adjourn": item.kind == ItemKind.ADJOURN,
                "summary": item.kind == ItemKind.SUMMARY,
                "attendance": item.kind == ItemKind.ATTENDANCE,
                "parts": [
                    _part(r.part.key, r.part.heading, r.part.text)
                    for r in found
                    if r.section == f"item-{item.pk}"
                ],
            }
            for item in meeting.agenda.select_related("speech", "lead_reader")
        ],
        "others": [
            _part(r.part.key, r.part.heading, r.part.text)
            for r in found
            if r.section in {"remarks", "votes", "summary"} or (r.gone and r.part.text.strip())
        ],
        "decisions": [
            {
                "text": r.part.text,
                "responsible": decisions[r.part.key].responsible,
                "due": _date(decisions[r.part.key].due_on),
            }
            for r in found
            if r.section == DECISIONS
        ],
        "late_entry": meeting.late_entry_reason,
        "attachments": [line.strip() for line in record.attachments.splitlines() if line.strip()],
        "issue": {
            "number": record.issue_number,
            "issuer": record.issuer,
            "distribution": record.distribution,
        },
        "amends": record.amend_reason,
    }


def _part(key: str, heading: str, text: str) -> dict[str, str]:
    return {"kind": key.split("-", maxsplit=1)[0], "heading": heading, "text": text}


def _times(meeting: Meeting) -> dict[str, Any]:
    return {
        "start": _moment(meeting.actual_start),
        "end": _moment(meeting.actual_end),
        "sittings": [
            {"name": s.name, "start": _moment(s.start), "end": _moment(s.end), "place": s.place}
            for s in meeting.sittings.all()
        ],
    }


def _person(meeting: Meeting, pk: int, name: str) -> dict[str, str]:
    row = meeting.attendances.filter(user_id=pk).first()
    return {"name": name, "title": row.title if row else ""}


def _moment(value: Any) -> str:
    return timezone.localtime(value).isoformat(timespec="minutes") if value else ""


def _clock(value: Any) -> str:
    return f"{value:%H:%M}" if value else ""


def _date(value: Any) -> str:
    return value.isoformat() if value else ""


def detail(item: AgendaItem) -> str:
    """Return 文号 or 来源, 领学人 and extent of a study item."""
    if item.kind != ItemKind.STUDY:
        return ""
    words = []
    if item.speech:
        words.append(item.speech.document_number or item.speech.source)
    if item.lead_reader:
        words.append(f"领学人：{item.lead_reader.name}")
    words.append(item.extent)
    return "，".join(word for word in words if word)


def decisions_heading(kind: str) -> str:
    """决议 of a 党员大会, 议定事项 of the others (glossary)."""
    return "形成决议" if kind == Kind.ASSEMBLY else "议定事项"


def canonical(content: Content) -> str:
    """Return the one text that is stored, hashed and signed."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return unicodedata.normalize("NFC", text)


def digest(text: str) -> str:
    """Return the SHA-256 of the canonical text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def check_code(sha256: str) -> str:
    """Return the first 80 bits of a digest in Crockford's base 32, in groups of four."""
    number = int(sha256[:20], 16)
    letters = "".join(_ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))
    return "-".join(letters[i : i + 4] for i in range(0, 16, 4))
