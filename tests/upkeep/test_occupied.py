"""Whoever works with the data folder keeps others from swapping it, and waits for whoever does."""

import fcntl
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command, get_commands
from django.core.management.base import CommandError

from tests.faults.server import free_port
from tests.upkeep.conftest import Site

# Every command of the product, as somebody would call it.
COMMANDS: dict[str, tuple[str, ...]] = {
    "anchor_audit": ("--to", "anchors"),
    "backup": (),
    "demo": (),
    "export_minutes": ("1", "--output", "paper.pdf"),
    "first_password": ("member",),
    "import_roster": ("roster.xlsx",),
    "import_speech": ("speech.txt",),
    "migrate": (),
    "new_record_key": (),
    "new_secret_key": (),
    "prepare": (),
    "remove_second_factor": ("member",),
    "restore": ("none.backup",),
    "run_job": ("1",),
    "seal_audit": ("--to", "sealed.jsonl"),
    "serve": (),
    "setup": (),
    "tidy": (),
    "transfer": ("--to", "postgres://nobody@127.0.0.1:9/none"),
    "verify": (),
    "verify_audit": ("--note",),
    "verify_minutes": (),
}
# These take the folder for themselves, and say so.
ALONE = {"restore", "transfer"}


def test_every_command_of_the_product_is_here() -> None:
    ours = {name for name, app in get_commands().items() if str(app).startswith("studyapp.")}
    assert ours == COMMANDS.keys()


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_starts_while_the_data_change_hands(
    site: Site, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", str(free_port()))
    words = "正在运行" if command in ALONE else "正在恢复备份或更新数据库"
    with (site.data / "serve.lock").open("w") as restoring:
        fcntl.flock(restoring, fcntl.LOCK_EX)
        before = files(site)
        with pytest.raises(CommandError, match=words):
            call_command(command, *COMMANDS[command])
        assert files(site) == before


def files(site: Site) -> dict[Path, Any]:
    return {path: path.stat().st_size for path in site.data.rglob("*") if path.is_file()}


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
