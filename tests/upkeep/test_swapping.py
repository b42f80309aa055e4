"""A restoration that fails or is killed at any step leaves the old state whole, or the new one."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from studyapp.audit import anchors
from studyapp.audit.models import Entry
from studyapp.dashboards.management.commands import serve
from studyapp.errors import Refused
from studyapp.meetings.models import Meeting
from studyapp.upkeep.engines import engine
from studyapp.upkeep.making import make, usual_folder
from studyapp.upkeep.restoring import restore
from tests.upkeep.conftest import POSTGRESQL, Site
from tests.upkeep.interrupting import at

ROOT = Path(__file__).resolve().parents[2]
REPLACE = "Postgresql.replace" if POSTGRESQL else "Sqlite.replace"
OLD, NEW = "已退回", "现在已做完"


@pytest.fixture
def moved_on(site: Site) -> tuple[Path, dict[str, str], dict[str, str]]:
    """A backup, its state, and the state of a site that went on: files changed, lost, added."""
    before = site.fingerprints()
    path = make(folder=usual_folder(), at=timezone.now()).path
    changed, lost, *_ = sorted((site.data / "media/speeches").iterdir())
    changed.write_bytes(b"newer")
    lost.unlink()
    (site.data / "media/speeches/added.txt").write_bytes(b"added")
    Meeting.objects.update(title="newer")
    newest = Entry.objects.order_by("-seq")[0]
    anchors.note(anchors.anchor(newest.seq, newest.digest, timezone.now()))
    return path, before, site.fingerprints()


def killed(site: Site, point: str, path: Path) -> None:
    """Restore in a process of its own, which is killed at a point."""
    keys = [f"{name} {key.hex()}" for name, key in settings.RECORD_KEYS.items()]
    (site.data / "record.keys").write_text("\n".join(keys), encoding="utf-8")
    there = site.database
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**there) if POSTGRESQL else ""
    connection.close()
    ended = subprocess.run(
        [sys.executable, "-m", "tests.upkeep.interrupting", point, str(path)],
        check=False,
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "STUDYAPP_DATA": str(site.data),
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "studyapp.settings",
        },
        capture_output=True,
        text=True,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("point", "told"),
    [
        ("return second_name", OLD),
        ("return _put", OLD),
        (f"call {REPLACE}", OLD),
        (f"return {REPLACE}", NEW),
        ("return remove_others", NEW),
    ],
)
def test_a_killed_restoration_is_undone_or_finished_by_the_next_command(
    site: Site,
    moved_on: tuple[Path, dict[str, str], dict[str, str]],
    capsys: pytest.CaptureFixture[str],
    point: str,
    told: str,
) -> None:
    path, backed_up, now = moved_on
    killed(site, point, path)
    with pytest.raises(CommandError, match="还没收尾"):
        call_command("backup")
    call_command("restore")
    assert told in capsys.readouterr().out
    assert site.fingerprints() == (backed_up if told == NEW else now)
    assert sorted(one.name for one in site.data.glob(".restoring-*")) == []
    assert len(list(site.data.glob("former-*"))) == (1 if told == NEW else 0)
    if told == NEW:
        call_command("verify")
    call_command("restore")
    assert "没有中断的恢复" in capsys.readouterr().out


def test_what_is_killed_while_it_undoes_is_undone_all_the_same(
    site: Site, moved_on: tuple[Path, dict[str, str], dict[str, str]]
) -> None:
    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    path, _, now = moved_on
    killed(site, f"call {REPLACE}", path)
    for point in ("return take_back", "call rmtree", "return rmtree"):
        with pytest.raises(Killed), at(point, die):
            call_command("restore")
    # The server, which starts after a power cut without anybody's doing.
    said = StringIO()
    serve.Command(stderr=said).settle_a_restoration()
    assert OLD in said.getvalue()
    assert site.fingerprints() == now
    assert list(site.data.glob("former-*")) == []


def test_a_last_step_that_is_refused_leaves_no_file_of_the_backup(
    site: Site, moved_on: tuple[Path, dict[str, str], dict[str, str]]
) -> None:
    path, _, now = moved_on
    somebody: list[Callable[[], None]] = []

    def connect() -> None:
        """Somebody looks at the database in the very last moment."""
        if POSTGRESQL:
            import psycopg

            there = site.database
            beside = psycopg.connect(
                dbname=there["NAME"], user=there["USER"], password=there["PASSWORD"],
                host=there["HOST"], port=there["PORT"],
            )  # fmt: skip
        else:
            beside = sqlite3.connect(site.database["NAME"])
            beside.execute("BEGIN")
            beside.execute("SELECT count(*) FROM meetings_meeting").fetchone()
        somebody.append(beside.close)

    with pytest.raises(Refused, match="有人在用"), at(f"call {REPLACE}", connect):
        restore(path, at=timezone.now())
    somebody[0]()
    assert site.fingerprints() == now
    assert sorted(one.name for one in site.data.glob("former-*")) == []
    assert sorted(one.name for one in site.data.glob(".restoring-*")) == []
    if POSTGRESQL:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_database WHERE starts_with(datname, %s)",
                [f"{site.database['NAME']}_restore"],
            )
            assert cursor.fetchone() == (0,)


@pytest.mark.postgres
def test_who_has_just_left_the_database_does_not_keep_it_from_being_restored(site: Site) -> None:
    import psycopg

    beside = psycopg.connect(
        dbname=site.database["NAME"],
        user=site.database["USER"],
        password=site.database["PASSWORD"],
        host=site.database["HOST"],
        port=site.database["PORT"],
    )
    leaving = threading.Timer(0.3, beside.close)
    leaving.start()
    engine().refuse_if_in_use()
    leaving.join()


@pytest.mark.sqlite
def test_words_in_the_log_of_a_database_in_use_are_not_lost(site: Site) -> None:
    """A log beside the file that cannot be brought into it is never removed."""
    made = site.data / "made.sqlite3"
    with closing(sqlite3.connect(made)) as new:
        new.execute("CREATE TABLE empty (x)")
    name = connection.settings_dict["NAME"]
    former = site.data / "former"
    former.mkdir()
    with closing(sqlite3.connect(name)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM meetings_meeting").fetchone()
        Meeting.objects.update(title="in the log")
        connection.close()
        with pytest.raises(Refused, match="有人在用"):
            engine().replace({"NAME": str(made)}, former)
    assert set(Meeting.objects.values_list("title", flat=True)) == {"in the log"}
