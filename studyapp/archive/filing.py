"""What of a unit's year is filed, what is signed but not filed, what is not signed yet."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import ExtractYear
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.archive.holdings import held_without_signature, in_year, later
from studyapp.archive.models import Filed
from studyapp.branches.models import RETENTION, Unit
from studyapp.meetings.models import Meeting
from studyapp.minutes import papers
from studyapp.minutes.content import read
from studyapp.minutes.models import Record, RecordState, SentBack, SignedVersion

PERIODS = [period for period, _ in RETENTION]
VOID = "已作废，不归档"
CORRECTED = "正在更正，等新版本签字后再归档"
RETURNED = "上级退回还没有答复，先更正或者书面说明"


@dataclass(frozen=True, slots=True)
class Item:
    """A signed version as the archive lists it; title, kind and day are those that were signed."""

    version: SignedVersion
    title: str
    kind: str
    day: date
    filed: Filed | None = None
    obstacle: str = ""

    @classmethod
    def of(
        cls, version: SignedVersion, *, filed: Filed | None = None, obstacle: str = ""
    ) -> "Item":
        """Read what the list says of a version from its own words."""
        content = read(version.content)
        day = datetime.fromisoformat(content["start"]).date()
        return cls(version, content["title"], content["kind_name"], day, filed, obstacle)

    @property
    def mark(self) -> str:
        """What became of the version since: 已作废, 已更正, or nothing."""
        if self.version.is_void:
            return papers.VOID
        return papers.SUPERSEDED if self.is_superseded else ""

    @property
    def is_superseded(self) -> bool:
        """Whether a later version was signed, where the list asked for it."""
        return bool(vars(self.version).get("later"))


def years(unit: Unit) -> list[int]:
    """Return the years in which the unit met, this one always, newest first."""
    met = (
        Meeting.objects.filter(unit=unit, actual_start__isnull=False)
        .order_by()
        .annotate(year=ExtractYear("actual_start"))
        .values_list("year", flat=True)
        .distinct()
    )
    return sorted({*met, timezone.localdate().year}, reverse=True)


def _versions(unit: Unit, reader: User) -> QuerySet[SignedVersion]:
    """Return the versions of the unit's own records that ``reader`` may see, with their facts."""
    visible = Record.objects.visible_to(reader).order_by().values("pk")
    open_return = SentBack.objects.unsettled().filter(version__record=OuterRef("record"))
    return (
        SignedVersion.objects.filter(unit=unit, record__in=visible)
        .annotate(later=later(), returned=Exists(open_return))
        .select_related("record__meeting", "voided")
        .order_by("record__meeting__actual_start", "record_id", "number")
    )


def filed_in(unit: Unit, year: int, reader: User) -> tuple[list[Item], int]:
    """Return what of a year is filed, by class and 件号; and how many the reader may not see."""
    rows = {row.version_id: row for row in Filed.objects.filter(unit=unit, year=year)}
    items = [
        Item.of(version, filed=rows[version.pk])
        for version in _versions(unit, reader).filter(pk__in=rows)
    ]
    items.sort(
        key=lambda one: (PERIODS.index(rows[one.version.pk].period), rows[one.version.pk].number)
    )
    return items, len(rows) - len(items)


def unfiled(unit: Unit, year: int, reader: User) -> list[Item]:
    """Return the newest versions of a year that count and are not in the archive."""
    found = _versions(unit, reader).filter(
        ~later(), in_year(year, "record__meeting__"), filed__isnull=True, voided__isnull=True
    )
    return [Item.of(version, obstacle=obstacle(version)) for version in found]


def obstacle(version: SignedVersion) -> str:
    """Return why a newest version cannot be filed now, in words; "" when it can."""
    if version.is_void:
        return VOID
    if version.record.state != RecordState.SIGNED:
        return CORRECTED
    waiting = vars(version).get("returned")
    if waiting is None:
        rows = SentBack.objects.unsettled().filter(version__record=version.record_id)
        waiting = rows.exists()
    return RETURNED if waiting else ""


def unsigned(unit: Unit, year: int, reader: User) -> QuerySet[Meeting]:
    """Return the unit's own meetings that were held in a year and have no signed record."""
    return held_without_signature(unit, year, reader).filter(unit=unit)
