"""Submitting, returning, confirming and correcting the record; the scan of the signed paper."""

import hashlib
import uuid
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.models import Operation
from studyapp.branches.models import Unit
from studyapp.errors import Refused, Stale
from studyapp.meetings.deadlines import is_late_entry
from studyapp.meetings.models import Meeting
from studyapp.minutes import chain, checks
from studyapp.minutes.actions.locking import audited, editable, locked, locked_with_meeting
from studyapp.minutes.content import canonical, digest, gather
from studyapp.minutes.models import (
    Confirmation,
    Opinion,
    Record,
    RecordState,
    Scan,
    SignedVersion,
    Voided,
)
from studyapp.minutes.signers import capacities_of, needed
from studyapp.minutes.unsettled import frozen
from studyapp.text.cleaning import clean_file_name
from studyapp.uploads.storing import with_files

# What the log calls these acts: `minutes.verify` compares the rows with it.
CONFIRMED, SIGNED = "签字确认", "会议记录签字完成"
VOIDED, SCANNED = "作废签字版本", "上传签字扫描件"
LARGEST_SCAN = 20 * 1024 * 1024
_MAGIC = {
    b"%PDF-": (".pdf",),
    b"\xff\xd8\xff": (".jpg", ".jpeg"),
    b"\x89PNG\r\n\x1a\n": (".png",),
}


@transaction.atomic
def submit(record: Record, *, by: User, at: datetime, as_it_is: bool = False) -> Record:
    """送签: freeze what will be confirmed; members of the branch can read it from now on.

    ``as_it_is`` is a person's word that placeholders which the checks named belong in the text.
    """
    fresh = editable(record)
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
    audited(fresh, "送签会议记录", person=by)
    return fresh


@transaction.atomic
def return_record(record: Record, *, opinion: str, by: User, at: datetime) -> Record:
    """退回 with an opinion; confirmations of this revision no longer count."""
    fresh = locked(record)
    if fresh.state != RecordState.SUBMITTED:
        raise Refused("记录不在待签字状态，不能退回。")
    if not opinion.strip():
        raise Refused("写明退回的意见，记录人才知道改哪里。")
    Opinion.objects.create(record=fresh, author=by, text=opinion, revision=fresh.revision, at=at)
    fresh.state = RecordState.RETURNED
    fresh.save(update_fields=["state"])
    audited(fresh, "退回会议记录", person=by)
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
    # Nothing of the meeting changes between the look at it and the signature.
    fresh = locked_with_meeting(record)
    # One signature at a time in a branch: its chain has one end. Locked before the log is written,
    # as everybody does who changes units.
    Unit.objects.select_for_update(no_key=True).get(pk=fresh.meeting.unit_id)
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
    audited(fresh, CONFIRMED, person=by)
    done = fresh.confirmations.filter(revision=revision).values_list("capacity", flat=True)
    return _sign(fresh, by=by, at=at) if set(needed(fresh)) <= set(done) else None


def _sign(record: Record, *, by: User, at: datetime) -> SignedVersion:
    """The caller holds the lock on the unit's row."""
    confirmed = record.confirmations.filter(revision=record.revision)
    version = SignedVersion(
        record=record,
        unit=record.meeting.unit,
        number=record.versions.count() + 1,
        revision=record.revision,
        content=record.content,
        objections=frozen(record),
        signatures=chain.signatures(confirmed),
        sha256=digest(record.content),
        signed_at=at,
    )
    chain.append(version)
    version.save(force_insert=True)
    record.state = RecordState.SIGNED
    record.save(update_fields=["state"])
    Meeting.objects.filter(pk=record.meeting_id).update(signed_at=at, void_at=None)
    # The log is a chain of its own: it tells of a version that somebody took away.
    audited(
        record,
        SIGNED,
        person=by,
        version=version.number,
        code=version.code,
        link=version.link,
    )
    return version


@transaction.atomic
def amend(record: Record, *, reason: str, by: User, at: datetime) -> Record:
    """发起更正: the signed version stays; a new one with its own confirmations will follow.

    Until that is signed the meeting can be corrected as well: roll call, votes and decisions are
    where the record takes them from.
    """
    fresh = locked(record)
    if fresh.state != RecordState.SIGNED:
        raise Refused("只有已签字的记录才需要更正。")
    if not reason.strip():
        raise Refused("写明更正原因，新版本上要印。")
    fresh.state, fresh.amend_reason = RecordState.RETURNED, reason.strip()
    fresh.save(update_fields=["state", "amend_reason"])
    Meeting.objects.filter(pk=fresh.meeting_id).update(signed_at=None)
    audited(fresh, "发起更正", person=by)
    return fresh


@transaction.atomic
def void(record: Record, *, reason: str, by: User, at: datetime) -> Voided:
    """作废: declare that the newest signed version does not count; the row and its paper stay.

    The caller has asked for the password again. Its meeting counts for no study hours from now on.
    A new version may follow by a correction, and counts again.
    """
    fresh = locked(record)
    if fresh.state != RecordState.SIGNED:
        raise Refused("只有已签字的记录才能作废。没有签字的，退回修改。")
    if not reason.strip():
        raise Refused("写明作废原因。")
    version = fresh.versions.order_by("-number")[0]
    if version.is_void:
        raise Refused("这一版已经作废，不用再作废。")
    row = Voided.objects.create(
        version=version, reason=reason.strip(), by=by, by_name=by.name, at=at
    )
    Meeting.objects.filter(pk=fresh.meeting_id).update(void_at=at)
    audited(fresh, VOIDED, person=by, version=version.number, code=version.code, reason=row.reason)
    return row


@with_files
@transaction.atomic
def attach_scan(record: Record, *, data: bytes, name: str, by: User, at: datetime) -> Scan:
    """Attach the scan of the hand-signed paper to the newest signed version."""
    version = record.versions.order_by("-number").first()
    if version is None:
        raise Refused("签字完成后再上传扫描件。")
    if len(data) > LARGEST_SCAN:
        raise Refused("扫描件超过 20 MB。降低分辨率再扫一次。")
    suffixes = next((ends for magic, ends in _MAGIC.items() if data.startswith(magic)), ())
    name = clean_file_name(name)
    if not name.lower().endswith(suffixes or ("?",)):
        raise Refused("扫描件要是 PDF、JPG 或 PNG 文件，内容和扩展名要一致。")
    sha256 = hashlib.sha256(data).hexdigest()
    if version.scans.filter(sha256=sha256).exists():
        raise Refused("这份扫描件已经上传过。")
    scan = Scan(
        version=version,
        file_name=name,
        added_by=by,
        added_at=at,
        sha256=sha256,
    )
    scan.file.save(uuid.uuid4().hex, ContentFile(data), save=False)
    scan.save()
    audited(record, SCANNED, person=by, operation=Operation.CREATE, file=name, sha256=sha256)
    return scan
