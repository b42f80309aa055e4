"""PostgreSQL with two roles: the server's own backs up; the owner updates, restores and grants."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction
from django.test import override_settings

from studyapp.audit.actions import record
from studyapp.audit.models import Entry
from studyapp.meetings.models import Meeting
from studyapp.upkeep import roles
from tests.upkeep.conftest import Site

pytestmark = pytest.mark.postgres


@pytest.fixture
def owned(another: Callable[[str], Site]) -> Site:
    """A site whose owner has given the server's own role its rights."""
    site = another("roles")
    with as_owner(site):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'study_app%'")
            if cursor.fetchone() != (2,):
                pytest.skip("optional: this server has no roles study_app and study_app_only")
        roles.grant()
    return site


@contextmanager
def as_owner(site: Site) -> Iterator[None]:
    with override_settings(DATABASE_ROLE="study_app"), site.opened():
        yield


@contextmanager
def as_role(site: Site, name: str) -> Iterator[None]:
    with replace(site, database={**site.database, "USER": name}).opened():
        yield


def backups(site: Site) -> list[str]:
    """Return the names of the backups, oldest first; two of one second are not in order by name."""
    found = (site.data / "backups").glob("*.zip")
    return [path.name for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)]


def rights() -> tuple[bool, bool]:
    """Tell whether the role that is worked as can add to the log, and change what stands there."""
    record("试")
    try:
        with transaction.atomic():
            Entry.objects.filter(seq=1).update(name="x")
    except DatabaseError as error:
        assert "permission denied" in str(error)  # noqa: PT017 - the other way is no failure
        return True, False
    return True, True


def test_the_servers_own_role_backs_up_and_neither_restores_nor_updates(
    owned: Site, settings: Any
) -> None:
    with as_role(owned, "study_app"):
        call_command("backup")
        [name] = backups(owned)
        before = owned.fingerprints()
        with pytest.raises(CommandError, match=r"不是库 .* 的属主.*数据没有动"):
            call_command("restore", owned.data / "backups" / name)
        settings.MIGRATION_MODULES = {"upkeep": "tests.upkeep.planted"}
        with pytest.raises(CommandError, match=r"没有更新.*不是库 .* 的属主"):
            call_command("migrate", verbosity=0)
        assert owned.fingerprints() == before
    assert backups(owned) == [name]
    assert list(owned.data.glob("former-*")) == []


def test_who_restores_or_updates_as_the_owner_gives_the_rights_again(
    owned: Site, settings: Any
) -> None:
    with as_owner(owned):
        call_command("backup")
        [name] = backups(owned)
        call_command("restore", owned.data / "backups" / name)
    with as_role(owned, "study_app"):
        assert rights() == (True, False)
    settings.MIGRATION_MODULES = {"upkeep": "tests.upkeep.planted"}
    with as_owner(owned):
        with connection.cursor() as cursor:
            cursor.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM study_app")
        call_command("migrate", verbosity=0)
    with as_role(owned, "study_app"):
        assert rights() == (True, False)
        assert set(Meeting.objects.values_list("title", flat=True)) == {"done"}


def test_a_role_that_is_not_there_stops_the_owner_before_anything_changes(owned: Site) -> None:
    with owned.opened():
        call_command("backup")
        [name] = backups(owned)
        before = owned.fingerprints()
        with override_settings(DATABASE_ROLE="nobody_here"):
            with pytest.raises(CommandError, match="没能给数据库账号 nobody_here 授权"):
                call_command("restore", owned.data / "backups" / name)
            with pytest.raises(CommandError, match=r"没有更新.*没有账号 nobody_here"):
                call_command("migrate", verbosity=0)
        assert owned.fingerprints() == before


def test_a_backup_that_could_not_be_checked_is_kept_and_says_so(owned: Site) -> None:
    with owned.opened():
        call_command("backup")
    [first] = backups(owned)
    with as_role(owned, "study_app_only"), pytest.raises(CommandError, match=r"没能核验.*CREATEDB"):
        call_command("backup", keep=1)
    kept, unchecked = backups(owned)
    assert (kept, unchecked.endswith("-unchecked.zip")) == (first, True)
    with owned.opened():
        call_command("verify", owned.data / "backups" / unchecked)
