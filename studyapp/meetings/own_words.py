"""What one person said at a meeting, as it will be printed: for the speaker to check."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from studyapp.accounts.models import User
from studyapp.meetings.models import Meeting, Remark
from studyapp.text.diff import Piece, diff


@dataclass(frozen=True, slots=True)
class Said:
    """A remark with the words that the paper will carry, which the recorder may have edited.

    ``key`` names these words among the saved texts.
    """

    remark: Remark
    words: str
    key: str

    @property
    def edits(self) -> list[Piece]:
        """What the recorder changed in the words of the sheet for the paper."""
        return [] if self.words == self.remark.text else diff(self.remark.text, self.words)

    @property
    def corrected(self) -> list[Piece]:
        """What the speaker would change in the words of the paper."""
        return diff(self.words, self.remark.correction) if self.remark.correction else []


def printed(meeting: Meeting, remarks: Iterable[Remark]) -> list[Said]:
    """Return the remarks with what the paper says: the record's words, else those of the sheet."""
    found = list(remarks)
    record: Any = getattr(meeting, "record", None)  # its app stands above this one
    parts = record.parts.filter(key__in=[r.text_key for r in found]) if record else []
    by_key = {part.key: part for part in parts}
    said = []
    for remark in found:
        part = by_key.get(remark.text_key)
        words, key = (part.text, part.text_key) if part else (remark.text, remark.text_key)
        said.append(Said(remark, words, key))
    return said


def said_by(user: User, meeting: Meeting) -> list[Said]:
    """Return the remarks of a meeting that stand under the person's own name."""
    own = meeting.remarks.filter(speaker=user).select_related("item", "theme", "answered_by")
    return printed(meeting, own)
