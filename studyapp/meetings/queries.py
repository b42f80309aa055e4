"""Questions over meetings: the head count, what is missing, how far one has come."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from studyapp.accounts.models import Political, User
from studyapp.branches.models import MembershipRole, Unit, UnitKind, memberships_of
from studyapp.branches.queries import LEADS
from studyapp.meetings import voting
from studyapp.meetings.models import (
    AgendaItem,
    Attendance,
    ItemKind,
    Kind,
    Meeting,
    Presence,
    Remark,
    Sitting,
    State,
    VoteKind,
)
from studyapp.speeches.models import Speech, Theme


def people_sentence(numbers: Mapping[str, int]) -> str:
    """Return 应到 and 实到 with their splits, and who was away: the same on every paper."""
    groups = [
        f"{label}应到{numbers[f'should_{key}']}人、实到{numbers[f'present_{key}']}人"
        for key, label in (
            ("full", "正式党员"),
            ("probationary", "预备党员"),
            ("other", "非党员"),
        )
        if numbers[f"should_{key}"] or (key == "full" and numbers["should"])
    ]
    text = f"应到{numbers['should']}人，实到{numbers['present']}人"
    if groups:
        text += f"，其中{'，'.join(groups)}"
    if numbers["should_vote"]:
        text += f"；有表决权的党员应到{numbers['should_vote']}人、实到{numbers['present_vote']}人"
    away = [
        f"{label}{numbers[key]}人"
        for key, label in (
            ("leave", "请假"),
            ("absent", "缺席"),
            ("unknown", "未点到"),
            ("observers", "列席"),
        )
        if numbers[key]
    ]
    return text + (f"；{'，'.join(away)}" if away else "") + "。"


@dataclass(frozen=True, slots=True)
class HeadCount:
    """应到/实到 in all their splits; numbers are people."""

    should: int
    present: int
    should_full: int
    present_full: int
    should_probationary: int
    present_probationary: int
    should_vote: int
    present_vote: int
    now_vote: int
    unknown: int
    late: tuple[Attendance, ...] = ()
    left: tuple[Attendance, ...] = ()
    leave: tuple[Attendance, ...] = ()
    absent: tuple[Attendance, ...] = ()
    observers: tuple[Attendance, ...] = ()
    excused: tuple[Attendance, ...] = ()
    leave_kinds: dict[str, int] = field(default_factory=dict)

    @property
    def numbers(self) -> dict[str, int]:
        """All splits by name, as a record keeps them."""
        others = self.should - self.should_full - self.should_probationary
        others_present = self.present - self.present_full - self.present_probationary
        return {
            "should": self.should,
            "present": self.present,
            "should_full": self.should_full,
            "present_full": self.present_full,
            "should_probationary": self.should_probationary,
            "present_probationary": self.present_probationary,
            "should_other": others,
            "present_other": others_present,
            "should_vote": self.should_vote,
            "present_vote": self.present_vote,
            "unknown": self.unknown,
            "leave": len(self.leave),
            "absent": len(self.absent),
            "observers": len(self.observers),
        }

    @property
    def sentence(self) -> str:
        """The line that papers print."""
        return people_sentence(self.numbers)

    def vote_ruling(self, kind: str = VoteKind.ORDINARY) -> bool:
        """Tell whether a vote of ``kind`` would be valid now."""
        return voting.quorum(kind, eligible=self.should_vote, present=self.now_vote)

    def vote_needed(self, kind: str = VoteKind.ORDINARY) -> int:
        """Return how many with voting right must be present."""
        return voting.needed(kind, eligible=self.should_vote)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a vote of one kind would be valid now, and how many that takes."""

    label: str
    needed: int
    is_valid: bool


def readiness(count: HeadCount, meeting: Meeting) -> list[Readiness]:
    """Return for each rule that a meeting of this kind may vote by whether it could do so now.

    Nothing where nobody has a vote, where no vote is to be expected, and once it is over.
    """
    expected = meeting.kind in voting.DECIDES or any(
        item.kind == ItemKind.VOTE for item in meeting.agenda.all()
    )
    is_over = meeting.state in {State.ENDED, State.CANCELLED}
    if is_over or not (expected and count.should_vote):
        return []
    names = {VoteKind.ADMISSION: "接收预备党员和转正"}
    return [
        Readiness(names.get(kind, kind.label), count.vote_needed(kind), count.vote_ruling(kind))
        for kind in voting.kinds_at(meeting.kind)
        if kind != VoteKind.CONFIRMATION  # the rule of 接收预备党员
    ]


def head_count(rows: Iterable[Attendance]) -> HeadCount:
    """Count the attendances of one meeting, or of one sitting.

    Who left early was present, but is no longer there for a vote (``now_vote``).
    """
    people = list(rows)
    should = [a for a in people if a.should_attend and not a.is_observer]
    present = [a for a in should if a.is_present]

    def with_status(found: list[Attendance], political: str) -> int:
        return sum(1 for a in found if a.political == political)

    def having(presence: str) -> tuple[Attendance, ...]:
        return tuple(a for a in should if a.presence == presence)

    leave = having(Presence.LEAVE)
    return HeadCount(
        should=len(should),
        present=len(present),
        should_full=with_status(should, Political.FULL),
        present_full=with_status(present, Political.FULL),
        should_probationary=with_status(should, Political.PROBATIONARY),
        present_probationary=with_status(present, Political.PROBATIONARY),
        should_vote=sum(1 for a in should if a.has_vote),
        present_vote=sum(1 for a in present if a.has_vote),
        now_vote=sum(1 for a in present if a.has_vote and a.presence != Presence.LEFT),
        unknown=len(having(Presence.UNKNOWN)),
        late=having(Presence.LATE),
        left=having(Presence.LEFT),
        leave=leave,
        absent=having(Presence.ABSENT),
        observers=tuple(a for a in people if a.is_observer and a.is_present),
        excused=tuple(a for a in people if not a.should_attend and not a.is_observer),
        leave_kinds=dict(Counter(a.leave_kind for a in leave)),
    )


def by_sitting(
    meeting: Meeting, rows: Iterable[Attendance]
) -> list[tuple[Sitting | None, HeadCount]]:
    """Return the count of each 场次, and last of those who were at none yet; empty without any."""
    people = list(rows)
    sittings = list(meeting.sittings.all())
    found: list[tuple[Sitting | None, HeadCount]] = [
        (each, head_count(a for a in people if a.sitting_id == each.pk)) for each in sittings
    ]
    rest = head_count(a for a in people if a.sitting_id is None)
    return [*found, (None, rest)] if sittings and rest.should else found


def held_together(meeting: Meeting) -> list[Meeting]:
    """Return the other meetings of the gathering: one attendance, a record each."""
    if meeting.gathering is None:
        return []
    return list(meeting.gathering.meetings.exclude(pk=meeting.pk).order_by("pk"))


def speaking_item(meeting: Meeting) -> AgendaItem | None:
    """Return the item under which people speak unless told otherwise."""
    items = list(meeting.agenda.all())
    kinds = (ItemKind.DISCUSSION, ItemKind.OTHER)
    return next((item for kind in kinds for item in items if item.kind == kind), None)


def themes_of(meeting: Meeting) -> list[Theme]:
    """Return the themes of the texts on the agenda, text by text."""
    order = {
        item.speech_id: item.position for item in meeting.agenda.all() if item.speech_id is not None
    }
    themes = Theme.objects.in_use().filter(speech_id__in=order).select_related("speech")
    return sorted(themes, key=lambda t: (order[t.speech_id], t.number))


@dataclass(frozen=True, slots=True)
class Missing:
    """Something the record will need; ``anchor`` is where on the page it is entered."""

    text: str
    anchor: str


def missing(meeting: Meeting) -> list[Missing]:
    """«还差什么»: what to ask while people still sit."""
    found = [*_missing_people(meeting), *_missing_items(meeting), *_missing_decisions(meeting)]
    if not meeting.summary.strip() and any(
        i.kind == ItemKind.SUMMARY for i in meeting.agenda.all()
    ):
        found.append(Missing("主持人小结", "sheet-summary"))
    if not meeting.place:
        found.append(Missing("开会地点", "facts"))
    if meeting.kind == Kind.LECTURE and not (meeting.lecturer and meeting.lecture_topic):
        found.append(Missing("党课的主讲人和课题", "facts"))
    if meeting.state == State.ENDED and meeting.actual_end is None:
        found.append(Missing("实际结束时间", "facts"))
    return found


def _missing_people(meeting: Meeting) -> list[Missing]:
    rows = list(meeting.attendances.all())
    if not rows:
        return [Missing("名单上没有人", "roll")]
    count = head_count(rows)
    found = [Missing(f"还有{count.unknown}人没有点到", "roll")] if count.unknown else []
    found += [Missing(f"{a.name}缺席的原因", "roll") for a in count.absent if not a.reason]
    return found


def _missing_items(meeting: Meeting) -> list[Missing]:
    found: list[Missing] = []
    spoken = {remark.item_id for remark in meeting.remarks.all()}
    voted = bool(meeting.votes.all())
    for item in meeting.agenda.all():
        if item.is_frame and meeting.state != State.ENDED:
            found.append(Missing("研究的议题还没有写明", "sheet-agenda"))
        if item.kind == ItemKind.DISCUSSION and not ({item.pk, None} & spoken):
            found.append(Missing(f"“{item.title}”还没有记录发言", "sheet-remarks"))
        if item.kind == ItemKind.VOTE and not voted:
            found.append(Missing("议程有表决，还没有记录表决结果", "sheet-votes"))
        if item.kind == ItemKind.STUDY and item.lead_reader_id is None:
            found.append(Missing(f"{item.title}的领学人", "sheet-agenda"))
        if item.kind == ItemKind.OTHER and not (item.words.strip() or item.pk in spoken):
            found.append(Missing(f"“{item.title}”的记录", "sheet-agenda"))
    found += [
        Missing(disputed(r), "sheet-remarks") for r in meeting.remarks.all() if r.is_unanswered
    ]
    return found


def disputed(remark: Remark) -> str:
    """Return what waits for the recorder: the speaker found the words wrong."""
    if remark.correction:
        return f"{remark.speaker_name}更正了自己的发言"
    return f"{remark.speaker_name}说自己的发言记得不对"


def _missing_decisions(meeting: Meeting) -> list[Missing]:
    found: list[Missing] = []
    for decision in meeting.decisions.all():
        short = decision.text[:12] + ("…" if len(decision.text) > 12 else "")
        if not decision.responsible:
            found.append(Missing(f"“{short}”由谁负责", "sheet-decisions"))
        if decision.due_on is None:
            found.append(Missing(f"“{short}”的完成时限", "sheet-decisions"))
    return found


STEPS = ("筹备", "签到", "开会", "整理记录", "签字", "已签字")
"""The life of a meeting as its stepper shows it."""

_STATE_STEP = {State.PREPARING: 0, State.CHECK_IN: 1, State.OPEN: 2, State.ENDED: 3}
_STATE_TONE = {State.CHECK_IN: "live", State.OPEN: "live", State.ENDED: "warn"}


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a meeting stands: ``step`` is an index into STEPS, -1 when it was cancelled."""

    label: str
    tone: str
    step: int


def stage(meeting: Meeting) -> Stage:
    """Return the state, or after the end what the record has come to."""
    state = State(meeting.state)
    if state != State.ENDED:
        return Stage(state.label, _STATE_TONE.get(state, ""), _STATE_STEP.get(state, -1))
    stored = getattr(meeting, "record", None)
    if stored is None:
        return Stage("会后整理", "warn", 3)
    if meeting.void_at and stored.state == "signed":
        return Stage("已作废", "err", 5)
    # The record names its own state: 更正中 is no 已退回.
    tone, step = {"submitted": ("act", 4), "signed": ("ok", 5)}.get(stored.state, ("warn", 3))
    return Stage(stored.state_label, tone, step)


def steps(now: Stage) -> tuple[str, ...]:
    """Return the steps as they went for this meeting: 作废 stands at the end in place of 已签字."""
    last = len(STEPS) - 1
    return (*STEPS[:last], now.label) if now.step == last else STEPS


def units_to_schedule(user: User) -> list[Unit]:
    """Return the units whose meetings ``user`` may plan: led branches, their groups, own groups."""
    leads = [m.unit for m in memberships_of(user) if m.role in LEADS]
    own = [
        m.unit_id
        for m in memberships_of(user)
        if m.role == MembershipRole.LEADER and m.unit.kind == UnitKind.GROUP
    ]
    below = Unit.objects.under(u for u in leads if u.kind == UnitKind.BRANCH)
    groups = below.filter(kind=UnitKind.GROUP)
    found = groups | Unit.objects.filter(pk__in=[*own, *(u.pk for u in leads)])
    return sorted(found.active(), key=lambda u: (u.depth, u.order, u.pk))


GROUP_KINDS = (Kind.GROUP, Kind.STUDY, Kind.LIFE)


def kinds_for(unit: Unit) -> list[tuple[str, str]]:
    """Return the kinds of meeting that a unit of this level holds."""
    if unit.kind == UnitKind.GROUP:
        return [(kind.value, kind.label) for kind in GROUP_KINDS]
    return [(kind.value, kind.label) for kind in Kind if kind != Kind.GROUP]


def texts_for(unit: Unit) -> QuerySet[Speech]:
    """Return the texts that a meeting of ``unit`` can study: its own and those sent down to it."""
    above = unit.ancestor_ids()
    return Speech.objects.in_use().filter(
        Q(unit=unit, released_at__isnull=False)
        | Q(unit_id__in=above, sent_at__isnull=False)
        | Q(unit_id__in=above, unit__kind=UnitKind.BRANCH, released_at__isnull=False)
    )


def listed(user: User) -> QuerySet[Meeting]:
    """Return the meetings that ``user`` sees, with what a list shows of each."""
    should = Attendance.objects.filter(
        meeting=OuterRef("pk"), should_attend=True, is_observer=False
    )
    present = should.filter(presence__in=[Presence.PRESENT, Presence.LATE, Presence.LEFT])
    return (
        Meeting.objects.visible_to(user)
        .select_related("unit", "record")
        .annotate(should_count=_number_of(should), present_count=_number_of(present))
    )


def _number_of(rows: QuerySet[Attendance]) -> Coalesce:
    """Count by a subquery: joining the rows would group by every column of the list."""
    counted = rows.order_by().values("meeting").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)
