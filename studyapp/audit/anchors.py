"""Anchors: number and digest of the newest entry, noted outside the database.

A chain that was cut off or made again as a whole fits in itself. Whoever could do that to the
database has to do it to every place as well where its end was noted: a file on another machine,
and the note that the daily check leaves in the data folder.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from studyapp.disk import whole
from studyapp.errors import Refused

_LINE = re.compile(r"(\d{4}-\d\d-\d\dT\S{1,40}) ([1-9]\d{0,17}) ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Anchor:
    """At ``at`` (ISO 8601) the newest entry was ``seq``, its digest ``digest``."""

    at: str
    seq: int
    digest: str

    def __str__(self) -> str:
        return f"{self.at} {self.seq} {self.digest}"

    @property
    def day(self) -> str:
        """The day on which it was noted."""
        return self.at[:10]


def anchor(seq: int, digest: str, at: datetime) -> Anchor:
    """Return the anchor for an entry, at this time of the site."""
    return Anchor(at.isoformat(timespec="seconds"), seq, digest)


def read(path: Path) -> Iterator[Anchor]:
    """Yield the anchors of a file. `Refused` for a line that is none, or a file that is not there.

    A broken line is never passed over: it may be the one that would tell.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"锚点文件 {path} 读不出来。核对路径和权限再执行。") from error
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise Refused(f"锚点文件 {path} 第{number}行不是锚点。找回原来的文件再核验。")
        yield Anchor(match[1], int(match[2]), match[3])


def append(path: Path, noted: Anchor) -> None:
    """Put an anchor at the end of a file, on the disk before this returns."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a+b") as file:
        # An editor, or a copy by hand, may have taken the last line its end.
        file.seek(max(0, file.seek(0, os.SEEK_END) - 1))
        between = "" if file.read(1) in {b"", b"\n"} else "\n"
        file.write(f"{between}{noted}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def own() -> list[Anchor]:
    """Return what the last daily check noted in the data folder; empty before the first."""
    path: Path = settings.AUDIT_ANCHOR
    return list(read(path)) if path.exists() else []


def note(noted: Anchor) -> None:
    """Put the anchor into the data folder in the place of the last one, whole or not at all."""
    with whole(settings.AUDIT_ANCHOR) as file:
        file.write(f"{noted}\n".encode())
