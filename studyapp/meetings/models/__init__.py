"""Meetings: agenda, sittings, attendance, notes, remarks, votes and decisions."""

from studyapp.meetings.models.attendance import (
    AWAY,
    Answer,
    Attendance,
    CheckIn,
    LeaveKind,
    LeaveRequest,
    Presence,
    WrongCodes,
)
from studyapp.meetings.models.meeting import (
    FRAME,
    AgendaItem,
    Gathering,
    ItemKind,
    Kind,
    Meeting,
    MeetingQuerySet,
    Sitting,
    State,
)
from studyapp.meetings.models.notes import Note, NoteKind, NoteQuerySet, NoteRevision
from studyapp.meetings.models.outcomes import (
    CHECKED,
    Candidate,
    Decision,
    Method,
    Remark,
    Vote,
    VoteKind,
)

__all__ = [
    "AWAY",
    "CHECKED",
    "FRAME",
    "AgendaItem",
    "Answer",
    "Attendance",
    "Candidate",
    "CheckIn",
    "Decision",
    "Gathering",
    "ItemKind",
    "Kind",
    "LeaveKind",
    "LeaveRequest",
    "Meeting",
    "MeetingQuerySet",
    "Method",
    "Note",
    "NoteKind",
    "NoteQuerySet",
    "NoteRevision",
    "Presence",
    "Remark",
    "Sitting",
    "State",
    "Vote",
    "VoteKind",
    "WrongCodes",
]
