"""Forms that break off half-way: nothing is stored, nothing stays behind, nobody is disturbed."""

import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.faults.database import Database
from tests.faults.server import Client, Site
from tests.losses import Kept

pytestmark = [pytest.mark.faults, pytest.mark.loss("upload")]
TABLES = ("speeches_speech", "speeches_version", "minutes_scan", "audit_entry", "meetings_note")
UNIT = (
    "SELECT m.unit_id FROM branches_membership m JOIN accounts_user u ON u.id = m.user_id "
    "WHERE u.username = %s"
)
PART = (
    '--x\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
    '--x\r\nContent-Disposition: form-data; name="unit"\r\n\r\n{unit}\r\n'
    '--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n"
)
SENTENCE = "问题单一周一清，清不掉的说明原因。\n"
# Each would be taken as it is: nothing in it shows that the rest is missing.
SPEECH = "断在半路的讲话\n同志们：\n一、问题导向。" + SENTENCE * 2000
# More than any buffer on the way takes.
SCAN = b"%PDF-1.7\n" + b"0" * 4 * 1024**2


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the server of this test puts its temporary files."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


@pytest.fixture
def running(scratch: Path, built: Site) -> Iterator[Site]:
    with built.running() as site:
        yield site


def send(client: Client, path: str, kind: str, body: bytes) -> socket.socket:
    """Send a form that promises more than comes."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\nCookie: {cookies}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body) + 1000}\r\n\r\n"
    )
    opened = socket.create_connection(("127.0.0.1", client.port), timeout=10)
    opened.sendall(head.encode() + body)
    return opened


def halves(client: Client, unit: int, record: int) -> Iterator[tuple[str, str, bytes]]:
    """Yield address, type and first half of a speech, a scan and a note."""
    token, files = client.cookies["csrf"], "multipart/form-data; boundary=x"
    speech = PART.format(token=token, unit=unit, name="half.txt") + SPEECH
    scan = PART.format(token=token, unit=unit, name="half.pdf").encode() + SCAN
    note = {"csrfmiddlewaretoken": token, "unit": unit, "kind": "reflection", "then": "post"}
    words = urlencode({**note, "body": SENTENCE * 200})
    yield "/speeches/new/", files, speech.encode()
    yield f"/minutes/{record}/scans/", files, scan
    yield "/notes/new/", "application/x-www-form-urlencoded", words.encode()


def everything(site: Site, database: Database) -> tuple[list[int], list[str]]:
    """Return how many rows there are, and which files."""
    rows = [int(database.rows(f"SELECT count(*) FROM {table}")[0][0]) for table in TABLES]  # noqa: S608
    media = site.data / "media"
    return rows, sorted(path.name for path in media.rglob("*") if path.is_file())


def test_half_a_form_stores_nothing_and_leaves_nothing_behind(
    running: Site, database: Database, scratch: Path, kept: Kept
) -> None:
    (record,) = database.rows("SELECT min(record_id) FROM minutes_signedversion")[0]
    with closing(Client(running.port)) as client:
        client.sign_in("secretary")
        [(unit,)] = database.rows(UNIT, "secretary")
        before, log = everything(running, database), running.log()
        for half, way in product(halves(client, unit, record), ("cut", "ended")):
            with closing(send(client, *half)) as opened:
                if way == "ended":
                    # The other side still listens, and is told that nothing came of it.
                    opened.shutdown(socket.SHUT_WR)
                    assert opened.recv(12) == b"HTTP/1.1 408"
        # Whoever comes next is served, by the same workers.
        assert [client.ask("/speeches/")[0] for _ in range(4)] == [200] * 4
        after = everything(running, database)
        kept.count(len(before[1]), set(before[1]) - set(after[1]))
        assert after == before
        deadline = time.monotonic() + 5
        while list(scratch.iterdir()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert running.log()[len(log) :].count("Traceback") == 0
