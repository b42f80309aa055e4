"""Units, people's places in them, and the roster. Roles are granted by the 安全管理员 only."""

from studyapp.branches.actions.people import (
    bring_home,
    create_person,
    edit_person,
    grant,
    leave,
    place,
)
from studyapp.branches.actions.rosters import Imported, import_roster
from studyapp.branches.actions.units import create_unit, edit_unit, set_unit_active

__all__ = [
    "Imported",
    "bring_home",
    "create_person",
    "create_unit",
    "edit_person",
    "edit_unit",
    "grant",
    "import_roster",
    "leave",
    "place",
    "set_unit_active",
]
