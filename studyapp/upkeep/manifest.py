"""What a backup says of itself: who made it, from what, and what must be found in it. Pure.

It is JSON that a person can read without this program. A form with another number is read by a
newer program only.
"""

import json
import re
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from studyapp.errors import Refused

FORM = 1
NAME = "manifest.json"
MEDIA = "media/"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Damaged(Refused):
    """The file is not what was written, or no backup at all."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of a backup; ``size`` in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """``rows`` by table, ``migrations`` by app, ``heads`` of the chains by unit: place and link.

    ``audit`` is number and digest of the newest entry of the log. ``keys`` names the keys that
    sealed the records: they do not lie in the backup. ``missing`` are files that the database
    named and that were gone when the backup was made.
    """

    made_at: str
    product: str
    python: str
    django: str
    engine: str
    database_version: str
    migrations: dict[str, list[str]]
    rows: dict[str, int]
    audit: tuple[int, str]
    heads: dict[str, tuple[int, str]]
    keys: list[str]
    files: list[Piece]
    missing: list[str] = field(default_factory=list)
    form: int = FORM

    @property
    def at(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self.made_at)

    @property
    def database(self) -> Piece:
        """The file with the database."""
        return next(one for one in self.files if not one.name.startswith(MEDIA))

    @property
    def media(self) -> dict[str, Piece]:
        """Uploaded files by the name that the database knows them by."""
        return {
            one.name.removeprefix(MEDIA): one for one in self.files if one.name.startswith(MEDIA)
        }

    def to_json(self) -> bytes:
        """Return the text that is stored."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> "Manifest":
        """Read what was stored; Damaged for anything else, Refused for a newer form."""
        try:
            found = json.loads(data)
            form = int(found["form"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Damaged("备份的清单读不出来，文件不完整。换一份备份。") from error
        if form > FORM:
            raise Refused("这份备份是更新的版本做的，这个程序还不认识。先升级程序再恢复。")
        try:
            return cls(**_typed(found))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Damaged("备份的清单缺了内容，文件不完整。换一份备份。") from error


def _typed(found: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with the types that they are declared with, and nothing else."""
    given = {one.name: found[one.name] for one in fields(Manifest)}
    given["files"] = [_piece(one) for one in given["files"]]
    given["audit"] = _end(given["audit"])
    given["heads"] = {str(unit): _end(end) for unit, end in given["heads"].items()}
    given["rows"] = {str(table): int(count) for table, count in given["rows"].items()}
    given["migrations"] = {str(app): list(map(str, m)) for app, m in given["migrations"].items()}
    datetime.fromisoformat(given["made_at"])
    if [one.name for one in given["files"] if not one.name.startswith(MEDIA)] == []:
        raise ValueError("no database")
    return given


def _end(given: Any) -> tuple[int, str]:
    number, digest = given
    return int(number), str(digest)


def _piece(given: dict[str, Any]) -> Piece:
    piece = Piece(str(given["name"]), int(given["size"]), str(given["sha256"]))
    parts = PurePosixPath(piece.name)
    if parts.is_absolute() or ".." in parts.parts or "\\" in piece.name or "\0" in piece.name:
        raise ValueError(piece.name)
    if piece.size < 0 or not _SHA256.fullmatch(piece.sha256):
        raise ValueError(piece.name)
    return piece


def version(text: str) -> tuple[int, ...]:
    """Return a version as numbers that compare."""
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])
