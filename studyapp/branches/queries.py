"""Questions about units and the people in them."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from studyapp.accounts.models import FIRST_PASSWORD_LIFE, PARTY, Political, User
from studyapp.branches.models import Membership, MembershipRole, Unit, UnitKind, memberships_of
from studyapp.text.cjk import stroke_key

LEADS = (MembershipRole.SECRETARY, MembershipRole.DEPUTY)
_FEWEST, _COMMITTEE_FROM, _MOST = 3, 7, 50


def people_in(unit: Unit) -> list[Membership]:
    """Return current memberships by rank, then 姓氏笔画; organ staff of the unit included."""
    found = Membership.objects.current().filter(unit=unit).select_related("user", "unit")
    return sorted(found, key=lambda m: (m.rank, stroke_key(m.user.name), m.pk))


def acts_in_a_branch(user: User) -> bool:
    """Tell whether the person belongs to a unit that studies: who writes notes."""
    return any(m.role != MembershipRole.ORGAN for m in memberships_of(user))


def in_tree_order(units: Iterable[Unit]) -> list[Unit]:
    """Return ``units`` as the organisation lists them: each below its superior, by ``order``."""
    order = dict(Unit.objects.values_list("pk", "order"))
    return sorted(units, key=lambda u: [(order.get(pk, 0), pk) for pk in u.ancestor_ids()])


def unit_choices(units: Iterable[Unit]) -> list[tuple[object, str]]:
    """Return ``units`` for a select, set in by their depth: a group's name alone says little."""
    found = in_tree_order(units)
    return [("", "请选择"), *((u.pk, "\u3000" * u.depth + u.name) for u in found)]


STATES = (
    ("active", "在用"),
    ("waiting", "未首次登录"),
    ("homeless", "党员，组织关系未落"),
    ("disabled", "已停用"),
    ("office", "管理员"),
)
"""How the administration looks for people, besides by name and unit."""


def find_people(*, text: str = "", unit: Unit | None = None, state: str = "") -> list[int]:
    """Return ids of people for the administration, in the order to list them.

    Those of a unit (and all below it) by rank and 姓氏笔画, otherwise by user name.
    """
    found = User.objects.order_by("username")
    if text:
        found = found.filter(Q(name__icontains=text) | Q(username__icontains=text))
    home = Membership.objects.filter(user=OuterRef("pk"), is_home=True, ended_on__isnull=True)
    party = Q(is_active=True, political__in=PARTY)
    narrowed = {
        "active": Q(is_active=True),
        "waiting": Q(pk__in=User.objects.waiting()),
        "homeless": party & ~Exists(home),
        "disabled": Q(is_active=False),
        "office": ~Q(office=""),
    }
    if state in narrowed:
        found = found.filter(narrowed[state])
    return list(found.values_list("pk", flat=True)) if unit is None else _by_rank(found, unit)


def _by_rank(people: QuerySet[User], unit: Unit) -> list[int]:
    inside = Membership.objects.filter(ended_on__isnull=True, unit__path__startswith=unit.path)
    place = {u.pk: number for number, u in enumerate(in_tree_order(Unit.objects.under([unit])))}
    keys: dict[int, tuple[int, int]] = {}
    for user_id, unit_id, rank in inside.values_list("user_id", "unit_id", "rank"):
        key = (place[unit_id], rank)
        keys[user_id] = min(keys.get(user_id, key), key)
    found = people.filter(pk__in=inside.values("user_id")).values_list("pk", "name")
    return [
        pk for pk, name in sorted(found, key=lambda row: (*keys[row[0]], stroke_key(row[1]), row))
    ]


def given_first_password(ids: Iterable[int], since: datetime) -> set[int]:
    """Return those of ``ids`` whose first password was made at ``since`` or later."""
    lasts = since + FIRST_PASSWORD_LIFE
    found = User.objects.filter(pk__in=list(ids), first_password_until__gte=lasts)
    return set(found.values_list("pk", flat=True))


def listed(ids: Iterable[int]) -> list[User]:
    """Return people in the order of ``ids``; ``current`` holds the memberships of each."""
    current = Membership.objects.filter(ended_on__isnull=True).select_related("unit")
    held = Prefetch("memberships", to_attr="current", queryset=current.order_by("-is_home", "pk"))
    wanted = list(ids)
    found = {user.pk: user for user in User.objects.filter(pk__in=wanted).prefetch_related(held)}
    return [found[pk] for pk in wanted if pk in found]


def leaders(unit: Unit) -> list[Membership]:
    """Return secretary and deputies, by rank."""
    return [m for m in people_in(unit) if m.role in LEADS]


def advice(unit: Unit, people: list[Membership]) -> list[str]:
    """Return advice on a branch's size; never a block (支部工作条例第四、五条, 第十九条)."""
    if unit.kind != UnitKind.BRANCH:
        return []
    full = sum(1 for m in people if m.is_home and m.user.political == Political.FULL)
    committee = [m for m in people if m.role in {*LEADS, MembershipRole.COMMITTEE}]
    found = []
    if full < _FEWEST:
        found.append(f"正式党员{full}人，不足3人，可以成立联合党支部（支部工作条例第五条）。")
    if full > _MOST:
        found.append(f"党员{full}人，超过50人，可以研究设立党总支（支部工作条例第四条）。")
    if full >= _COMMITTEE_FROM and len(committee) < _FEWEST:
        found.append(f"正式党员{full}人，达到7人，应当设立支部委员会（支部工作条例第十九条）。")
    return found
