"""A scanner that did not answer in time is not waited for again by anybody for a while.

A worker of the server takes one upload after the other (web.lanes): each one that waits holds up
those behind it.
"""

import time
from contextlib import suppress
from pathlib import Path

from django.conf import settings

SECONDS = 60


def _place() -> Path:
    """Its time says since when; in the data folder, where all workers and commands see it."""
    return Path(settings.DATA_DIR) / "clamd.silent"


def begins() -> None:
    """Note that it did not answer; on a disk that takes nothing, everybody finds out alone."""
    with suppress(OSError):
        _place().touch(0o600)


def is_on() -> bool:
    """Tell whether it did not answer within the last `SECONDS`."""
    try:
        since = _place().stat().st_mtime
    except OSError:
        return False
    # A clock that was set back meanwhile would make the silence a long one.
    return 0 <= time.time() - since < SECONDS
