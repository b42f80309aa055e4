"""Pages that took long: which and how long, never for whom. A file of bounded size, no table."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

_LARGEST = 100_000  # bytes; one older file of that size stays beside it
_SHOWN = 10
_DAYS = timedelta(days=7)


@dataclass(slots=True)
class Slow:
    """A view with how often it was slow in the last week, and the worst of it in seconds."""

    view: str
    times: int
    worst: float
    last: datetime


def _path() -> Path:
    return Path(settings.DATA_DIR) / "slow.log"


def note(view: str, seconds: float, *, at: datetime) -> None:
    """Add a line; a disk that takes none is no reason to fail the page."""
    path = _path()
    with suppress(OSError):
        if path.exists() and path.stat().st_size > _LARGEST:
            path.replace(path.with_suffix(".log.1"))
        # Short lines that are appended do not run into each other.
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{at.isoformat(timespec='seconds')} {view} {seconds:.2f}\n")


def recent(at: datetime) -> list[Slow]:
    """Return the slowest views of the last week."""
    found: dict[str, Slow] = {}
    for when, view, seconds in _lines():
        if at - when > _DAYS:
            continue
        one = found.setdefault(view, Slow(view, 0, 0, when))
        one.times, one.worst = one.times + 1, max(one.worst, seconds)
        one.last = max(one.last, when)
    return sorted(found.values(), key=lambda one: (-one.worst, one.view))[:_SHOWN]


def _lines() -> Iterator[tuple[datetime, str, float]]:
    for path in (_path().with_suffix(".log.1"), _path()):
        with suppress(OSError), path.open(encoding="utf-8") as file:
            for line in file:
                # A power cut may have left half a line.
                with suppress(ValueError):
                    when, view, seconds = line.split()
                    yield datetime.fromisoformat(when), view, float(seconds)
