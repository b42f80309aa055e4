"""A real server on a data folder of its own, on the database that this run is about."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.faults.database import Database, Postgresql, Sqlite
from tests.faults.server import ROOT, Client, Site
from tests.faults.writers import Writer

POSTGRESQL = bool(os.environ.get("DATABASE_URL"))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """A PostgreSQL that may be stopped, whatever the other tests work on."""
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import postgres
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    programs = postgres.programs()
    if programs is None:
        pytest.skip("initdb is not installed")
    # It is stopped as if it had crashed: what it acknowledged must be in its files by then.
    with postgres.cluster(programs, synchronous_commit="on") as found:
        yield found


@pytest.fixture(scope="session")
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site of all tests here; built once, for it takes seconds."""
    url = request.getfixturevalue("cluster").url if POSTGRESQL else ""
    site = Site(tmp_path_factory.mktemp("faults"), url)
    outcome = site.manage("prepare", "--demo")
    assert outcome.returncode == 0, outcome.stderr
    return site


@pytest.fixture
def database(built: Site) -> Database:
    return Postgresql(built.database_url) if POSTGRESQL else Sqlite(built.data)


@pytest.fixture
def site(built: Site) -> Iterator[Site]:
    """The site with its server running."""
    with built.running() as running:
        yield running


@contextmanager
def signing_in(site: Site, database: Database) -> Iterator[Callable[[str], Writer]]:
    """Yield a function that signs a member of the running meeting's branch in to write."""
    meeting, unit = database.rows(
        "SELECT id, unit_id FROM meetings_meeting WHERE state = %s", "open"
    )[0]
    members = database.rows(
        "SELECT u.username FROM accounts_user u JOIN branches_membership m ON m.user_id = u.id "
        "WHERE m.unit_id = %s ORDER BY u.id",
        unit,
    )
    clients: list[Client] = []

    def sign_in(name: str) -> Writer:
        username = members[len(clients) % len(members)][0]
        clients.append(Client(site.port))
        form = f"/notes/new/?meeting={meeting}"
        return Writer(clients[-1].sign_in(username), name, form, str(unit))

    try:
        yield sign_in
    finally:
        for client in clients:
            client.close()


@pytest.fixture
def writer(site: Site, database: Database) -> Iterator[Callable[[str], Writer]]:
    """Return a function that signs somebody in to write under a name."""
    with signing_in(site, database) as sign_in:
        yield sign_in
