"""Backup, verify and restore on a whole bureau; what is not in order changes nothing."""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.utils import timezone

from studyapp.audit import triggers
from studyapp.audit.actions import record
from studyapp.audit.models import Entry
from studyapp.meetings.models import Meeting
from studyapp.upkeep.container import reading, writing
from studyapp.upkeep.databases import connected, working_in
from studyapp.upkeep.engines import engine
from studyapp.upkeep.making import last, make, usual_folder
from studyapp.upkeep.manifest import Manifest
from studyapp.upkeep.restoring import restore
from tests.losses import Kept
from tests.upkeep.conftest import Site

ROOT = Path(__file__).resolve().parents[2]


def a_backup() -> Path:
    return make(folder=usual_folder(), at=timezone.now()).path


def rewritten(path: Path, change: Callable[[Manifest], Manifest], without: str = "") -> Path:
    """Return a backup that is whole in itself and says something else."""
    target = path.with_name("rewritten.zip")
    with reading(path) as backup, writing(target) as writer:
        for piece in backup.manifest.files:
            if piece.name != without:
                with backup.open(piece) as source:
                    writer.add(piece.name, source, size=piece.size)
        writer.finish(change(backup.manifest), "")
    return target


def refused(path: Path, words: str, site: Site) -> None:
    """Expect that ``path`` is not taken, that the site is as before, and that nothing is left."""
    before, end = site.fingerprints(), Entry.objects.count()
    names = {one.name for one in site.data.iterdir()}
    with pytest.raises(CommandError, match=words):
        call_command("restore", path)
    assert site.fingerprints() == before
    assert Entry.objects.count() == end
    assert {one.name for one in site.data.iterdir()} - {"serve.lock"} == names - {"serve.lock"}


@pytest.mark.loss("backup")
def test_the_drill_fill_back_up_destroy_restore_compare(
    site: Site, capsys: pytest.CaptureFixture[str], kept: Kept
) -> None:
    before, log = site.fingerprints(), list(Entry.objects.order_by("seq").values_list("digest"))
    call_command("backup")
    (path,) = (site.data / "backups").iterdir()
    call_command("verify", path)
    assert "备份完好" in capsys.readouterr().out
    for file in (site.data / "media").rglob("*"):
        if file.is_file():
            file.unlink()
    Meeting.objects.update(title="destroyed")
    assert site.fingerprints() != before
    call_command("restore", path)
    assert "已恢复" in capsys.readouterr().out
    kept.same(site.fingerprints(), before)
    now = list(Entry.objects.order_by("seq").values_list("digest"))
    assert now[:-1] == log
    assert Entry.objects.order_by("-seq")[0].name == "恢复备份"
    assert triggers.missing() == []
    call_command("verify")
    assert "没有问题" in capsys.readouterr().out


def test_the_former_state_is_kept(site: Site) -> None:
    path = a_backup()
    changed = next((site.data / "media/speeches").iterdir())
    changed.write_bytes(b"newer")
    Meeting.objects.update(title="newer")
    done = restore(path, at=timezone.now())
    assert (done.folder / "media" / changed.relative_to(site.data / "media")).read_bytes() == (
        b"newer"
    )
    assert done.problems == []
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(done.database)) as former:
            titles = former.execute("SELECT DISTINCT title FROM meetings_meeting").fetchall()
        assert titles == [("newer",)]
    else:
        assert done.database.startswith(connection.settings_dict["NAME"])


def test_the_keys_and_files_of_jobs_are_not_in_a_backup(site: Site) -> None:
    jobs = site.data / "media/jobs"
    jobs.mkdir(exist_ok=True)
    (jobs / "x.bin").write_bytes(b"handbook")
    (site.data / "record.keys").write_text("k9 key", encoding="utf-8")
    with zipfile.ZipFile(a_backup()) as archive:
        names = archive.namelist()
    assert [name for name in names if "keys" in name or "jobs" in name or "secret" in name] == []
    assert [name for name in names if not name.startswith("media/")] == [
        engine().member, "manifest.json", "说明.txt",
    ]  # fmt: skip


@pytest.mark.loss("backup")
@pytest.mark.attack(55)
def test_a_flipped_byte_is_refused(site: Site) -> None:
    path = a_backup()
    whole = path.read_bytes()
    for place in (30, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        refused(path, "损坏", site)


@pytest.mark.loss("backup")
@pytest.mark.attack(55)
def test_a_newer_version_is_refused(site: Site) -> None:
    path = a_backup()
    refused(rewritten(path, lambda told: replace(told, product="99.0")), "先升级程序", site)
    later = {"audit": ["0001_initial", "0099_later"]}

    def newer(told: Manifest) -> Manifest:
        return replace(told, migrations={**told.migrations, **later})

    refused(rewritten(path, newer), "audit.0099_later", site)


@pytest.mark.loss("backup")
@pytest.mark.attack(55)
def test_missing_media_are_refused(site: Site) -> None:
    path = a_backup()
    with reading(path) as backup:
        name = next(one.name for one in backup.manifest.files if one.name.startswith("media/"))
    refused(rewritten(path, lambda told: told, without=name), "缺少 media/", site)

    def silent(told: Manifest) -> Manifest:
        return replace(told, files=[one for one in told.files if one.name != name])

    refused(rewritten(path, silent, without=name), "缺少上传的文件", site)


def test_rows_and_chains_that_do_not_fit_are_refused(site: Site) -> None:
    path = a_backup()

    def fewer(told: Manifest) -> Manifest:
        return replace(told, rows={**told.rows, "meetings_meeting": 1})

    refused(rewritten(path, fewer), "meetings_meeting 应有 1 行", site)
    other = rewritten(path, lambda told: replace(told, audit=(told.audit[0], "0" * 64)))
    refused(other, "审计记录的最新一条", site)


def test_a_site_that_is_not_in_order_is_told_and_can_still_be_brought_back(site: Site) -> None:
    with connection.cursor() as cursor:
        for name in triggers.expected(connection.vendor):
            if name.startswith("audit_entry"):
                on = " ON audit_entry" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER {name}{on}")
    Entry.objects.filter(seq=3).update(user_name="nobody")
    with pytest.raises(CommandError, match="数据本身有问题"):
        call_command("backup", keep=1)
    with pytest.raises(CommandError, match="处问题"):
        call_command("verify")
    (path,) = (site.data / "backups").iterdir()
    assert last() is None
    refused(path, "第 3 条被改动", site)
    call_command("restore", path, despite_problems=True)
    assert Entry.objects.order_by("-seq")[0].name == "恢复备份"


def test_a_file_that_was_lost_before_is_told(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = next(file for file in (site.data / "media/speeches").iterdir())
    lost.unlink()
    with pytest.raises(CommandError, match="1个上传的文件不在了"):
        call_command("backup")
    assert f"speeches/{lost.name} 不在了" in capsys.readouterr().out
    (path,) = (site.data / "backups").iterdir()
    call_command("restore", path)
    assert f"speeches/{lost.name} 已经不在" in capsys.readouterr().out


def test_with_a_passphrase(site: Site, tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse battery\n", encoding="utf-8")
    before = site.fingerprints()
    call_command("backup", to=tmp_path / "stick", passphrase_file=secret)
    (path,) = (tmp_path / "stick").iterdir()
    assert path.name.endswith(".zip.enc")
    with pytest.raises(CommandError, match="加了密"):
        call_command("verify", path)
    Meeting.objects.update(title="destroyed")
    call_command("restore", path, passphrase_file=secret)
    assert site.fingerprints() == before
    secret.write_text("short", encoding="utf-8")
    with pytest.raises(CommandError, match="至少 12 个字符"):
        call_command("backup", passphrase_file=secret)


def test_only_the_newest_are_kept_and_nothing_else_is_touched(site: Site) -> None:
    folder = usual_folder()
    folder.mkdir()
    for name in ("notes.zip", "studyapp-20250101-000000.zip", "studyapp-20250102-000000.zip",
                 "studyapp-20250101-000000-before-update.zip"):  # fmt: skip
        (folder / name).write_bytes(b"older")
    made = make(folder=folder, at=timezone.now(), keep=2)
    assert {path.name for path in folder.iterdir()} == {
        "notes.zip", "studyapp-20250102-000000.zip",
        "studyapp-20250101-000000-before-update.zip", made.path.name,
    }  # fmt: skip
    found = last()
    assert found is not None
    assert found.file == str(made.path)


def test_nothing_is_restored_while_a_server_runs(site: Site) -> None:
    path = a_backup()
    code = (
        "import os, sys; sys.path.insert(0, '.'); import django; django.setup();"
        "from studyapp.web.occupied import share; share(); print('here', flush=True);"
        "os.execv(sys.executable, [sys.executable, '-c', 'input()'])"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"STUDYAPP_DATA": str(site.data), "DJANGO_SETTINGS_MODULE": "studyapp.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert server.stdout.readline() == b"here\n"
        refused(path, "先停下服务", site)
    finally:
        server.communicate(b"\n", timeout=20)
    restore(path, at=timezone.now())


def test_nothing_is_restored_while_somebody_is_connected(site: Site) -> None:
    path = a_backup()
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(name)) as beside:
            beside.execute("SELECT count(*) FROM meetings_meeting").fetchone()
            with pytest.raises(CommandError, match="有人在用"):
                call_command("restore", path)
    else:
        with connected("beside", connection.settings_dict) as beside:
            beside.ensure_connection()
            with pytest.raises(CommandError, match="有人在用"):
                call_command("restore", path)


def test_what_a_killed_backup_left_behind_is_removed_the_next_day(site: Site) -> None:
    folder = usual_folder()
    left = [site.data / ".upkeep-killed", folder / ".studyapp-20260101-000000.zip.part"]
    fresh = [site.data / ".upkeep-at-work", folder / ".studyapp-20260102-000000.zip.part"]
    for path in (left[0], fresh[0], folder):
        path.mkdir()
    for path in (left[0] / "study.sqlite3", left[1], fresh[1]):
        path.write_bytes(b"words")
    for path in left:
        os.utime(path, (1, 1))
    a_backup()
    assert [path.exists() for path in (*left, *fresh)] == [False, False, True, True]


def test_a_backup_is_of_one_moment_while_people_write(site: Site) -> None:
    """Every change adds a line to the log; both are in the backup, or neither."""
    begun, halt, settings = threading.Event(), threading.Event(), connection.settings_dict

    def write() -> None:
        number = 0
        with connected("writer", settings) as there, working_in(there):
            while not halt.is_set():
                number += 1
                with transaction.atomic("writer"):
                    record("改标题", number=number)
                    Meeting.objects.filter(pk=1).update(title=f"title {number}")
                begun.set()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert begun.wait(20)
        first, second = a_backup(), a_backup()
    finally:
        halt.set()
        thread.join()
    ends: list[int] = []
    for path in (first, second):
        restore(path, at=timezone.now() + timedelta(seconds=len(ends)))
        written = Entry.objects.filter(name="改标题").order_by("-seq")[0]
        assert Meeting.objects.get(pk=1).title == f"title {written.condition['number']}"
        ends.append(written.seq)
    assert ends[0] < ends[1]


def test_the_manifest_says_what_is_inside(site: Site) -> None:
    path = a_backup()
    with zipfile.ZipFile(path) as archive:
        told = json.loads(archive.read("manifest.json"))
        for piece in told["files"]:
            data = archive.read(piece["name"])
            assert (len(data), hashlib.sha256(data).hexdigest()) == (piece["size"], piece["sha256"])
    newest = Entry.objects.order_by("-seq")[0]
    assert told["audit"] == [newest.seq, newest.digest]
    assert told["rows"]["meetings_meeting"] == Meeting.objects.count()
    assert told["missing"] == []
