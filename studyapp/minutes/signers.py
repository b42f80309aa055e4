"""Who has to confirm a record, and in what capacity."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from studyapp.accounts.models import User
from studyapp.branches.models import Membership, MembershipRole, UnitKind, memberships_of
from studyapp.branches.queries import leaders
from studyapp.meetings.models import Meeting
from studyapp.minutes.models import Capacity, Confirmation, Record, RecordQuerySet, RecordState


def reviewers(meeting: Meeting) -> list[User]:
    """Return who reviews: the secretary where another chaired; without one, the deputies.

    Nobody reviews a meeting that the secretary chaired, and nobody reviews the own chairing.
    """
    lead = leaders(meeting.unit)
    secretaries = [m.user for m in lead if m.role == MembershipRole.SECRETARY]
    if meeting.chair in secretaries:
        return []
    deputies = [m.user for m in lead if m.user != meeting.chair]
    return secretaries or deputies


def needed(record: Record) -> dict[Capacity, list[User]]:
    """Return who must confirm: recorder and chair, and who reviews where somebody does."""
    meeting = record.meeting
    found = {Capacity.RECORDER: [meeting.recorder], Capacity.CHAIR: [meeting.chair]}
    if people := reviewers(meeting):
        found[Capacity.REVIEWER] = people
    return found


def capacities_of(record: Record, user: User) -> list[Capacity]:
    """Return in what capacities ``user`` still has to confirm the submitted revision."""
    if record.state != RecordState.SUBMITTED:
        return []
    done = set(
        record.confirmations.filter(revision=record.revision).values_list("capacity", flat=True)
    )
    return [c for c, people in needed(record).items() if c not in done and user in people]


def waiting_for(user: User) -> RecordQuerySet:
    """Return the records that ``user`` can open and still has to confirm: one query for all."""
    given = Confirmation.objects.filter(record=OuterRef("pk"), revision=OuterRef("revision"))
    asked = Q()
    for capacity, whom in (
        (Capacity.RECORDER, Q(meeting__recorder=user)),
        (Capacity.CHAIR, Q(meeting__chair=user)),
        (Capacity.REVIEWER, _reviewed_by(user)),
    ):
        asked |= whom & Q(~Exists(given.filter(capacity=capacity)))
    return Record.objects.visible_to(user).filter(asked, state=RecordState.SUBMITTED)


def cut_off(records: RecordQuerySet) -> RecordQuerySet:
    """Keep those that wait for a chair or recorder who can no longer open them, and mark for whom.

    ``no_chair`` and ``no_recorder`` say so: left the unit, or no longer in use, and not signed yet.
    Who reviews is always somebody who is there.
    """
    given = Confirmation.objects.filter(record=OuterRef("pk"), revision=OuterRef("revision"))
    return records.annotate(
        no_chair=~Exists(_there("chair")) & ~Exists(given.filter(capacity=Capacity.CHAIR)),
        no_recorder=~Exists(_there("recorder")) & ~Exists(given.filter(capacity=Capacity.RECORDER)),
    ).filter(Q(no_chair=True) | Q(no_recorder=True), state=RecordState.SUBMITTED)


def missing(record: Record) -> list[tuple[Capacity, User]]:
    """Return for whom a record of :func:`cut_off` waits in vain."""
    found = vars(record)
    meeting = record.meeting
    return [
        *([(Capacity.CHAIR, meeting.chair)] if found["no_chair"] else []),
        *([(Capacity.RECORDER, meeting.recorder)] if found["no_recorder"] else []),
    ]


def _there(office: str) -> QuerySet[Membership]:
    """Return by what memberships the holder of an office sees the meeting: its ``visible_to``."""
    unit = "meeting__unit"
    leads = Q(
        unit=OuterRef(f"{unit}__parent"),
        unit__kind=UnitKind.BRANCH,
        role__in=(MembershipRole.SECRETARY, MembershipRole.DEPUTY),
    )
    return (
        Membership.objects.current()
        .filter(Q(unit=OuterRef(unit)) | leads, user=OuterRef(f"meeting__{office}"))
        .exclude(role=MembershipRole.ORGAN)
    )


def _reviewed_by(user: User) -> Q:
    """Return where ``user`` is one of :func:`reviewers`."""
    held = [(m.role, m.unit_id) for m in memberships_of(user)]
    as_secretary = [unit for role, unit in held if role == MembershipRole.SECRETARY]
    as_deputy = [unit for role, unit in held if role == MembershipRole.DEPUTY]
    secretaries = Membership.objects.current().filter(
        unit=OuterRef("meeting__unit"), role=MembershipRole.SECRETARY
    )
    chaired = Q(Exists(secretaries.filter(user=OuterRef("meeting__chair"))))
    alone = ~Q(Exists(secretaries)) & ~Q(meeting__chair=user)
    return (Q(meeting__unit__in=as_secretary) & ~chaired) | (Q(meeting__unit__in=as_deputy) & alone)
