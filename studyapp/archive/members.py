"""Who stood in a unit on a day: committee, groups, roster, as the handbook lists them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from studyapp.accounts.models import Political
from studyapp.branches.models import Membership, MembershipRole, Unit, UnitKind
from studyapp.branches.queries import in_tree_order
from studyapp.text.cjk import stroke_key

_COMMITTEE = {MembershipRole.SECRETARY, MembershipRole.DEPUTY, MembershipRole.COMMITTEE}


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the roster names them: in the unit by its dates, the rest as it is now."""

    name: str
    title: str
    staff: str
    joined_on: date | None
    confirmed_on: date | None
    is_party_member: bool
    is_probationary: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A 党小组 with its leaders and all its people."""

    name: str
    leaders: tuple[str, ...]
    members: tuple[str, ...]


def _on(day: date, **narrowed: object) -> list[Membership]:
    """Return the memberships that held on ``day``, by rank, then 姓氏笔画."""
    found = Membership.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gt=day), started_on__lte=day, **narrowed
    ).select_related("user", "unit")
    return sorted(found, key=lambda m: (m.rank, stroke_key(m.user.name), m.pk))


def _people(memberships: Iterable[Membership]) -> list[Person]:
    return [
        Person(
            name=m.user.name,
            title=m.title,
            staff=m.user.get_staff_display(),
            joined_on=m.user.joined_on,
            confirmed_on=m.user.confirmed_on,
            is_party_member=m.user.is_party_member,
            is_probationary=m.user.political == Political.PROBATIONARY,
        )
        for m in memberships
    ]


def roster(unit: Unit, day: date) -> list[Person]:
    """Return who had the 组织关系 in the unit; of a group all its people."""
    if unit.kind == UnitKind.GROUP:
        return _people(_on(day, unit=unit))
    return _people(_on(day, unit=unit, is_home=True))


def committee(unit: Unit, day: date) -> list[Person]:
    """Return secretary, deputies and committee; of a group its leaders."""
    roles = {MembershipRole.LEADER} if unit.kind == UnitKind.GROUP else _COMMITTEE
    return _people(_on(day, unit=unit, role__in=roles))


def groups(unit: Unit, day: date) -> list[Group]:
    """Return the groups of a branch in their order, by two questions however many there are."""
    below = Unit.objects.active().filter(parent=unit, kind=UnitKind.GROUP)
    by_unit: dict[int, list[Membership]] = {}
    for membership in _on(day, unit__in=below):
        by_unit.setdefault(membership.unit_id, []).append(membership)
    found = []
    for group in in_tree_order(below):
        people = by_unit.get(group.pk, [])
        leaders = [m.user.name for m in people if m.role == MembershipRole.LEADER]
        found.append(Group(group.name, tuple(leaders), tuple(m.user.name for m in people)))
    return found
