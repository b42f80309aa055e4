"""The address of the picture on the wall: what opens it, for whom and how long (ADR 0015).

The machine in the room keeps nobody's sign-in. The address names the meeting and the person who
opened it; it holds as long as that person may run the meeting, with the password of that day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from studyapp.access.decorators import may
from studyapp.access.permissions import P
from studyapp.accounts.models import User
from studyapp.meetings.models import Kind, Meeting

LONGER = timedelta(hours=2)
"""A meeting runs over: the picture stays for so long after its planned end."""
AT_LEAST = timedelta(hours=4)
_SALT = "studyapp.meetings.screen"


@dataclass(frozen=True, slots=True)
class Opened:
    """A picture as it was opened: of which meeting, by whom; not whether it still may be shown."""

    meeting: int
    person: int
    mark: str
    until: int


def address(meeting: Meeting, person: User, now: datetime) -> str:
    """Return where the picture of ``meeting`` stands, opened by ``person``."""
    until = max(meeting.planned_end + LONGER, now + AT_LEAST)
    content = [meeting.pk, person.pk, _mark(person), int(until.timestamp())]
    return reverse("meetings:screen", args=[signing.dumps(content, salt=_SALT)])


def read(token: str) -> Opened | None:
    """Return what an address says; nothing for one that this installation did not give out."""
    try:
        return Opened(*signing.loads(token, salt=_SALT))
    except signing.BadSignature:
        return None


def allowed(opened: Opened, now: datetime) -> tuple[Meeting, User] | None:
    """Return the meeting and who opened its picture, if it may still be shown; asked each time."""
    person = User.objects.filter(pk=opened.person, is_active=True).first()
    if person is None or now.timestamp() >= opened.until:
        return None
    if not constant_time_compare(opened.mark, _mark(person)):
        return None
    meeting = Meeting.objects.visible_to(person).filter(pk=opened.meeting).first()
    if meeting is None or not may_show(meeting, person) or meeting.signed_at:
        return None
    return meeting, person


def may_show(meeting: Meeting, person: User) -> bool:
    """Tell whether ``person`` may put the meeting on the wall; 组织生活会 never is."""
    return may(person, P.MEETING_RUN, meeting) and meeting.kind != Kind.LIFE


def _mark(person: User) -> str:
    """Return what changes with the person's password, without telling anything of it."""
    return salted_hmac(_SALT, person.get_session_auth_hash(), algorithm="sha256").hexdigest()[:24]
