"""补学: who was away reads and writes afterwards, and says so. Nobody says it for them."""

from datetime import datetime, timedelta

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.errors import Refused
from studyapp.meetings import news
from studyapp.meetings.actions.locking import as_it_is
from studyapp.meetings.models import Attendance, Meeting, State

UNDO_FOR = timedelta(days=1)


def _own(attendance: Attendance, by: User) -> tuple[Meeting, Attendance]:
    """Return meeting and row, locked; also of a signed meeting, of which nothing else changes."""
    meeting = as_it_is(attendance.meeting)
    row = Attendance.objects.select_for_update(no_key=True).get(pk=attendance.pk)
    if row.user_id != by.pk:
        raise Refused("补学由本人来记，别人不能代记。")
    return meeting, row


def _store(meeting: Meeting, row: Attendance, name: str, *, by: User) -> Attendance:
    row.save(update_fields=["made_up_at"])
    news.step([meeting.pk])
    record(
        name,
        operation=Operation.CHANGE,
        by=by,
        target=row.name,
        unit=meeting.unit,
        meeting=meeting.pk,
    )
    return row


@transaction.atomic
def make_up(attendance: Attendance, *, by: User, at: datetime) -> Attendance:
    """The person says that the study was made up; a second time changes nothing.

    A record that waits for signatures, or is signed, does not change by it: it is shown beside.
    """
    meeting, row = _own(attendance, by)
    if meeting.state != State.ENDED:
        raise Refused("会还没有散，散会以后再补学。")
    if row.is_observer or not row.is_away:
        raise Refused("点名记的你不是请假或缺席，不用补学。记得不对，找记录人改点名。")
    if row.made_up_at:
        return row
    row.made_up_at = at
    return _store(meeting, row, "补学", by=by)


@transaction.atomic
def take_back(attendance: Attendance, *, by: User, at: datetime) -> Attendance:
    """Undo a slip of the finger, within a day; what a signed record holds stays."""
    meeting, row = _own(attendance, by)
    if row.made_up_at is None:
        return row
    if at - row.made_up_at > UNDO_FOR:
        raise Refused("补学已记了一天以上，不能撤回。记错了，找记录人说明。")
    if meeting.signed_at and row.made_up_at <= meeting.signed_at:
        raise Refused("补学已写进签过字的会议记录，不能撤回。")
    row.made_up_at = None
    return _store(meeting, row, "撤回补学", by=by)
