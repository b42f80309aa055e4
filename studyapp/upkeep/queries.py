"""How the site stands, for whoever runs it. Read only; no content, no persons."""

import hashlib
import platform
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta

import django
from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q

import studyapp
from studyapp.audit import queries as log
from studyapp.audit import triggers
from studyapp.audit.actions import record
from studyapp.jobs.models import Job, JobState
from studyapp.minutes.models import SignedVersion
from studyapp.upkeep import making, slow
from studyapp.upkeep.engines import engine, named
from studyapp.uploads import clamd, silence
from studyapp.web import lanes, storage

_BACKUP_EVERY = timedelta(hours=26)
"""A night and a little: a backup that is older was missed."""
_WEEK = timedelta(days=7)
_SCARCE = 0.1
_LEAST = 2 * 1024**3  # bytes


@dataclass(frozen=True, slots=True)
class Store:
    """Sizes in bytes; ``log`` None where the database keeps its own."""

    size: int
    log: int | None
    free: int
    total: int

    @property
    def is_scarce(self) -> bool:
        """Tell whether somebody has to make room soon."""
        return self.free < max(_LEAST, self.total * _SCARCE)


@dataclass(frozen=True, slots=True)
class Chains:
    """Ends of the chains: the log's, and one hash over the ends of all signed records' chains."""

    seq: int
    digest: str
    units: int
    records: str


@dataclass(frozen=True, slots=True)
class Scanner:
    """Who looks at uploads: the engine's own words, or why there are none («杀毒程序…»)."""

    is_there: bool
    is_required: bool
    version: str = ""
    trouble: str = ""


def scanner() -> Scanner:
    """Ask the scanner how it is, for two seconds at most."""
    is_there, is_required = settings.CLAMD is not None, settings.CLAMD_REQUIRED
    if is_there and silence.is_on():
        trouble = f"刚才没有及时回答，{silence.SECONDS}秒里不再等它"
        return Scanner(is_there, is_required, trouble=trouble)
    try:
        found = clamd.version(settings.CLAMD) if settings.CLAMD is not None else ""
    except clamd.Unavailable as error:
        return Scanner(is_there, is_required, trouble=str(error))
    return Scanner(is_there, is_required, version=found)


def healthy() -> bool:
    """Tell whether a change could be stored and logged, triggers stand and no lane stands still."""
    try:
        ok = not triggers.missing() and not lanes.stands_still()
        with storage.rehearsal():
            record("健康检查")
    except Exception:  # noqa: BLE001  # whatever is wrong, the answer is "not ok"
        storage.reconnect()
        return False
    return ok


def store() -> Store:
    """Return how much there is and how much room is left."""
    size, log = engine().sizes()
    disk = shutil.disk_usage(settings.DATA_DIR)
    return Store(size, log, disk.free, disk.total)


def is_overdue(last: making.Last | None, at: datetime) -> bool:
    """Tell whether the last good backup is missing or too old."""
    return last is None or at - last.at > _BACKUP_EVERY


def chains() -> Chains:
    """Return what to note elsewhere, so that a later look can be compared with it."""
    later = SignedVersion.objects.filter(
        unit_id=OuterRef("unit_id"), sequence__gt=OuterRef("sequence")
    )
    ends = SignedVersion.objects.filter(~Exists(later)).order_by("unit_id")
    rows = list(ends.values_list("unit_id", "sequence", "link"))
    lines = "\n".join(f"{unit} {place} {link}" for unit, place, link in rows)
    whole = hashlib.sha256(lines.encode()).hexdigest() if rows else ""
    return Chains(*log.end(), len(rows), whole)


def jobs(at: datetime) -> dict[str, int]:
    """Return how many jobs wait, run, and failed in the last week."""
    counted = Job.objects.aggregate(
        waiting=Count("pk", filter=Q(state=JobState.WAITING)),
        running=Count("pk", filter=Q(state=JobState.RUNNING)),
        failed=Count("pk", filter=Q(state=JobState.FAILED, finished_at__gte=at - _WEEK)),
    )
    return {state: int(number) for state, number in counted.items()}


def versions() -> list[tuple[str, str]]:
    """Return what runs here."""
    return [
        ("支部学习会", studyapp.__version__),
        ("Django", django.__version__),
        ("Python", platform.python_version()),
        (named(connection.vendor), engine().version("default")),
    ]


def slow_pages(at: datetime) -> list[slow.Slow]:
    """Return the views that took long in the last week."""
    return slow.recent(at)
