"""Who sends slowly, fetches slowly or waits for a password keeps nobody else waiting."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.faults.database import Database
from tests.faults.server import PASSWORD, Client, Site
from tests.faults.test_idle import held
from tests.faults.writers import Writer, lost
from tests.losses import Kept

pytestmark = [pytest.mark.faults, pytest.mark.loss("slow")]
GUARD = 2  # seconds for an answer, ten times what it takes
SENDERS, READERS = 300, 60
LENGTH = 8 * 1024**2
LARGE = Path("static/large.bin")


@pytest.fixture
def large(built: Site) -> Iterator[str]:
    """The address of a file that fills no buffer between server and reader."""
    path = built.data / LARGE
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"0" * LENGTH)
    yield f"/{LARGE}"
    path.unlink()


def opened(site: Site, sent: str, take: int | None = None) -> socket.socket:
    """Open a connection, send the beginning of a request, and leave it at that."""
    connection = socket.socket()
    if take is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, take)
    connection.connect(("127.0.0.1", site.port))
    connection.sendall(sent.replace("\n", "\r\n").encode())
    return connection


def busy(one: Writer, *, times: int = 6) -> float:
    """Save and post; return the seconds that the slowest answer took."""
    waits = []
    for turn in range(times):
        asked = time.monotonic()
        assert (one.save if turn % 2 else one.post)()[0] == (200 if turn % 2 else 302)
        waits.append(time.monotonic() - asked)
    return max(waits)


@pytest.mark.attack(46)
def test_forms_that_are_announced_and_not_sent_keep_nobody_from_posting(
    site: Site, database: Database, writer: Callable[[str], Writer], kept: Kept
) -> None:
    one = writer("beside-senders")
    head = "Host: 127.0.0.1\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 9000"
    with ExitStack() as stack:
        for turn in range(SENDERS):
            address = ("/login/", "/notes/new/", "/v/0000-0000-0000-0000")[turn % 3]
            sender = opened(site, f"POST {address} HTTP/1.1\n{head}\n\nbody=")
            stack.enter_context(closing(sender))
        slowest = busy(one)
    missing = lost([one], database)
    kept.count(len(one.account.saves) + len(one.account.notes), missing)
    kept.back_after(slowest)
    assert missing == []
    assert slowest < GUARD


def test_files_that_are_asked_for_and_not_fetched_keep_nobody_from_posting(
    large: str, built: Site, database: Database, kept: Kept
) -> None:
    with built.running() as site, ExitStack() as stack:
        before, asked = held(site), f"GET {large} HTTP/1.1\nHost: 127.0.0.1\n\n"
        readers = [opened(site, asked, take=4096) for _ in range(READERS)]
        for reader in readers:
            stack.enter_context(closing(reader))
        one = stack.enter_context(closing(Client(site.port)))
        one.sign_in("member")
        asked_at = time.monotonic()
        assert [one.ask("/speeches/")[0] for _ in range(6)] == [200] * 6
        slowest = time.monotonic() - asked_at
        more = held(site) - before
        # Whoever comes to fetch the rest gets all of it.
        got = 0
        while got < LENGTH:
            piece = readers[0].recv(2**20)
            assert piece
            got += len(piece)
    kept.back_after(slowest)
    assert slowest < GUARD
    assert more < READERS * LENGTH / 4


def test_sign_ins_that_wait_keep_no_page_waiting(
    site: Site, database: Database, kept: Kept
) -> None:
    with ExitStack() as stack, ThreadPoolExecutor(12) as pool:
        reader = stack.enter_context(closing(Client(site.port))).sign_in("member")
        others = [stack.enter_context(closing(Client(site.port))) for _ in range(12)]
        for other in others:
            other.ask("/login/")
        fields = {"username": "recorder", "password": PASSWORD}
        with database.locked():
            waiting = [pool.submit(other.ask, "/login/", fields) for other in others]
            assert wait(waiting, timeout=1).done == set()
            asked = time.monotonic()
            assert [reader.ask("/speeches/")[0] for _ in range(6)] == [200] * 6
            slowest = time.monotonic() - asked
        answers = [one.result()[0] for one in waiting]
    kept.back_after(slowest)
    assert answers == [302] * 12
    assert slowest < GUARD
