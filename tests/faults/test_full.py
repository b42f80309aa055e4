"""The disk is full: said in words, nothing typed is lost, and it goes on when there is room."""

import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.faults.answers import counted, refused_plainly, stored
from tests.faults.conftest import signing_in
from tests.faults.database import Sqlite
from tests.faults.server import Site
from tests.losses import Kept

pytestmark = [pytest.mark.faults, pytest.mark.sqlite, pytest.mark.loss("full")]
DISK = 24  # MB


def told_and_mended(
    site: Site, what: str, fill: Callable[[], None], empty: Callable[[], None], kept: Kept
) -> None:
    """Write, fill, be told, read, empty, write on: the same story for every kind of full."""
    database = Sqlite(site.data)
    with (
        site.running(),
        signing_in(site, database) as sign_in,
        closing(database.connect()) as beside,
    ):
        writer = sign_in("full")
        assert writer.save()[0] == 200
        before = stored(database, "full")
        assert site.health() == 200
        # While somebody else is connected, SQLite keeps its log and gains no room by closing it.
        beside.execute("SELECT count(*) FROM saving_text").fetchone()
        fill()
        save, note, _ = refused_plainly(writer, what)
        assert site.health() == 503
        # What is stored can still be read, and is what it was.
        assert writer.client.ask(writer.form)[0] == 200
        assert stored(database, "full") == before
        assert database.problems() == []
        empty()
        began = time.monotonic()
        site.until(200, within=20)
        kept.back_after(time.monotonic() - began)
        assert writer.save(save)[0] == 200
        assert writer.post(note)[0] == 302
        kept(stored(database, "full")[0], save)
        kept(counted(database, note), 1)
    assert site.manage("verify_audit").returncode == 0


def test_a_database_file_that_may_not_grow(built: Site, tmp_path: Path, kept: Kept) -> None:
    data = copy_of(built, tmp_path / "data")
    site = Site(data, settings="tests.faults.small_file")
    pages = Sqlite(data).rows("PRAGMA page_count")[0][0] + 100
    (data / "pages").write_text(str(pages), encoding="utf-8")

    def run(*statements: str) -> None:
        with closing(Sqlite(data).connect()) as connection:
            connection.execute(f"PRAGMA max_page_count={pages}")
            for statement in statements:
                connection.execute(statement)

    def fill() -> None:
        run("CREATE TABLE filler (content)")
        for size in (40_000, 3_000):
            with pytest.raises(sqlite3.OperationalError, match="full"):
                run(*[f"INSERT INTO filler SELECT zeroblob({size})"] * 1000)

    told_and_mended(site, "服务器磁盘满了", fill, lambda: run("DROP TABLE filler"), kept)


def copy_of(site: Site, data: Path) -> Path:
    """Return a copy of a site that is not running."""
    shutil.copytree(site.data, data)
    return data


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Yield a file system of ``DISK`` MB, where this machine lets us have one."""
    folder.mkdir()
    options = f"size={DISK}m,mode=0700"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if (
        shutil.which("mount") is None
        or subprocess.run(command, check=False, capture_output=True).returncode
    ):
        pytest.skip("optional: this machine lets no small file system be mounted")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_file_system_without_room(built: Site, tmp_path: Path, kept: Kept) -> None:
    filler = tmp_path / "disk/filler"

    def fill() -> None:
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(4096)):
                pass

    with small_disk(tmp_path / "disk") as disk:
        told_and_mended(
            Site(copy_of(built, disk / "data")), "服务器磁盘满了", fill, filler.unlink, kept
        )
