"""The commands that set up, serve and test: what they do, refuse and count."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

import pytest
from django.core.checks import Error
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse
from django.urls import path

from studyapp import env
from studyapp.access.checks import check_views, undeclared
from studyapp.access.decorators import public
from studyapp.dashboards.management.commands import serve
from studyapp.web.management.commands import prepare

ROOT = Path(__file__).resolve().parents[2]
REPORT = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"/>
<testcase name="c"><failure message="x"/></testcase>
<testcase name="d"><error message="x"/></testcase>
<testcase name="e"><skipped type="pytest.skip" message="no LibreOffice"/></testcase>
<testcase name="f"><skipped type="pytest.skip" message="optional: no real speech"/></testcase>
</testsuite></testsuites>"""


@pytest.fixture(scope="module")
def scripts() -> Iterator[dict[str, ModuleType]]:
    """Return the scripts as modules, imported as they import each other."""
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import install
        import lint
        import postgres
        import test as driver  # scripts/test.py; it comes before Python's own

        yield {"install": install, "lint": lint, "postgres": postgres, "test": driver}
    finally:
        sys.path.remove(str(ROOT / "scripts"))
        for name in ("install", "lint", "postgres", "test"):
            sys.modules.pop(name, None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STUDYAPP_")}
    return {**kept, "STUDYAPP_DATA": str(data), "DATABASE_URL": "", "PYTHONUTF8": "1", **more}


def manage(data: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        check=False,
        timeout=120,
        cwd=ROOT,
        env=environment(data, **more),
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with a migrated, empty database and the static files."""
    data = tmp_path_factory.mktemp("site")
    outcome = manage(data, "prepare")
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.splitlines() == ["正在更新数据库……", "正在整理静态文件……"]
    return data


def get(address: str) -> tuple[int, str]:
    with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310
        return answer.status, answer.read().decode()


def test_a_second_preparation_has_nothing_to_do(prepared: Path) -> None:
    outcome = manage(prepared, "prepare")
    assert (outcome.returncode, outcome.stdout) == (0, "")


def test_an_interrupted_collection_is_done_again(prepared: Path) -> None:
    (prepared / "static.stamp").unlink()
    assert manage(prepared, "prepare").stdout.splitlines() == ["正在整理静态文件……"]


@contextmanager
def serving(data: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the production server; yield its process and the first line that it printed."""
    server = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=environment(data, PORT=str(port), HOST="127.0.0.1", STUDYAPP_WORKERS="1"),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        yield server, server.stdout.readline().strip()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=20)
        server.stdout.close()


def page_at(port: int, path: str) -> tuple[int, str]:
    """Return a page of a server that may still be starting."""
    for _ in range(200):
        try:
            return get(f"http://127.0.0.1:{port}{path}")
        except (ConnectionError, urllib.error.URLError):
            time.sleep(0.1)
    raise AssertionError("the server did not come up")


def test_the_production_server_answers_and_leaves_when_told(prepared: Path) -> None:
    port = free_port()
    with serving(prepared, port) as (_, first):
        assert first == f"支部学习会：http://127.0.0.1:{port}/login/（按 Ctrl+C 停止）"
        status, page = page_at(port, "/login/")
        assert status == 200
        assert "Demo-Study-2026" not in page
        # A hashed name, so that browsers keep it for ever.
        assert "/static/css/app.css" not in page
        assert get(f"http://127.0.0.1:{port}/healthz")[0] == 200


def test_a_killed_server_leaves_no_worker_behind_and_starts_again(prepared: Path) -> None:
    port = free_port()
    with serving(prepared, port) as (server, _):
        assert page_at(port, "/healthz")[0] == 200
        server.kill()
        server.wait(timeout=20)
        for _ in range(100):
            with suppress(CommandError):
                serve.refuse_taken_address("127.0.0.1", port)
                break
            time.sleep(0.1)
    with serving(prepared, port) as (_, first):
        assert first.startswith("支部学习会：")
        assert page_at(port, "/healthz")[0] == 200


def test_demo_data_on_a_public_address_needs_to_be_told_twice(tmp_path: Path) -> None:
    assert manage(tmp_path, "prepare", "--demo").returncode == 0
    outcome = manage(tmp_path, "serve", HOST="0.0.0.0", PORT=str(free_port()))
    assert outcome.returncode == 1
    assert "演示数据的账号和口令是公开的" in outcome.stderr


def test_a_database_behind_the_code_is_not_served(tmp_path: Path) -> None:
    outcome = manage(tmp_path, "serve", PORT=str(free_port()))
    assert outcome.returncode == 1
    assert "先执行 manage.py prepare" in outcome.stderr


@pytest.mark.parametrize(
    ("told", "flag", "refused"),
    [
        ("", False, True),
        ("yes-really", False, True),
        ("", True, True),
        ("yes-really", True, False),
    ],
)
def test_one_word_alone_does_not_open_the_demo(
    monkeypatch: pytest.MonkeyPatch, told: str, *, flag: bool, refused: bool
) -> None:
    monkeypatch.setenv("STUDYAPP_DEMO_PUBLIC", told)
    if refused:
        with pytest.raises(CommandError, match=r"10\.1\.2\.3"):
            serve.refuse_public_demo("10.1.2.3", told_by_flag=flag)
    else:
        serve.refuse_public_demo("10.1.2.3", told_by_flag=flag)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("127.8.8.8", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("study.example", False),
    ],
)
def test_only_loopback_addresses_count_as_private(host: str, *, expected: bool) -> None:
    assert serve.is_loopback(host) is expected


def test_a_taken_port_is_told_in_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with pytest.raises(CommandError, match=f"PORT={port + 1} make run"):
            serve.refuse_taken_address("127.0.0.1", port)


def test_what_is_no_address_is_told_in_words() -> None:
    with pytest.raises(CommandError, match=r"HOST=999\.1\.1\.1 不是一个地址"):
        serve.refuse_taken_address("999.1.1.1", 8000)


def test_https_without_the_name_of_a_front_server_is_told_in_words(settings) -> None:
    settings.HTTPS, settings.PROXIES = True, []
    with pytest.raises(CommandError, match=r"STUDYAPP_PROXIES=127\.0\.0\.1"):
        serve.refuse_https_without_a_proxy()
    settings.PROXIES = env.networks("STUDYAPP_PROXIES", {"STUDYAPP_PROXIES": "127.0.0.1"})
    serve.refuse_https_without_a_proxy()


def test_an_address_of_six_parts_is_shown_in_brackets() -> None:
    assert [serve.shown_host(host) for host in ("127.0.0.1", "::1")] == ["127.0.0.1", "[::1]"]


@pytest.mark.django_db
def test_an_empty_database_is_one_that_nobody_can_sign_in_to() -> None:
    from tests.factories import make_user

    assert prepare.database_is_empty() is True
    make_user("王海峰")
    assert prepare.database_is_empty() is False
    assert prepare.migrations_are_due() is False


@pytest.mark.django_db
def test_the_migrations_are_up_to_date_with_the_models() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_view_says_who_may_open_it_and_one_that_does_not_stops_the_start() -> None:
    def naked(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    @public(reason="A planted good example.")
    def declared(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert check_views(None) == []
    found = undeclared([path("x/", naked, name="x"), path("y/", declared, name="y")])
    assert [(type(one), one.id, one.msg) for one in found] == [
        (Error, "access.E001", "View x at /x/ does not declare who may open it.")
    ]


def test_a_report_is_counted_honestly(scripts: dict[str, ModuleType], tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT, encoding="utf-8")
    outcome = scripts["test"].Outcome()
    scripts["test"].count(report, outcome)
    assert (outcome.passed, outcome.failed) == (2, 2)
    assert outcome.skipped == {"no LibreOffice": 1, "optional: no real speech": 1}
    assert outcome.not_optional() == 1


@pytest.mark.parametrize(
    ("passed", "failed", "skipped", "no_skips", "code"),
    [
        (3, 0, {}, "", 0),
        (3, 1, {}, "", 1),
        (3, 0, {"no Chromium": 2}, "", 0),
        (3, 0, {"no Chromium": 2}, "1", 1),
        (3, 0, {"optional: no real speech": 2}, "1", 0),
        (0, 0, {}, "", 1),
    ],
)
def test_the_last_line_counts_everything_and_the_code_agrees(
    scripts: dict[str, ModuleType],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    passed: int,
    failed: int,
    skipped: dict[str, int],
    no_skips: str,
    code: int,
) -> None:
    monkeypatch.setenv("STUDYAPP_NO_SKIPS", no_skips)
    outcome = scripts["test"].Outcome(passed, failed, dict(skipped))
    assert scripts["test"].report(outcome, 1.0) == code
    lines = capsys.readouterr().out.splitlines()
    number = sum(skipped.values())
    assert lines[-1] == f"{passed} passed, {failed} failed, {number} skipped"
    assert [line for line in lines if line.startswith("skipped")] == [
        f"skipped {count}: {reason}" for reason, count in skipped.items()
    ]


def test_the_suite_runs_on_both_databases_and_the_rest_once(
    scripts: dict[str, ModuleType],
) -> None:
    runs = scripts["test"].planned("postgres://x/y", "")
    assert [(run.name, bool(run.database_url)) for run in runs] == [
        ("SQLite", False),
        ("PostgreSQL", True),
        ("faults, SQLite", False),
        ("faults, PostgreSQL", True),
        ("LibreOffice", False),
        ("Chromium", False),
    ]
    without = scripts["test"].planned("", "its programs are not installed")
    assert [run.missing for run in without][1] == "its programs are not installed"


def test_settings_of_the_person_who_runs_the_tests_do_not_reach_them(
    scripts: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STUDYAPP_HTTPS", "yes")
    monkeypatch.setenv("DATABASE_URL", "postgres://real/site")
    run = scripts["test"].Run("SQLite", "")
    given = scripts["test"]._environment(run, tmp_path)
    assert "STUDYAPP_HTTPS" not in given
    assert (given["DATABASE_URL"], given["STUDYAPP_DATA"]) == ("", str(tmp_path / "data"))


def test_a_changed_lock_or_python_installs_again(
    scripts: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install = scripts["install"]
    monkeypatch.setattr(install, "ROOT", tmp_path)
    (tmp_path / "requirements").mkdir()
    lock = tmp_path / "requirements/base.txt"
    lock.write_text("django==5.2.19\n", encoding="utf-8")
    first = install.stamp_text("base")
    assert install.stamp_text("base") == first
    lock.write_text("django==5.2.20\n", encoding="utf-8")
    assert install.stamp_text("base") != first
    assert first.endswith("python {}.{}\n".format(*sys.version_info[:2]))


def test_the_linters_cover_what_is_promised(scripts: dict[str, ModuleType]) -> None:
    assert [name for name, _, _ in scripts["lint"].checks()] == [
        "types",
        "format of Python",
        "lint of Python",
        "import floors",
        "format of templates",
        "lint of templates",
        "deployment",
        "migrations",
    ]


def test_ci_forbids_skips_and_runs_the_one_command() -> None:
    text = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert "export STUDYAPP_NO_SKIPS=1" in text
    assert text.strip().splitlines()[-1].startswith("exec make check")
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_older_code_does_not_write_into_newer_tables(db: None) -> None:
    assert prepare.migrations_are_due() is False
    MigrationRecorder(connection).record_applied("minutes", "0099_of_a_later_release")
    for command in ("prepare", "serve"):
        with pytest.raises(CommandError, match="更新的版本改过（minutes"):
            call_command(command)
