"""Files of the data folder that hold secrets: made on first run, for their owner alone.

``record.keys`` holds the keys that seal signed records (ADR 0024), one a line, oldest first: a
name and 64 hexadecimal figures. The last one seals new records, all of them check old ones.

``secret.key`` holds what sign-ins, signed addresses and second factors are bound to (Django's
SECRET_KEY), newest first; the ones before it still count, so that what was made with them goes on.
"""

import fcntl
import hashlib
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from studyapp.env import WrongValue

RECORD_KEYS = "record.keys"
SITE_KEY = "secret.key"
FORMER_SECRETS = 3
"""So many still count: with a change a year, a telephone (ADR 0030) lives shorter."""
SHORTEST_SECRET = 50
"""Characters; Django asks for as many."""
_LINE = re.compile(r"([A-Za-z0-9-]{1,20}) ([0-9a-f]{64})")


def secret(path: Path, made: str) -> str:
    """Return what the file holds; ``made`` is put into a file that is not there.

    Of two processes that start at the same moment one makes the file, whole, and both read it.
    """
    if not path.exists():
        # Unlike a rename, a link does not replace what another process made meanwhile.
        with _beside(path, made) as new, suppress(FileExistsError):
            os.link(new, path)
    return path.read_text(encoding="utf-8").strip()


def site_secrets(folder: Path) -> tuple[str, list[str]]:
    """Return the site's secret and those before it that still count; makes the first one."""
    found = secret(folder / SITE_KEY, _new_secret()).split()
    if not found or min(map(len, found)) < SHORTEST_SECRET:
        raise WrongValue(
            f"{SITE_KEY} holds a line of fewer than {SHORTEST_SECRET} characters. Bring the file "
            "back, or remove it: a new one is made and everybody signs in again."
        )
    return found[0], found[1:]


def renew_site_secret(folder: Path, *, keep: bool) -> None:
    """Put a new secret first; ``keep`` lets the last FORMER_SECRETS count on."""
    before, older = site_secrets(folder)
    lines = [_new_secret(), *([before, *older][:FORMER_SECRETS] if keep else [])]
    with _alone(folder), _beside(folder / SITE_KEY, "\n".join(lines)) as new:
        new.replace(folder / SITE_KEY)


def open_to_others(folder: Path) -> list[Path]:
    """Return the data folder and its keys where anybody but their owner may do anything."""
    paths = (folder, folder / SITE_KEY, folder / RECORD_KEYS)
    rights = stat.S_IRWXG | stat.S_IRWXO
    return [path for path in paths if path.exists() and path.stat().st_mode & rights]


def _new_secret() -> str:
    return secrets.token_urlsafe(64)


def record_keys(folder: Path) -> dict[str, bytes]:
    """Return the keys by name, oldest first; makes the first one. WrongValue for a broken file."""
    path = folder / RECORD_KEYS
    try:
        return _parsed(path, secret(path, _line(1)))
    except UnicodeDecodeError as error:
        raise _broken(path, "is not text") from error


def add_record_key(folder: Path) -> str:
    """Put a new key at the end of the file and return its name."""
    path = folder / RECORD_KEYS
    record_keys(folder)
    with _alone(folder):
        text = path.read_text(encoding="utf-8").strip()
        keys = _parsed(path, text)
        line = _line(len(keys) + 1)
        with _beside(path, f"{text}\n{line}") as new:
            new.replace(path)
    return line.split()[0]


def _line(number: int) -> str:
    key = secrets.token_bytes(32)
    return f"k{number}-{_fingerprint(key)} {key.hex()}"


def _fingerprint(key: bytes) -> str:
    """Return what tells keys apart by name: a key that is lost is not taken for its successor."""
    return hashlib.sha256(b"studyapp-record-key\n" + key).hexdigest()[:8]


def _parsed(path: Path, text: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise _broken(
                path, f"cannot be used: line {number} is not a name and 64 hexadecimal figures"
            )
        name, key = match[1], bytes.fromhex(match[2])
        _, dash, mark = name.partition("-")
        if dash and mark != _fingerprint(key):
            raise _broken(
                path,
                f"cannot be used: the key in line {number} is not the one that is called {name}",
            )
        if name in found:
            raise _broken(path, f"cannot be used: {name} stands there twice")
        found[name] = key
    if not found:
        raise _broken(path, "is empty")
    return found


def _broken(path: Path, what: str) -> WrongValue:
    return WrongValue(
        f"{path.name} {what}. Signed records are checked with it: bring the file back from where "
        "it is kept safe, then start again."
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process changes a file of the folder in this way."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
        # The new name is on the disk before anything is sealed with the key.
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _beside(path: Path, text: str) -> Iterator[Path]:
    """Write ``text`` into a new file beside ``path`` (0600), on the disk when it is named."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(descriptor)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
