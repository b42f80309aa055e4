"""Units, people's places in them, and the roster. Roles are granted by the 安全管理员 only."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from studyapp.accounts.actions import give_first_password
from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.branches.models import Membership, MembershipRole, Unit
from studyapp.branches.roster import Row
from studyapp.errors import Refused


@transaction.atomic
def create_unit(*, by: User | None, parent: Unit | None, **fields: Any) -> Unit:
    """Store a unit below ``parent``."""
    unit = Unit.objects.create(parent=parent, **fields)
    unit.path = (parent.path if parent else "/") + f"{unit.pk}/"
    unit.save(update_fields=["path"])
    record("新建党组织", operation=Operation.CREATE, by=by, target=unit.name, unit=unit)
    return unit


@transaction.atomic
def edit_unit(unit: Unit, *, by: User, parent: Unit | None, **fields: Any) -> Unit:
    """Change a unit's facts and move it, with all below it, under ``parent``."""
    fresh = Unit.objects.select_for_update().get(pk=unit.pk)
    if parent and parent.path.startswith(fresh.path):
        raise Refused("不能移到自己或自己的下级组织下面。")
    old = fresh.path
    for name, value in fields.items():
        setattr(fresh, name, value)
    fresh.parent = parent
    fresh.path = (parent.path if parent else "/") + f"{fresh.pk}/"
    fresh.save(update_fields=["parent", "path", *fields])
    if fresh.path != old:
        for below in Unit.objects.filter(path__startswith=old).exclude(pk=fresh.pk):
            below.path = fresh.path + below.path[len(old) :]
            below.save(update_fields=["path"])
    record("修改党组织", by=by, target=fresh.name, unit=fresh)
    return fresh


@transaction.atomic
def set_unit_active(unit: Unit, *, active: bool, by: User) -> Unit:
    """Disable or enable a unit; nothing is deleted. Units in use stay."""
    fresh = Unit.objects.select_for_update().get(pk=unit.pk)
    if not active:
        if fresh.children.filter(is_active=True).exists():
            raise Refused("下面还有在用的党组织，先停用或移走它们。")
        if fresh.memberships.filter(ended_on__isnull=True, user__is_active=True).exists():
            raise Refused("里面还有人，先把人移到别的党组织。")
    fresh.is_active = active
    fresh.save(update_fields=["is_active"])
    record("启用党组织" if active else "停用党组织", by=by, target=fresh.name, unit=fresh)
    return fresh


@transaction.atomic
def create_person(
    *, by: User, unit: Unit | None, at: datetime, username: str, name: str, **fields: Any
) -> tuple[User, str]:
    """Store a person, as a plain member of ``unit``; return them and the first password."""
    user = User.objects.create_user(username, name, None, **fields)
    record("新建人员", operation=Operation.CREATE, by=by, target=f"{name}（{username}）", unit=unit)
    if unit:
        Membership.objects.create(user=user, unit=unit, is_home=True)
    return user, give_first_password(user, by=by, at=at)


@transaction.atomic
def edit_person(user: User, *, by: User, **fields: Any) -> User:
    """Change facts of a person; roles and offices are another administrator's."""
    for name, value in fields.items():
        setattr(user, name, value)
    user.save(update_fields=list(fields))
    record("修改人员", by=by, target=f"{user.name}（{user.username}）")
    return user


@transaction.atomic
def place(
    user: User, *, unit: Unit, by: User, is_home: bool = False, rank: int = 1000
) -> Membership:
    """Put a person into a unit as a plain member; a new 组织关系 ends the old one's claim."""
    if user.office:
        raise Refused("管理员账号不能在党组织中任职。")
    found = Membership.objects.filter(user=user, unit=unit, ended_on__isnull=True).first()
    if found:
        raise Refused(f"{user.name}已在{unit.name}。")
    if is_home:
        Membership.objects.filter(user=user, is_home=True, ended_on__isnull=True).update(
            is_home=False
        )
    membership = Membership.objects.create(user=user, unit=unit, is_home=is_home, rank=rank)
    record("加入党组织", operation=Operation.CREATE, by=by, target=user.name, unit=unit)
    return membership


@transaction.atomic
def leave(membership: Membership, *, by: User) -> Membership:
    """End a membership; it is kept with its dates."""
    membership.ended_on = timezone.localdate()
    membership.save(update_fields=["ended_on"])
    record("移出党组织", by=by, target=membership.user.name, unit=membership.unit)
    return membership


@transaction.atomic
def grant(
    membership: Membership, *, role: str, duty: str, rank: int, is_home: bool, by: User
) -> Membership:
    """Grant a role in a unit (安全管理员 only); one person has one 组织关系."""
    if membership.user_id == by.pk:
        raise Refused("不能给自己授予角色。")
    if is_home and not membership.is_home:
        Membership.objects.filter(
            user_id=membership.user_id, is_home=True, ended_on__isnull=True
        ).update(is_home=False)
    membership.role, membership.duty = role, duty
    membership.rank, membership.is_home = rank, is_home
    membership.save(update_fields=["role", "duty", "rank", "is_home"])
    record(
        "授予角色",
        by=by,
        target=membership.user.name,
        unit=membership.unit,
        role=MembershipRole(role).label,
    )
    return membership


@dataclass
class Imported:
    """What a roster did: new people with their first passwords, and counts."""

    slips: list[tuple[User, str]] = field(default_factory=list)
    units: int = 0
    changed: int = 0
    absent: list[str] = field(default_factory=list)


@transaction.atomic
def import_roster(rows: list[Row], *, by: User | None, at: datetime) -> Imported:
    """Store a checked roster, all or nothing. It adds and updates; it removes nobody.

    Known units and people are found by name and by user name. Roles are not in it: they are
    granted by the 安全管理员.
    """
    done = Imported()
    units = {unit.name: unit for unit in Unit.objects.all()}
    for row in rows:
        if row.unit not in units:
            parent = units.get(row.parent)
            if row.parent and parent is None:
                raise Refused(
                    f"第{row.line}行的上级党组织“{row.parent}”不存在。先建它，或把它排在前面。"
                )
            units[row.unit] = create_unit(
                by=by,
                parent=parent,
                name=row.unit,
                full_name=row.unit_full or row.unit,
                kind=row.unit_kind,
            )
            done.units += 1
        _person(row, units[row.unit], by=by, at=at, done=done)
    listed = {row.username for row in rows}
    inside = Membership.objects.current().filter(unit__name__in={row.unit for row in rows})
    done.absent = sorted(
        {
            f"{m.user.name}（{m.unit.name}）"
            for m in inside.select_related("user", "unit")
            if m.user.username not in listed
        }
    )
    record(
        "导入名册",
        operation=Operation.CREATE,
        by=by,
        target=f"{len(rows)}行",
        people=len(done.slips),
        units=done.units,
        changed=done.changed,
    )
    return done


def _person(row: Row, unit: Unit, *, by: User | None, at: datetime, done: Imported) -> None:
    facts: dict[str, Any] = {
        "name": row.name,
        "post": row.post,
        "political": row.political,
        "staff": row.staff,
        "joined_on": row.joined_on,
        "confirmed_on": row.confirmed_on,
    }
    user = User.objects.filter(username=row.username).first()
    if user is None:
        user = User.objects.create_user(row.username, password=None, **facts)
        done.slips.append((user, give_first_password(user, by=by, at=at)))
    elif user.office:
        raise Refused(f"第{row.line}行的登录名{row.username}是管理员账号，换一个。")
    elif any(getattr(user, name) != value for name, value in facts.items()):
        for name, value in facts.items():
            setattr(user, name, value)
        user.save(update_fields=list(facts))
        done.changed += 1
    membership = Membership.objects.filter(user=user, unit=unit, ended_on__isnull=True).first()
    if membership is None:
        if row.is_home:
            Membership.objects.filter(user=user, is_home=True, ended_on__isnull=True).update(
                is_home=False
            )
        Membership.objects.create(
            user=user, unit=unit, rank=row.rank, duty=row.duty, is_home=row.is_home
        )
    elif (membership.rank, membership.duty) != (row.rank, row.duty):
        membership.rank, membership.duty = row.rank, row.duty
        membership.save(update_fields=["rank", "duty"])
