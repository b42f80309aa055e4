"""The form of a backup: one plain zip, whose last 64 bytes are a hash of all before them. Pure.

Any tool that knows zip reads it. The hash stands at the end of the zip's comment, so that a single
flipped byte anywhere shows, also where a zip has no checksum of its own. Written from front to end
without going back, so that it can be encrypted on the way (:mod:`studyapp.upkeep.cipher`).
"""

import hashlib
import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Protocol, cast

from studyapp.disk import whole
from studyapp.upkeep.cipher import Decrypting, Encrypting, is_encrypted
from studyapp.upkeep.manifest import NAME, Damaged, Manifest, Piece

READ_ME = "说明.txt"
_COMMENT = b"SHA-256 of all bytes before this hash: "
_SEAL = 64
_CHUNK = 1 << 20
_LARGEST_MANIFEST = 200_000_000
_DAMAGED = "备份损坏：内容和当时写下的不一致。换一份备份。"


class Sink(Protocol):
    """What bytes can be written to."""

    def write(self, data: bytes, /) -> int:
        """Take bytes."""


class _Sealing:
    """Passes bytes on and puts the hash of all into the last 64, which are held back."""

    def __init__(self, target: Sink) -> None:
        self._target, self._held, self._hash = target, b"", hashlib.sha256()

    def write(self, data: bytes) -> int:
        held = self._held + bytes(data)
        self._pass(held[:-_SEAL])
        self._held = held[-_SEAL:]
        return len(data)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self._target.write(self._hash.hexdigest().encode())

    def _pass(self, data: bytes) -> None:
        if data:
            self._hash.update(data)
            self._target.write(data)


class Writer:
    """Puts files into a backup that is being written."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.pieces: list[Piece] = []

    def add(self, name: str, source: IO[bytes], *, size: int = 0, pack: bool = False) -> Piece:
        """Copy a file of about ``size`` bytes; ``pack`` squeezes what is not packed already."""
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED if pack else zipfile.ZIP_STORED
        info._compresslevel = 1  # type: ignore[attr-defined]  # noqa: SLF001 - no other way
        info.external_attr = 0o600 << 16
        with self._archive.open(info, "w", force_zip64=size == 0 or size > 1 << 30) as target:
            sha256, length = copy(source, target)
        piece = Piece(name, length, sha256)
        self.pieces.append(piece)
        return piece

    def finish(self, manifest: Manifest, words: str) -> None:
        """Add the manifest, and words for whoever finds the file one day."""
        self._archive.writestr(NAME, manifest.to_json(), zipfile.ZIP_DEFLATED)
        self._archive.writestr(READ_ME, words.encode("utf-8-sig"), zipfile.ZIP_DEFLATED)


def copy(source: IO[bytes], target: Sink | IO[bytes]) -> tuple[str, int]:
    """Copy all of ``source``; return hash and size of what was copied."""
    found, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        found.update(chunk)
        size += len(chunk)
        target.write(chunk)
    return found.hexdigest(), size


@contextmanager
def writing(path: Path, passphrase: str = "") -> Iterator[Writer]:
    """Write a backup to ``path``; nothing stands there unless all went well."""
    with whole(path) as file:
        encrypting = Encrypting(file, passphrase) if passphrase else None
        sealing = _Sealing(encrypting or file)
        with zipfile.ZipFile(cast(IO[bytes], sealing), "w") as archive:
            archive.comment = _COMMENT + b"0" * _SEAL
            yield Writer(archive)
        sealing.close()
        if encrypting:
            encrypting.close()


class Reader:
    """A backup that is whole, opened to be read."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        if not set(archive.namelist()) >= {NAME}:
            raise Damaged(_DAMAGED)
        if archive.getinfo(NAME).file_size > _LARGEST_MANIFEST:
            raise Damaged(_DAMAGED)
        self.manifest = Manifest.from_json(archive.read(NAME))

    def copy(self, piece: Piece, target: Sink | IO[bytes]) -> None:
        """Copy a file to ``target``; Damaged when it is not the one that the manifest names."""
        with self.open(piece) as source:
            if copy(source, target) != (piece.sha256, piece.size):
                raise Damaged(f"备份里的 {piece.name} 和清单不一致。换一份备份。")

    def open(self, piece: Piece) -> IO[bytes]:
        """Open a file that the manifest names."""
        try:
            info = self._archive.getinfo(piece.name)
        except KeyError:
            raise Damaged(f"备份里缺少 {piece.name}。换一份备份。") from None
        if info.file_size != piece.size:
            raise Damaged(f"备份里的 {piece.name} 和清单不一致。换一份备份。")
        return self._archive.open(info)


@contextmanager
def reading(path: Path, passphrase: str = "") -> Iterator[Reader]:
    """Open a backup after a look at every byte; Damaged when one is not as it was written."""
    with path.open("rb") as file:
        plain = (
            cast(BinaryIO, io.BufferedReader(Decrypting(file, passphrase), _CHUNK))
            if is_encrypted(path)
            else cast(BinaryIO, file)
        )
        _check_seal(plain)
        try:
            with zipfile.ZipFile(plain) as archive:
                yield Reader(archive)
        except zipfile.BadZipFile as error:
            raise Damaged(_DAMAGED) from error


def _check_seal(plain: BinaryIO) -> None:
    """Compare the last 64 bytes with the hash of all before them."""
    rest = plain.seek(0, os.SEEK_END) - _SEAL
    plain.seek(0)
    found = hashlib.sha256()
    while rest > 0 and (chunk := plain.read(min(_CHUNK, rest))):
        found.update(chunk)
        rest -= len(chunk)
    if rest != 0 or plain.read(_SEAL) != found.hexdigest().encode():
        raise Damaged(_DAMAGED)
    plain.seek(0)
