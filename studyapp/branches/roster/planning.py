"""The roster beside what is stored: what an import would do, and why it may not."""

from dataclasses import dataclass, field

from studyapp.branches.models import Membership
from studyapp.branches.roster.people import Step, plan_people
from studyapp.branches.roster.places import Place, Places
from studyapp.branches.roster.reading import Problem, Reading


@dataclass(slots=True)
class Plan:
    """What an import would do; nothing of it is done while there is a problem."""

    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    new_units: list[Place] = field(default_factory=list)
    renamed: list[Place] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    absent: list[Membership] = field(default_factory=list)

    @property
    def new_people(self) -> int:
        """Accounts that would be made."""
        return len({step.username for step in self.steps if step.user is None})

    @property
    def changed_people(self) -> int:
        """Known people of whom something would change."""
        return len({s.username for s in self.steps if s.user is not None and s.words})

    @property
    def visible_steps(self) -> list[Step]:
        """The rows that would change something."""
        return [step for step in self.steps if step.words]


def plan(reading: Reading) -> Plan:
    """Compare a sheet with the database; reads only."""
    found = Plan(problems=list(reading.problems), ignored=reading.ignored)
    places = Places(reading.rows)
    found.problems += places.problems
    found.new_units = places.new_in_order()
    found.renamed = places.renamed
    people = [row for row in reading.rows if row.username and row.line in places.of_line]
    found.steps, wrong = plan_people(people, places.of_line)
    found.problems += wrong
    found.problems.sort(key=lambda problem: problem.line)
    found.absent = _absent(reading, places)
    return found


def _absent(reading: Reading, places: Places) -> list[Membership]:
    """Return who stands in a unit of the sheet and not in the sheet: they stay as they are."""
    listed = {row.username for row in reading.rows}
    units = {place.unit.pk for place in places.of_line.values() if place.unit}
    inside = Membership.objects.current().filter(unit_id__in=units).select_related("user", "unit")
    return [m for m in inside.order_by("unit", "rank", "pk") if m.user.username not in listed]
