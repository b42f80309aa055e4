"""Where the body of a request waits until it is whole, and how much of them all a worker holds.

Texts wait in memory, so that a disk that is full loses none of them; files wait on the disk.
Strangers share a small room of their own: whatever they send, there is room for who is signed in.
"""

import errno
import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

from django.conf import settings

_MB = 1024**2
# Bytes of a body that ask no room: as many as there are connections are held at most.
SMALL = 64 * 1024
TEXTS, TEXTS_OF_STRANGERS = 64 * _MB, 32 * _MB
FILES, FILES_OF_STRANGERS = 1024 * _MB, 64 * _MB


@dataclass
class Ledger:
    """How many bytes have come and wait, of how many at most; what is announced counts nothing."""

    most: int
    held: int = 0


class Room:
    """The room of one body."""

    def __init__(self, body: IO[bytes], ledger: Ledger | None) -> None:
        self.body, self._ledger, self._size = body, ledger, 0

    def write(self, piece: bytes) -> None:
        """Keep a piece; OSError where there is no room."""
        if self._ledger is not None:
            if self._ledger.held + len(piece) > self._ledger.most:
                raise OSError(errno.ENOBUFS, "too much is being sent at once")
            self._ledger.held += len(piece)
            self._size += len(piece)
        self.body.write(piece)

    def leave(self) -> None:
        """Give the room back."""
        if self._ledger is not None:
            self._ledger.held -= self._size
        # A disk that was full when a piece was written is so when the file is closed.
        with suppress(OSError):
            self.body.close()


class Rooms:
    """Those of a worker."""

    def __init__(self) -> None:
        self._texts = {True: Ledger(TEXTS), False: Ledger(TEXTS_OF_STRANGERS)}
        self._files = {True: Ledger(FILES), False: Ledger(FILES_OF_STRANGERS)}

    @contextmanager
    def of(self, size: int, *, known: bool) -> Iterator[Room]:
        """Yield a room for a body of so many bytes, of somebody who is signed in or is not."""
        if size <= SMALL:
            room = Room(io.BytesIO(), None)
        elif size <= settings.TEXT_LIMIT:
            room = Room(io.BytesIO(), self._texts[known])
        else:
            room = Room(TemporaryFile(), self._files[known])  # noqa: SIM115 - closed in `leave`
        try:
            yield room
        finally:
            room.leave()
