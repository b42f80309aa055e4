"""Writing the record up: opened, edited part by part, with what only the paper needs."""

from datetime import date, datetime

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.models import Operation
from studyapp.errors import Refused, Stale
from studyapp.meetings import news
from studyapp.meetings.actions import checking
from studyapp.meetings.actions.locking import as_it_is, stamp
from studyapp.meetings.models import CHECKED, Meeting, Remark, State
from studyapp.minutes.actions.locking import audited, editable, locked_with_meeting
from studyapp.minutes.assembly import assemble, sources
from studyapp.minutes.content import digest
from studyapp.minutes.models import Part, Record, RecordState
from studyapp.saving import actions as saving
from studyapp.saving.actions import LONGEST, Outcome, Posted, Saved


@transaction.atomic
def open_record(meeting: Meeting, *, by: User, at: datetime) -> Record:
    """Return the meeting's record, assembled from what was entered.

    Asked again while it is open, it takes in what was written down since.
    """
    # A record before its meeting: the order in which all that change it lock the two.
    Record.objects.select_for_update(no_key=True).filter(meeting_id=meeting.pk).first()
    fresh = as_it_is(meeting)
    if fresh.state == State.CANCELLED:
        raise Refused("会议已取消，没有记录可整理。")
    if fresh.state not in {State.OPEN, State.ENDED}:
        raise Refused("会议还没开。开会以后再整理记录。")
    record, created = Record.objects.get_or_create(meeting=fresh, defaults={"created_at": at})
    if record.open_for_editing:
        assemble(record)
    if created:
        audited(record, "整理会议记录", person=by, operation=Operation.CREATE)
    return record


@transaction.atomic
def edit_part(part: Part, *, text: str, base: str, by: User, at: datetime) -> Part:
    """Change a part's words for the paper; ``base`` is the wording the form was made from."""
    record = editable(part.record)
    fresh = Part.objects.select_for_update(no_key=True).get(pk=part.pk)
    if digest(fresh.text) != base and fresh.text != text.strip("\n"):
        raise Stale("这一段在别处改过。你写的还在下面，核对后再存。")
    if len(text) > LONGEST:
        raise Refused(f"写了{len(text)}字，超过{LONGEST}字。")
    _reword(fresh, text.strip("\n"), by=by, at=at)
    audited(record, "修改会议记录", person=by)
    return fresh


def _reword(part: Part, text: str, *, by: User, at: datetime) -> None:
    """Give a part other words and keep those that it had."""
    saving.put(part.text_key, body=text, by=by, at=at, now=part.text)
    if text != part.text:
        _take(part, text, by=by, at=at)


def _take(part: Part, text: str, *, by: User, at: datetime) -> None:
    """Take over words that are kept already; the speaker of a remark is asked about them."""
    part.text, part.edited_by, part.edited_at = text, by, at
    part.save(update_fields=["text", "edited_by", "edited_at"])
    _ask_again(part, by)


def _ask_again(part: Part, person: User) -> None:
    """What a speaker checked was the wording of then, unless the paper has the sheet's words.

    The caller has locked the meeting. Its open pages are told who is to check again.
    """
    if not part.key.startswith("remark-"):
        return
    checked = part.record.meeting.remarks.filter(checked_at__isnull=False)
    for remark in checked.exclude(speaker=person):
        if remark.text_key == part.key and remark.text != part.text:
            remark.settle(None)
            remark.save(update_fields=CHECKED)
            news.step([remark.meeting_id])


@transaction.atomic
def type_part(part: Part, save: Posted, *, by: User, at: datetime) -> Outcome:
    """Save a part's words while they are typed; not audited, kept by revision."""
    editable(part.record)
    fresh = Part.objects.select_for_update(no_key=True).get(pk=part.pk)
    outcome = saving.save(fresh.text_key, by=by, at=at, now=fresh.text, **save)
    words = saving.taken_over(save["body"])
    if isinstance(outcome, Saved) and words != fresh.text:
        _take(fresh, words, by=by, at=at)
    return outcome


@transaction.atomic
def restore_part(part: Part, *, wording: int, by: User, at: datetime) -> Part:
    """Make an earlier wording of a part the newest one; what stood in between is kept too."""
    record = editable(part.record)
    fresh = Part.objects.select_for_update(no_key=True).get(pk=part.pk)
    words = saving.restore_shared(fresh.text_key, wording=wording, by=by, at=at, now=fresh.text)
    _take(fresh, words, by=by, at=at)
    audited(record, "恢复记录段落以前的写法", person=by)
    return fresh


@transaction.atomic
def take_source(part: Part, *, seen: str, keep: bool, by: User, at: datetime) -> Part:
    """Decide about a source that changed: take its words, or keep the paper's (and stop asking).

    ``seen`` is the digest of the source as the person saw it.
    """
    record = editable(part.record)
    fresh = Part.objects.select_for_update(no_key=True).get(pk=part.pk)
    now = {source.key: source.text for source in sources(record.meeting)}
    if fresh.key not in now:
        raise Refused("这一段在会议页已删除。记录里也不要的，点“移除”。")
    if digest(now[fresh.key]) != seen:
        raise Stale("来源刚才又改过。核对新的内容再选。")
    fresh.source = now[fresh.key]
    fresh.save(update_fields=["source"])
    if not keep:
        _reword(fresh, fresh.source, by=by, at=at)
    _ask_again(fresh, by)
    audited(record, "核对来源变化", person=by)
    return fresh


@transaction.atomic
def take_correction(remark: Remark, *, seen: str, words: str, by: User, at: datetime) -> Remark:
    """Take over the speaker's words. The record's part takes them too where it is as it was seen.

    ``seen`` and ``words`` are the marks of the correction, and of the words it was compared with
    when the recorder decided. A part that says something else shows a changed source, as after
    every change of a source: nothing is slipped in.
    """
    record = Record.objects.filter(meeting_id=remark.meeting_id).first()
    if record and locked_with_meeting(record).state == RecordState.SUBMITTED:
        raise Refused("记录已送签，不能再改。先退回记录，再采用更正。")
    parts = Part.objects.select_for_update(no_key=True)
    part = parts.filter(record=record, key=remark.text_key).first() if record else None
    taken = checking.take_over(remark, seen=seen, by=by, at=at)
    if record and part and stamp(part.text) == words:
        part.source = taken.text
        part.save(update_fields=["source"])
        _reword(part, taken.text, by=by, at=at)
        audited(record, "修改会议记录", person=by)
    elif part and part.text != taken.text:
        # The paper says something else still: the speaker has not seen that.
        taken.checked_at = None
        taken.unanswer()
        taken.save(update_fields=list(CHECKED))
    return taken


@transaction.atomic
def remove_part(part: Part, *, by: User, at: datetime) -> None:
    """Remove a part whose source is gone; parts with a source are emptied in the meeting."""
    record = editable(part.record)
    if part.key in {source.key for source in sources(record.meeting)}:
        raise Refused("这一段来自会议页，要删除请到会议页操作。")
    saving.put(part.text_key, body="", by=by, at=at, now=part.text)
    part.delete()
    audited(record, "移除记录段落", person=by, operation=Operation.DELETE)


@transaction.atomic
def set_facts(
    record: Record,
    *,
    by: User,
    at: datetime,
    attachments: str,
    issue_number: int | None,
    issuer: str,
    issued_on: date | None,
    distribution: str,
    late_reason: str = "",
) -> Record:
    """Set what only the paper needs: attachments, why it is late, and what a 纪要 carries."""
    fresh = editable(record)
    fresh.attachments, fresh.late_reason = attachments, late_reason
    fresh.issue_number, fresh.issuer = issue_number, issuer
    fresh.issued_on, fresh.distribution = issued_on, distribution
    fresh.save(
        update_fields=[
            "attachments",
            "late_reason",
            "issue_number",
            "issuer",
            "issued_on",
            "distribution",
        ]
    )
    audited(fresh, "修改记录信息", person=by)
    return fresh
