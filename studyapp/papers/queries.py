"""Questions over profiles and the files that left the system."""

from django.db.models import QuerySet

from studyapp.access.roles import Role
from studyapp.accounts.models import User
from studyapp.branches.models import Unit, memberships_of, roles_in
from studyapp.papers.models import IssuedFile, PaperProfile


def profile_for(unit: Unit) -> PaperProfile:
    """Return the profile of the unit or of the nearest above; without one 国标, not stored."""
    found = PaperProfile.objects.filter(unit__in=unit.ancestor_ids()).select_related("unit")
    return max(found, key=lambda each: each.unit.depth, default=PaperProfile(unit=unit))


def issued(subject: str) -> QuerySet[IssuedFile]:
    """Return the files that were made from one thing («record-12»), newest first."""
    return IssuedFile.objects.filter(subject=subject)


def is_beyond(user: User, unit: Unit) -> bool:
    """Tell whether a unit is none that the person belongs to: organ staff look down on it."""
    if any(membership.unit_id == unit.pk for membership in memberships_of(user)):
        return False
    return roles_in(user, unit) <= {Role.ORGAN}
