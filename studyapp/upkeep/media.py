"""Uploaded files beside the database: named by it, put in their place, kept under a second name."""

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path

from django.conf import settings

from studyapp.disk import sync
from studyapp.upkeep.container import Reader
from studyapp.upkeep.engines.sqlite import second_name
from studyapp.upkeep.manifest import Piece

_FLEETING = "jobs"


def root() -> Path:
    """Return the folder of uploaded files."""
    return Path(settings.MEDIA_ROOT)


def stored() -> Iterator[str]:
    """Yield the names of all files that are there, those of finished jobs apart."""
    for path in sorted(root().rglob("*")):
        name = path.relative_to(root())
        if path.is_file() and name.parts[0] != _FLEETING:
            yield name.as_posix()


def absent(names: Collection[str]) -> list[str]:
    """Return which of the files are not there."""
    return [name for name in names if not (root() / name).is_file()]


def is_there(name: str, piece: Piece) -> bool:
    """Tell whether the site has this very file."""
    path = root() / name
    if not path.is_file() or path.stat().st_size != piece.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == piece.sha256


def unpack(backup: Reader, folder: Path) -> list[str]:
    """Write what the site has not, or has otherwise, into ``folder``; return the names."""
    names = []
    for name, piece in backup.manifest.media.items():
        if is_there(name, piece):
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("xb") as file:
            backup.copy(piece, file)
        path.chmod(settings.FILE_UPLOAD_PERMISSIONS)
        names.append(name)
    return names


def keep(former: Path) -> int:
    """Give every file a second name in ``former``; return how many there are."""
    names = list(stored())
    for name in names:
        second_name(root() / name, former / name)
    for folder in {(former / name).parent for name in names}:
        sync(folder)
    return len(names)


def put(names: list[str], folder: Path) -> None:
    """Move unpacked files to their places."""
    for name in names:
        _put(folder / name, root() / name)


def _put(new: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new.replace(path)
    sync(path.parent)


def take_back(name: str, kept: Path) -> None:
    """Undo that a file was put in: ``kept`` is the second name of what was there, if any was."""
    path = root() / name
    if not kept.exists():
        path.unlink(missing_ok=True)
        return
    again = path.with_name(f".{path.name}.again")
    again.unlink(missing_ok=True)
    second_name(kept, again)
    # Two names of one file: renaming the one over the other would leave both.
    if path.exists() and path.samefile(again):
        again.unlink()
    else:
        again.replace(path)
    sync(path.parent)


def remove_others(known: Collection[str]) -> None:
    """Remove the files that nothing names any more; they were kept before."""
    for name in set(stored()) - set(known):
        (root() / name).unlink()
