"""A scanner that speaks the protocol of clamd over a real socket, well or badly."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from studyapp.uploads.clamd import Address

# In two pieces: scanners look at the files of projects too.
EICAR = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").encode()
STREAM_MAX_LENGTH = 2 * 2**20  # bytes, as its configuration would say
VERSION = "ClamAV 1.4.3/27700/Thu Nov 26 08:30:00 2026"
Behaviour = Callable[["Talk"], None]


class Talk:
    """One connection, from the scanner's side."""

    def __init__(self, connection: socket.socket, is_over: threading.Event) -> None:
        self.connection, self.is_over = connection, is_over
        self.asked = b""

    def exactly(self, length: int) -> bytes:
        got = b""
        while len(got) < length:
            piece = self.connection.recv(length - len(got))
            if not piece:
                raise ConnectionError
            got += piece
        return got

    def command(self) -> str:
        while not self.asked.endswith(b"\0"):
            self.asked += self.exactly(1)
        return self.asked[:-1].decode()

    def stream(self) -> bytes | None:
        """The file; None where it is longer than the scanner takes."""
        data = b""
        while length := int.from_bytes(self.exactly(4), "big"):
            if len(data) + length > STREAM_MAX_LENGTH:
                return None
            data += self.exactly(length)
        return data

    def say(self, words: str) -> None:
        self.connection.sendall(words.encode() + b"\0")


def honest(talk: Talk) -> None:
    """As clamd does."""
    if (command := talk.command()) == "zVERSION":
        talk.say(VERSION)
    elif command == "zPING":
        talk.say("PONG")
    elif command != "zINSTREAM":
        talk.say("UNKNOWN COMMAND")
    elif (data := talk.stream()) is None:
        talk.say("INSTREAM size limit exceeded. ERROR")
    else:
        talk.say("stream: Eicar-Signature FOUND" if EICAR in data else "stream: OK")


def faulty(talk: Talk) -> None:
    talk.command()
    talk.stream()
    talk.say("stream: Can't allocate memory ERROR")


def stranger(talk: Talk) -> None:
    """Some other service on that port."""
    talk.command()
    talk.connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def silent(talk: Talk) -> None:
    talk.command()
    talk.stream()
    talk.is_over.wait()


def deaf(talk: Talk) -> None:
    """Takes the connection and reads nothing of it."""
    talk.is_over.wait()


def halting(talk: Talk) -> None:
    """Half an answer."""
    talk.command()
    talk.stream()
    talk.connection.sendall(b"stream: O")


def closing(talk: Talk) -> None:
    """Goes away in the middle of the file."""
    talk.command()
    talk.exactly(1000)


def hasty(talk: Talk) -> None:
    """Calls a file clean of which it has seen the beginning."""
    talk.command()
    talk.exactly(1000)
    talk.say("stream: OK")


def trickling(talk: Talk) -> None:
    talk.command()
    talk.stream()
    while not talk.is_over.is_set():
        talk.connection.sendall(b"s")
        time.sleep(0.05)


def flooding(talk: Talk) -> None:
    """An answer without end."""
    talk.command()
    talk.stream()
    while not talk.is_over.is_set():
        talk.connection.sendall(b"stream: OK " * 1000)


@contextmanager
def scanner(address: Address, behaviour: Behaviour = honest) -> Iterator[Address]:
    """Listen there meanwhile; yield where: port 0 is a free one."""
    family = socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET
    is_over = threading.Event()
    with socket.socket(family) as listening:
        listening.bind(str(address) if isinstance(address, Path) else address)
        listening.listen()
        thread = threading.Thread(target=_serve, args=(listening, behaviour, is_over), daemon=True)
        thread.start()
        try:
            yield address if isinstance(address, Path) else listening.getsockname()
        finally:
            is_over.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _serve(listening: socket.socket, behaviour: Behaviour, is_over: threading.Event) -> None:
    while not is_over.is_set():
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection, suppress(OSError):
            behaviour(Talk(connection, is_over))
