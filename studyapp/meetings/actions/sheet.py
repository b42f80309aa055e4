"""The record sheet: who said what, the words under an item, the chair's summary."""

from datetime import datetime

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.errors import Refused
from studyapp.meetings import stream
from studyapp.meetings.actions.locking import checked, held, next_position, same, touch
from studyapp.meetings.actions.outcomes import add_decision, add_vote
from studyapp.meetings.models import CHECKED, AgendaItem, Meeting, Note, Remark
from studyapp.meetings.pasting import split_lines
from studyapp.meetings.queries import speaking_item
from studyapp.saving import actions as saving
from studyapp.saving.actions import LONGEST
from studyapp.speeches.models import Theme

__all__ = [
    "add_decision",
    "add_remark",
    "add_vote",
    "edit_remark",
    "paste",
    "remove_remark",
    "roster",
    "set_item_words",
    "set_summary",
    "shift_remark",
    "take_note",
]


@transaction.atomic
def add_remark(
    meeting: Meeting,
    *,
    text: str,
    by: User,
    at: datetime,
    speaker: User | None = None,
    speaker_name: str = "",
    item: AgendaItem | None = None,
    theme: Theme | None = None,
    note: Note | None = None,
    copy: str = "",
) -> Remark:
    """Write down what somebody said; it counts as the recorder's entry until checked.

    ``copy`` names the recorder's working copy that the words were typed in.
    """
    fresh = held(meeting)
    name = speaker.name if speaker else speaker_name
    if not name:
        raise Refused("选择或填写发言人。")
    remark = Remark.objects.create(
        meeting=fresh,
        item=item or speaking_item(fresh),
        theme=theme,
        speaker=speaker,
        speaker_name=name,
        position=next_position(fresh.remarks.all()),
        text=checked(text),
        note=note,
        entered_by=by,
        entered_at=at,
        checked_at=at if speaker == by else None,
    )
    if copy:
        saving.settle(copy, owner=by, to=f"{copy}-{remark.pk}", body=remark.text, at=at)
    touch(fresh)
    record(
        "记录发言",
        operation=Operation.CREATE,
        by=by,
        target=name,
        unit=fresh.unit,
        meeting=fresh.pk,
        remark=remark.pk,
    )
    return remark


@transaction.atomic
def edit_remark(
    remark: Remark,
    *,
    text: str,
    by: User,
    at: datetime,
    theme: Theme | None = None,
    item: AgendaItem | None = None,
    speaker_name: str = "",
    base: str | None = None,
) -> Remark:
    """Change the words, or who said them.

    What the speaker objected to stays open until the speaker is content with the new words.

    ``base`` is the :func:`stamp` of the words that the form was made from. Without ``item`` and
    ``speaker_name`` these two stay.
    """
    meeting = held(remark.meeting)
    remark.refresh_from_db()
    same(base, remark.text, text)
    text = checked(text)
    name = speaker_name or remark.speaker_name
    if name != remark.speaker_name:
        if remark.note_id:
            raise Refused("这是本人的笔记，发言人不能换成别人。")
        people = roster(meeting)
        if name not in people:
            raise Refused(f"名单上没有{name}。先在点名页加为列席。")
        _refuse_disputed(remark)
        remark.speaker, remark.speaker_name = people[name], name
        remark.settle(None)
    saving.put(remark.text_key, body=text, by=by, at=at, now=remark.text)
    remark.reword(text, by=by, at=at)
    remark.theme, remark.item = theme, item or remark.item
    remark.save(update_fields=["text", "theme", "item", "speaker", "speaker_name", *CHECKED])
    touch(meeting)
    record(
        "修改发言",
        operation=Operation.CHANGE,
        by=by,
        target=remark.speaker_name,
        unit=meeting.unit,
        meeting=meeting.pk,
        remark=remark.pk,
    )
    return remark


def _refuse_disputed(remark: Remark) -> None:
    """What a speaker said about the words is never dropped with them."""
    if remark.is_disputed:
        name = remark.speaker_name
        raise Refused(f"{name}对这条发言有意见，还没有了结。先按意见改好，或者等本人撤回。")


@transaction.atomic
def remove_remark(remark: Remark, *, by: User, at: datetime) -> None:
    """Take a remark off the sheet; a member's own note stays where it was."""
    # A note before its meeting: the order in which its author's actions lock the two.
    note = Note.objects.select_for_update(no_key=True).filter(pk=remark.note_id or 0).first()
    meeting = held(remark.meeting)
    remark.refresh_from_db()
    _refuse_disputed(remark)
    if note:
        note.in_record = False
        note.save(update_fields=["in_record"])
    pk, name = remark.pk, remark.speaker_name
    remark.delete()
    touch(meeting)
    record(
        "删除发言",
        operation=Operation.DELETE,
        by=by,
        target=name,
        unit=meeting.unit,
        meeting=meeting.pk,
        remark=pk,
    )


@transaction.atomic
def shift_remark(remark: Remark, *, up: bool, by: User, at: datetime) -> None:
    """Move a remark one place up or down in the speaking order of its agenda item."""
    meeting = held(remark.meeting)
    rows = list(meeting.remarks.filter(item_id=remark.item_id))
    here = next(n for n, each in enumerate(rows) if each.pk == remark.pk)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(rows):
        return
    one, two = rows[here], rows[there]
    one.position, two.position = two.position, one.position
    Remark.objects.bulk_update([one, two], ["position"])
    touch(meeting)
    record(
        "调整发言顺序",
        operation=Operation.CHANGE,
        by=by,
        target=remark.speaker_name,
        unit=meeting.unit,
        meeting=meeting.pk,
        remark=remark.pk,
    )


@transaction.atomic
def take_note(meeting: Meeting, note: Note, *, by: User, at: datetime) -> Remark:
    """列入记录: copy a member's posted note; later edits of it show as a difference only."""
    # A note before its meeting: the order in which its author's actions lock the two.
    note = Note.objects.select_for_update(no_key=True).get(pk=note.pk)
    fresh = held(meeting)
    if note.is_draft or note.deleted_at or note.unit_id != fresh.unit_id:
        raise Refused("这条笔记没有提交到本支部，不能列入记录。")
    if fresh.remarks.filter(note=note).exists():
        raise Refused(f"{note.author.name}的这条笔记已列入记录。")
    if not stream.notes_of(fresh).filter(pk=note.pk).exists():
        raise Refused("这条笔记不是为这次会议写的，也不在这次的学习材料上，不能列入记录。")
    away = {row.user_id for row in fresh.attendances.all() if row.is_away}
    if stream.is_made_up(note, fresh, away):
        raise Refused(
            f"这是{note.author.name}散会后补学写的，不是会上的发言，不列入记录。"
            "笔记留在会议页上。人到了会的，先改点名，再列入。"
        )
    note.in_record = True
    note.save(update_fields=["in_record"])
    remark = add_remark(
        fresh, speaker=note.author, text=note.body, by=by, at=at, theme=note.theme, note=note
    )
    # The words are the speaker's own.
    remark.checked_at = at
    remark.save(update_fields=["checked_at"])
    return remark


@transaction.atomic
def paste(
    meeting: Meeting,
    *,
    text: str,
    by: User,
    at: datetime,
    item: AgendaItem | None = None,
    theme: Theme | None = None,
) -> list[Remark]:
    """Store pasted «姓名：内容» lines as remarks; all or nothing."""
    lines = split_lines(text, roster(meeting))
    if not lines:
        raise Refused("没有可以拆分的内容。一行一条，写成“姓名：内容”。")
    unnamed = [line.text[:20] for line in lines if not line.name]
    if unnamed:
        raise Refused(f"这一行前面没有姓名：“{unnamed[0]}…”。写成“姓名：内容”。")
    return [
        add_remark(
            meeting,
            speaker=line.user,
            speaker_name=line.name,
            text=line.text,
            by=by,
            at=at,
            item=item,
            theme=theme,
        )
        for line in lines
    ]


def roster(meeting: Meeting) -> dict[str, User | None]:
    """Return the names on the roll; a guest, or a name that two people bear, has no account."""
    found: dict[str, User | None] = {}
    for row in meeting.attendances.select_related("user"):
        found[row.name] = None if row.name in found else row.user
    return found


@transaction.atomic
def set_summary(
    meeting: Meeting, *, text: str, by: User, at: datetime, base: str | None = None
) -> Meeting:
    """Store the chair's summary; an older form is refused with its words kept on it."""
    fresh = held(meeting)
    same(base, fresh.summary, text)
    if len(text) > LONGEST:
        raise Refused(f"小结{len(text)}字，超过{LONGEST}字。")
    words = text.strip("\n")
    saving.put(fresh.summary_key, body=words, by=by, at=at, now=fresh.summary)
    fresh.summary = words
    touch(fresh, "summary")
    record(
        "记录小结",
        operation=Operation.CHANGE,
        by=by,
        target=fresh.title,
        unit=fresh.unit,
        meeting=fresh.pk,
    )
    return fresh


@transaction.atomic
def set_item_words(
    item: AgendaItem, *, text: str, by: User, at: datetime, base: str | None = None
) -> AgendaItem:
    """Store what was said under an agenda item that has no speakers of its own."""
    meeting = held(item.meeting)
    item.refresh_from_db()
    same(base, item.words, text)
    if len(text) > LONGEST:
        raise Refused(f"内容{len(text)}字，超过{LONGEST}字。")
    words = text.strip("\n")
    saving.put(item.words_key, body=words, by=by, at=at, now=item.words)
    item.words = words
    item.save(update_fields=["words"])
    touch(meeting)
    record(
        "记录议程",
        operation=Operation.CHANGE,
        by=by,
        target=item.title,
        unit=meeting.unit,
        meeting=meeting.pk,
        item=item.pk,
    )
    return item
