"""Questions of the archive's pages."""

from dataclasses import dataclass

from django.db.models import Count

from studyapp.accounts.models import User
from studyapp.archive.holdings import held_without_signature, signed_in_year
from studyapp.branches.models import Unit
from studyapp.meetings.models import Kind


@dataclass(frozen=True, slots=True)
class Held:
    """How many records of a year there are, as far as the reader sees them."""

    signed: int
    waiting: int
    by_kind: tuple[tuple[str, int], ...]


def held_in_year(unit: Unit, year: int, reader: User) -> Held:
    """Return what a year's handbook will hold."""
    signed = signed_in_year(unit, year, reader).order_by()
    counted = dict(
        signed.values_list("record__meeting__kind")
        .annotate(number=Count("pk"))
        .values_list("record__meeting__kind", "number")
    )
    by_kind = tuple((kind.label, counted[kind]) for kind in Kind if counted.get(kind))
    waiting = held_without_signature(unit, year, reader).count()
    return Held(sum(counted.values()), waiting, by_kind)
