"""The database beside the server: what stands in it, and how to stand in the server's way."""

import sqlite3
import urllib.parse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg

EVERYWHERE = ("audit_entry", "saving_text", "saving_receipt", "meetings_note", "django_session")


class Database(Protocol):
    """What a test asks of a database that a server works on."""

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what is stored."""

    def problems(self) -> list[str]:
        """Return what the database itself finds wrong with its files."""

    def locked(self, *tables: str) -> Any:
        """Hold the lock that every change needs, for as long as the block lasts.

        With ``tables`` that of changes to these, where the database has one for each.
        """

    def waiting(self) -> int | None:
        """Return how many wait for a lock now; None where the database does not tell."""


class Sqlite:
    """A file; changes wait for its one write lock."""

    def __init__(self, data: Path) -> None:
        self.path = data / "study.sqlite3"

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=20, isolation_level=None)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(self.connect()) as connection:
            return connection.execute(query.replace("%s", "?"), values).fetchall()

    def problems(self) -> list[str]:
        return [row[0] for row in self.rows("PRAGMA integrity_check") if row[0] != "ok"]

    @contextmanager
    def locked(self, *tables: str) -> Iterator[None]:
        del tables
        with closing(self.connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")

    def waiting(self) -> int | None:
        return None


class Postgresql:
    """A server; changes wait for the table that each of them writes to."""

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self.url = urllib.parse.urlunsplit(("postgresql", *parts[1:]))

    def connect(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self.url, autocommit=True)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return connection.execute(query.encode(), values).fetchall()

    def run(self, statement: str) -> None:
        with self.connect() as connection:
            connection.execute(statement.encode())

    def problems(self) -> list[str]:
        # A checksum or an index that does not fit would stop these reads.
        self.rows("SELECT count(*), sum(length(body)) FROM saving_revision")
        self.rows("SELECT count(*), sum(length(body)) FROM meetings_note")
        return []

    @contextmanager
    def locked(self, *tables: str) -> Iterator[None]:
        names = ", ".join(tables or EVERYWHERE)
        with self.connect() as connection, connection.transaction():
            connection.execute(f"LOCK TABLE {names} IN EXCLUSIVE MODE".encode())
            yield

    def waiting(self) -> int | None:
        return int(self.rows("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")[0][0])
