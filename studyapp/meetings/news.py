"""What a page that stands open asks every few seconds: one number for each meeting.

The number rises with everything that the page shows. It is asked at a signed address, so that an
answer costs neither a session nor a person; the words themselves come from the page, which checks
who asks (performance.md).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.cache import cache
from django.core.signing import BadSignature, Signer
from django.db.models import F
from django.urls import reverse

from studyapp.accounts.models import User
from studyapp.meetings.models import Meeting, Note, State

LASTS = timedelta(hours=12)
"""So long an address answers: as long as a sign-in lasts at most."""
TYPED_EVERY = 15  # seconds
FRESH_FOR = 0.5  # seconds that a number may be old
_signer = Signer(salt="studyapp.meetings.news")


def address(meeting: Meeting, person: User, now: datetime) -> str:
    """Return where ``person`` asks for the number of ``meeting``."""
    until = int((now + LASTS).timestamp())
    return reverse("meetings:news", args=[_signer.sign(f"{meeting.pk}-{person.pk}-{until}")])


def asked_for(token: str, now: datetime) -> int | None:
    """Return the key of the meeting that a signed address asks for; none when it ran out."""
    try:
        meeting, _, until = _signer.unsign(token).split("-")
    except BadSignature:
        return None
    return int(meeting) if now.timestamp() < int(until) else None


def number(meeting: Meeting) -> int:
    """Return the number that the page of ``meeting``, as it was read, was made at."""
    return meeting.version + meeting.news


def newest(pk: int) -> int:
    """Return the number of a meeting, at most half a second old; 0 for one that is gone."""
    found = cache.get(f"news-{pk}")
    if found is None:
        found = _read(pk)
        cache.set(f"news-{pk}", found, FRESH_FOR)
    return int(found)


def _read(pk: int) -> int:
    row = Meeting.objects.filter(pk=pk).values_list("version", "news").first()
    return sum(row) if row else 0


def step(pks: Iterable[int]) -> None:
    """Tell the pages of these meetings that there is something new.

    In an action it comes before the audit log, as the locked meeting does everywhere.
    """
    for pk in sorted(set(pks)):
        Meeting.objects.filter(pk=pk).update(news=F("news") + 1)


def typed(meeting: Meeting) -> None:
    """Tell of words that are being typed, now and then: not every key fetches all open pages."""
    if cache.add(f"typed-{meeting.pk}", True, TYPED_EVERY):  # noqa: FBT003
        step([meeting.pk])


def tell(note: Note) -> None:
    """Tell the pages that show ``note``: of its meeting, or of those that study its text."""
    if note.posted_at is None:
        return
    if note.meeting_id:
        step([note.meeting_id])
    elif note.speech_id:
        coming = (State.PREPARING, State.CHECK_IN, State.OPEN)
        found = Meeting.objects.filter(
            unit_id=note.unit_id, state__in=coming, agenda__speech_id=note.speech_id
        )
        step(found.values_list("pk", flat=True))
