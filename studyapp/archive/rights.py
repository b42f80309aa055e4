"""Whose archive somebody may read, and whose papers those are: asked at start and end."""

from collections.abc import Iterable

from studyapp.access.decorators import may
from studyapp.access.permissions import P
from studyapp.accounts.models import User
from studyapp.branches.models import Unit
from studyapp.jobs.registry import Params
from studyapp.minutes.models import Record
from studyapp.papers.queries import is_beyond


def readable(user: User, pk: int) -> Unit | None:
    """Return the unit whose archive ``user`` may read, or None."""
    unit = Unit.objects.visible_to(user).filter(pk=pk).select_related("parent").first()
    return unit if unit is not None and may(user, P.ARCHIVE_READ, unit) else None


def may_read_unit(user: User, params: Params) -> bool:
    """Tell whether somebody may read the archive that a job is about, with every role of then.

    What a role showed is in the file, and stays there when the role is lost.
    """
    unit = readable(user, params["unit"])
    return unit is not None and set(params["roles"]) <= set(roles_of(user, unit))


def roles_of(user: User, unit: Unit) -> list[str]:
    """Return the names of somebody's roles in a unit, for the params of a job."""
    return sorted(role.name for role in unit.roles_for(user))


def is_beyond_unit(user: User, params: Params) -> bool:
    """Tell whether a job is about a unit that its owner looks down on."""
    unit = Unit.objects.filter(pk=params["unit"]).first()
    return unit is None or is_beyond(user, unit)


def may_read_records(user: User, params: Params) -> bool:
    """Tell whether somebody may see every record that a job is about."""
    wanted = set(params["records"])
    return Record.objects.visible_to(user).filter(pk__in=wanted).count() == len(wanted)


def is_beyond_records(user: User, params: Params) -> bool:
    """Tell whether one of the records is of a unit that its owner looks down on."""
    records = Record.objects.filter(pk__in=params["records"]).select_related("meeting__unit")
    return any_beyond(user, records)


def any_beyond(user: User, records: Iterable[Record]) -> bool:
    """Tell the same of records that are at hand with their units."""
    units = {record.meeting.unit_id: record.meeting.unit for record in records}
    return any(is_beyond(user, unit) for unit in units.values())
