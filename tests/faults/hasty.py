"""Settings of a test: slow work, a second at most for each piece of it and for every lock."""

from typing import Any

from tests.faults.slow import *  # noqa: F403
from tests.faults.slow import DATABASES

JOB_SECONDS = 1
_options: dict[str, Any] = DATABASES["default"]["OPTIONS"]
if "timeout" in _options:
    _options["timeout"] = 1
else:
    _options["options"] = "-c lock_timeout=1s"
