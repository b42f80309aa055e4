"""The clock of the server jumps back and forth: order by revision, nothing lost, nothing twice."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from tests.faults.conftest import signing_in
from tests.faults.database import Database
from tests.faults.server import PASSWORD, Client, Site
from tests.faults.test_signing_at_once import VERSIONS, sound, submitted
from tests.faults.writers import lost
from tests.losses import Kept

pytestmark = [pytest.mark.faults, pytest.mark.loss("clock")]
HOUR = 3600


@pytest.fixture(scope="module")
def jumping(built: Site) -> Iterator[Site]:
    """The site with its server running on a clock that :func:`set_clock` sets."""
    site = replace(built, settings="tests.faults.jumping")
    set_clock(site, 0)
    with site.running():
        yield site


def set_clock(site: Site, seconds: int) -> None:
    """Let the clock be wrong by so much."""
    part = site.data / "clock.part"
    part.write_text(str(seconds), encoding="ascii")
    part.replace(site.data / "clock")


def test_words_keep_their_order_and_are_stored_once(
    jumping: Site, database: Database, kept: Kept
) -> None:
    with signing_in(jumping, database) as sign_in:
        one = sign_in("jumping")
        for seconds in (0, -3 * HOUR, 20 * 60, -11 * HOUR, 0):
            set_clock(jumping, seconds)
            assert one.save()[0] == 200
            assert one.post()[0] == 302
        newest = one.account.saves[-1]
        # Asked again in another time, it is the answer of then: nothing is stored.
        set_clock(jumping, -3 * HOUR)
        assert one.save(newest.body, newest.token)[0] == 200
        assert one.account.saves[-1] == newest
        # Far ahead every sign-in is over; words that come then are not taken for anybody's.
        set_clock(jumping, 13 * HOUR)
        assert one.save()[0] == 401
        one.client.sign_in("member")
    numbers = "SELECT v.number FROM saving_revision v JOIN saving_text t ON t.id = v.text_id "
    numbers += "WHERE t.key = %s ORDER BY v.id"
    assert database.rows(numbers, "jumping") == [(1,), (2,), (3,), (4,), (5,)]
    assert database.rows("SELECT body FROM saving_text WHERE key = %s", "jumping") == [
        (newest.body,)
    ]
    missing = lost([one], database)
    kept.count(len(one.account.saves) + len(one.account.notes), missing)
    assert missing == []


def test_signatures_stand_in_the_order_in_which_they_were_given(
    jumping: Site, database: Database, kept: Kept
) -> None:
    records = submitted(jumping, 2, by_recorder=True)
    with closing(Client(jumping.port)) as client:
        client.sign_in("secretary")
        for seconds, (record, revision) in zip((0, -HOUR), records, strict=True):
            set_clock(jumping, seconds)
            fields = {"revision": str(revision), "password": PASSWORD}
            assert client.ask(f"/minutes/{record}/confirm/", fields)[0] == 302
            # Once more, by a form from before: said, and no second version.
            assert client.ask(f"/minutes/{record}/confirm/", fields)[0] == 422
    set_clock(jumping, 0)
    rows = [database.rows(f"{VERSIONS} WHERE record_id = %s", record)[0] for record, _ in records]
    assert [row[:2] for row in rows] == [(record, 1) for record, _ in records]
    kept(rows[1][2], rows[0][2] + 1)
    assert sound(jumping)
