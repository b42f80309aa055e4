"""Tests in processes of their own, with other code in place of a module and a copied database.

Every process is a fork of one that has imported the libraries and made the database, but no module
of the project: it starts in a second, and nothing of it comes back.
"""

import ast
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
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import mutations

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
Codes = dict[str, str | ast.Module]
"""What to load, by path from the root of the project."""


class Instead:
    """Finds the modules that are to be loaded otherwise than they stand in their files."""

    def __init__(self, codes: Codes) -> None:
        self.codes = {module_of(path): code for path, code in codes.items()}

    def find_spec(self, name: str, path: Any = None, _target: Any = None) -> ModuleSpec | None:
        """Return the usual place of a module with the other code."""
        spec = PathFinder.find_spec(name, path) if name in self.codes else None
        if spec and spec.origin:
            spec.loader = _Loader(name, spec.origin, self.codes[name])
        return spec


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, code: str | ast.Module) -> None:
        super().__init__(name, path)
        self.given = code

    def get_code(self, fullname: str) -> Any:
        return compile(self.given, self.path, "exec", dont_inherit=True)


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def watched(source: str, path: str) -> ast.Module:
    """Return a module whose functions and methods say that they run."""
    tree = ast.parse(source)
    for where, place in mutations.places(tree):
        for node in ast.walk(place):
            if isinstance(node, ast.FunctionDef):
                said = ast.parse(f"__reach__({f'{path} {where}'!r})").body
                node.body[1 if ast.get_docstring(node) is not None else 0 : 0] = said
    return ast.fix_missing_locations(tree)


class Watching:
    """A pytest plugin that learns which tests reach which places, and how long they take."""

    def __init__(self) -> None:
        self.test = ""
        self.reached: dict[str, list[str]] = {}
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []
        self.skipped: list[str] = []

    def reach(self, place: str) -> None:
        """Note that ``place`` runs in the present test."""
        tests = self.reached.setdefault(place, [])
        if self.test and (not tests or tests[-1] != self.test):
            tests.append(self.test)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        self.test = item.nodeid

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration
        if not report.passed:
            (self.failed if report.failed else self.skipped).append(report.nodeid)


class OneDatabase:
    """A pytest plugin: the tests use a database that was made before."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def pytest_configure(self, config: pytest.Config) -> None:
        """Put a fixture before that of pytest-django, by registering it later."""

        @pytest.fixture(scope="session")
        def django_db_setup(django_test_environment: None) -> None:
            from django.db import connection

            connection.settings_dict["NAME"] = str(self.file)

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
        database = Path(shutil.copy(self.database, own / "database.sqlite3"))
        options = ["-q", "-p", "no:xdist", "-p", "no:cacheprovider", "-m", MARKS]
        # Plugins were imported before the fork.
        options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        try:
            return pytest.main([*options, *tests], plugins=[OneDatabase(database), *more])
        except Exception:  # noqa: BLE001 -- Django reads the project before pytest catches anything
            traceback.print_exc()
            return 1

    def try_code(self, path: str, code: str, tests: list[str]) -> int:
        """Run tests until one fails."""
        return self.run_tests({path: code}, ["-x", *tests])

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
        into.write_text(json.dumps([watching.seconds, reached, watching.failed]))
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
