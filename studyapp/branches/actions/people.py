"""People and their places: made by the 系统管理员, given roles by the 安全管理员."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from studyapp.accounts.actions import give_first_password
from studyapp.accounts.models import User
from studyapp.audit.actions import differences, record
from studyapp.audit.models import Operation
from studyapp.branches.models import (
    PARTY_ROLES,
    ROLES_IN,
    Membership,
    MembershipRole,
    Unit,
    UnitKind,
)
from studyapp.errors import Refused


@transaction.atomic
def create_person(
    *, by: User, unit: Unit | None, at: datetime, username: str, name: str, **fields: Any
) -> tuple[User, str]:
    """Store a person, as a plain member of ``unit``; return them and the first password."""
    user = User.objects.create_user(username, name, None, **fields)
    record("新建人员", operation=Operation.CREATE, by=by, target=user.name_with_username, unit=unit)
    if unit:
        place(user, unit=unit, by=by, is_home=unit.kind == UnitKind.BRANCH)
    return user, give_first_password(user, by=by, at=at)


@transaction.atomic
def edit_person(user: User, *, by: User | None, **fields: Any) -> User:
    """Change facts of a person; roles and offices are another administrator's."""
    fresh = User.objects.locked(user.pk)
    changes = differences(fresh, fields)
    for name, value in fields.items():
        setattr(fresh, name, value)
    fresh.save(update_fields=list(fields))
    record("修改人员", by=by, target=fresh.name_with_username, **changes)
    return fresh


@transaction.atomic
def place(
    user: User,
    *,
    unit: Unit,
    by: User | None,
    is_home: bool = False,
    rank: int = 1000,
    duty: str = "",
) -> Membership:
    """Put a person into a unit as a plain member; ``is_home`` brings the 组织关系 there too."""
    fresh = User.objects.locked(user.pk)
    if fresh.office:
        raise Refused("管理员账号不能在党组织中任职。")
    if not Unit.objects.active().filter(pk=unit.pk).exists():
        raise Refused(f"“{unit}”已停用，换一个党组织。")
    if Membership.objects.filter(user=fresh, unit=unit, ended_on__isnull=True).exists():
        raise Refused(f"{fresh.name}已在{unit.name}。")
    if is_home:
        _end_home(fresh, to=unit, by=by)
    membership = Membership.objects.create(
        user=fresh, unit=unit, is_home=is_home, rank=rank, duty=duty
    )
    record(
        "编入党组织",
        operation=Operation.CREATE,
        by=by,
        target=fresh.name_with_username,
        unit=unit,
        home=is_home,
    )
    return membership


@transaction.atomic
def bring_home(membership: Membership, *, by: User | None) -> Membership:
    """Bring the 组织关系 to a unit that the person already works in."""
    user = User.objects.locked(membership.user_id)
    fresh = Membership.objects.select_related("unit").get(pk=membership.pk)
    if fresh.ended_on:
        raise Refused("这段任职已结束。重新打开此人的页面再操作。")
    if not fresh.is_home:
        _end_home(user, to=fresh.unit, by=by)
        fresh.is_home = True
        fresh.save(update_fields=["is_home"])
        record("转入组织关系", by=by, target=user.name_with_username, unit=fresh.unit)
    return fresh


def _end_home(user: User, *, to: Unit, by: User | None) -> None:
    """End the membership that held the 组织关系 until now, so that history tells where it was."""
    if to.kind != UnitKind.BRANCH:
        raise Refused(f"组织关系只能在党支部，“{to}”是{to.get_kind_display()}。")
    home = (
        Membership.objects.filter(user=user, is_home=True, ended_on__isnull=True)
        .select_related("unit")
        .first()
    )
    if home:
        _end(home)
        record("转出组织关系", by=by, target=user.name_with_username, unit=home.unit, to=to.name)


def _end(membership: Membership) -> None:
    """End it, and with a branch's the memberships of the branch's groups."""
    Membership.objects.filter(
        user_id=membership.user_id,
        unit__path__startswith=membership.unit.path,
        ended_on__isnull=True,
    ).update(ended_on=timezone.localdate())


@transaction.atomic
def leave(membership: Membership, *, by: User) -> Membership:
    """End a membership; it is kept with its dates. The groups of a branch are left with it."""
    user = User.objects.locked(membership.user_id)
    fresh = Membership.objects.select_related("unit").get(pk=membership.pk)
    if fresh.ended_on is None:
        _end(fresh)
        record(
            "移出党组织",
            by=by,
            target=user.name_with_username,
            unit=fresh.unit,
            role=fresh.get_role_display(),
            home=fresh.is_home,
        )
    return fresh


@transaction.atomic
def grant(membership: Membership, *, role: str, duty: str, rank: int, by: User) -> Membership:
    """Grant a role in a unit (安全管理员 only): one that its kind has, and one secretary each."""
    if membership.user_id == by.pk:
        raise Refused("不能给自己授予角色。")
    User.objects.locked(membership.user_id)
    fresh = (
        Membership.objects.select_for_update(of=("self",), no_key=True)
        .select_related("unit", "user")
        .get(pk=membership.pk)
    )
    label, unit = MembershipRole(role).label, fresh.unit
    if fresh.ended_on:
        raise Refused("这段任职已结束。重新打开此人的页面再操作。")
    if role not in ROLES_IN[unit.kind]:
        raise Refused(f"{unit.get_kind_display()}没有“{label}”这个角色，换一个。")
    if role in PARTY_ROLES and not fresh.user.is_party_member:
        raise Refused(f"{fresh.user}不是党员，不能任{label}。换一个角色，或先改政治面貌。")
    if role == MembershipRole.SECRETARY:
        others = Membership.objects.current().filter(unit=unit, role=role).exclude(pk=fresh.pk)
        if first := others.select_related("user").first():
            raise Refused(f"{unit}已有书记{first.user}。先变更其角色，再授予。")
    changes = differences(fresh, {"role": role, "duty": duty, "rank": rank})
    fresh.role, fresh.duty, fresh.rank = role, duty, rank
    fresh.save(update_fields=["role", "duty", "rank"])
    record("授予角色", by=by, target=fresh.user.name_with_username, unit=unit, **changes)
    return fresh
