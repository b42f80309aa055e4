"""Sixty people post at the same moment: every note is there, once, and nobody is turned away."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.database import Database
from tests.faults.server import Site
from tests.faults.writers import Writer, lost
from tests.losses import Kept

pytestmark = pytest.mark.faults
AT_ONCE = 60
EACH = 2


@pytest.mark.loss("together")
def test_sixty_writers_at_once_are_all_stored_once(
    site: Site, database: Database, writer: Callable[[str], Writer], kept: Kept
) -> None:
    writers = [writer(f"many-{number}") for number in range(AT_ONCE)]
    together = threading.Barrier(AT_ONCE)

    def write(one: Writer) -> list[int]:
        together.wait()
        return [status for _ in range(EACH) for status in (one.save()[0], one.post()[0])]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(write, writers))
    assert answers == [[200, 302] * EACH] * AT_ONCE
    assert [len(one.account.notes) for one in writers] == [EACH] * AT_ONCE
    missing = lost(writers, database)
    kept.count(2 * AT_ONCE * EACH, missing)
    assert missing == []
