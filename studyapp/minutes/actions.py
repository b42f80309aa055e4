"""The record's way: open, edit, submit, return, confirm, correct; the scan of the signed paper."""

import hashlib
import uuid
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record as audit
from studyapp.audit.models import Operation
from studyapp.errors import Refused, Stale
from studyapp.meetings.deadlines import is_late_entry
from studyapp.meetings.models import Meeting, State
from studyapp.minutes import checks
from studyapp.minutes.assembly import assemble, sources
from studyapp.minutes.content import canonical, digest, gather
from studyapp.minutes.models import (
    Confirmation,
    Opinion,
    Part,
    Record,
    RecordState,
    Scan,
    SignedVersion,
)
from studyapp.minutes.signers import capacities_of, needed
from studyapp.saving import actions as saving
from studyapp.saving.actions import LONGEST, Outcome, Posted, Saved

LARGEST_SCAN = 20 * 1024 * 1024
_MAGIC = {
    b"%PDF-": (".pdf",),
    b"\xff\xd8\xff": (".jpg", ".jpeg"),
    b"\x89PNG\r\n\x1a\n": (".png",),
}


def _locked(record: Record) -> Record:
    return Record.objects.select_for_update().get(pk=record.pk)


def _editable(record: Record) -> Record:
    fresh = _locked(record)
    if fresh.state == RecordState.SIGNED:
        raise Refused("记录已签字，不能修改。要更正，点“发起更正”。")
    if fresh.state == RecordState.SUBMITTED:
        raise Refused("记录已送签，不能修改。先退回，再修改。")
    return fresh


def _audit(record: Record, name: str, *, by: User, operation: Operation = Operation.CHANGE) -> None:
    audit(
        name,
        operation=operation,
        by=by,
        target=record.meeting.title,
        unit=record.meeting.unit,
        record=record.pk,
        revision=record.revision,
    )


@transaction.atomic
def open_record(meeting: Meeting, *, by: User, at: datetime) -> Record:
    """Return the meeting's record, assembled from what was entered.

    Asked again while it is open, it takes in what was written down since.
    """
    fresh = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if fresh.state == State.CANCELLED:
        raise Refused("会议已取消，没有记录可整理。")
    if fresh.state not in {State.OPEN, State.ENDED}:
        raise Refused("会议还没开。开会以后再整理记录。")
    record, created = Record.objects.get_or_create(meeting=fresh, defaults={"created_at": at})
    if record.open_for_editing:
        assemble(record)
    if created:
        _audit(record, "整理会议记录", by=by, operation=Operation.CREATE)
    return record


@transaction.atomic
def edit_part(part: Part, *, text: str, base: str, by: User, at: datetime) -> Part:
    """Change a part's words for the paper; ``base`` is the wording the form was made from."""
    record = _editable(part.record)
    fresh = Part.objects.select_for_update().get(pk=part.pk)
    if digest(fresh.text) != base and fresh.text != text.strip("\n"):
        raise Stale("这一段在别处改过。你写的还在下面，核对后再存。")
    if len(text) > LONGEST:
        raise Refused(f"写了{len(text)}字，超过{LONGEST}字。")
    _reword(fresh, text.strip("\n"), by=by, at=at)
    _audit(record, "修改会议记录", by=by)
    return fresh


def _reword(part: Part, text: str, *, by: User, at: datetime) -> None:
    """Give a part other words and keep those that it had."""
    saving.put(part.text_key, body=text, by=by, at=at, now=part.text)
    if text != part.text:
        _take(part, text, by=by, at=at)


def _take(part: Part, text: str, *, by: User, at: datetime) -> None:
    """Take over words that are kept already."""
    part.text, part.edited_by, part.edited_at = text, by, at
    part.save(update_fields=["text", "edited_by", "edited_at"])


@transaction.atomic
def type_part(part: Part, save: Posted, *, by: User, at: datetime) -> Outcome:
    """Save a part's words while they are typed; not audited, kept by revision."""
    _editable(part.record)
    fresh = Part.objects.select_for_update().get(pk=part.pk)
    outcome = saving.save(fresh.text_key, by=by, at=at, now=fresh.text, **save)
    words = saving.taken_over(save["body"])
    if isinstance(outcome, Saved) and words != fresh.text:
        _take(fresh, words, by=by, at=at)
    return outcome


@transaction.atomic
def restore_part(part: Part, *, wording: int, by: User, at: datetime) -> Part:
    """Make an earlier wording of a part the newest one; what stood in between is kept too."""
    record = _editable(part.record)
    fresh = Part.objects.select_for_update().get(pk=part.pk)
    words = saving.restore_shared(fresh.text_key, wording=wording, by=by, at=at, now=fresh.text)
    _take(fresh, words, by=by, at=at)
    _audit(record, "恢复记录段落以前的写法", by=by)
    return fresh


@transaction.atomic
def take_source(part: Part, *, seen: str, keep: bool, by: User, at: datetime) -> Part:
    """Decide about a source that changed: take its words, or keep the paper's (and stop asking).

    ``seen`` is the digest of the source as the person saw it.
    """
    record = _editable(part.record)
    fresh = Part.objects.select_for_update().get(pk=part.pk)
    now = {source.key: source.text for source in sources(record.meeting)}
    if fresh.key not in now:
        raise Refused("这一段在会议页已删除。记录里也不要的，点“移除”。")
    if digest(now[fresh.key]) != seen:
        raise Stale("来源刚才又改过。核对新的内容再选。")
    fresh.source = now[fresh.key]
    fresh.save(update_fields=["source"])
    if not keep:
        _reword(fresh, fresh.source, by=by, at=at)
    _audit(record, "核对来源变化", by=by)
    return fresh


@transaction.atomic
def remove_part(part: Part, *, by: User, at: datetime) -> None:
    """Remove a part whose source is gone; parts with a source are emptied in the meeting."""
    record = _editable(part.record)
    if part.key in {source.key for source in sources(record.meeting)}:
        raise Refused("这一段来自会议页，要删除请到会议页操作。")
    saving.put(part.text_key, body="", by=by, at=at, now=part.text)
    part.delete()
    _audit(record, "移除记录段落", by=by, operation=Operation.DELETE)


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
    fresh = _editable(record)
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
    _audit(fresh, "修改记录信息", by=by)
    return fresh


@transaction.atomic
def submit(record: Record, *, by: User, at: datetime, as_it_is: bool = False) -> Record:
    """送签: freeze what will be confirmed; members of the branch can read it from now on.

    ``as_it_is`` is a person's word that placeholders which the checks named belong in the text.
    """
    fresh = _editable(record)
    Meeting.objects.select_for_update().get(pk=fresh.meeting_id)
    findings = checks.find(fresh, gather(fresh), at=at)
    if blocking := [f.sentence for f in findings if f.blocks]:
        raise Refused("还不能送签：" + "".join(blocking))
    if asking := [f.sentence for f in findings if f.asks and not as_it_is]:
        raise Refused("还不能送签：" + "".join(asking) + "改好，或者勾选“原文如此，照印”。")
    end = fresh.meeting.actual_end
    if fresh.submitted_at is None and end is not None and is_late_entry(end, at):
        fresh.late_at = at
    fresh.revision += 1
    fresh.state, fresh.submitted_at, fresh.submitted_by = RecordState.SUBMITTED, at, by
    fresh.content = canonical(gather(fresh))
    fresh.save(
        update_fields=["revision", "state", "submitted_at", "submitted_by", "late_at", "content"]
    )
    _audit(fresh, "送签会议记录", by=by)
    return fresh


@transaction.atomic
def return_record(record: Record, *, opinion: str, by: User, at: datetime) -> Record:
    """退回 with an opinion; confirmations of this revision no longer count."""
    fresh = _locked(record)
    if fresh.state != RecordState.SUBMITTED:
        raise Refused("记录不在待签字状态，不能退回。")
    if not opinion.strip():
        raise Refused("写明退回的意见，记录人才知道改哪里。")
    Opinion.objects.create(record=fresh, author=by, text=opinion, revision=fresh.revision, at=at)
    fresh.state = RecordState.RETURNED
    fresh.save(update_fields=["state"])
    _audit(fresh, "退回会议记录", by=by)
    return fresh


MOVED_ON = "送签以后会议页改过（点名、议程、决定等），记录和会上对不上了。先退回，重新送签再签字。"


def moved_on(record: Record) -> bool:
    """Tell whether the meeting says something else than what waits for its signatures."""
    return record.content != canonical(gather(record))


@transaction.atomic
def confirm(record: Record, *, revision: int, by: User, at: datetime) -> SignedVersion | None:
    """签字确认 of exactly ``revision``; the last one needed makes the signed version.

    The caller has asked for the password again. This is a confirmation inside the system, not a
    可靠电子签名.
    """
    fresh = _locked(record)
    if fresh.state == RecordState.SIGNED:
        raise Refused("记录已签字，不用再签。")
    if fresh.state != RecordState.SUBMITTED:
        raise Refused("记录不在待签字状态。")
    if fresh.revision != revision:
        raise Stale("记录在你打开之后改过。看过新的内容再签字。")
    if moved_on(fresh):
        raise Refused(MOVED_ON)
    waiting = capacities_of(fresh, by)
    if not waiting:
        raise Refused("这份记录不需要你签字，或者你已经签过。")
    for capacity in waiting:
        Confirmation.objects.create(
            record=fresh, revision=revision, capacity=capacity, by=by, by_name=by.name, at=at
        )
    _audit(fresh, "签字确认", by=by)
    done = fresh.confirmations.filter(revision=revision).values_list("capacity", flat=True)
    return _sign(fresh, by=by, at=at) if set(needed(fresh)) <= set(done) else None


def _sign(record: Record, *, by: User, at: datetime) -> SignedVersion:
    version = SignedVersion.objects.create(
        record=record,
        number=record.versions.count() + 1,
        revision=record.revision,
        content=record.content,
        sha256=digest(record.content),
        signed_at=at,
    )
    record.state = RecordState.SIGNED
    record.save(update_fields=["state"])
    Meeting.objects.filter(pk=record.meeting_id).update(signed_at=at)
    _audit(record, "会议记录签字完成", by=by)
    return version


@transaction.atomic
def amend(record: Record, *, reason: str, by: User, at: datetime) -> Record:
    """发起更正: the signed version stays; a new one with its own confirmations will follow.

    Until that is signed the meeting can be corrected as well: roll call, votes and decisions are
    where the record takes them from.
    """
    fresh = _locked(record)
    if fresh.state != RecordState.SIGNED:
        raise Refused("只有已签字的记录才需要更正。")
    if not reason.strip():
        raise Refused("写明更正原因，新版本上要印。")
    fresh.state, fresh.amend_reason = RecordState.RETURNED, reason.strip()
    fresh.save(update_fields=["state", "amend_reason"])
    Meeting.objects.filter(pk=fresh.meeting_id).update(signed_at=None)
    _audit(fresh, "发起更正", by=by)
    return fresh


@transaction.atomic
def attach_scan(record: Record, *, data: bytes, name: str, by: User, at: datetime) -> Scan:
    """Attach the scan of the hand-signed paper to the newest signed version."""
    version = record.versions.order_by("-number").first()
    if version is None:
        raise Refused("签字完成后再上传扫描件。")
    if len(data) > LARGEST_SCAN:
        raise Refused("扫描件超过 20 MB。降低分辨率再扫一次。")
    suffixes = next((ends for magic, ends in _MAGIC.items() if data.startswith(magic)), ())
    if not name.lower().endswith(suffixes or ("?",)):
        raise Refused("扫描件要是 PDF、JPG 或 PNG 文件，内容和扩展名要一致。")
    sha256 = hashlib.sha256(data).hexdigest()
    if version.scans.filter(sha256=sha256).exists():
        raise Refused("这份扫描件已经上传过。")
    scan = Scan(
        version=version,
        file_name=name[-300:],
        added_by=by,
        added_at=at,
        sha256=sha256,
    )
    scan.file.save(uuid.uuid4().hex, ContentFile(data), save=False)
    scan.save()
    _audit(record, "上传签字扫描件", by=by, operation=Operation.CREATE)
    return scan
