"""Checking in by the code on the screen: people say that they are here, the recorder confirms.

It marks nobody present: the roll is what the recorder calls. Nothing is kept of where somebody
was or by what machine, and nobody is listed for not having checked in (product.md, Burden rules).
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.clock import not_ahead
from studyapp.errors import Refused
from studyapp.meetings import arrivals, codes, news
from studyapp.meetings.actions.locking import together, touch
from studyapp.meetings.actions.roll import SAID, mirror
from studyapp.meetings.models import Attendance, CheckIn, Meeting, WrongCodes

TRIES = 10
"""So many wrong codes a person may type within the time below: one of a million is to be hit."""
WITHIN = timedelta(minutes=10)


@transaction.atomic
def find_by_code(figures: str, *, by: User, at: datetime) -> Meeting | None:
    """Return the meeting whose screen shows ``figures``, of those that ``by`` may know of.

    Who is not on its roll typed the right code all the same: :func:`check_in` says what to do.

    Nothing for a wrong code, which is counted against the person: another sign-in or another
    worker changes nothing. After too many even the right one is refused; where the clock was set
    back meanwhile, until it has caught up.
    """
    WrongCodes.objects.get_or_create(person=by, defaults={"since": at})
    count = WrongCodes.objects.select_for_update(no_key=True).get(person=by)
    if at - count.since >= WITHIN:
        count.number, count.since = 0, at
    count.since = not_ahead(count.since, at)
    if count.number >= TRIES:
        raise Refused(
            f"输错了{TRIES}次，{WITHIN.seconds // 60}分钟内不能再输。"
            "扫屏幕上的码，或者找记录人点到。"
        )
    for meeting in arrivals.taking_codes().filter(arrivals.known(by)):
        if codes.typed(meeting.pk, figures, at):
            return meeting
    count.number += 1
    count.save(update_fields=["number", "since"])
    record(
        "签到码不对",
        operation=Operation.CHANGE,
        by=by,
        target=by.name,
        succeeded=False,
        error_code="code",
        count=count.number,
    )
    return None


@transaction.atomic
def check_in(
    meeting: Meeting, *, how: CheckIn, moment: datetime, by: User, at: datetime
) -> Attendance:
    """Note on the person's own row that ``by`` was here at ``moment``, when the code was read.

    The first time counts. One gathering has one attendance: its other meetings know it too.
    """
    fresh, others = together(meeting)
    if words := arrivals.refusal(fresh):
        raise Refused(words)
    row = arrivals.of(fresh, by)
    if row is None:
        raise Refused(arrivals.stranger(fresh))
    if row.checked_in_at:
        return row
    row.checked_in_at, row.checked_in_by = moment, how
    row.save(update_fields=list(SAID))
    mirror(row, others, SAID)
    # No form of the meeting gets stale by forty telephones.
    news.step(each.pk for each in (fresh, *others))
    record(
        "签到",
        operation=Operation.CHANGE,
        by=by,
        target=row.name,
        unit=fresh.unit,
        meeting=fresh.pk,
        method=str(how.label),
    )
    return row


@transaction.atomic
def confirm_check_ins(meeting: Meeting, *, seen: Collection[int], by: User, at: datetime) -> int:
    """Mark who of ``seen`` checked in and is not called yet 已到, or 迟到; return how many.

    ``seen`` are the keys of the rows that the recorder saw: who came since waits for the next
    look. Late is who checked in after the meeting, or the own 场次, had begun.
    """
    fresh, others = together(meeting)
    found = arrivals.waiting(fresh, fresh.attendances.all())
    late = {row.pk for row in found.late}
    rows = [row for row in found.rows if row.pk in seen]
    if not rows:
        raise Refused("没有等确认的签到，可能已点过名。刷新页面，看过名单再确认。")
    for row in rows:
        arrivals.call(row, late=row.pk in late)
        row.save(update_fields=["presence", "arrived_at"])
        mirror(row, others)
    for each in (fresh, *others):
        touch(each)
    record(
        "确认签到",
        operation=Operation.CHANGE,
        by=by,
        target=fresh.title,
        unit=fresh.unit,
        meeting=fresh.pk,
        count=len(rows),
    )
    return len(rows)
