"""PostgreSQL: pg_dump of one snapshot; a restored database takes the other's name."""

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

import psycopg
from django.db import connections, transaction
from psycopg import sql

from studyapp.errors import Refused
from studyapp.upkeep.container import copy
from studyapp.upkeep.databases import connected
from studyapp.upkeep.engines.engine import Snapshot

_IN_USE = "数据库正有人在用：先停下服务和正在运行的命令，再来一次。"
_NO_RIGHT = (
    "数据库账号没有建库的权限，没法核验和恢复。"
    "由数据库管理员执行 ALTER ROLE {} CREATEDB，再来一次。"
)
_LEAVING = 2.0
"""Seconds for which the server may still name somebody who has closed the connection."""


class Postgresql:
    """See ``engine.Engine``."""

    vendor = "postgresql"
    member = "database.pgdump"
    packs = False

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._name = str(settings["NAME"])

    @contextmanager
    def snapshot(self, folder: Path) -> Iterator[Snapshot]:
        """Let pg_dump see what the connection that counts rows sees."""
        settings = {**self._settings, "CONN_MAX_AGE": 0}
        with connected("snapshot", settings) as connection, transaction.atomic("snapshot"):
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                cursor.execute("SELECT pg_export_snapshot()")
                (exported,) = cast(tuple[str], cursor.fetchone())
            options = ["-Fc", "--no-owner", "--no-privileges", f"--snapshot={exported}"]
            with self._running("pg_dump", self._name, *options, stdout=subprocess.PIPE) as process:
                yield Snapshot("snapshot", cast(IO[bytes], process.stdout))

    def load(self, stream: IO[bytes], folder: Path) -> dict[str, Any]:
        """Restore into a database of its own, beside the site's."""
        name = f"{self._name}_restore_{secrets.token_hex(4)}"
        self._create(name)
        settings = {**self._settings, "NAME": name, "CONN_MAX_AGE": 0}
        options = ["--no-owner", "--no-privileges", "--exit-on-error"]
        try:
            with (
                self._running("pg_restore", name, *options, stdin=subprocess.PIPE) as process,
                # When it gives up, it says itself why.
                suppress(BrokenPipeError),
            ):
                copy(stream, cast(IO[bytes], process.stdin))
        except BaseException:
            self.discard(settings)
            raise
        return settings

    def discard(self, settings: dict[str, Any]) -> None:
        """Drop the database."""
        self._maintain(sql.SQL("DROP DATABASE IF EXISTS {}").format(_id(settings["NAME"])))

    def replace(self, settings: dict[str, Any], former: Path) -> str:
        """Rename both in one transaction."""
        connections["default"].close()
        kept = f"{self._name}_{former.name.replace('-', '_')}"
        try:
            self._maintain(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(_id(self._name), _id(kept)),
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    _id(settings["NAME"]), _id(self._name)
                ),
            )
        except psycopg.errors.ObjectInUse as error:
            raise Refused(_IN_USE) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise Refused(self._not_the_owner()) from error
        return kept

    def has_replaced(self, settings: dict[str, Any]) -> bool:
        """Ask the server whether the restored one has given up its name."""
        with self._maintenance() as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [settings["NAME"]]
            ).fetchone()
        return found is None

    def take_back(self, former: Path) -> None:
        """Nothing: both names change in one transaction."""

    def refuse_without_rights(self) -> None:
        """Ask the server whose the database is, and whether the account may make another."""
        with self._maintenance() as connection:
            found = connection.execute(
                "SELECT pg_has_role(datdba, 'USAGE') AND (rolcreatedb OR rolsuper)"
                " FROM pg_database, pg_roles WHERE datname = %s AND rolname = current_user",
                [self._name],
            ).fetchone()
        if found and not found[0]:
            raise Refused(self._not_the_owner())

    def refuse_if_in_use(self) -> None:
        """Ask the server who else is connected; Refused when it is not over in a moment."""
        connections["default"].close()
        until = time.monotonic() + _LEAVING
        with self._maintenance() as connection:
            while connection.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = %s", [self._name]
            ).fetchone():
                if time.monotonic() > until:
                    raise Refused(_IN_USE)
                time.sleep(0.05)

    def problems(self, alias: str) -> list[str]:
        """Ask for every foreign key that was not checked; the server sees to the rest."""
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE NOT convalidated"
            )
            return [f"数据库：{table} 的约束 {name} 没有生效" for table, name in cursor.fetchall()]

    def version(self, alias: str) -> str:
        """Return the server's version."""
        with connections[alias].cursor() as cursor:
            cursor.execute("SHOW server_version")
            return str(cast(tuple[str], cursor.fetchone())[0])

    def sizes(self) -> tuple[int, int | None]:
        """Ask the server; its log is the server's own."""
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cast(tuple[int], cursor.fetchone())[0]), None

    # --- Below -----------------------------------------------------------------------------------

    def _not_the_owner(self) -> str:
        return (
            f"数据库账号 {self._settings['USER']} 不是库 {self._name} 的属主，或没有建库的权限，"
            "不能恢复备份、更新数据库。换属主的账号（DATABASE_URL），再来一次。数据没有动。"
        )

    def _create(self, name: str) -> None:
        try:
            # From the empty template, in the site's own encoding and order.
            self._maintain(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(_id(name))
            )
        except psycopg.errors.InsufficientPrivilege as error:
            raise Refused(_NO_RIGHT.format(self._settings["USER"])) from error

    def _maintain(self, *statements: sql.Composed) -> None:
        """Run statements about databases; several of them in one transaction."""
        with self._maintenance() as connection:
            if len(statements) == 1:
                connection.execute(statements[0])
                return
            with connection.transaction():
                for statement in statements:
                    connection.execute(statement)

    def _maintenance(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(
            dbname="postgres",
            user=self._settings["USER"],
            password=self._settings["PASSWORD"],
            host=self._settings["HOST"],
            port=self._settings["PORT"] or None,
            autocommit=True,
        )

    @contextmanager
    def _running(
        self, program: str, name: str, *options: str, **pipes: Any
    ) -> "Iterator[subprocess.Popen[bytes]]":
        """Run one of PostgreSQL's programs on a database; Refused with its words if it fails."""
        command = [_program(program), *options, *self._address(name)]
        # Its words go to a file: a pipe that nobody reads would stop it.
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(  # noqa: S603 - a fixed program without a shell
                command,
                env={**os.environ, "PGPASSWORD": str(self._settings["PASSWORD"])},
                stderr=said,
                **pipes,
            )
            try:
                yield process
            except BaseException:
                process.kill()
                raise
            finally:
                for pipe in filter(None, (process.stdin, process.stdout)):
                    with suppress(BrokenPipeError):
                        pipe.close()
                process.wait()
            if process.returncode:
                said.seek(0)
                lines = said.read().decode(errors="replace").strip().splitlines()
                raise Refused(f"{program} 没有做成：{lines[-1] if lines else process.returncode}")

    def _address(self, name: str) -> list[str]:
        given = {
            "--host": self._settings["HOST"],
            "--port": self._settings["PORT"],
            "--username": self._settings["USER"],
        }
        return [f"{key}={value}" for key, value in given.items() if value] + [f"--dbname={name}"]


def _id(name: str) -> sql.Identifier:
    return sql.Identifier(name)


def _program(name: str) -> str:
    """Find a program: the newest that the system has, for an older one reads no newer server."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: float(folder.parent.name),
        reverse=True,
    )
    for folder in folders:
        if (folder / name).exists():
            return str(folder / name)
    found = shutil.which(name)
    if found is None:
        raise Refused(f"这台机器上没有 {name}：安装 PostgreSQL 的客户端程序（postgresql-client）。")
    return found
