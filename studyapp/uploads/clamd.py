"""A client of clamd, the scanner of ClamAV: VERSION and INSTREAM, as in its manual, clamd(8).

A file goes over the connection in pieces, each after its length; an answer ends with NUL.
"""

import re
import socket
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

Address = Path | tuple[str, int]

_SECONDS_TO_CONNECT = 2.0
_PIECE = 64 * 1024
_LONGEST_ANSWER = 1000
_FOUND = re.compile(r"stream: (.+) FOUND")
_CLEAN = "stream: OK"
_BROKEN_OFF = "没有查完就断开了"
_TOO_LARGE = "INSTREAM size limit exceeded"


class Unavailable(Exception):
    """Nobody said whether a file is clean. The text goes on «杀毒程序…»."""


class TooLate(Unavailable):
    """It let us wait as long as we wait at most, and would do so again."""


def version(address: Address, *, seconds: float = 2.0) -> str:
    """Return how the engine calls itself, with number and day of its signatures if it has any."""
    return _asked(address, [b"zVERSION\0"], seconds)


def scan(address: Address, data: bytes, *, seconds: float) -> str:
    """Return the name of what is in the data, "" for nothing known; Unavailable for anything else.

    Only a whole answer to the whole file counts as clean.
    """
    answer = _asked(address, _streamed(data), seconds)
    if found := _FOUND.fullmatch(answer):
        return found[1]
    if answer.startswith(_TOO_LARGE):
        raise Unavailable("查不了这么大的文件")
    if answer != _CLEAN:
        raise Unavailable("出了错")
    return ""


def _streamed(data: bytes) -> Iterator[bytes]:
    yield b"zINSTREAM\0"
    for at in range(0, len(data), _PIECE):
        piece = data[at : at + _PIECE]
        yield len(piece).to_bytes(4, "big") + piece
    yield bytes(4)


def _asked(address: Address, pieces: Iterable[bytes], seconds: float) -> str:
    deadline = time.monotonic() + seconds
    try:
        with _connected(address, min(seconds, _SECONDS_TO_CONNECT)) as connection:
            is_sent = _is_sent(connection, pieces, deadline)
            answer = _received(connection, deadline)
    except TimeoutError as error:
        raise TooLate("没有及时回答") from error
    except ConnectionResetError as error:
        raise Unavailable(_BROKEN_OFF) from error
    except OSError as error:
        raise Unavailable("连不上") from error
    # What it says of a part counts only against the file.
    if not is_sent and answer == _CLEAN:
        raise Unavailable(_BROKEN_OFF)
    return answer


def _connected(address: Address, seconds: float) -> socket.socket:
    if not isinstance(address, Path):
        return socket.create_connection(address, seconds)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(seconds)
        connection.connect(str(address))
    except BaseException:
        connection.close()
        raise
    return connection


def _is_sent(connection: socket.socket, pieces: Iterable[bytes], deadline: float) -> bool:
    """Send everything; False where the other side stopped listening, which it may explain."""
    try:
        for piece in pieces:
            connection.settimeout(_left(deadline))
            connection.sendall(piece)
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


def _received(connection: socket.socket, deadline: float) -> str:
    answer = b""
    while not answer.endswith(b"\0"):
        connection.settimeout(_left(deadline))
        more = connection.recv(_LONGEST_ANSWER)
        answer += more
        if not more or len(answer) > _LONGEST_ANSWER:
            raise Unavailable(_BROKEN_OFF)
    return answer[:-1].decode("utf-8", "replace").strip()


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
