"""The tree of units: create, change, move, disable. Nothing is deleted."""

from typing import Any

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import differences, record
from studyapp.audit.models import Operation
from studyapp.branches.models import ROLES_IN, MembershipRole, Unit, UnitKind, misplaced
from studyapp.errors import Refused


def lock_tree() -> None:
    """Let one change of the tree wait for the other: two moves at once could close a circle."""
    list(Unit.objects.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


def _check_place(unit: Unit, parent: Unit | None) -> None:
    """Refuse a place that the levels, a disabled unit above or a namesake forbid."""
    if parent and not parent.is_active:
        raise Refused(f"上级组织“{parent}”已停用。先启用它，或换一个。")
    if sentence := misplaced(unit.kind, parent.kind if parent else None):
        raise Refused(sentence)
    namesakes = Unit.objects.active().filter(parent=parent, name=unit.name).exclude(pk=unit.pk)
    if unit.is_active and namesakes.exists():
        where = f"“{parent}”下面" if parent else "最上级"
        raise Refused(f"{where}已有“{unit.name}”。换一个简称。")


@transaction.atomic
def create_unit(*, by: User | None, parent: Unit | None, **fields: Any) -> Unit:
    """Store a unit below ``parent``."""
    lock_tree()
    above = Unit.objects.get(pk=parent.pk) if parent else None
    unit = Unit(parent=above, **fields)
    _check_place(unit, above)
    unit.save(force_insert=True)
    unit.path = (above.path if above else "/") + f"{unit.pk}/"
    unit.save(update_fields=["path"])
    record(
        "新建党组织",
        operation=Operation.CREATE,
        by=by,
        target=unit.name,
        unit=unit,
        parent=above.name if above else "",
        kind=unit.get_kind_display(),
    )
    return unit


@transaction.atomic
def edit_unit(unit: Unit, *, by: User, parent: Unit | None, **fields: Any) -> Unit:
    """Change a unit's facts and move it, with all below it, under ``parent``."""
    lock_tree()
    fresh = Unit.objects.select_related("parent").get(pk=unit.pk)
    above = Unit.objects.get(pk=parent.pk) if parent else None
    if above and above.path.startswith(fresh.path):
        raise Refused("不能移到自己或自己的下级组织下面。")
    changes = differences(fresh, {"parent": above, **fields})
    old = fresh.path
    for name, value in fields.items():
        setattr(fresh, name, value)
    _check_place(fresh, above)
    _check_inside(fresh)
    fresh.parent = above
    fresh.path = (above.path if above else "/") + f"{fresh.pk}/"
    fresh.save(update_fields=["parent", "path", *fields])
    if fresh.path != old:
        below = list(Unit.objects.filter(path__startswith=old).exclude(pk=fresh.pk))
        for one in below:
            one.path = fresh.path + one.path[len(old) :]
        Unit.objects.bulk_update(below, ["path"], batch_size=200)
    record("修改党组织", by=by, target=fresh.name, unit=fresh, **changes)
    return fresh


def _check_inside(unit: Unit) -> None:
    """Refuse a new kind that does not fit what stands below, or who holds a role inside."""
    for child in unit.children.filter(is_active=True):
        if misplaced(child.kind, unit.kind):
            raise Refused(f"下面有{child.get_kind_display()}“{child}”，类型不能改成这一种。")
    held = set(
        unit.memberships.filter(ended_on__isnull=True).values_list("role", flat=True).distinct()
    )
    odd = [MembershipRole(role).label for role in sorted(held - set(ROLES_IN[unit.kind]))]
    if odd:
        raise Refused(
            f"里面有人任{'、'.join(odd)}，{UnitKind(unit.kind).label}没有这个角色。先变更角色。"
        )
    if unit.kind != UnitKind.BRANCH and _holds_homes(unit):
        raise Refused("有人的组织关系在这里，类型只能是党支部。先把组织关系转走。")


def _holds_homes(unit: Unit) -> bool:
    was_branch = Unit.objects.filter(pk=unit.pk, kind=UnitKind.BRANCH).exists()
    homes = unit.memberships.filter(ended_on__isnull=True, is_home=True)
    return was_branch and homes.exists()


@transaction.atomic
def set_unit_active(unit: Unit, *, active: bool, by: User) -> Unit:
    """Disable or enable a unit; nothing is deleted. Units in use stay."""
    lock_tree()
    fresh = Unit.objects.select_related("parent").get(pk=unit.pk)
    if not active:
        if fresh.children.filter(is_active=True).exists():
            raise Refused(f"“{fresh}”下面还有在用的党组织，先停用或移走它们。")
        inside = fresh.memberships.filter(ended_on__isnull=True, user__is_active=True).count()
        if inside:
            raise Refused(f"“{fresh}”里面还有{inside}人，先把他们移到别的党组织。")
    fresh.is_active = active
    if active:
        _check_place(fresh, fresh.parent)
    fresh.save(update_fields=["is_active"])
    record("启用党组织" if active else "停用党组织", by=by, target=fresh.name, unit=fresh)
    return fresh
