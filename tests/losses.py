"""The ways in which words could be lost, by name; ``make faults`` provokes them all.

A test that proves one carries ``@pytest.mark.loss(name)``, or several names. What it measures goes
through the fixture ``kept`` into its report, and from there into the figures that are printed.
"""

from collections.abc import Collection
from typing import Any

LOSSES: dict[str, str] = {
    "typing": "words being typed: saved by themselves, numbers rise, no loss without a row",
    "signing in": "sign-in ended, password changed, another person: same words, same writer",
    "together": "two tabs, two recorders, sixty writers: nobody overwrites",
    "line": "line down, a proxy's page, a lost answer: sent again, in order, once",
    "browser": "browser killed: the words are there when it opens again",
    "killed": "kill -9 of the whole server in the middle of writing",
    "full": "disk full: said in words, stored when there is room",
    "read-only": "database that may only be read: said in words, stored afterwards",
    "locked": "database locked by another: waited for, or said in words",
    "twice": "double click, replay: the second answer is the first result",
    "clock": "clock set back and forward: order by revision, nothing counts twice",
    "deleted": "deleted by mistake: 30 days in the bin, signed records never",
    "migration": "an update of the tables that fails: every table and file as before",
    "backup": "backup, destruction, restore: every table and file as before",
    "shut out": "disabled, or gone from the branch, while writing: words kept",
    "worker": "kill -9 of a worker in the middle of writing: the others go on",
    "postgresql": "PostgreSQL crashes and comes back under load",
    "upload": "uploads that break off: nothing stored, nothing left behind",
    "idle": "thousands of connections that ask nothing: others are served",
    "slow": "forms sent, files fetched and passwords checked slowly: others are served",
    "stopping": "a server told to go, also while it starts: goes, and leaves nothing",
}


class Kept:
    """Takes down for the report of a test what was acknowledged, and what of it is there."""

    def __init__(self, properties: list[tuple[str, object]]) -> None:
        self._properties = properties

    def __call__(self, found: Any, words: Any) -> None:
        """Expect that acknowledged ``words`` were found as they were; count them."""
        self.count(1, [] if found == words else [words])
        assert found == words

    def count(self, acknowledged: int, lost: Collection[object]) -> None:
        """Take down how many were acknowledged, and which of them are not there."""
        found = acknowledged - len(lost)
        self._properties += [("acknowledged", acknowledged), ("found", found)]

    def same(self, found: dict[str, str], before: dict[str, str]) -> None:
        """Expect the fingerprints of all tables and files to be what they were; count them."""
        self.count(len(before), [name for name, one in before.items() if found.get(name) != one])
        assert found == before

    def back_after(self, seconds: float) -> None:
        """Take down how long it took until it worked again."""
        self._properties.append(("back", round(seconds, 2)))
