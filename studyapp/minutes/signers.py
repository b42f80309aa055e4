"""Who has to confirm a record, and in what capacity."""

from django.db.models import Exists, OuterRef, Q

from studyapp.accounts.models import User
from studyapp.branches.models import Membership, MembershipRole, memberships_of
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
