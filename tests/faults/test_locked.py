"""Another process holds the lock for longer than anybody waits; the same words come twice."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

import pytest

from studyapp.env import LOCK_SECONDS
from tests.faults.answers import counted, refused_plainly, send_again, stored
from tests.faults.conftest import signing_in
from tests.faults.database import Database
from tests.faults.server import ROOT, Site
from tests.faults.writers import Writer
from tests.losses import Kept

pytestmark = pytest.mark.faults


@pytest.mark.loss("locked", "twice")
def test_a_lock_that_lasts_is_told_and_the_retry_stores_once(
    built: Site, database: Database, kept: Kept
) -> None:
    impatient = replace(built, settings="tests.faults.impatient")
    with impatient.running() as site, signing_in(site, database) as sign_in:
        one = sign_in("locked")
        assert one.save()[0] == 200
        with database.locked():
            save, note, page = refused_plainly(one, "数据库正忙")
            assert site.health() == 503
        assert site.health() == 200
        assert counted(database, note) == 0

        again = send_again(page)
        assert [one.client.ask(one.form, again)[0] for _ in range(2)] == [302, 302]
        kept(counted(database, note), 1)
        # The same save as before, and once more although it was stored: one revision.
        assert one.save(save, "the-same")[0] == 200
        one.revision = 1
        assert one.save(save, "the-same")[0] == 200
        assert one.account.saves[-1] == one.account.saves[-2]
        kept(stored(database, "locked"), (save, 2))


def test_a_change_gives_up_waiting_before_the_browser_does() -> None:
    script = (ROOT / "static/js/saving.js").read_text(encoding="utf-8")
    (browser,) = re.findall(r"const ANSWER_WITHIN = (\d+);", script)
    assert (LOCK_SECONDS, int(browser)) == (10, 20_000)


@pytest.mark.loss("locked")
def test_a_short_lock_is_waited_for(
    site: Site, database: Database, writer: Callable[[str], Writer], kept: Kept
) -> None:
    one = writer("short")
    words = one.words()
    with ThreadPoolExecutor() as pool:
        with database.locked():
            save = pool.submit(one.save, words)
            assert wait([save], timeout=1).done == set()
        assert save.result()[0] == 200
    kept(stored(database, "short"), (words, 1))
