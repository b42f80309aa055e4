"""The bundle brings the product up, updates it and goes back, on a machine without network."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
MIGRATION = """from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("saving", "0001_initial")]
    operations = []
"""
WHEEL = """Metadata-Version: 2.1
Name: x
License: {words}
{more}
"""


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """Return the scripts as modules, imported as they import each other."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import bundle
    import sbom

    return {"bundle": bundle, "sbom": sbom}


def without_network() -> list[str]:
    """Return what runs a program without network, where that is allowed; pip is told anyway."""
    tool = shutil.which("unshare")
    if tool is None:
        return []
    closed = [tool, "--user", "--map-root-user", "--net"]
    # The machine itself can be reached: what is installed is started and asked.
    closed += ["sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    tried = subprocess.run([*closed, "true"], check=False, capture_output=True)
    return closed if tried.returncode == 0 else []


def install(folder: Path, prefix: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *without_network(),
            *(str(folder / "install.sh"), "--prefix", str(prefix)),
            *("--python", sys.executable, *more),
        ],
        check=False,
        env={
            "PATH": os.environ["PATH"],
            "PIP_INDEX_URL": "http://127.0.0.1:9/",
            "https_proxy": "http://127.0.0.1:9/",
        },
        capture_output=True,
        text=True,
    )


def renamed(bundle: ModuleType, folder: Path, release: str) -> None:
    """Let the bundle say that it is another release."""
    (folder / "RELEASE").write_text(f"{release}\n", encoding="utf-8")
    (folder / "SHA256SUMS").unlink()
    (folder / "SHA256SUMS").write_text(bundle.sums(folder), encoding="utf-8")


def current(prefix: Path) -> str:
    return (prefix / "opt/studyapp/current").resolve().name


def health(prefix: Path) -> tuple[int, int]:
    """Start what is installed; return what /healthz says to the front server and to others."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    lines = (prefix / "etc/studyapp/studyapp.env").read_text(encoding="utf-8").splitlines()
    site = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    server = subprocess.Popen(
        [".venv/bin/python", "manage.py", "serve"],
        cwd=prefix / "opt/studyapp/current",
        env={
            **site,
            "PATH": os.environ["PATH"],
            "PYTHONUTF8": "1",
            "PORT": str(port),
            "STUDYAPP_WORKERS": "1",
        },
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: object) -> None:
            return None

    def ask(**headers: str) -> int:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz", headers=headers)
        try:
            with urllib.request.build_opener(Stay).open(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    try:
        for _ in range(200):
            try:
                return ask(**{"X-Forwarded-Proto": "https"}), ask()
            except (ConnectionError, urllib.error.URLError):
                time.sleep(0.1)
        raise AssertionError("the server did not come up")
    finally:
        # With its workers, which may still be starting and would hold the database.
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(timeout=20)


def without_a_backup(folder: Path, prefix: Path) -> tuple[int, bool, str]:
    """Update where no backup can be made; return the code, whether it is told, what is installed."""
    place = prefix / "var/lib/studyapp/backups"
    place.write_text("no folder", encoding="utf-8")
    failed = install(folder, prefix)
    place.unlink()
    return failed.returncode, "没能备份" in failed.stderr, current(prefix)


def broken(bundle: ModuleType, folder: Path, prefix: Path) -> tuple[int, bool, bool, str, int]:
    """Update to a release that does not come up.

    Return the code, whether it is told and what holds then, what is installed, its health.
    """
    entrance = folder / "source/studyapp/asgi.py"
    works = entrance.read_text(encoding="utf-8")
    entrance.write_text("raise SystemExit\n", encoding="utf-8")
    renamed(bundle, folder, "broken")
    failed = install(folder, prefix, "--wait", "4")
    entrance.write_text(works, encoding="utf-8")
    told = "服务4秒里没有起来" in failed.stderr
    back = "现在的状态：原来的版本照旧" in failed.stderr
    return failed.returncode, told, back, current(prefix), health(prefix)[0]


# One story, for each of its steps needs those before; SQLite, for the ways are the same.
@pytest.mark.sqlite
def test_a_bundle_installs_updates_and_goes_back_without_network(
    scripts: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, prefix = scripts["bundle"], tmp_path / "machine"
    if not (ROOT / ".git").exists():
        pytest.skip("optional: this tree is no git repository")
    python = "{}.{}".format(*sys.version_info)
    if bundle.main(
        ["--machine", os.uname().machine, "--python", python, "--output", str(tmp_path)]
    ):
        pytest.skip("optional: pip finds no wheels here")
    [archive] = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path, filter="data")
    folder = tmp_path / archive.name.removesuffix(".tar.gz")
    first = (folder / "RELEASE").read_text().strip()

    parts = json.loads((folder / "sbom.cdx.json").read_text(encoding="utf-8"))
    assert {one["name"] for one in parts["components"]} >= {"django", "granian", "lxml"}
    assert [one["name"] for one in parts["components"] if "not named" in str(one)] == []

    (folder / "wheels/added.whl").write_bytes(b"")
    (folder / "source/manage.py").write_text("print('changed')\n", encoding="utf-8")
    damaged = install(folder, prefix)
    assert (damaged.returncode, "安装包不完整，或被改动过" in damaged.stderr) == (1, True)
    assert not prefix.exists()
    (folder / "wheels/added.whl").unlink()
    shutil.copy2(ROOT / "manage.py", folder / "source/manage.py")
    (folder / "SHA256SUMS").unlink()
    (folder / "SHA256SUMS").write_text(bundle.sums(folder), encoding="utf-8")

    done = install(folder, prefix, "--host", "study.example")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split("\t")[1] for line in done.stdout.splitlines() if "\t" in line] == [
        *("sysadmin", "secadmin", "auditor"),
    ]
    data = prefix / "var/lib/studyapp"
    assert oct(data.stat().st_mode & 0o777) == "0o700"
    assert current(prefix) == first
    assert health(prefix) == (200, 301)
    unit = (prefix / "etc/systemd/system/studyapp.service").read_text(encoding="utf-8")
    assert f"WorkingDirectory={prefix}/opt/studyapp/current" in unit
    again = install(folder, prefix)
    assert (again.returncode, "已经装好了" in again.stderr) == (1, True)

    # A release that changes the database.
    migration = folder / "source/studyapp/saving/migrations/0002_later.py"
    migration.write_text(MIGRATION, encoding="utf-8")
    renamed(bundle, folder, "later")
    assert without_a_backup(folder, prefix) == (1, True, first)
    assert broken(bundle, folder, prefix) == (1, True, True, first, 200)
    renamed(bundle, folder, "later")
    done = install(folder, prefix)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (current(prefix), "升级前的数据已备份" in done.stdout) == ("later", True)

    refused = install(folder, prefix, "--rollback")
    assert (refused.returncode, "加 --to-backup" in refused.stderr) == (1, True)
    assert current(prefix) == "later"
    done = install(folder, prefix, "--rollback", "--to-backup")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (current(prefix), health(prefix)[0]) == (first, 200)
    assert "没有上一个版本" in install(folder, prefix, "--rollback").stderr


@pytest.mark.parametrize(
    ("words", "more", "licence"),
    [
        ("", "License-Expression: MIT", "MIT"),
        ("", "Classifier: License :: OSI Approved :: BSD License", "BSD License"),
        ("Zlib", "", "Zlib"),
        ("", "", "not named"),
    ],
)
def test_a_licence_is_told_as_the_package_names_it(
    scripts: dict[str, ModuleType], words: str, more: str, licence: str
) -> None:
    import email

    told = email.message_from_string(WHEEL.format(words=words, more=more))
    assert scripts["sbom"].licence(told) == licence


def test_the_pins_of_a_lock_are_read_with_their_extras_and_markers(
    scripts: dict[str, ModuleType],
) -> None:
    lock = (
        "Psycopg[binary,pool]==3.3.9 \\\n    --hash=sha256:0\ntzdata==1.2 ; sys_platform == 'x'\n"
    )
    assert scripts["sbom"].pins(lock) == [("psycopg", "3.3.9"), ("tzdata", "1.2")]
    assert scripts["sbom"].is_of(Path("psycopg_pool-3.3.9-py3.whl"), "psycopg", "3.3.9") is False
