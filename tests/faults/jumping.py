"""Settings of a test: the product's, on a machine whose clock goes wrong by as many seconds as the
file ``clock`` in the data folder says."""

import time
from datetime import UTC, datetime

from django.utils import timezone

from studyapp.settings import *  # noqa: F403
from studyapp.settings import DATA_DIR

_right = time.time


def wrong() -> float:
    return _right() + float((DATA_DIR / "clock").read_text(encoding="ascii"))


time.time = wrong
timezone.now = lambda: datetime.fromtimestamp(wrong(), tz=UTC)
