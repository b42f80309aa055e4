"""Whoever works with the data folder keeps others from swapping it, and waits for whoever does."""

import fcntl
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.upkeep.conftest import Site

COMMANDS = [
    ("backup",),
    ("verify",),
    ("tidy",),
    ("seal_audit", "--to", "sealed.jsonl"),
    ("anchor_audit", "--to", "anchors"),
    ("import_roster", "roster.xlsx"),
    ("import_speech", "speech.txt"),
    ("run_job", "1"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_no_command_starts_while_the_data_change_hands(
    site: Site, command: tuple[str, ...]
) -> None:
    with (site.data / "serve.lock").open("w") as restoring:
        fcntl.flock(restoring, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match="正在恢复备份或更新数据库"):
            call_command(*command)


def test_nothing_is_restored_under_a_command_that_works(site: Site) -> None:
    call_command("backup")
    (path,) = (site.data / "backups").iterdir()
    held: list[str] = []

    class Halfway:
        """Where the command writes what it did: by then it has done it and is still at work."""

        def write(self, words: str = "") -> None:
            with pytest.raises(CommandError, match="等命令做完") as caught:
                call_command("restore", path)
            held.append(str(caught.value))

    call_command("backup", to=Path(site.data / "second"), stdout=Halfway())
    assert len(held) == 1
