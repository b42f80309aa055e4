"""Before the tables of a used database change there is a proved backup; a failure is undone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from studyapp.meetings.models import Meeting
from studyapp.upkeep.making import usual_folder
from studyapp.web.management.commands.prepare import migrations_are_due
from studyapp.web.occupied import share
from tests.losses import Kept
from tests.upkeep import planting
from tests.upkeep.conftest import Site


@pytest.fixture
def plant(settings: Any) -> Iterator[Callable[[int], None]]:
    """Return a function after which a migration is due, which fails at a run."""

    def plant(*fails_at: int) -> None:
        settings.MIGRATION_MODULES = {"upkeep": "tests.upkeep.planted"}
        planting.fails_at[:] = fails_at

    yield plant
    planting.fails_at.clear()
    planting.runs.clear()


def titles() -> set[str]:
    return set(Meeting.objects.values_list("title", flat=True))


def backups() -> list[Path]:
    return list(usual_folder().glob("*-before-update.zip"))


def test_a_backup_is_made_before_an_update(site: Site, plant: Callable[..., None]) -> None:
    plant()
    call_command("migrate", verbosity=0)
    assert titles() == {"done"}
    (path,) = backups()
    # What was made before comes back and is brought up to date on the way.
    Meeting.objects.update(title="destroyed")
    call_command("restore", path)
    assert titles() == {"done"}
    assert not migrations_are_due()


def test_nothing_due_nothing_done(site: Site) -> None:
    call_command("migrate", verbosity=0)
    assert not usual_folder().exists()


@pytest.mark.loss("migration")
def test_an_update_that_fails_on_the_copy_does_not_reach_the_site(
    site: Site, plant: Callable[..., None], kept: Kept
) -> None:
    before = site.fingerprints()
    plant(1)
    with pytest.raises(CommandError, match=r"没有更新.*副本.*planted fault"):
        call_command("migrate", verbosity=0)
    assert planting.runs == [1]
    kept.same(site.fingerprints(), before)
    assert len(backups()) == 1


@pytest.mark.loss("migration")
def test_an_update_that_fails_half_way_is_undone(
    site: Site, plant: Callable[..., None], kept: Kept
) -> None:
    before = site.fingerprints()
    plant(2)
    with pytest.raises(CommandError, match=r"已恢复到更新以前.*planted fault"):
        call_command("migrate", verbosity=0)
    assert planting.runs == [1, 2]
    kept.same(site.fingerprints(), before)
    assert migrations_are_due()
    # Mended, it goes through.
    planting.fails_at.clear()
    call_command("migrate", verbosity=0)
    assert titles() == {"done"}


def test_no_server_starts_and_none_runs_during_an_update(
    site: Site, plant: Callable[..., None]
) -> None:
    import fcntl

    plant()
    with (site.data / "serve.lock").open("w") as server:
        fcntl.flock(server, fcntl.LOCK_SH)
        with pytest.raises(CommandError, match="先停下服务"):
            call_command("migrate", verbosity=0)
        fcntl.flock(server, fcntl.LOCK_EX)
        with pytest.raises(Exception, match="等它做完再启动"):
            share()
    assert "done" not in titles()
