"""A server that is told to go goes, also while it comes up."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from tests.faults.server import ROOT, Site, worker_pids

pytestmark = [pytest.mark.faults, pytest.mark.sqlite, pytest.mark.loss("stopping")]
# Seconds; a worker that did not hear it is killed after 15 only.
_AT_ONCE = 5


def until(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
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
