"""The client of the scanner, against a server that speaks its protocol, well and badly."""

import time
from pathlib import Path

import pytest

from studyapp.uploads import clamd
from tests.uploads import server
from tests.uploads.server import EICAR, Behaviour, scanner

LONG = b"x" * 1_000_000  # more than the buffers of a connection hold


def said(address: clamd.Address, data: bytes = LONG) -> str:
    """Why nobody said whether the data are clean; in time, whatever the other side does."""
    started = time.monotonic()
    with pytest.raises(clamd.Unavailable) as caught:
        clamd.scan(address, data, seconds=0.4)
    assert time.monotonic() - started < 2
    return str(caught.value)


@pytest.mark.parametrize("where", ["socket", "port"])
def test_what_is_clean_and_what_is_not_is_told_apart(tmp_path: Path, where: str) -> None:
    address = tmp_path / "clamd.ctl" if where == "socket" else ("127.0.0.1", 0)
    with scanner(address) as at:
        assert clamd.version(at) == server.VERSION
        assert [
            clamd.scan(at, data, seconds=8) for data in (b"", b"clean", LONG, EICAR, LONG + EICAR)
        ] == [
            "",
            "",
            "",
            "Eicar-Signature",
            "Eicar-Signature",
        ]


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (server.faulty, "出了错"),
        (server.silent, "没有及时回答"),
        (server.deaf, "没有及时回答"),
        (server.trickling, "没有及时回答"),
        (server.flooding, "没有查完就断开了"),
        (server.halting, "没有查完就断开了"),
        (server.closing, "没有查完就断开了"),
        (server.stranger, "没有查完就断开了"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
@pytest.mark.parametrize("where", ["socket", "port"])
def test_only_a_whole_answer_to_the_whole_file_counts(
    tmp_path: Path, behaviour: Behaviour, words: str, where: str
) -> None:
    address = tmp_path / "clamd.ctl" if where == "socket" else ("127.0.0.1", 0)
    with scanner(address, behaviour) as at:
        assert said(at) == words


@pytest.mark.parametrize("where", ["socket", "port"])
def test_what_is_said_of_the_beginning_of_a_file_says_nothing_of_the_file(
    tmp_path: Path, where: str
) -> None:
    address = tmp_path / "clamd.ctl" if where == "socket" else ("127.0.0.1", 0)
    with scanner(address, server.hasty) as at:
        assert said(at, bytes(20 * 2**20)) == "没有查完就断开了"


@pytest.mark.parametrize("where", ["socket", "port"])
def test_a_file_larger_than_it_takes_is_not_clean(tmp_path: Path, where: str) -> None:
    address = tmp_path / "clamd.ctl" if where == "socket" else ("127.0.0.1", 0)
    with scanner(address) as at:
        assert said(at, bytes(5 * server.STREAM_MAX_LENGTH)) == "查不了这么大的文件"


def test_where_nobody_listens_it_cannot_be_reached(tmp_path: Path) -> None:
    with scanner(("127.0.0.1", 0)) as gone:
        pass
    (tmp_path / "left").touch()
    places: tuple[clamd.Address, ...] = (tmp_path / "none", tmp_path / "left", gone)
    assert [said(at) for at in places] == ["连不上"] * 3
    with pytest.raises(clamd.Unavailable, match="连不上"):
        clamd.version(gone)
