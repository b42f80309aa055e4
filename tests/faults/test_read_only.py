"""The database may only be read, or is not there at all: said in words, and it comes back by itself."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.faults.answers import counted, refused_plainly, send_again, stored
from tests.faults.conftest import signing_in
from tests.faults.database import Database, Postgresql, Sqlite
from tests.faults.server import Client, Site
from tests.faults.writers import lost, writing
from tests.losses import Kept

pytestmark = pytest.mark.faults
SECRET = "not-the-password-2026"


@contextmanager
def file_of(built: Site, folder: Path) -> Iterator[tuple[Site, Callable[[bool], None]]]:
    """Yield a site, and a function that takes the right to write to its file away."""
    shutil.copytree(built.data, folder)
    # Root may write to any file, unless that right is taken away.
    rights = ("setpriv", "--bounding-set=-dac_override") if os.geteuid() == 0 else ()
    site = Site(folder, prefix=rights)

    def freeze(frozen: bool) -> None:  # noqa: FBT001
        # What SQLite keeps beside the file has the file's rights.
        for path in folder.glob("study.sqlite3*"):
            path.chmod(0o400 if frozen else 0o600)

    try:
        yield site, freeze
    finally:
        site.stop()


@contextmanager
def server_of(built: Site, database: Postgresql) -> Iterator[tuple[Site, Callable[[bool], None]]]:
    """Yield the site, and a function that lets the server of its database take nothing."""
    name = built.database_url.rpartition("/")[2]

    def freeze(frozen: bool) -> None:  # noqa: FBT001
        database.run(
            f"BEGIN READ WRITE; ALTER DATABASE {name} "
            f"SET default_transaction_read_only = {'on' if frozen else 'off'}; COMMIT"
        )

    try:
        yield built, freeze
    finally:
        freeze(False)  # noqa: FBT003
        built.stop()


@pytest.mark.loss("read-only")
def test_a_database_that_may_only_be_read(
    built: Site, database: Database, tmp_path: Path, kept: Kept
) -> None:
    with (
        server_of(built, database)
        if isinstance(database, Postgresql)
        else file_of(built, tmp_path / "data")
    ) as (site, freeze):
        beside = database if isinstance(database, Postgresql) else Sqlite(site.data)
        site.start()
        with signing_in(site, beside) as sign_in:
            writer = sign_in("frozen")
            assert writer.save()[0] == 200
            before = stored(beside, "frozen")
            site.stop()
            writer.client.close()
            freeze(True)  # noqa: FBT003
            site.start(health=503)
            assert writer.client.ask(writer.form)[0] == 200
            save, note, _ = refused_plainly(writer, "数据库现在只能读，不能写")
            assert stored(beside, "frozen") == before
            with closing(Client(site.port)) as stranger:
                stranger.ask("/login/")
                status, page = stranger.ask("/login/", {"username": "member", "password": SECRET})
                # A password is neither shown nor put into a form that sends it again.
                assert (status, SECRET in page, send_again(page)) == (503, False, {})
            freeze(False)  # noqa: FBT003
            # Without a new start.
            began = time.monotonic()
            site.until(200, within=20)
            kept.back_after(time.monotonic() - began)
            assert writer.save(save)[0] == 200
            assert writer.post(note)[0] == 302
            kept(stored(beside, "frozen")[0], save)
            kept(counted(beside, note), 1)


@pytest.mark.loss("postgresql")
@pytest.mark.postgres
def test_a_database_server_that_goes_and_comes_back(
    site: Site, database: Database, writer: Callable[[str], Any], cluster: Any, kept: Kept
) -> None:
    writers = [writer(f"gone-{number}") for number in range(4)]
    with writing(writers):
        for _ in range(200):
            if sum(len(one.account.notes) for one in writers) > 5:
                break
            time.sleep(0.05)
        # As kill -9 would: it looks after its own files when it comes back.
        cluster.stop()
    try:
        assert all(one.account.wrong for one in writers)
        assert site.health() == 503
        save, note, _ = refused_plainly(writers[0], "数据库连不上")
    finally:
        began = time.monotonic()
        cluster.start()
    site.until(200, within=20)
    kept.back_after(time.monotonic() - began)
    missing = lost(writers, database)
    kept.count(sum(len(one.account.saves) + len(one.account.notes) for one in writers), missing)
    assert missing == []
    writers[0].catch_up(database)
    assert writers[0].save(save)[0] == 200
    assert writers[0].post(note)[0] == 302
    kept(stored(database, "gone-0")[0], save)
    kept(counted(database, note), 1)
