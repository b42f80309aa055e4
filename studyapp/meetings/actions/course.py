"""The course of a meeting: actual times, sittings for shifts, the agenda."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.errors import Refused
from studyapp.meetings.actions.locking import held, locked, touch
from studyapp.meetings.models import AgendaItem, ItemKind, Kind, Meeting, Sitting, State
from studyapp.speeches.models import Speech

# An agenda always tells who came, and ends.
FIXED = frozenset({ItemKind.ATTENDANCE, ItemKind.ADJOURN})


@transaction.atomic
def set_times(
    meeting: Meeting, *, start: datetime | None, end: datetime | None, by: User, at: datetime
) -> Meeting:
    """Correct the actual start and end, which the paper prints."""
    fresh = locked(meeting)
    if fresh.state not in {State.OPEN, State.ENDED} or start is None:
        raise Refused("会议还没开，没有实际时间可填。")
    if fresh.state == State.ENDED and end is None:
        raise Refused("已散会的会议要有实际结束时间。")
    if end is not None and end <= start:
        raise Refused("实际结束时间要晚于实际开始时间。")
    if max(start, end or start) > at:
        raise Refused("实际时间不能晚于现在。")
    fresh.actual_start = start
    fresh.actual_end = end if fresh.state == State.ENDED else None
    touch(fresh, "actual_start", "actual_end")
    record(
        "更正会议时间",
        operation=Operation.CHANGE,
        by=by,
        target=fresh.title,
        unit=fresh.unit,
        meeting=fresh.pk,
    )
    return fresh


@transaction.atomic
def add_sitting(
    meeting: Meeting,
    *,
    name: str,
    start: datetime,
    end: datetime,
    place: str,
    by: User,
    at: datetime,
) -> Sitting:
    """Add a 场次 for shifts; a meeting with a vote has one only."""
    fresh = held(meeting)
    if fresh.kind != Kind.STUDY:
        raise Refused("只有集中学习可以分场次。")
    if end <= start:
        raise Refused("场次的结束时间要晚于开始时间。")
    if fresh.votes.exists():
        raise Refused("有表决的会议只开一场。")
    sitting = Sitting.objects.create(meeting=fresh, name=name, start=start, end=end, place=place)
    touch(fresh)
    record(
        "增加场次",
        operation=Operation.CREATE,
        by=by,
        target=fresh.title,
        unit=fresh.unit,
        meeting=fresh.pk,
        sitting=name,
    )
    return sitting


@transaction.atomic
def remove_sitting(sitting: Sitting, *, by: User, at: datetime) -> None:
    """Take a 场次 away again; its people stay on the roll without one."""
    meeting = locked(sitting.meeting)
    name = sitting.name
    sitting.delete()
    touch(meeting)
    record(
        "删除场次",
        operation=Operation.DELETE,
        by=by,
        target=meeting.title,
        unit=meeting.unit,
        meeting=meeting.pk,
        sitting=name,
    )


@transaction.atomic
def add_item(
    meeting: Meeting,
    *,
    kind: str,
    title: str,
    by: User,
    at: datetime,
    speech: Speech | None = None,
    lead_reader: User | None = None,
    extent: str = "全文",
) -> AgendaItem:
    """Put an item on the agenda: before the summary, a text after the other texts."""
    fresh = held(meeting)
    title = title or (f"学习《{speech.title}》" if speech else "")
    if not title:
        raise Refused("填写议程内容，或选一篇学习材料。")
    if kind in FIXED:
        raise Refused("通报到会情况和散会各只有一项。")
    if speech and fresh.agenda.filter(speech=speech).exists():
        raise Refused(f"《{speech.title}》已在议程上。")
    item = AgendaItem.objects.create(
        meeting=fresh,
        position=0,
        kind=kind,
        title=title[:300],
        speech=speech,
        lead_reader=lead_reader,
        extent=extent,
    )
    others = [i for i in fresh.agenda.all() if i.pk != item.pk]
    _renumber([*others[: (place := _place(others, kind))], item, *others[place:]])
    touch(fresh)
    record(
        "增加议程",
        operation=Operation.CREATE,
        by=by,
        target=item.title,
        unit=fresh.unit,
        meeting=fresh.pk,
    )
    return item


def _place(items: Sequence[AgendaItem], kind: str) -> int:
    """Return where a new item of ``kind`` goes among ``items``."""
    order = list(ItemKind)
    last = [
        n
        for n, i in enumerate(items)
        if order.index(ItemKind(i.kind)) <= order.index(ItemKind(kind))
    ]
    return last[-1] + 1 if last else 0


def _renumber(items: Sequence[AgendaItem]) -> None:
    for position, item in enumerate(items, 1):
        item.position = position
    AgendaItem.objects.bulk_update(items, ["position"])


@transaction.atomic
def edit_item(
    item: AgendaItem,
    *,
    title: str,
    lead_reader: User | None,
    extent: str,
    by: User,
    at: datetime,
) -> AgendaItem:
    """Change the words of an item, its 领学人, or how much of the text is read."""
    meeting = held(item.meeting)
    if not title:
        raise Refused("填写议程内容。")
    item.title, item.lead_reader, item.extent = title, lead_reader, extent
    item.save(update_fields=["title", "lead_reader", "extent"])
    touch(meeting)
    record(
        "修改议程",
        operation=Operation.CHANGE,
        by=by,
        target=item.title,
        unit=meeting.unit,
        meeting=meeting.pk,
        item=item.pk,
    )
    return item


@transaction.atomic
def remove_item(item: AgendaItem, *, by: User, at: datetime) -> None:
    """Take an item off the agenda unless something was written down under it."""
    meeting = held(item.meeting)
    if item.kind in FIXED:
        raise Refused(f"“{item.title}”不能删除。")
    if item.words.strip() or item.remarks.exists() or item.votes.exists():
        raise Refused(f"“{item.title}”下面已有记录。先删掉记录，再删这一项。")
    pk, title = item.pk, item.title
    item.delete()
    _renumber(list(meeting.agenda.all()))
    touch(meeting)
    record(
        "删除议程",
        operation=Operation.DELETE,
        by=by,
        target=title,
        unit=meeting.unit,
        meeting=meeting.pk,
        item=pk,
    )


@transaction.atomic
def shift_item(item: AgendaItem, *, up: bool, by: User, at: datetime) -> None:
    """Move an item one place up or down; the last item stays 散会."""
    meeting = held(item.meeting)
    items = list(meeting.agenda.all())
    here = next(n for n, each in enumerate(items) if each.pk == item.pk)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(items):
        return
    if items[here].kind == ItemKind.ADJOURN or items[there].kind == ItemKind.ADJOURN:
        raise Refused("散会总在最后。")
    items[here], items[there] = items[there], items[here]
    _renumber(items)
    touch(meeting)
    record(
        "调整议程顺序",
        operation=Operation.CHANGE,
        by=by,
        target=item.title,
        unit=meeting.unit,
        meeting=meeting.pk,
        item=item.pk,
    )
