"""Who should attend: by the kind of the meeting, or chosen by its organiser (product.md)."""

from collections.abc import Iterable

from studyapp.accounts.models import User
from studyapp.branches.models import Membership, MembershipRole, Unit, UnitKind
from studyapp.branches.queries import people_in
from studyapp.meetings.models import Attendance, Kind, Meeting, Presence

COMMITTEE_ROLES = {MembershipRole.COMMITTEE, MembershipRole.DEPUTY, MembershipRole.SECRETARY}
CHOSEN = frozenset({Kind.STUDY, Kind.LECTURE, Kind.THEME_DAY})
"""Kinds whose 应到 the organiser chooses."""


def belongs(membership: Membership, kind: str) -> bool:
    """Tell whether a person should attend a meeting of ``kind`` of the unit."""
    if membership.role == MembershipRole.ORGAN:
        return False
    if kind == Kind.COMMITTEE:
        return membership.role in COMMITTEE_ROLES
    if kind == Kind.GROUP:
        return membership.user.is_party_member
    if kind in {Kind.ASSEMBLY, Kind.LIFE, Kind.APPRAISAL}:
        # Who only works here belongs to the assembly of the branch that holds the 组织关系.
        here = membership.is_home or membership.unit.kind == UnitKind.GROUP
        return here and membership.user.is_party_member
    return True


def invite(meeting: Meeting, *, people: Iterable[User] | None = None) -> int:
    """Copy the unit's people who are not on the roll yet; return how many were added.

    Non-members are 列席 at Party meetings only when the recorder adds them: nobody is invited to a
    meeting that is not theirs.
    """
    known = set(meeting.attendances.values_list("user_id", flat=True))
    chosen = None if people is None else {person.pk for person in people}
    homes = _home_here(meeting.unit)
    rows = [
        Attendance(
            meeting=meeting,
            user=m.user,
            name=m.user.name,
            title=m.title,
            political=m.user.political,
            rank=rank,
            has_vote=_votes(meeting, m, homes),
        )
        for rank, m in enumerate(people_in(meeting.unit), 1)
        if belongs(m, meeting.kind)
        and m.user_id not in known
        and (chosen is None or m.user_id in chosen)
    ]
    Attendance.objects.bulk_create(rows)
    return len(rows)


def _home_here(unit: Unit) -> set[int]:
    """Return the people whose 组织关系 is in the unit, or for a group in its branch."""
    found = Membership.objects.current().filter(is_home=True, unit_id__in=unit.ancestor_ids())
    return set(found.values_list("user_id", flat=True))


def _votes(meeting: Meeting, membership: Membership, homes: set[int]) -> bool:
    """A vote counts in one branch only; a committee's members vote in it."""
    if meeting.kind == Kind.COMMITTEE and membership.role not in COMMITTEE_ROLES:
        return False
    return membership.user_id in homes and membership.user.has_vote


def refresh_roll(meeting: Meeting) -> None:
    """Bring the roll up to date when the roll call begins: names, posts, voting rights, people.

    Who no longer belongs goes off the roll, unless already marked; who came to the unit since
    comes on it where the kind decides who should attend.
    """
    homes = _home_here(meeting.unit)
    people = enumerate(people_in(meeting.unit), 1)
    current = {m.user_id: (rank, m) for rank, m in people if belongs(m, meeting.kind)}
    rows = [a for a in meeting.attendances.all() if a.user_id and not a.is_observer]
    kept = []
    for row in rows:
        if row.user_id not in current:
            if row.presence == Presence.UNKNOWN and row.should_attend:
                row.delete()
            continue
        row.rank, membership = current[row.user_id or 0]
        row.name, row.title = membership.user.name, membership.title
        row.political = membership.user.political
        row.has_vote = _votes(meeting, membership, homes)
        kept.append(row)
    Attendance.objects.bulk_update(kept, ["name", "title", "political", "has_vote", "rank"])
    if meeting.kind not in CHOSEN:
        invite(meeting)
