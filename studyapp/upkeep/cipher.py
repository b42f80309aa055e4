"""A backup under a passphrase: AES-256-GCM in pieces, the key by scrypt. Pure.

The form, for whoever must read it without this program: a line ``studyapp-encrypted-1``, a line of
JSON (n, r, p and salt of scrypt, size of a piece), then pieces of that many bytes, each with its
16 bytes of tag behind it. The nonce of a piece is its number from 0 in 11 bytes, then one byte: 1
for the last piece, else 0. Both lines are the associated data of every piece. So a piece that was
changed, left out, moved or cut off at the end does not open. Each file has a salt of its own,
hence a key of its own.
"""

import io
import json
import os
from hashlib import scrypt
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from studyapp.errors import Refused
from studyapp.upkeep.manifest import Damaged

MAGIC = b"studyapp-encrypted-1\n"
_PIECE = 1 << 20
_TAG = 16
# 64 MB of memory and some tenths of a second for each guess.
_SCRYPT = {"n": 1 << 16, "r": 8, "p": 1}
_DEAREST = {"n": 1 << 20, "r": 16, "p": 4}
_LONGEST_LINE = 400
_BROKEN_HEAD = "备份的开头读不出来，文件损坏。换一份备份。"
_CANNOT = "打不开：口令不对，或文件损坏。"


def is_encrypted(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file begins like an encrypted backup."""
    with open(path, "rb") as file:  # noqa: PTH123 - takes any path
        return file.read(len(MAGIC)) == MAGIC


def _key(passphrase: str, told: dict[str, int], salt: bytes) -> AESGCM:
    memory = 128 * told["n"] * told["r"] * 2
    return AESGCM(scrypt(passphrase.encode(), salt=salt, **told, maxmem=memory, dklen=32))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class Encrypting:
    """Takes plain bytes and writes them encrypted to ``target``; ``close`` ends it."""

    def __init__(self, target: BinaryIO, passphrase: str) -> None:
        salt = os.urandom(16)
        told = {**_SCRYPT, "salt": salt.hex(), "piece": _PIECE}
        self._target = target
        self._head = MAGIC + json.dumps(told).encode() + b"\n"
        self._key = _key(passphrase, _SCRYPT, salt)
        self._held = bytearray()
        self._number = 0
        target.write(self._head)

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Encrypt what fills a piece and hold the rest."""
        self._held += data
        # The last piece is told apart, so one that is just full waits for what comes.
        while len(self._held) > _PIECE:
            self._put(bytes(self._held[:_PIECE]), last=False)
            del self._held[:_PIECE]
        return len(data)

    def flush(self) -> None:
        """Nothing to do: a piece is written when it is full."""

    def close(self) -> None:
        """Write the last piece."""
        self._put(bytes(self._held), last=True)
        self._held.clear()

    def _put(self, data: bytes, *, last: bool) -> None:
        nonce = _nonce(self._number, last=last)
        self._target.write(self._key.encrypt(nonce, data, self._head))
        self._number += 1


class Decrypting(io.RawIOBase):
    """Reads an encrypted file at any place, piece by piece; Damaged where one does not open."""

    def __init__(self, source: BinaryIO, passphrase: str) -> None:
        super().__init__()
        self._source = source
        told = self._told()
        if not passphrase:
            raise Refused("这份备份加了密。用 --passphrase-file 指出存口令的文件。")
        self._key = _key(passphrase, {k: told[k] for k in _SCRYPT}, bytes.fromhex(told["salt"]))
        self._piece = told["piece"]
        cipher = source.seek(0, os.SEEK_END) - len(self._head)
        self._pieces = max(1, -(-cipher // (self._piece + _TAG)))
        self._size = cipher - self._pieces * _TAG
        self._place = 0
        self._open: tuple[int, bytes] = (-1, b"")

    def _told(self) -> dict[str, Any]:
        self._source.seek(0)
        magic = self._source.readline(_LONGEST_LINE)
        line = self._source.readline(_LONGEST_LINE)
        self._head = magic + line
        try:
            told: dict[str, Any] = json.loads(line)
            bytes.fromhex(told["salt"])
            # A head that was tampered with must not cost the machine its memory.
            fair = all(1 <= told[name] <= most for name, most in _DEAREST.items())
            fair = fair and magic == MAGIC and 1 << 10 <= told["piece"] <= 1 << 24
        except (ValueError, KeyError, TypeError) as error:
            raise Damaged(_BROKEN_HEAD) from error
        if not fair:
            raise Damaged(_BROKEN_HEAD)
        return told

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read at any place."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place among the plain bytes."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Read up to the end of the piece that the place lies in."""
        if self._place >= self._size:
            return 0
        number, start = divmod(self._place, self._piece)
        data = self._plain(number)[start : start + len(buffer)]
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)

    def _plain(self, number: int) -> bytes:
        if self._open[0] != number:
            self._source.seek(len(self._head) + number * (self._piece + _TAG))
            data = self._source.read(self._piece + _TAG)
            nonce = _nonce(number, last=number == self._pieces - 1)
            try:
                self._open = number, self._key.decrypt(nonce, data, self._head)
            except (InvalidTag, ValueError) as error:
                raise Damaged(_CANNOT) from error
        return self._open[1]
