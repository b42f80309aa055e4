"""A site of its own for each test: the demo bureau in a database and a folder beside the others."""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from studyapp import env
from studyapp.dashboards.demo.build import build
from studyapp.upkeep import facts
from studyapp.upkeep.databases import connected, working_in

POSTGRESQL = bool(os.environ.get("DATABASE_URL"))
FLEETING = {"django_session", "audit_entry", "jobs_job"}
"""Restoring ends sessions, adds a line to the log, and knows that files of jobs are gone."""


@dataclass(frozen=True)
class Site:
    """An installation: its folder, and Django's settings of its database."""

    data: Path
    database: dict[str, Any]

    @contextmanager
    def opened(self) -> Iterator["Site"]:
        """Let commands and models work here."""
        media = self.data / "media"
        with (
            override_settings(
                DATA_DIR=self.data, MEDIA_ROOT=media, AUDIT_ANCHOR=self.data / "audit.anchor"
            ),
            connected("site", self.database) as connection,
            working_in(connection),
        ):
            yield self

    def fingerprints(self) -> dict[str, str]:
        """Return a hash of every table and of every uploaded file, jobs apart."""
        found = {
            model._meta.db_table: facts.fingerprint(model, "default")
            for model in facts.tables()
            if model._meta.db_table not in FLEETING
        }
        media = self.data / "media"
        for path in sorted(media.rglob("*")):
            if path.is_file() and "jobs" not in path.relative_to(media).parts:
                found[path.relative_to(media).as_posix()] = path.read_bytes().hex()
        return found


def _server() -> psycopg.Connection[Any]:
    settings = env.database(Path())
    return psycopg.connect(
        dbname="postgres",
        user=settings["USER"],
        password=settings["PASSWORD"],
        host=settings["HOST"],
        port=settings["PORT"],
        autocommit=True,
    )


def administer(*statements: str) -> None:
    """Run statements about whole databases."""
    with _server() as connection:
        for statement in statements:
            connection.execute(statement.encode())


def a_database(data: Path, name: str) -> dict[str, Any]:
    """Return the settings of a database for a site in ``data``."""
    if not POSTGRESQL:
        return env.database(data, {})
    return {**env.database(data), "NAME": name, "CONN_MAX_AGE": 0}


def drop(name: str) -> None:
    """Drop every database whose name begins so."""
    with _server() as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [name]
        ).fetchall()
    administer(*(f'DROP DATABASE "{row[0]}" WITH (FORCE)' for row in rows))


@pytest.fixture(scope="session")
def built(django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo bureau; built once, for it takes seconds."""
    data = tmp_path_factory.mktemp("upkeep")
    (data / "media").mkdir()
    name = f"upkeep_{secrets.token_hex(4)}"
    if POSTGRESQL:
        administer(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    site = Site(data, a_database(data, name))
    with django_db_blocker.unblock(), site.opened():
        call_command(DjangoMigrate(), interactive=False, verbosity=0)
        with transaction.atomic():
            build(at=timezone.now())
    yield site
    if POSTGRESQL:
        drop(name)


@pytest.fixture
def another(built: Site, django_db_blocker: Any, tmp_path: Path) -> Iterator[Callable[[str], Site]]:
    """Return a function that makes a copy of the bureau under a name."""
    made: list[str] = []

    def make(word: str) -> Site:
        data = tmp_path / word
        shutil.copytree(built.data, data)
        name = f"{built.database['NAME']}_{word}_{secrets.token_hex(3)}"
        if POSTGRESQL:
            administer(f'CREATE DATABASE "{name}" TEMPLATE "{built.database["NAME"]}"')
            made.append(name)
        return Site(data, a_database(data, name))

    with django_db_blocker.unblock():
        yield make
    for name in made:
        drop(name)


@pytest.fixture
def site(another: Callable[[str], Site]) -> Iterator[Site]:
    """A site of the test's own, which it works in."""
    with another("site").opened() as opened:
        yield opened
