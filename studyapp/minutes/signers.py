"""Who has to confirm a record, and in what capacity."""

from studyapp.accounts.models import User
from studyapp.branches.models import MembershipRole
from studyapp.branches.queries import leaders
from studyapp.meetings.models import Meeting
from studyapp.minutes.models import Capacity, Record, RecordState


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
