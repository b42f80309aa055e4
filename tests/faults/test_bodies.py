"""Forms without end from strangers, to the real server."""

import http.client
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from tests.faults.server import Site

pytestmark = [pytest.mark.faults, pytest.mark.attack(46)]
PIECE = b"a" * 65_536
COUNT = 3200  # pieces: 200 MB
HEAD = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.pdf"\r\n\r\n'
ADDRESSES = ("/login/", "/v/0000-0000-0000-0000", "/speeches/new/", "/nowhere/")


def memory(site: Site) -> int:
    """Return the bytes that the server and its workers hold."""
    assert site.process is not None
    group = str(site.process.pid)
    lines = subprocess.run(["ps", "-eo", "pgid,rss"], capture_output=True, text=True, check=True)
    rows = [line.split() for line in lines.stdout.splitlines()[1:]]
    return sum(int(size) * 1024 for number, size in rows if number == group)


@pytest.mark.parametrize("expected", [413, 411], ids=["announced", "in chunks"])
def test_a_file_of_200_mb_from_a_stranger_is_answered_before_it_is_read(
    site: Site, expected: int
) -> None:
    sent, announced = 0, expected == 413

    def pieces() -> Iterator[bytes]:
        nonlocal sent
        yield HEAD
        for _ in range(COUNT):
            sent += len(PIECE)
            yield PIECE

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    if announced:
        headers["Content-Length"] = str(len(HEAD) + COUNT * len(PIECE))
    for worker in range(4):  # both have loaded what they need
        assert site.health() == 200, worker
    before = memory(site)
    assert before > 50_000_000
    for address in ADDRESSES:
        sent, began = 0, time.monotonic()
        with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)) as connection:
            # The server hangs up in the middle of what it does not want; it has answered before.
            with suppress(OSError):
                connection.request("POST", address, pieces(), headers, encode_chunked=not announced)
            answer = connection.getresponse()
            assert answer.status == (404 if address == "/nowhere/" else expected)
            assert "text/html" in answer.headers["Content-Type"]
        # What lies in the buffers of the two sockets, and ten times what it takes.
        assert sent < 20_000_000
        assert time.monotonic() - began < 5
    assert memory(site) - before < 60_000_000
    assert site.health() == 200


def test_a_file_of_a_stranger_for_a_closed_page_is_answered_before_it_is_read(site: Site) -> None:
    sent, count = 0, 24 * 16  # pieces: 24 MB, which a member may send

    def pieces() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(count):
            sent += len(PIECE)
            yield PIECE

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    headers["Content-Length"] = str(count * len(PIECE))
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)) as connection:
        with suppress(OSError):
            connection.request("POST", "/speeches/new/", pieces(), headers)
        assert connection.getresponse().status == 401
    assert sent < 20_000_000


@pytest.mark.attack(47)
def test_a_head_that_no_browser_sends_is_a_bad_request_and_no_fault(site: Site) -> None:
    log = site.log()
    for name, value in (
        ("Content-Type", "a; charset*=x''y"),
        ("Content-Type", "multipart/form-data; boundary=x; charset=rot13"),
        ("Cookie", 'sid="aaaaaaaaaaaa\\000bb"'),
    ):
        with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)) as connection:
            connection.request("POST", "/login/", b"a=1", {name: value})
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Cache-Control"]) == (400, "no-store"), value
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert "看不懂" in answer.read().decode()
    assert site.log() == log
