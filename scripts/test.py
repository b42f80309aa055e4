"""Run every test this machine can run, and say at the end what it could not run and why.

Usage: python scripts/test.py [pytest arguments, which narrow every run]

The same suite runs on SQLite and on PostgreSQL (TEST_DATABASE_URL, or a private cluster that is
thrown away); what needs LibreOffice or Chromium runs once, on SQLite; servers are killed one after
another, with the machine to themselves. With STUDYAPP_NO_SKIPS=1 a
skipped test is a failure, unless its reason starts with "optional:" (input that is not part of the
project). The last line counts all runs together.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from xml.etree import ElementTree as ET

import postgres

ROOT = Path(__file__).resolve().parent.parent
# Tests without a database learn nothing from a second one.
SAME_ON_ANY_DATABASE = (
    "tests/attack/test_patterns*",
    "tests/documents",
    "tests/house",
    "tests/text",
    "tests/speeches/test_parsing*",
    "tests/speeches/test_readers*",
)
NO_TESTS_COLLECTED = 5
INTERRUPTED = 2


@dataclass(frozen=True)
class Run:
    """One call of pytest: which tests, on what, or why not."""

    name: str
    marks: str
    arguments: tuple[str, ...] = ()
    database_url: str = ""
    missing: str = ""


@dataclass
class Outcome:
    """What the runs so far came to; `skipped` counts tests by reason."""

    passed: int = 0
    failed: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    interrupted: bool = False

    def skip(self, reason: str, count: int = 1) -> None:
        self.skipped[reason] = self.skipped.get(reason, 0) + count

    def not_optional(self) -> int:
        return sum(n for reason, n in self.skipped.items() if not reason.startswith("optional:"))


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, _leave)
    started = time.monotonic()
    outcome = Outcome()
    with contextlib.suppress(KeyboardInterrupt), _folder() as folder, _database() as (url, missing):
        for run in planned(url, missing):
            if run.missing:
                count_missing(run, arguments, folder, outcome)
            else:
                execute(run, arguments, folder, outcome)
            if outcome.interrupted:
                break
        return report(outcome, time.monotonic() - started)
    print("\nInterrupted.", flush=True)
    return 128 + signal.SIGINT


def planned(database_url: str, why_no_database: str) -> list[Run]:
    """Return the runs in the order of what they cost."""
    cores = min(os.cpu_count() or 1, 4)
    parallel = ("-n", str(cores))
    tools = "not browser and not libreoffice and not faults"
    left_out = tuple(f"--ignore-glob={ROOT / path}" for path in SAME_ON_ANY_DATABASE)
    return [
        Run("SQLite", f"{tools} and not postgres", parallel),
        Run(
            "PostgreSQL",
            f"{tools} and not sqlite",
            (*parallel, *left_out),
            database_url=database_url,
            missing=why_no_database,
        ),
        Run("faults, SQLite", "faults and not postgres"),
        Run(
            "faults, PostgreSQL",
            "faults and not sqlite",
            database_url=database_url,
            missing=why_no_database,
        ),
        Run("LibreOffice", "libreoffice", missing=_without("soffice", "libreoffice")),
        # Each process has a server of its own; tests of one file tell of each other. One process
        # more than there are cores, for half of the time they wait for a pause in typing to pass.
        Run(
            "Chromium",
            "browser",
            ("-n", str(cores + 1), "--dist", "loadfile"),
            missing=_without("chromium", "chromium-browser"),
        ),
    ]


def execute(run: Run, arguments: list[str], folder: Path, outcome: Outcome) -> None:
    """Run pytest once and add what it reports to the outcome."""
    print(f"\n=== {run.name}", flush=True)
    report_file = folder / f"{run.name}.xml"
    command = _pytest(run, arguments, f"--junit-xml={report_file}", "-ra", "-q")
    finished = subprocess.run(command, check=False, cwd=ROOT, env=_environment(run, folder))
    if finished.returncode == INTERRUPTED:
        outcome.interrupted = True
    if report_file.exists() and finished.returncode in {0, 1, INTERRUPTED}:
        count(report_file, outcome)
    elif finished.returncode != NO_TESTS_COLLECTED:
        outcome.failed += 1
        print(f"pytest itself failed with exit code {finished.returncode}", flush=True)
    elif not arguments:
        # Nothing to run is a mistake, except where arguments narrow the choice.
        outcome.failed += 1
        print(f"{run.name}: not one test was found", flush=True)


def count(report_file: Path, outcome: Outcome) -> None:
    """Add the test cases of a JUnit report; an error in set-up or tear-down is a failure."""
    # The file was written by pytest a moment ago.
    for case in ET.parse(report_file).iter("testcase"):  # noqa: S314
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            outcome.failed += 1
        elif skipped is not None:
            expected = "xfail" in skipped.get("type", "")
            outcome.skip(("fails as expected: " if expected else "") + skipped.get("message", ""))
        else:
            outcome.passed += 1


def count_missing(run: Run, arguments: list[str], folder: Path, outcome: Outcome) -> None:
    """Count the tests of a run that this machine cannot make, so that the sum is honest."""
    command = _pytest(run, arguments, "--collect-only", "-qq")
    listed = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        env=_environment(run, folder),
        capture_output=True,
        text=True,
    )
    # -qq lists a line "path: number" for each file.
    numbers = [line.rpartition(": ")[2] for line in listed.stdout.splitlines()]
    tests = sum(int(number) for number in numbers if number.isdigit())
    outcome.skip(f"{run.name}: {run.missing}", tests or int(not arguments))


def report(outcome: Outcome, seconds: float) -> int:
    """Print the closing lines and return the exit code."""
    print(f"\n=== All runs, {seconds:.0f} s")
    for reason, number in sorted(outcome.skipped.items()):
        print(f"skipped {number}: {reason}")
    forbidden = outcome.not_optional() if os.environ.get("STUDYAPP_NO_SKIPS") == "1" else 0
    if forbidden:
        print("Here nothing may be skipped (STUDYAPP_NO_SKIPS=1), so this is a failure.")
    if outcome.interrupted:
        print("Interrupted: not every test was run.")
    skipped = sum(outcome.skipped.values())
    print(f"{outcome.passed} passed, {outcome.failed} failed, {skipped} skipped", flush=True)
    return int(bool(outcome.failed or forbidden or outcome.interrupted or not outcome.passed))


def _pytest(run: Run, arguments: list[str], *more: str) -> list[str]:
    marks, narrowed = run.marks, list(arguments)
    while "-m" in narrowed:
        at = narrowed.index("-m")
        marks = f"({marks}) and ({narrowed[at + 1]})"
        del narrowed[at : at + 2]
    return [sys.executable, "-m", "pytest", "-m", marks, *run.arguments, *more, *narrowed]


def _environment(run: Run, folder: Path) -> dict[str, str]:
    # Key, uploads and static files of the tests stay away from the data that people use, and
    # the settings of their site stay away from the tests.
    given = {
        name: value
        for name, value in os.environ.items()
        if name not in {"HOST", "PORT"} and not name.startswith("STUDYAPP_")
    }
    return {**given, "STUDYAPP_DATA": str(folder / "data"), "DATABASE_URL": run.database_url}


@contextlib.contextmanager
def _database() -> Iterator[tuple[str, str]]:
    """Yield a PostgreSQL URL and an empty string, or an empty string and the reason."""
    given = os.environ.get("TEST_DATABASE_URL", "")
    bin_folder = postgres.programs()
    if given:
        yield given, ""
    elif bin_folder is None:
        yield "", "its programs are not installed (apt install postgresql)"
    else:
        with postgres.cluster(bin_folder) as cluster:
            yield cluster.url, ""


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="studyapp-test-") as name:
        yield Path(name)


def _without(*programs: str) -> str:
    found = any(shutil.which(program) for program in programs)
    return "" if found else f"{programs[0]} is not installed (apt install {_package(programs[0])})"


def _package(program: str) -> str:
    return {"soffice": "libreoffice-writer"}.get(program, program)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
