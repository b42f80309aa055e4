"""From SQLite to PostgreSQL: the same rows, keys and hashes, in an empty database or not at all."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from studyapp import env
from studyapp.audit import triggers
from studyapp.audit.actions import record
from studyapp.audit.models import Entry
from studyapp.dashboards.demo.build import build
from studyapp.meetings.models import Meeting
from studyapp.upkeep import checking, facts
from studyapp.upkeep.databases import connected, working_in
from tests.factories import make_unit
from tests.upkeep.conftest import Site, administer, drop

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def old(django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo bureau in SQLite, whatever the other tests work on."""
    data = tmp_path_factory.mktemp("old")
    (data / "media").mkdir()
    site = Site(data, env.database(data, {}))
    with django_db_blocker.unblock():
        with site.opened():
            call_command(DjangoMigrate(), interactive=False, verbosity=0)
            with transaction.atomic():
                build(at=timezone.now())
        yield site


@contextmanager
def empty() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the address of an empty database, and Django's settings for it."""
    name = f"transfer_{secrets.token_hex(4)}"
    administer(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    usual = env.database(Path())
    there = {**usual, "NAME": name, "CONN_MAX_AGE": 0}
    try:
        yield "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**there), there
    finally:
        drop(name)


@pytest.fixture
def in_a_file(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that writes an address where its owner alone reads it."""

    def write(url: str) -> Path:
        path = tmp_path / "new-database"
        path.touch(mode=0o600)
        path.write_text(f"{url}\n", encoding="utf-8")
        return path

    return write


def test_everything_moves_and_every_hash_stays_valid(
    old: Site, in_a_file: Callable[[str], Path]
) -> None:
    with old.opened():
        before = old.fingerprints()
        end = facts.gather("default")
    with empty() as (url, there):
        with old.opened():
            call_command("transfer", to_file=in_a_file(url))
            assert old.fingerprints() == before
            with pytest.raises(CommandError, match="不是空的"):
                call_command("transfer", to_file=in_a_file(url))
        media = old.data / "media"
        with (
            override_settings(DATA_DIR=old.data, MEDIA_ROOT=media,
                              AUDIT_ANCHOR=old.data / "audit.anchor"),
            connected("new", there) as connection,
            working_in(connection),
        ):  # fmt: skip
            assert old.fingerprints() == before
            found = facts.gather("default")
            assert (found.rows, found.audit, found.heads) == (end.rows, end.audit, end.heads)
            assert triggers.missing() == []
            assert checking.site() == []
            # Keys go on where they were.
            unit = make_unit("新支部")
            assert unit.pk > 1
            assert record("转移以后").seq == end.audit[0] + 1


def test_what_does_not_fit_leaves_the_other_side_empty(
    old: Site, in_a_file: Callable[[str], Path]
) -> None:
    with empty() as (url, there), old.opened():
        meeting = Meeting.objects.order_by("pk")[0]
        title = meeting.title
        Meeting.objects.filter(pk=meeting.pk).update(title="nul \0 byte")
        try:
            with pytest.raises(CommandError, match="放不进新的数据库"):
                call_command("transfer", to_file=in_a_file(url))
        finally:
            Meeting.objects.filter(pk=meeting.pk).update(title=title)
        with connected("new", there) as connection:
            assert connection.introspection.table_names() == []
        assert Entry.objects.exists()


def test_only_an_empty_postgresql_will_do(old: Site, in_a_file: Callable[[str], Path]) -> None:
    with old.opened():
        with pytest.raises(CommandError, match="DATABASE_URL"):
            call_command("transfer", to="mysql://a/b")
        with pytest.raises(CommandError, match="连不上"):
            call_command("transfer", to_file=in_a_file("postgres://u:p@127.0.0.1:1/x"))
        with pytest.raises(CommandError, match="只能转到 PostgreSQL"):
            call_command("transfer", to_file=in_a_file(""))


def test_no_password_stands_in_the_list_of_processes(
    old: Site, in_a_file: Callable[[str], Path]
) -> None:
    with empty() as (url, there), old.opened():
        with pytest.raises(CommandError, match="命令里不写密码") as caught:
            call_command("transfer", to=url)
        assert there["PASSWORD"] not in str(caught.value)
        path = in_a_file(url)
        path.chmod(0o604)
        with pytest.raises(CommandError, match="chmod 600"):
            call_command("transfer", to_file=path)
        with connected("new", there) as connection:
            assert connection.introspection.table_names() == []
