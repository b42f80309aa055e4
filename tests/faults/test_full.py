"""The disk is full: said in words, nothing typed is lost, and it goes on when there is room."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.faults.answers import counted, refused_plainly, stored
from tests.faults.conftest import signing_in
from tests.faults.database import Database, Postgresql, Sqlite
from tests.faults.server import Client, Site
from tests.faults.test_broken_off import SCAN, SENTENCE, UNIT, everything
from tests.losses import Kept

pytestmark = [pytest.mark.faults, pytest.mark.loss("full")]
DISK = 48  # MB
LEFT = 500_000  # bytes: enough for a page, too little to go on with


def told_and_mended(
    site: Site,
    database: Sqlite | Postgresql,
    fill: Callable[[], None],
    empty: Callable[[], None],
    kept: Kept,
) -> None:
    """Write, fill, be told, read, empty, write on: the same story for every kind of full."""
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
        save, note, _ = refused_plainly(writer, "服务器磁盘满了")
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


@pytest.mark.sqlite
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

    told_and_mended(site, Sqlite(data), fill, lambda: run("DROP TABLE filler"), kept)


def copy_of(site: Site, data: Path) -> Path:
    """Return a copy of a site that is not running."""
    shutil.copytree(site.data, data)
    return data


@contextmanager
def small_disk() -> Iterator[Path]:
    """Yield a file system of ``DISK`` MB that any user can enter, where this machine lets us."""
    folder = Path(tempfile.mkdtemp(prefix="studyapp-disk-"))
    options = f"size={DISK}m,mode=0755"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        if (
            shutil.which("mount") is None
            or subprocess.run(command, check=False, capture_output=True).returncode
        ):
            pytest.skip("optional: this machine lets no small file system be mounted")
        try:
            yield folder
        finally:
            subprocess.run(["umount", str(folder)], check=True)
    finally:
        folder.rmdir()


def fill_up(disk: Path, *, but: int = 0) -> None:
    """Leave so many bytes, the last ones not even for a file without a name."""
    with (disk / "filler").open("ab", buffering=0) as file, suppress(OSError):
        while room(disk) > but and file.write(bytes(4096)):
            pass


def room(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


def told_and_mended_on(disk: Path, site: Site, database: Sqlite | Postgresql, kept: Kept) -> None:
    """Tell the story on a file system that first is nearly full: red before anybody is told."""

    def fill() -> None:
        fill_up(disk, but=LEFT)
        assert site.health() == 503
        fill_up(disk)

    told_and_mended(site, database, fill, (disk / "filler").unlink, kept)


@pytest.mark.sqlite
def test_a_file_system_without_room(built: Site, kept: Kept) -> None:
    with small_disk() as disk:
        site = Site(copy_of(built, disk / "data"))
        told_and_mended_on(disk, site, Sqlite(site.data), kept)


@pytest.mark.postgres
def test_a_database_server_without_room(
    built: Site, cluster: Any, tmp_path: Path, kept: Kept
) -> None:
    """Its disk is not the one of the data folder, which has room all the time."""
    owner = Postgresql(cluster.owner)
    with small_disk() as disk:
        os.chown(disk, cluster.uid, -1)
        owner.run(f"CREATE TABLESPACE small LOCATION '{disk}'")
        try:
            owner.run("CREATE DATABASE small OWNER studyapp TEMPLATE studyapp TABLESPACE small")
            url = urlunsplit(urlsplit(cluster.url)._replace(path="/small"))
            site = Site(copy_of(built, tmp_path / "data"), url)
            told_and_mended_on(disk, site, Postgresql(url), kept)
        finally:
            owner.run("DROP DATABASE IF EXISTS small WITH (FORCE)")
            owner.run("DROP TABLESPACE small")


@pytest.mark.loss("upload")
def test_files_for_which_there_is_no_room(
    built: Site, database: Database, monkeypatch: pytest.MonkeyPatch, kept: Kept
) -> None:
    """A scan that breaks off half-way and a speech: both are told, with what was typed."""
    (record,) = database.rows("SELECT min(record_id) FROM minutes_signedversion")[0]
    (unit,) = database.rows(UNIT, "secretary")[0]
    source = "办公室转来的文件，编号还没有定。"
    speech = ("/speeches/new/", "讲话.txt", SENTENCE.encode() * 100)
    scan = (f"/minutes/{record}/scans/", "签字页.pdf", SCAN)
    with small_disk() as disk, closing(Client(built.port)) as client:
        site = replace(built, data=copy_of(built, disk / "data"))
        there = database if site.database_url else Sqlite(site.data)
        monkeypatch.setenv("TMPDIR", str(disk))
        with site.running():
            client.sign_in("secretary")
            fill_up(disk, but=LEFT)
            before = everything(site, there)
            told = [client.upload(*scan)]
            fill_up(disk)
            told.append(client.upload(*speech, unit=str(unit), source=source))
            for status, page in told:
                assert (status, "<h1>没存上：服务器磁盘满了</h1>" in page) == (503, True), page
            assert source in told[1][1]
            (disk / "filler").unlink()
            after = everything(site, there)
            kept.count(len(before[1]), set(before[1]) - set(after[1]))
            assert after == before
            site.until(200, within=20)
            assert client.upload(*scan)[0] == 302
            assert client.upload(*speech, unit=str(unit), source=source)[0] == 302
        if site.database_url:
            # Its rows stand in the database of all tests here; so must its files be in their folder.
            shutil.copytree(site.data / "media", built.data / "media", dirs_exist_ok=True)
