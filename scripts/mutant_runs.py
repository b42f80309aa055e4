"""Tests in processes of their own, with other code in place of a module and a copied database.

Every process is a fork of one that has imported the libraries and made the database, but no module
of the project: it starts in a second, and nothing of it comes back.
"""

import builtins
import importlib
import json
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest
from _pytest import main

from mutant_codes import Codes, Instead, assign, declare, module_of, put_in, watched

MARKS = "not browser and not libreoffice and not postgres and not faults and not hypothesis"
BROKEN = 99
"""Exit code of a process whose work itself failed."""
LATE = -1
"""Exit code of one that was ended because its time was over."""
PRELOADED = (
    "pytest_django.plugin hypothesis django.db.models django.contrib.auth.hashers django.forms"
    " lxml.etree docx psycopg xlsxwriter pypdfium2 segno"
).split()
"""Imported before the first fork: no module of the project, nor what reads its settings."""


class Watching:
    """A pytest plugin that learns which tests reach which places, and how long they take."""

    def __init__(self) -> None:
        self.test = ""
        self.reached: dict[str, list[str]] = {}
        self.imported: set[str] = set()
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []
        self.skipped: list[str] = []

    def reach(self, place: str) -> None:
        """Note that ``place`` runs in the present test."""
        tests = self.reached.setdefault(place, [])
        if not self.test:
            self.imported.add(place)
        elif not tests or tests[-1] != self.test:
            tests.append(self.test)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        self.test = item.nodeid

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration
        if not report.passed:
            (self.failed if report.failed else self.skipped).append(report.nodeid)


@dataclass(frozen=True, slots=True)
class Trial:
    """A fault by its number: the module with it, its tests, and how many seconds they may take.

    ``anew`` says what else than functions is made anew: "views" (with addresses), or "tables".
    """

    number: int
    code: str
    tests: list[str]
    seconds: float
    anew: str = ""


class Trials:
    """A pytest plugin: the tests are collected once, then a fork runs those of each fault."""

    def __init__(self, file: Path, source: str, trials: list[Trial], note: Path) -> None:
        self.file, self.source, self.trials, self.note = file, source, trials, note
        self._path = str(file.relative_to(Path.cwd()))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try each fault; write down the exit codes."""
        # Django reads the addresses, and with them the views, when the first page is asked for.
        importlib.import_module("studyapp.urls")
        importlib.import_module(module_of(self._path))
        items = {item.nodeid: item for item in session.items}
        root = Path(os.environ["PYTEST_DEBUG_TEMPROOT"])
        for trial in self.trials:
            found = [items[test] for test in trial.tests if test in items]
            own = root / str(trial.number)
            own.mkdir()
            os.environ["PYTEST_DEBUG_TEMPROOT"] = str(own)
            pid = os.fork()
            if not pid:
                code = BROKEN
                try:
                    code = self._outcome(session, found, trial)
                finally:
                    os._exit(code)
            until = time.monotonic() + trial.seconds
            done = status = 0
            while not done and time.monotonic() < until:
                time.sleep(0.01)
                done, status = os.waitpid(pid, os.WNOHANG)
            if not done:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            shutil.rmtree(own, ignore_errors=True)
            with self.note.open("a") as note:
                code = os.waitstatus_to_exitcode(status) if done else LATE
                note.write(f"{trial.number} {code}\n")
        return True

    def _outcome(self, session: pytest.Session, items: list[pytest.Item], trial: Trial) -> int:
        done = trial.code == self.source or trial.anew
        if not items or not (done or put_in(self.file, self.source, trial.code)):
            return BROKEN
        try:
            if trial.anew == "tables":
                assign(self.file, module_of(self._path), trial.code)
            elif trial.anew:
                declare(self.file, module_of(self._path), trial.code)
                # A test may keep the addresses, too.
                for module in {cast(pytest.Function, item).module for item in items}:
                    importlib.reload(module)
            session.items = items
            main.pytest_runtestloop(session)
        except BaseException:  # noqa: BLE001 -- a fault may raise anything, also out of pytest
            return 1
        return int(session.testsfailed > 0)


class OneDatabase:
    """A pytest plugin: the tests use a database that was made before."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def pytest_configure(self, config: pytest.Config) -> None:
        """Put a fixture before that of pytest-django, by registering it later."""

        @pytest.fixture(scope="session")
        def django_db_setup(django_test_environment: None) -> None:
            from django.db import connection

            # A copy for each process, which is gone with its folder.
            own = Path(os.environ["PYTEST_DEBUG_TEMPROOT"]) / "database.sqlite3"
            connection.settings_dict["NAME"] = str(shutil.copy(self.file, own))

        plugin = ModuleType("one_database")
        vars(plugin)["django_db_setup"] = django_db_setup
        config.pluginmanager.register(plugin)


class Processes:
    """So many processes at once, in a folder that is theirs."""

    def __init__(self, folder: Path, at_once: int) -> None:
        self.folder, self.at_once = folder, at_once
        self.database = folder / "database.sqlite3"
        self._running: dict[int, tuple[Any, float]] = {}

    @property
    def free(self) -> bool:
        """One more may start."""
        return len(self._running) < self.at_once

    @property
    def idle(self) -> bool:
        """None runs."""
        return not self._running

    def start(self, key: Any, seconds: float, work: Callable[..., int], *arguments: Any) -> None:
        """Do ``work`` in a process of its own, ended when its time is over."""
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            self._running[pid] = key, time.monotonic() + seconds
            return
        try:
            os.setsid()
            said = os.open(self.folder / f"{os.getpid()}.txt", os.O_WRONLY | os.O_CREAT)
            os.dup2(said, 1)
            os.dup2(said, 2)
            code = int(work(*arguments))
        except BaseException:  # noqa: BLE001 -- nothing of this process may go on in the caller
            traceback.print_exc()
            code = BROKEN
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

    def ended(self) -> Iterator[tuple[Any, int, str]]:
        """Yield key, exit code and words of the processes that ended."""
        time.sleep(0.02)
        for pid, (key, until) in list(self._running.items()):
            done, status = os.waitpid(pid, os.WNOHANG)
            if not done and time.monotonic() < until:
                continue
            if not done:
                os.killpg(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            del self._running[pid]
            shutil.rmtree(self.folder / str(pid), ignore_errors=True)
            file = self.folder / f"{pid}.txt"
            said = file.read_text("utf-8", "replace") if file.exists() else ""
            file.unlink(missing_ok=True)
            yield key, os.waitstatus_to_exitcode(status) if done else LATE, said

    def stop(self) -> None:
        """End those that still run."""
        for pid in self._running:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self._running = {}

    def rest(self) -> Iterator[tuple[Any, int, str]]:
        """Yield the same until none runs."""
        while not self.idle:
            yield from self.ended()

    # --- What a process does ---------------------------------------------------------------------

    def make_database(self) -> int:
        """Make the tables once."""
        import django
        from django.core.management import call_command

        os.environ |= {"STUDYAPP_DATA": str(self.folder / "data")}
        django.setup()
        from django.db import connection

        connection.settings_dict["NAME"] = str(self.database)
        call_command("migrate", verbosity=0)
        connection.close()
        return 0

    def run_tests(self, codes: Codes, tests: list[str], *more: Any) -> int:
        """Run tests with other code in place of some modules; return the code of pytest.

        1 too where the code cannot be imported.
        """
        own = self.folder / str(os.getpid())
        own.mkdir()
        os.environ |= {"STUDYAPP_DATA": str(own / "data"), "PYTEST_DEBUG_TEMPROOT": str(own)}
        sys.meta_path.insert(0, Instead(codes))
        options = ["-q", "-p", "no:xdist", "-p", "no:cacheprovider", "-m", MARKS]
        # Plugins were imported before the fork.
        options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        try:
            return pytest.main([*options, *tests], plugins=[OneDatabase(self.database), *more])
        except Exception:  # noqa: BLE001 -- Django reads the project before pytest catches anything
            traceback.print_exc()
            return 1

    def try_code(self, path: str, code: str, tests: list[str]) -> int:
        """Run tests until one fails."""
        return self.run_tests({path: code}, ["-x", *tests])

    def try_trials(self, path: Path, source: str, trials: list[Trial], note: Path) -> int:
        """Try faults of one module in forks of this process, until a test fails for each."""
        tests = sorted({test for trial in trials for test in trial.tests})
        result = self.run_tests({}, ["-x", *tests], Trials(path, source, trials, note))
        return 0 if note.exists() else result or BROKEN

    def watch(self, sources: dict[str, str], files: list[str], into: Path) -> int:
        """Run files of tests and write down what they reach."""
        watching = Watching()
        vars(builtins)["__reach__"] = watching.reach
        codes: Codes = {path: watched(source, path) for path, source in sources.items()}
        result = self.run_tests(codes, files, watching)
        useless = {*watching.failed, *watching.skipped}
        reached = {
            place: [test for test in tests if test not in useless]
            for place, tests in watching.reached.items()
        }
        said = [watching.seconds, reached, sorted(watching.imported), watching.failed]
        into.write_text(json.dumps(said))
        # Where a test fails it is left out; where pytest itself fails there is nothing to go by.
        return 0 if result in {0, 1} and watching.seconds else BROKEN


def prepare(root: Path) -> None:
    """Make this process one that forks can start from."""
    for name in [name for name in os.environ if name.startswith("STUDYAPP_")]:
        del os.environ[name]
    os.environ |= {"DJANGO_SETTINGS_MODULE": "studyapp.settings", "DATABASE_URL": ""}
    os.chdir(root)
    sys.path.insert(0, str(root))
    for name in PRELOADED:
        importlib.import_module(name)
