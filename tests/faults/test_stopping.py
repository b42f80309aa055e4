"""A server that is told to go goes, also while it comes up."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.server import ROOT, Site, worker_pids
from tests.faults.test_slow import opened

pytestmark = [pytest.mark.faults, pytest.mark.sqlite, pytest.mark.loss("stopping")]
# Seconds; a worker that did not hear it is killed after 15 only.
_AT_ONCE = 5


def until(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + 15
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.mark.parametrize("later", [0, 0.2])
def test_a_server_goes_while_its_workers_still_load_the_program(built: Site, later: float) -> None:
    # No Site.start: that waits until the server answers.
    server = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=built.environment(),
        stdout=subprocess.DEVNULL,
    )
    try:
        # Before it is the server it has no processes of its own.
        until(lambda: server.poll() is not None or len(worker_pids(server.pid)) == built.workers)
        time.sleep(later)
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=_AT_ONCE) == 0
    finally:
        server.kill()
        server.wait()


def test_a_worker_without_its_server_waits_for_nobody_who_sends_by_drops(built: Site) -> None:
    site = replace(built, settings="tests.faults.impatient")
    head = "POST /login/ HTTP/1.1\nHost: 127.0.0.1\nContent-Length: 9000\n\nbody="
    with site.running():
        assert site.process is not None
        workers = site.worker_pids()
        # Two at least to each: nobody knows who of them gets a connection.
        senders = [opened(site, head) for _ in range(12)]
        try:
            site.process.kill()
            until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
        finally:
            for sender in senders:
                with suppress(OSError), closing(sender):
                    pass
