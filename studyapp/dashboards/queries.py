"""What waits for a person today. Read only."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from studyapp.access.decorators import may
from studyapp.access.permissions import P
from studyapp.accounts.models import User
from studyapp.branches.models import Membership, MembershipRole, memberships_of
from studyapp.meetings.models import Answer, Meeting, Note, Remark, State
from studyapp.minutes.models import Record, RecordState, SentBack
from studyapp.minutes.signers import cut_off, missing, waiting_for
from studyapp.speeches.models import ReadingPosition, Speech, Theme

_RUNNING = (State.PREPARING, State.CHECK_IN, State.OPEN)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do, with the page where it is done."""

    text: str
    about: str
    url_name: str
    pk: int


def next_meetings(user: User) -> QuerySet[Meeting]:
    """Return the next meetings of the own units, running ones first."""
    since = timezone.now() - timedelta(days=2)
    return (
        Meeting.objects.visible_to(user)
        .filter(state__in=_RUNNING)
        .filter(Q(planned_end__gte=since) | ~Q(state=State.PREPARING))
        .select_related("unit", "chair", "recorder")
        .order_by("planned_start", "pk")[:5]
    )


def home(user: User) -> Membership | None:
    """Return where the person's 组织关系 is, else the first unit they act in."""
    return next(iter(memberships_of(user)), None)


def themes(user: User, meeting: Meeting) -> QuerySet[Theme]:
    """Return the themes of the meeting's texts with ``own``: how many notes one wrote on each.

    The count is the reader's own and goes to nobody else.
    """
    mine = Q(notes__author=user, notes__deleted_at__isnull=True)
    return (
        Theme.objects.in_use()
        .filter(speech__agenda_items__meeting=meeting, number__gt=0)
        .annotate(own=Count("notes", filter=mine, distinct=True))
        .select_related("speech")
        .order_by("speech__agenda_items__position", "number")
    )


def new_notes(user: User) -> QuerySet[Note]:
    """Return what others in the own units posted last."""
    return (
        Note.objects.visible_to(user)
        .posted()
        .exclude(author=user)
        .select_related("author", "theme", "speech")
        .order_by("-posted_at", "-pk")[:4]
    )


def acts_for_organ(user: User) -> bool:
    """Tell whether the person acts for an organ (机关工作人员)."""
    return any(m.role == MembershipRole.ORGAN for m in memberships_of(user))


def signed_below(user: User) -> QuerySet[Record]:
    """Return the records signed last in the units below, for those who act for an organ."""
    return (
        Record.objects.visible_to(user)
        .filter(state=RecordState.SIGNED)
        .select_related("meeting__unit")
        .order_by("-meeting__signed_at", "-pk")[:8]
    )


def tasks(user: User) -> list[Task]:
    """Return what only this person, as recorder, chair, secretary or speaker, can do."""
    found: list[Task] = []
    mine = Q(chair=user) | Q(recorder=user)
    ended = (
        Meeting.objects.visible_to(user)
        .filter(mine, state=State.ENDED, signed_at__isnull=True)
        .select_related("record")
        .order_by("planned_start")
    )
    for meeting in ended[:20]:
        record: Record | None = getattr(meeting, "record", None)
        if record is None:
            found.append(Task("整理会议记录", meeting.title, "meetings:detail", meeting.pk))
        elif record.state == RecordState.RETURNED:
            words = "更正会议记录，送签" if record.amend_reason else "记录被退回，修改后再送签"
            found.append(Task(words, meeting.title, "minutes:detail", record.pk))
        elif record.state == RecordState.DRAFT and meeting.recorder_id == user.pk:
            found.append(Task("整理会议记录，送签", meeting.title, "minutes:detail", record.pk))
    found += _sent_back(user)
    found += _signatures(user)
    found += _cut_off(user)
    found += _leave(user)
    return found + _own_words(user)


def _own_words(user: User) -> list[Task]:
    """Return one task a meeting: words under the own name to check, or an answer to read."""
    unchecked = (
        Remark.objects.filter(
            speaker=user,
            checked_at__isnull=True,
            meeting__signed_at__isnull=True,
            meeting__in=Meeting.objects.visible_to(user),
        )
        .exclude(entered_by=user)
        .exclude(meeting__state=State.CANCELLED)
        .select_related("meeting")
    )
    found: dict[int, Task] = {}
    for remark in unchecked[:50]:
        if remark.waits_for_speaker:
            words = "看对发言意见的答复" if remark.answer else "核对本人发言"
            task = Task(words, remark.meeting.title, "meetings:my_remarks", remark.meeting_id)
            found.setdefault(remark.meeting_id, task)
    return list(found.values())


def _leave(user: User) -> list[Task]:
    """Requests for leave, for everybody who may answer them."""
    of = "attendances__leave_requests"
    open_ones = Q(**{f"{of}__answer": Answer.OPEN, "attendances__presence": ""})
    asked = (
        Meeting.objects.visible_to(user)
        .filter(state__in=_RUNNING)
        .annotate(asked=Count(of, filter=open_ones, distinct=True))
        .filter(asked__gt=0)
        .select_related("unit")
        .order_by("planned_start", "pk")
    )
    return [
        Task(f"{vars(meeting)['asked']}人请假，等答复", meeting.title, "meetings:roll", meeting.pk)
        for meeting in asked[:20]
        if may(user, P.MEETING_RECORD, meeting)
    ]


def _sent_back(user: User) -> list[Task]:
    """What the organ above returned, for who answers it; a correction under way has its own task.

    Organ staff see open ones in the list of records: they wait for the branch, not for them.
    """
    waiting = (
        SentBack.objects.unsettled()
        .shown_to(user)
        .filter(
            version__record__state=RecordState.SIGNED,
            version__record__meeting__in=Meeting.objects.visible_to(user),
        )
        .select_related("version__record__meeting__unit")
        .order_by("at", "pk")
    )
    return [
        Task(
            f"{one.by_unit}退回更正，看意见",
            one.version.record.meeting.title,
            "minutes:detail",
            one.version.record_id,
        )
        for one in waiting[:20]
        if may(user, P.RECORD_EDIT, one.version.record)
    ]


def _signatures(user: User) -> list[Task]:
    waiting = waiting_for(user).select_related("meeting").order_by("submitted_at")
    return [
        Task("签字确认会议记录", record.meeting.title, "minutes:detail", record.pk)
        for record in waiting[:20]
    ]


def _cut_off(user: User) -> list[Task]:
    """Records that wait for somebody who is gone, for everybody who can name another."""
    waiting = (
        cut_off(Record.objects.visible_to(user))
        .select_related("meeting__unit", "meeting__chair", "meeting__recorder")
        .order_by("submitted_at", "pk")
    )
    return [
        Task(
            f"{who.name}签不了字，换{office.label}",
            record.meeting.title,
            "minutes:detail",
            record.pk,
        )
        for record in waiting[:20]
        if may(user, P.MEETING_EDIT, record.meeting)
        for office, who in missing(record)
    ]


def drafts(user: User) -> QuerySet[Note]:
    """Return the own drafts, newest first."""
    return (
        Note.objects.filter(author=user, posted_at__isnull=True, deleted_at__isnull=True)
        .select_related("theme__speech", "meeting", "speech", "author")
        .order_by("-updated_at", "-pk")[:5]
    )


def texts(user: User) -> QuerySet[Speech]:
    """Return the newest texts that the person can read."""
    return (
        Speech.objects.visible_to(user)
        .in_use()
        .filter(released_at__isnull=False)
        .select_related("unit")
        .order_by("-released_at", "-pk")[:4]
    )


def reading(user: User) -> ReadingPosition | None:
    """Return where the person stopped reading last; asked for themselves alone."""
    return (
        ReadingPosition.objects.filter(
            user=user,
            speech__in=Speech.objects.visible_to(user).in_use(),
            theme__is_retired=False,
        )
        .select_related("speech", "theme")
        .order_by("-at")
        .first()
    )
