"""When the store below the program does not take a change: full, read-only, busy or gone.

These are no faults of the program and no refusals of its rules: the person is told what is wrong
in words, keeps what was typed, and tries again later; the administrator is told by ``/healthz``.
"""

import base64
import errno
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import InterfaceError, OperationalError, connection, connections, transaction
from django.utils import timezone


@dataclass(frozen=True)
class Trouble:
    """What is wrong, what to do, and when to send a form again; ``retry`` is in seconds."""

    what: str
    advice: str
    then: str
    retry: int


_TELL = "告诉系统管理员"
FULL = Trouble("服务器磁盘满了", _TELL, "腾出空间后再提交一次", 60)
UNWRITABLE = Trouble("服务器磁盘写不进去", _TELL, "修好后再提交一次", 60)
READ_ONLY = Trouble("数据库现在只能读，不能写", _TELL, "修好后再提交一次", 60)
BUSY = Trouble("数据库正忙", f"总是这样，{_TELL}", "过几秒再提交一次", 5)
CROWDED = Trouble("同时交上来的太多", f"总是这样，{_TELL}", "过一会儿再提交一次", 10)
AWAY = Trouble("数据库连不上", f"总是这样，{_TELL}", "过一会儿再提交一次", 10)

# Primary result codes, https://www.sqlite.org/rescode.html
_SQLITE = {
    3: READ_ONLY,  # PERM
    5: BUSY,
    6: BUSY,  # LOCKED
    8: READ_ONLY,
    10: UNWRITABLE,  # IOERR
    13: FULL,
    14: AWAY,  # CANTOPEN
}
# No room for the index of the log, which whoever opens the file first makes.
_SQLITE_EXTENDED = {sqlite3.SQLITE_IOERR_SHMSIZE: FULL}
# Codes and classes of codes, PostgreSQL manual, appendix A.
_POSTGRESQL = {
    "25006": READ_ONLY,
    "40001": BUSY,
    "40P01": BUSY,
    "53100": FULL,
    "53300": BUSY,  # too many connections
    "55P03": BUSY,  # lock_timeout (env.database)
    "58030": UNWRITABLE,
}
_POSTGRESQL_CLASSES = {"08": AWAY, "57": AWAY}
_SYSTEM = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: UNWRITABLE,
    errno.ENOBUFS: CROWDED,  # web.room
    errno.EIO: UNWRITABLE,
    errno.EROFS: READ_ONLY,
}


def trouble(error: BaseException | None) -> Trouble | None:
    """Return what is wrong with the store when ``error`` comes from that; None for other faults."""
    lost = False
    while error is not None:
        lost = lost or isinstance(error, OperationalError | InterfaceError)
        if (found := _named(error, lost=lost)) is not None:
            return found
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return None


def _named(error: BaseException, *, lost: bool) -> Trouble | None:
    if isinstance(error, OSError):
        return _SYSTEM.get(error.errno or 0)
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        return _SQLITE_EXTENDED.get(code) or _SQLITE.get(code & 0xFF)
    if not hasattr(error, "sqlstate"):
        return None
    state = error.sqlstate
    if state is None:
        # psycopg has no code where no server answered.
        return AWAY if lost else None
    return _POSTGRESQL.get(state) or _POSTGRESQL_CLASSES.get(state[:2])


def reconnect() -> None:
    """Let the next request open the database anew: a file may be writable again, a server back."""
    for one in connections.all(initialized_only=True):
        if not one.in_atomic_block:
            one.close()


_PROBE = 1024 * 1024  # bytes: more than any text that a person stores at once
_ROW = 32 * 1024  # bytes: more than any page of the database
_PIECE = 4096  # bytes
_HASH = 64  # bytes
_PATIENCE = 2_000  # milliseconds that the rehearsal waits for its turn


@contextmanager
def rehearsal() -> Iterator[None]:
    """Raise what a change would raise now; nothing that is stored inside stays.

    Costs some milliseconds: a file that is thrown away shows whether the disk takes bytes, a row
    that is rolled back whether the database does. Both are random, for zeros take hardly any room
    where somebody compresses.
    """
    probe = os.urandom(_PROBE)
    with tempfile.TemporaryFile(dir=settings.DATA_DIR) as file:
        file.write(probe)
    with _impatient(), transaction.atomic():
        if connection.vendor == "postgresql":
            _elsewhere()
        Session.objects.create(
            session_key="healthz",
            session_data=base64.b64encode(probe[: _ROW * 3 // 4]).decode(),
            expire_date=timezone.now(),
        )
        yield
        transaction.set_rollback(True)


def _elsewhere() -> None:
    """Have PostgreSQL, whose disk may be another one, sort as many bytes in a file of its own.

    They are made over there: a statement that fails stands in its log. As rows they would stand in
    what it writes ahead, and be swept up, as often as monitoring asks.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {_PATIENCE}")
        cursor.execute("SET LOCAL work_mem = '64kB'")
        cursor.execute(
            "WITH made AS MATERIALIZED (SELECT string_agg(sha512(random()::text::bytea), '') "
            "AS bytes FROM generate_series(1, %s)) "
            "SELECT count(DISTINCT substr(made.bytes, 1 + n * %s, %s)) "
            "FROM made, generate_series(0, %s) AS n",
            [_PROBE // _HASH, _PIECE, _PIECE, _PROBE // _PIECE - 1],
        )


@contextmanager
def _impatient() -> Iterator[None]:
    """Wait for SQLite's lock no longer than monitoring waits for an answer."""
    if connection.vendor != "sqlite":
        yield
        return
    usual = int(connection.settings_dict["OPTIONS"]["timeout"] * 1000)
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")
