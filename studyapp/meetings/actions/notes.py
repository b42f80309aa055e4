"""Notes: private drafts, posting to the branch, edits with history, deletion with undo."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.branches.models import MembershipRole, Unit, memberships_of
from studyapp.errors import Refused, Stale
from studyapp.meetings import news
from studyapp.meetings.models import Kind, Meeting, Note, NoteRevision, State
from studyapp.meetings.models.notes import BIN_FOR
from studyapp.meetings.stream import is_fixed, was_away
from studyapp.saving import actions as saving
from studyapp.saving.actions import LONGEST
from studyapp.speeches.models import Speech, Theme

_SECOND_PRESS = timedelta(minutes=2)


def _checked(body: str) -> str:
    if not body.strip():
        raise Refused("没有写内容。没有体会可以不写。")
    if len(body) > LONGEST:
        raise Refused(f"写了{len(body)}字，超过{LONGEST}字。删减或分成两条再存，内容还在下面。")
    return body.strip("\n")


def _locked(note: Note, *, by: User) -> Note:
    fresh = Note.objects.select_for_update(no_key=True).get(pk=note.pk)
    if fresh.author_id != by.pk:
        raise Refused("只能改自己的笔记。")
    if is_fixed(fresh):
        raise Refused("会议记录已签字，这条笔记不能再改。可以另写一条。")
    return fresh


@transaction.atomic
def write(
    *,
    by: User,
    unit: Unit,
    body: str,
    kind: str,
    at: datetime,
    post: bool = False,
    meeting: Meeting | None = None,
    speech: Speech | None = None,
    theme: Theme | None = None,
    quote: str = "",
    quote_before: str = "",
    quote_after: str = "",
    copy: str = "",
) -> Note:
    """Store a note; ``post`` hands it to the branch, else it stays a private draft.

    ``copy`` names the working copy it was typed in; its history goes on under the note.

    The same words pressed twice are one note.
    """
    body = _checked(body)
    if not any(m.unit_id == unit.pk and m.role != MembershipRole.ORGAN for m in memberships_of(by)):
        raise Refused(f"你不在{unit.name}，不能在那里写笔记。")
    if meeting:
        if meeting.unit_id != unit.pk:
            raise Refused("这次会议不是这个支部的。")
        if meeting.kind == Kind.LIFE:
            raise Refused("组织生活会不设笔记交流。不选会议，直接存为学习笔记。")
        if meeting.state == State.CANCELLED:
            raise Refused("会议已取消。不选会议，直接存为学习笔记。")
        if meeting.signed_at and not was_away(meeting, by):
            raise Refused("会议记录已签字。不选会议，直接存为学习笔记。")
    if theme:
        if speech and theme.speech_id != speech.pk:
            raise Refused("这个专题不在所选的学习材料里。")
        speech = theme.speech
    twin = Note.objects.filter(
        author=by,
        unit=unit,
        meeting=meeting,
        theme=theme,
        body=body,
        kind=kind,
        created_at__gte=at - _SECOND_PRESS,
        deleted_at__isnull=True,
    ).first()
    if twin and twin.is_draft != post:
        return twin
    note = Note.objects.create(
        author=by,
        unit=unit,
        meeting=meeting,
        speech=speech,
        theme=theme,
        kind=kind,
        body=body,
        quote=quote,
        quote_before=quote_before,
        quote_after=quote_after,
        created_at=at,
        updated_at=at,
        posted_at=at if post else None,
    )
    if copy:
        saving.settle(copy, owner=by, to=f"note-{note.pk}", body=body, at=at)
    news.tell(note)
    record(
        "提交笔记" if post else "存笔记草稿",
        operation=Operation.CREATE,
        by=by,
        target=f"笔记{note.pk}",
        unit=unit,
        meeting=meeting.pk if meeting else None,
    )
    return note


@transaction.atomic
def edit(
    note: Note,
    *,
    body: str,
    kind: str,
    revision: int,
    by: User,
    at: datetime,
    theme: Theme | None = None,
) -> Note:
    """Change a note made from ``revision``; the earlier wording is kept for ever."""
    fresh = _locked(note, by=by)
    if fresh.revision != revision:
        raise Stale("这条笔记在别的窗口改过。你写的还在下面，核对两边后再存。")
    body = _checked(body)
    if body != fresh.body:
        NoteRevision.objects.create(note=fresh, number=fresh.revision, body=fresh.body, at=at)
        fresh.revision += 1
    fresh.body, fresh.kind, fresh.theme, fresh.updated_at = body, kind, theme, at
    fresh.save(update_fields=["body", "kind", "theme", "revision", "updated_at"])
    saving.settle(f"note-{fresh.pk}", owner=by, to=f"note-{fresh.pk}", body=body, at=at)
    news.tell(fresh)
    record(
        "修改笔记",
        operation=Operation.CHANGE,
        by=by,
        target=f"笔记{fresh.pk}",
        unit=fresh.unit,
        revision=fresh.revision,
    )
    return fresh


@transaction.atomic
def post(note: Note, *, by: User, at: datetime) -> Note:
    """提交到支部: from now on the branch sees it."""
    fresh = _locked(note, by=by)
    if fresh.deleted_at:
        raise Refused("这条笔记已删除。先恢复再提交。")
    if fresh.posted_at is None:
        fresh.posted_at = at
        fresh.save(update_fields=["posted_at"])
        news.tell(fresh)
        record(
            "提交笔记", operation=Operation.CHANGE, by=by, target=f"笔记{fresh.pk}", unit=fresh.unit
        )
    return fresh


@transaction.atomic
def delete(note: Note, *, by: User, at: datetime) -> Note:
    """Hide a note; for 30 days its author can bring it back."""
    fresh = _locked(note, by=by)
    if fresh.in_record:
        raise Refused("这条已列入会议记录，不能删除。要撤回，请记录人先把它移出记录。")
    if fresh.deleted_at is None:
        fresh.deleted_at = at
        fresh.save(update_fields=["deleted_at"])
        news.tell(fresh)
        record(
            "删除笔记", operation=Operation.DELETE, by=by, target=f"笔记{fresh.pk}", unit=fresh.unit
        )
    return fresh


@transaction.atomic
def restore(note: Note, *, by: User, at: datetime) -> Note:
    """Undo a deletion, while the note is in the bin."""
    fresh = _locked(note, by=by)
    if fresh.restorable_until is not None and fresh.restorable_until <= at:
        raise Refused(f"删除已超过{BIN_FOR.days}天，不能恢复了。要用的内容可以重新写一条。")
    if fresh.deleted_at is not None:
        fresh.deleted_at = None
        fresh.save(update_fields=["deleted_at"])
        news.tell(fresh)
        record(
            "恢复笔记", operation=Operation.CHANGE, by=by, target=f"笔记{fresh.pk}", unit=fresh.unit
        )
    return fresh


@transaction.atomic
def empty_bin(*, at: datetime) -> int:
    """Remove for good the deleted notes whose time is over; return how many.

    What a record holds stays, and what was written for a meeting that has a signed record.
    """
    past = Note.objects.past_bin(at).filter(in_record=False, remarks__isnull=True)
    # While a record is being corrected its meeting is open again; the signed version stands.
    signed = Q(signed_at__isnull=False) | Q(record__versions__isnull=False)
    found = past.exclude(meeting__in=Meeting.objects.filter(signed))
    found = found.select_related("unit", "author").order_by("pk")
    gone = list(found.select_for_update(of=("self",), no_key=True))
    # Rows first, then the log.
    numbers = [note.pk for note in gone]
    for note in gone:
        saving.forget(f"note-{note.pk}", owner=note.author)
        note.delete()
    for number, note in zip(numbers, gone, strict=True):
        record(
            "清除删除满30天的笔记",
            operation=Operation.DELETE,
            target=f"笔记{number}",
            unit=note.unit,
            author=note.author.username,
        )
    return len(gone)
