"""Several people who act at the same instant, on connections of their own."""

import json
import subprocess
import sys
import time

from tests.faults.database import Database
from tests.faults.server import ROOT, Site

Act = tuple[str, str, dict[str, str] | None]
"""User name, address, and what is posted there (None: looked at)."""
_PATIENCE = 8  # seconds; a change gives up after env.LOCK_SECONDS


def at_once(site: Site, database: Database, acts: list[Act], *tables: str) -> list[tuple[int, str]]:
    """Let all act, and meet inside of what they do: for a while none of these tables changes."""
    people = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.people", json.dumps(acts)],
        cwd=ROOT,
        env=site.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert people.stdin is not None
        assert people.stdout is not None
        assert people.stdout.readline() == "ready\n"
        with database.locked(*tables):
            people.stdin.write("go\n")
            people.stdin.flush()
            until_all_wait(database, len(acts))
            assert people.poll() is None
        told, _ = people.communicate(timeout=30)
    finally:
        people.kill()
        people.wait()
    return [(status, page) for status, page in json.loads(told)]


def until_all_wait(database: Database, number: int) -> None:
    """Return when so many wait for each other; after a while where nobody can tell."""
    if database.waiting() is None:
        time.sleep(1)
        return
    deadline = time.monotonic() + _PATIENCE
    while database.waiting() != number:
        assert time.monotonic() < deadline
        time.sleep(0.05)
