"""Thousands of connections that ask nothing, or drop by drop: whoever asks is served."""

import os
import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from studyapp.dashboards.management.commands.serve import HEADER_SECONDS
from tests.faults.database import Database
from tests.faults.server import Site
from tests.faults.writers import Writer, lost
from tests.losses import Kept

pytestmark = [pytest.mark.faults, pytest.mark.sqlite, pytest.mark.loss("idle")]
SILENT = DRIPPING = 1000
GUARD = 2  # seconds for an answer, ten times what it takes
MEMORY = 256 * 1024**2  # bytes; measured: about 40 kB for each connection


@contextmanager
def many_files(number: int) -> Iterator[None]:
    """Let this process hold so many sockets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < number:
        pytest.skip("optional: this machine lets no process hold so many connections")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, number), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def held(site: Site) -> int:
    """Return the bytes of memory that the workers hold."""
    pages = [Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in site.worker_pids()]
    return sum(int(one) for one in pages) * os.sysconf("SC_PAGE_SIZE")


def is_open(connection: socket.socket) -> bool:
    connection.settimeout(0)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def test_two_thousand_idle_connections_keep_nobody_from_posting(
    site: Site, database: Database, writer: Callable[[str], Writer], kept: Kept
) -> None:
    one = writer("patient")
    before, waits = held(site), []
    with many_files(SILENT + DRIPPING + 500), ExitStack() as stack:
        opened = [
            stack.enter_context(closing(socket.create_connection(("127.0.0.1", site.port), 10)))
            for _ in range(SILENT + DRIPPING)
        ]
        began = time.monotonic()
        dripping = opened[:DRIPPING]
        for connection in dripping:
            connection.sendall(b"POST /notes/new/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ")
        for drop in range(8):
            for connection in dripping:
                connection.send(b"a")
            asked = time.monotonic()
            assert (one.save if drop % 2 else one.post)()[0] == (200 if drop % 2 else 302)
            waits.append(time.monotonic() - asked)
        more = held(site) - before
        # Nobody may hold a connection for longer than a header may take, by drops neither.
        while any(is_open(connection) for connection in opened):
            assert time.monotonic() - began < HEADER_SECONDS + 5
            time.sleep(0.2)
        # The writer's own was idle as long and is closed too: a browser opens another.
        one.client.connection.close()
        assert one.post()[0] == 302
    missing = lost([one], database)
    kept.count(len(one.account.saves) + len(one.account.notes), missing)
    kept.back_after(max(waits))
    assert missing == []
    assert max(waits) < GUARD
    assert more < MEMORY
