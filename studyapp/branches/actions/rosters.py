"""Importing a roster: everything it plans, or nothing. Nobody is removed."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.branches.actions.people import bring_home, edit_person, place
from studyapp.branches.actions.units import create_unit, lock_tree
from studyapp.branches.models import Membership, Unit
from studyapp.branches.roster import Plan, Reading, plan
from studyapp.branches.roster.people import Step
from studyapp.branches.roster.places import Place
from studyapp.errors import Refused


@dataclass(frozen=True, slots=True)
class Imported:
    """What a roster did: the new people (without a password as yet), and what it planned."""

    people: list[User]
    plan: Plan


@transaction.atomic
def import_roster(reading: Reading, *, by: User | None, at: datetime) -> Imported:
    """Store a roster, judged once more in the same transaction. It adds and updates only.

    Roles are not in it: they are granted by the 安全管理员. New accounts wait for their first
    password (``accounts.actions.give_first_passwords``).
    """
    _lock(reading)
    todo = plan(reading)
    if todo.problems:
        first = todo.problems[0]
        raise Refused(
            f"名册有{len(todo.problems)}处要改，没有导入。"
            f"第{first.line}行{first.column}：{first.sentence}"
        )
    units = _units(todo, by=by)
    people = _new_people(todo, units)
    for step in todo.steps:
        if step.user and step.facts:
            edit_person(step.user, by=by, **step.facts)
    # The new 组织关系 first: it ends the old one, and what is told of the old unit comes after.
    for step in sorted(todo.steps, key=lambda step: not step.home):
        if step.user:
            _stand(step, step.user, units[step.place], by=by)
    record(
        "导入名册",
        operation=Operation.CREATE,
        by=by,
        target=f"{len(reading.rows)}行",
        new_people=[user.username for user in people],
        new_units=[place.name for place in todo.new_units],
        changed_people=todo.changed_people,
    )
    return Imported(people, todo)


def _lock(reading: Reading) -> None:
    """Keep everything that a roster may change as it is, before the log is first written to."""
    lock_tree()
    names = {row.username for row in reading.rows}
    people = User.objects.select_for_update(no_key=True).filter(username__in=names)
    list(people.order_by("pk").values_list("pk", flat=True))


def _units(todo: Plan, *, by: User | None) -> dict[Place, Unit]:
    units = {step.place: step.place.unit for step in todo.steps if step.place.unit}
    for one in todo.new_units:
        above = one.parent
        parent = (above.unit or units[above]) if above else None
        units[one] = create_unit(
            by=by, parent=parent, name=one.name, full_name=one.full_name, kind=one.kind
        )
    for one in todo.renamed:
        if one.unit:
            old, one.unit.full_name = one.unit.full_name, one.full_name
            one.unit.save(update_fields=["full_name"])
            words = f"{old}→{one.full_name}"
            record("修改党组织", by=by, target=one.name, unit=one.unit, full_name=words)
    return units


def _new_people(todo: Plan, units: dict[Place, Unit]) -> list[User]:
    """Store those who are new, and their places; the import's own audit row names them."""
    steps = [step for step in todo.steps if step.user is None]
    made: dict[str, User] = {}
    for step in steps:
        if step.username not in made:
            made[step.username] = User(
                username=step.username,
                password=make_password(None),
                must_change_password=True,
                **step.facts,
            )
    User.objects.bulk_create(made.values(), batch_size=500)
    Membership.objects.bulk_create(
        [
            Membership(
                user=made[step.username],
                unit=units[step.place],
                is_home=step.home,
                duty=step.duty or "",
                rank=1000 if step.rank is None else step.rank,
            )
            for step in steps
        ],
        batch_size=500,
    )
    return list(made.values())


def _stand(step: Step, user: User, unit: Unit, *, by: User | None) -> None:
    """Put a known person where the row says, with what it says of rank and duty."""
    member = Membership.objects.filter(user=user, unit=unit, ended_on__isnull=True).first()
    if member is None:
        rank = 1000 if step.rank is None else step.rank
        place(user, unit=unit, by=by, is_home=step.home, rank=rank, duty=step.duty or "")
        return
    if step.home:
        bring_home(member, by=by)
    duty = member.duty if step.duty is None else step.duty
    rank = member.rank if step.rank is None else step.rank
    if (duty, rank) != (member.duty, member.rank):
        words = f"{member.duty or '空'}、{member.rank}→{duty or '空'}、{rank}"
        member.duty, member.rank = duty, rank
        member.save(update_fields=["duty", "rank"])
        target = user.name_with_username
        record("修改任职", by=by, target=target, unit=unit, duty_and_rank=words)
