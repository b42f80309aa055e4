"""What somebody who scanned the code keeps while signing in: which screen it was, and when.

The code on the screen turns over in seconds; a sign-in takes longer.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core import signing

LASTS = timedelta(minutes=10)
_SALT = "studyapp.meetings.claims"


@dataclass(frozen=True, slots=True)
class Claim:
    """A code that was right when it was scanned."""

    meeting: int
    moment: datetime


def give(meeting: int, now: datetime) -> str:
    """Return the claim of who scanned the code of that meeting now."""
    return signing.dumps([meeting, int(now.timestamp())], salt=_SALT)


def read(claim: str, now: datetime) -> Claim | None:
    """Return a claim that still counts; nothing for a made-up or an old one."""
    try:
        meeting, seconds = signing.loads(claim, salt=_SALT)
    except signing.BadSignature:
        return None
    moment = datetime.fromtimestamp(seconds, UTC)
    return Claim(meeting, moment) if now < moment + LASTS else None
