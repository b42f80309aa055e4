"""SQLite: one file, copied by SQLite's own online backup while people write."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

from django.db import connections

from studyapp.disk import sync
from studyapp.errors import Refused
from studyapp.upkeep.container import copy
from studyapp.upkeep.databases import connected
from studyapp.upkeep.engines.engine import Snapshot

_IN_USE = "数据库正有人在用：先停下服务和正在运行的命令，再来一次。"
_BESIDE = ("-wal", "-shm", "-journal")
_PATIENCE = 2  # seconds


class Sqlite:
    """See ``engine.Engine``."""

    vendor = "sqlite"
    member = "database.sqlite3"
    packs = True

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._path = Path(settings["NAME"])

    @contextmanager
    def snapshot(self, folder: Path) -> Iterator[Snapshot]:
        """Copy in one step: a reader's view, so that writers go on."""
        target = folder / self.member
        _new(target)
        with (
            closing(sqlite3.connect(self._path, timeout=60)) as source,
            closing(sqlite3.connect(target)) as copied,
        ):
            source.backup(copied)
            # The copy is one file, without a log of its own beside it.
            copied.execute("PRAGMA journal_mode=DELETE").fetchone()
        with connected("snapshot", _reading(target)), target.open("rb") as stream:
            yield Snapshot("snapshot", stream, target.stat().st_size)

    def load(self, stream: IO[bytes], folder: Path) -> dict[str, Any]:
        """Write the file down."""
        target = folder / self._path.name
        _new(target)
        with target.open("wb") as file:
            copy(stream, file)
            file.flush()
            os.fsync(file.fileno())
        return {**self._settings, "NAME": str(target), "CONN_MAX_AGE": 0}

    def discard(self, settings: dict[str, Any]) -> None:
        """Remove the file."""
        for suffix in ("", *_BESIDE):
            Path(f"{settings['NAME']}{suffix}").unlink(missing_ok=True)

    def replace(self, settings: dict[str, Any], former: Path) -> str:
        """Rename the file over the site's; a second name keeps the former one."""
        new = Path(settings["NAME"])
        _into_one_file(new)
        self.refuse_if_in_use()
        kept = ""
        if self._path.exists():
            kept = str(former / self._path.name)
            for suffix in ("", *_BESIDE):
                beside = Path(f"{self._path}{suffix}")
                if beside.exists():
                    second_name(beside, former / beside.name)
            # A log left beside would be taken for one of the new file.
            for suffix in _BESIDE:
                Path(f"{self._path}{suffix}").unlink(missing_ok=True)
        new.replace(self._path)
        sync(self._path.parent)
        return kept

    def has_replaced(self, settings: dict[str, Any]) -> bool:
        """Look whether the file has left its place."""
        return not Path(settings["NAME"]).exists()

    def take_back(self, former: Path) -> None:
        """Put the log of a damaged database beside it again; others have none by then."""
        for suffix in _BESIDE:
            beside = Path(f"{self._path}{suffix}")
            kept = former / beside.name
            if kept.exists() and not beside.exists():
                second_name(kept, beside)

    def refuse_without_rights(self) -> None:
        """Whoever writes to the folder may."""

    def refuse_if_in_use(self) -> None:
        """Ask for the whole file: SQLite gives it only when nobody else has it open."""
        connections["default"].close()
        if not self._path.exists():
            return
        try:
            _into_one_file(self._path)
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise Refused(_IN_USE) from error
        except sqlite3.DatabaseError:
            # What is damaged may be restored; it is kept as it is.
            return

    def problems(self, alias: str) -> list[str]:
        """Run SQLite's own checks."""
        with connections[alias].cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            found = [f"数据库文件：{row[0]}" for row in cursor.fetchall() if row[0] != "ok"]
            cursor.execute("PRAGMA foreign_key_check")
            for table, row, parent, _ in cursor.fetchall():
                found.append(f"数据库：{table} 第 {row} 行指向的 {parent} 不在了")
        return found

    def version(self, alias: str) -> str:
        """Return the version of the library."""
        return sqlite3.sqlite_version

    def sizes(self) -> tuple[int, int | None]:
        """Ask the database, which may be one in memory, and look at its log."""
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            (size,) = cursor.fetchone()
        wal = Path(f"{self._path}-wal")
        return int(size), wal.stat().st_size if wal.exists() else 0


def _reading(path: Path) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}


def _new(path: Path) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _into_one_file(path: Path) -> None:
    """Bring the log into the file and remove it, which needs the file for oneself alone."""
    with closing(sqlite3.connect(path, timeout=_PATIENCE)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        # Where there was no log, the line above asked nobody.
        connection.execute("BEGIN EXCLUSIVE")


def second_name(path: Path, name: Path) -> None:
    """Keep a file under a second name, so that the first can be given to another one."""
    name.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        os.link(path, name)
    except OSError:
        # A file system without links: a copy of its own.
        with path.open("rb") as source, name.open("xb") as target:
            copy(source, target)
        name.chmod(0o600)
