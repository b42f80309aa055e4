"""What every action begins and ends with: the locked row, the cleaned words, the version."""

from typing import TypeVar

from django.db.models import Max, Model, QuerySet

from studyapp.errors import Refused, Stale
from studyapp.meetings.models import Meeting, State
from studyapp.saving.actions import LONGEST
from studyapp.text import marks

M = TypeVar("M", bound=Model)
stamp = marks.stamp


def as_it_is(meeting: Meeting) -> Meeting:
    """Return the meeting's row locked and fresh, whatever became of the meeting: signed as well.

    Only for what changes nothing that was signed; the caller judges the state.
    """
    return Meeting.objects.select_for_update(no_key=True).get(pk=meeting.pk)


def locked(meeting: Meeting, *, version: int | None = None) -> Meeting:
    """Return the meeting's row locked and fresh; refuse a signed one, or an older form."""
    fresh = as_it_is(meeting)
    if fresh.signed_at:
        raise Refused("会议记录已签字，会议内容不能再改。要更正，请在记录页发起更正。")
    if version is not None and fresh.version != version:
        raise Stale("别人刚改过这次会议。你填的内容还在，核对后再保存一次。")
    return fresh


def held(meeting: Meeting, *, version: int | None = None) -> Meeting:
    """Like :func:`locked`, and refuse a cancelled meeting."""
    fresh = locked(meeting, version=version)
    if fresh.state == State.CANCELLED:
        raise Refused("会议已取消，不能再点名和记录。")
    return fresh


def together(meeting: Meeting) -> tuple[Meeting, list[Meeting]]:
    """Like :func:`held`, with the other meetings of its gathering that may still change.

    All are locked in one order, so that two people at two of the meetings never wait in a circle.
    """
    if meeting.gathering_id is None:
        return held(meeting), []
    rows = Meeting.objects.select_for_update(no_key=True).filter(gathering_id=meeting.gathering_id)
    found = list(rows.order_by("pk"))
    others = [m for m in found if m.signed_at is None and m.state != State.CANCELLED]
    return held(meeting), [other for other in others if other.pk != meeting.pk]


def touch(meeting: Meeting, *fields: str) -> None:
    """Save ``fields`` and step the version that polling pages and forms compare."""
    meeting.version += 1
    meeting.save(update_fields=["version", *fields])


def same(base: str | None, text: str, new: str) -> None:
    """Refuse a form made from another wording than the stored ``text``, unless it says the same."""
    if base is not None and base != stamp(text) and new.strip("\n") != text:
        raise Stale("别人刚改过这一段。两边的文字都在下面，核对后再保存。")


def checked(text: str) -> str:
    """Return ``text`` without empty lines round it; refuse nothing at all, and too much."""
    if not text.strip():
        raise Refused("没有写内容。")
    if len(text) > LONGEST:
        raise Refused(f"内容{len(text)}字，超过{LONGEST}字。分成两条再存。")
    return text.strip("\n")


def next_position(rows: QuerySet[M]) -> int:
    """Return the position after the last of ``rows``."""
    last: int | None = rows.aggregate(last=Max("position"))["last"]
    return (last or 0) + 1
