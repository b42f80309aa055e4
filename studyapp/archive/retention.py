"""Which class of retention holds for a unit's records: its own table, or the nearest above."""

from collections.abc import Mapping
from dataclasses import dataclass

from studyapp.archive.models import RetentionRule
from studyapp.branches.models import Unit


@dataclass(frozen=True, slots=True)
class Retention:
    """``lines`` are a table's periods by kind of meeting, ``general`` is for every other kind.

    ``owner`` is the unit whose table it is; None where nobody up to the top has made one.
    """

    owner: Unit | None
    lines: Mapping[str, str]
    general: str

    def period(self, kind: str) -> str:
        """Return how long records of ``kind`` are kept."""
        return self.lines.get(kind, self.general)


def retention_of(unit: Unit) -> Retention:
    """Return what holds for ``unit``; without any table its own general class."""
    rules = RetentionRule.objects.filter(unit_id__in=unit.ancestor_ids()).select_related("unit")
    tables: dict[Unit, dict[str, str]] = {}
    for rule in rules:
        tables.setdefault(rule.unit, {})[rule.kind] = rule.period
    if not tables:
        return Retention(None, {}, unit.retention)
    owner = max(tables, key=lambda one: one.depth)
    return Retention(owner, tables[owner], owner.retention)
