"""Long work in real processes: killed, cancelled, taken by several at once, without a server."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from tests.faults.database import Database, Sqlite
from tests.faults.server import ROOT, Client, Site
from tests.faults.test_full import copy_of, small_disk

pytestmark = pytest.mark.faults
ASK = """
from django.utils import timezone
from studyapp.accounts.models import User
from studyapp.jobs import actions
for name in {names!r}:
    user = User.objects.get(username=name)
    params = {{"seconds": {seconds}, "megabytes": {megabytes}, "fill": {fill}}}
    print("job", actions.start("slow", params=params, by=user, at=timezone.now()).pk)
"""


@pytest.fixture
def slow(built: Site) -> Iterator[Site]:
    """The site with slow work and little patience; its server does not run yet."""
    site = replace(built, settings="tests.faults.slow")
    yield site
    site.stop()


def ask(
    site: Site, *names: str, seconds: float, megabytes: int = 0, fill: bool = False
) -> list[int]:
    """Ask for slow work in the name of each; nothing looks after it yet."""
    code = ASK.format(names=names, seconds=seconds, megabytes=megabytes, fill=fill)
    outcome = site.manage("shell", "--verbosity=0", "-c", code)
    assert outcome.returncode == 0, outcome.stderr
    return [int(line.split()[1]) for line in outcome.stdout.splitlines()]


def look(site: Site, name: str, pk: int) -> tuple[int, str]:
    with closing(Client(site.port)) as client:
        return client.sign_in(name).ask(f"/jobs/{pk}/")


def until(found: Callable[[], object], within: float = 20) -> None:
    deadline = time.monotonic() + within
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def state(database: Database, pk: int) -> str:
    return str(database.rows("SELECT state FROM jobs_job WHERE id = %s", pk)[0][0])


def done(database: Database) -> int:
    query = "SELECT count(*) FROM audit_entry WHERE name = %s"
    return int(database.rows(query, "完成后台任务")[0][0])


def files(site: Site) -> list[str]:
    return sorted(path.suffix for path in (site.data / "media/jobs").iterdir())


def test_killed_work_is_begun_anew_and_done_once(slow: Site, database: Database) -> None:
    before, finished = files(slow), done(database)
    (pk,) = ask(slow, "member", seconds=3)
    command = [sys.executable, "manage.py", "run_job", str(pk)]
    environment = slow.environment()
    several = [subprocess.Popen(command, cwd=ROOT, env=environment) for _ in range(3)]
    # Two of them find it taken and leave, and only then is the third killed: one that a busy
    # machine starts late would rightly take the work over.
    until(lambda: [one.poll() for one in several].count(0) == 2)
    assert state(database, pk) == "running"
    (pid,) = database.rows("SELECT pid FROM jobs_job WHERE id = %s", pk)[0]
    os.kill(pid, signal.SIGKILL)
    assert sorted(one.wait(timeout=20) for one in several) == [-signal.SIGKILL, 0, 0]
    assert state(database, pk) == "running"
    time.sleep(1.5)
    with slow.running():
        # Nobody looked at a page: the server did when it started.
        until(lambda: state(database, pk) == "done")
        status, page = look(slow, "member", pk)
        assert (status, "慢工.txt" in page) == (200, True)
    tries, size = database.rows("SELECT tries, size FROM jobs_job WHERE id = %s", pk)[0]
    assert (tries, size, files(slow)) == (2, 9, [*before, ".bin"])
    assert done(database) == finished + 1


def test_work_outlives_the_server_and_starts_the_next(slow: Site, database: Database) -> None:
    before = len(files(slow))
    with slow.running():
        first, second = ask(slow, "recorder", "secretary", seconds=1)
        assert look(slow, "secretary", second)[0] == 200
        until(lambda: state(database, first) == "running")
        assert state(database, second) == "waiting"
        slow.kill()
    until(lambda: state(database, second) == "done")
    assert state(database, first) == "done"
    assert len(files(slow)) == before + 2


def test_cancelled_work_ends_and_then_the_next_begins(slow: Site, database: Database) -> None:
    before = len(files(slow))
    (pk,) = ask(slow, "member", seconds=60)
    (following,) = ask(slow, "secretary", seconds=0.1)
    with slow.running(), closing(Client(slow.port)) as client:
        client.sign_in("member")
        until(lambda: "第" in client.ask(f"/jobs/{pk}/progress/")[1])
        assert client.ask(f"/jobs/{pk}/cancel/", {})[0] == 302
        # Nobody looks at a page: the last thing that the process does is to start the next one.
        until(lambda: state(database, following) == "done")
    row = "SELECT state, pid FROM jobs_job WHERE id = %s"
    assert database.rows(row, pk) == [("cancelled", None)]
    assert len(files(slow)) == before + 1


@pytest.mark.attack(37)
def test_work_that_takes_too_much_memory_is_stopped_in_words(
    slow: Site, database: Database
) -> None:
    (pk,) = ask(slow, "visitor", seconds=60, megabytes=500)
    began = time.monotonic()
    assert slow.manage("run_job", str(pk)).returncode == 1
    assert time.monotonic() - began < 30
    problem = database.rows("SELECT problem FROM jobs_job WHERE id = %s", pk)[0][0]
    assert (state(database, pk), problem[:13]) == ("failed", "内容太多，内存不够，停下了")
    assert "" not in files(slow)


@pytest.mark.attack(37)
def test_work_that_takes_too_long_is_stopped_in_words(slow: Site, database: Database) -> None:
    before = files(slow)
    (pk,) = ask(slow, "visitor", seconds=60)
    hasty = replace(slow, settings="tests.faults.hasty")
    assert hasty.manage("run_job", str(pk)).returncode == 1
    query = "SELECT state, problem, tries, pid FROM jobs_job WHERE id = %s"
    said = "用了太长时间，停下了。分成几次做，或告诉系统管理员。"
    assert database.rows(query, pk) == [("failed", said, 1, None)]
    assert files(slow) == before


def test_the_limits_end_work_also_while_the_database_takes_nothing(
    slow: Site, database: Database
) -> None:
    (pk,) = ask(slow, "inspector", seconds=60)
    hasty = replace(slow, settings="tests.faults.hasty")
    command = [sys.executable, "manage.py", "run_job", str(pk)]
    process = subprocess.Popen(command, cwd=ROOT, env=hasty.environment())
    try:
        until(lambda: state(database, pk) == "running")
        with database.locked("jobs_job", "audit_entry"):
            assert process.wait(timeout=12) == 1
    finally:
        process.kill()
    # Nobody could be told; it is lost, and ends in words at its next try.
    assert state(database, pk) == "running"
    time.sleep(1.5)
    assert hasty.manage("run_job", str(pk)).returncode == 1
    assert state(database, pk) == "failed"


@pytest.mark.sqlite
def test_work_that_fills_the_disk_makes_room_to_say_so(built: Site) -> None:
    with small_disk() as disk:
        site = Site(copy_of(built, disk / "data"), settings="tests.faults.slow")
        (pk,) = ask(site, "visitor", seconds=0, fill=True)
        assert site.manage("run_job", str(pk)).returncode == 0
        query = "SELECT state, problem FROM jobs_job WHERE id = ?"
        said = "服务器磁盘满了，没有做成。告诉系统管理员，修好后再做一次。"
        assert Sqlite(site.data).rows(query, pk) == [("failed", said)]
        assert "" not in files(site)
