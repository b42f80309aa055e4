"""A file is stored as a whole and with its row, or there is none."""

import errno
import os
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError

from studyapp.uploads.storing import with_files


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media" / "scans"


def store(error: Exception | None = None) -> str:
    """Store a file, and then perhaps fail."""
    name = default_storage.save("scans/one", ContentFile(b"scan"))
    if error is not None:
        raise error
    return name


def test_a_stored_file_is_the_owners_and_nothing_else_is_there(folder: Path) -> None:
    assert with_files(store)() == "scans/one"
    assert [path.name for path in folder.iterdir()] == ["one"]
    assert (folder / "one").read_bytes() == b"scan"
    assert ((folder / "one").stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (
        0o600,
        0o700,
    )


class Breaking(ContentFile):  # type: ignore[type-arg]
    """A file for whose second half there is no room."""

    def chunks(self, chunk_size: int | None = None) -> Any:
        yield b"half"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_half_a_file_is_none(folder: Path) -> None:
    with pytest.raises(OSError, match="space"):
        default_storage.save("scans/one", Breaking(b"whole"))
    assert list(folder.iterdir()) == []


def test_a_file_goes_with_the_change_that_failed_and_no_other_does(folder: Path) -> None:
    def outer() -> None:
        default_storage.save("scans/outer", ContentFile(b"scan"))
        with pytest.raises(RuntimeError):
            with_files(store)(RuntimeError("refused by the commit"))

    with_files(outer)()
    assert [path.name for path in folder.iterdir()] == ["outer"]


def test_a_file_stays_where_nobody_knows_whether_it_was_stored(folder: Path) -> None:
    gone = OperationalError("x")
    gone.__cause__ = psycopg.OperationalError("server closed the connection unexpectedly")
    with pytest.raises(OperationalError):
        with_files(store)(gone)
    assert [path.name for path in folder.iterdir()] == ["one"]
