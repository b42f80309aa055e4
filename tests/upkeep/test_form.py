"""The form of a backup: an ordinary zip in which every byte counts, with a passphrase or without."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

import studyapp
from studyapp.errors import Refused
from studyapp.upkeep.container import reading, writing
from studyapp.upkeep.manifest import Damaged, Manifest, Piece, version

PASSPHRASE = "correct horse battery"
WORDS = b"\xe4\xb8\x80\xe6\x98\xaf" * 500_000


def a_manifest(files: list[Piece]) -> Manifest:
    return Manifest(
        made_at="2026-11-26T08:30:00+00:00", product="0.1.0", python="3.11.2", django="5.2.19",
        engine="sqlite", database_version="3.40", migrations={"audit": ["0001_initial"]},
        rows={"audit_entry": 2}, audit=(2, "aa"), heads={"7": (1, "bb")}, keys=["k1"], files=files,
    )  # fmt: skip


def a_backup(path: Path, passphrase: str = "", words: bytes = WORDS) -> Manifest:
    with writing(path, passphrase) as writer:
        writer.add("database.sqlite3", io.BytesIO(words), size=len(words), pack=True)
        writer.add("media/scans/ab", io.BytesIO(b"scan"))
        manifest = a_manifest(writer.pieces)
        writer.finish(manifest, "说明")
    return manifest


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
def test_what_was_put_in_comes_out(tmp_path: Path, passphrase: str) -> None:
    path = tmp_path / "backup"
    manifest = a_backup(path, passphrase)
    with reading(path, passphrase) as backup:
        assert backup.manifest == manifest
        out = io.BytesIO()
        backup.copy(manifest.database, out)
        assert out.getvalue() == WORDS
        assert list(manifest.media) == ["scans/ab"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["backup"]


def test_it_is_an_ordinary_zip(tmp_path: Path) -> None:
    a_backup(tmp_path / "backup.zip")
    with zipfile.ZipFile(tmp_path / "backup.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "database.sqlite3", "media/scans/ab", "manifest.json", "说明.txt",
        ]  # fmt: skip
        assert json.loads(archive.read("manifest.json"))["form"] == 1


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
def test_a_flipped_byte_anywhere_is_seen(tmp_path: Path, passphrase: str) -> None:
    path = tmp_path / "backup"
    a_backup(path, passphrase, words=b"database")
    whole = path.read_bytes()
    # An encrypted one costs a derived key for each look; its tags hold between the ends too.
    step = 1 if not passphrase else len(whole) // 5
    for place in range(0, len(whole), step):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(Damaged), reading(path, passphrase):
            pass


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
def test_what_is_cut_off_is_seen(tmp_path: Path, passphrase: str) -> None:
    path = tmp_path / "backup"
    a_backup(path, passphrase)
    whole = path.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(Damaged), reading(path, passphrase):
            pass


def test_nothing_is_readable_without_the_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "backup.enc"
    a_backup(path, PASSPHRASE, words=b"a secret of the branch")
    assert b"secret of" not in path.read_bytes()
    assert b"scans/ab" not in path.read_bytes()
    with pytest.raises(Refused, match="加了密"), reading(path):
        pass
    with pytest.raises(Damaged, match="口令不对"), reading(path, "another passphrase"):
        pass


def test_what_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(AttributeError), writing(tmp_path / "backup") as writer:
        writer.add("database.sqlite3", None)
    assert list(tmp_path.iterdir()) == []


def test_a_newer_form_is_told_from_a_broken_one() -> None:
    manifest = a_manifest([Piece("database.sqlite3", 1, "0" * 64)])
    assert Manifest.from_json(manifest.to_json()) == manifest
    with pytest.raises(Refused, match="先升级程序"):
        Manifest.from_json(replace(manifest, form=2).to_json())
    for broken in (b"", b"[]", b'{"form": 1}', b"[" * 100_000):
        with pytest.raises(Damaged):
            Manifest.from_json(broken)


@pytest.mark.parametrize("name", ["/etc/passwd", "media/../../x", "media\\x"])
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    pieces = [Piece("database.sqlite3", 1, "0" * 64), Piece(name, 1, "0" * 64)]
    with pytest.raises(Damaged):
        Manifest.from_json(a_manifest(pieces).to_json())


def test_the_version_is_that_of_the_project() -> None:
    text = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{studyapp.__version__}"' in text
    assert version("0.10.0") > version("0.9.3")
