"""What a unit's year holds: its signed records, newest version each, and what is not signed yet."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from studyapp.accounts.models import User
from studyapp.branches.models import Unit, UnitKind
from studyapp.documents.blocks import Document
from studyapp.meetings.models import Meeting, State
from studyapp.minutes import queries
from studyapp.minutes.content import read
from studyapp.minutes.models import Record, SignedVersion
from studyapp.papers.models import PaperProfile


def in_year(year: int, prefix: str = "") -> Q:
    """Return the question whether a meeting was held in ``year``."""
    return Q(**{f"{prefix}actual_start__year": year})


def later() -> Exists:
    """Return the question whether the record of a signed version has a later one."""
    return Exists(
        SignedVersion.objects.filter(record=OuterRef("record"), number__gt=OuterRef("number"))
    )


def _of(unit: Unit, prefix: str = "") -> Q:
    """Return the question whether a meeting is the unit's or one of its groups'.

    Units further down keep a binder of their own; what is beyond one's own is asked for there.
    """
    group = {f"{prefix}unit__parent": unit, f"{prefix}unit__kind": UnitKind.GROUP}
    return Q(**{f"{prefix}unit": unit}) | Q(**group)


def newest_signed(reader: User) -> QuerySet[SignedVersion]:
    """Return the newest version of every signed record that ``reader`` may see, by time."""
    return (
        SignedVersion.objects.filter(
            ~later(), record__in=Record.objects.visible_to(reader).order_by().values("pk")
        )
        .select_related("record__meeting__unit", "voided")
        .order_by("record__meeting__actual_start", "record_id")
    )


def signed_in_year(unit: Unit, year: int, reader: User) -> QuerySet[SignedVersion]:
    """Return the newest versions of a unit and its groups for a year, in the order of time."""
    return newest_signed(reader).filter(
        in_year(year, "record__meeting__"), _of(unit, "record__meeting__")
    )


def held_without_signature(unit: Unit, year: int, reader: User) -> QuerySet[Meeting]:
    """Return the meetings of a year that were held and have no signed record."""
    signed = SignedVersion.objects.filter(record__meeting=OuterRef("pk"))
    return (
        Meeting.objects.visible_to(reader)
        .filter(
            ~Exists(signed),
            in_year(year),
            _of(unit),
            state=State.ENDED,
        )
        .select_related("record", "unit")
        .order_by("actual_start", "pk")
    )


def label(version: SignedVersion) -> str:
    """Return what lists call a version: 第1版，作废."""
    return f"第{version.number}版" + ("，作废" if version.is_void else "")


@dataclass(frozen=True, slots=True)
class Holding:
    """A signed record as the binder shows it: its paper, and what lists say of it."""

    kind: str
    kind_name: str
    title: str
    day: date
    ordinal: int
    came: str
    version: str
    is_void: bool
    paper: Document

    @classmethod
    def of(cls, version: SignedVersion, profile: PaperProfile) -> "Holding":
        """Read one version; its facts are those that were signed, its paper follows ``profile``."""
        content = read(version.content)
        numbers = content["numbers"]
        return cls(
            kind=content["kind"],
            kind_name=content["kind_name"],
            title=content["title"],
            day=datetime.fromisoformat(content["start"]).date(),
            ordinal=content["ordinal"],
            came=f"{numbers['present']}/{numbers['should']}",
            version=label(version),
            is_void=version.is_void,
            paper=queries.paper(queries.Reading(content, version), "record", profile=profile),
        )

    @property
    def line(self) -> str:
        """Return its line in the 目录."""
        return f"{self.day.month}月{self.day.day}日　{self.title}"
