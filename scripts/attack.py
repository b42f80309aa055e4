"""Run the tests of every attack on the list and print one line for each attack.

Usage: python scripts/attack.py [pytest arguments, which narrow every run]

The runs are those of scripts/test.py: both databases, Chromium, LibreOffice, where there are such.
An attack without a test is a failure, unless arguments narrow the choice.
"""

import runpy
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

# The file beside this one, which comes before Python's own tests.
import test

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Return 0 when every attack has tests and all of them pass."""
    narrowed = ["-m", "attack", *arguments]
    started = time.monotonic()
    outcome, results = test.Outcome(), dict[int, Counter[str]]()
    with (
        tempfile.TemporaryDirectory(prefix="studyapp-attack-") as name,
        test._database() as (url, missing),  # noqa: SLF001 -- the same runs on the same databases
    ):
        folder = Path(name)
        for run in test.planned(url, missing):
            if run.missing:
                test.count_missing(run, narrowed, folder, outcome)
            else:
                test.execute(run, narrowed, folder, outcome)
                add(results, folder / f"{run.name}.xml")
    # The list that the tests themselves are marked by.
    attacks: dict[int, str] = runpy.run_path(str(ROOT / "tests/attacks.py"))["ATTACKS"]
    print("\n=== Attacks")
    for number, words in attacks.items():
        print(f"{number:>2}  {words:<88} {told(results.get(number))}")
    failed = test.report(outcome, time.monotonic() - started)
    untested = attacks.keys() - results.keys()
    return failed or int(bool(untested) and not arguments)


def add(results: dict[int, Counter[str]], report_file: Path) -> None:
    """Count the cases of a JUnit report by the attacks that they carry (tests/conftest.py)."""
    if not report_file.exists():
        return
    # The file was written by pytest a moment ago.
    for case in ET.parse(report_file).iter("testcase"):  # noqa: S314
        failed = case.find("failure") is not None or case.find("error") is not None
        word = "FAILED" if failed else "passed" if case.find("skipped") is None else "not run"
        for found in case.iterfind("properties/property[@name='attack']"):
            results.setdefault(int(found.get("value", "0")), Counter())[word] += 1


def told(result: Counter[str] | None) -> str:
    """Return what came out, the worst first."""
    if not result:
        return "no test"
    return ", ".join(
        f"{result[word]} {word}" for word in ("FAILED", "passed", "not run") if result[word]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
