"""Settings of a test: slow work, and a second at most for each piece of it."""

from tests.faults.slow import *  # noqa: F403

JOB_SECONDS = 1
