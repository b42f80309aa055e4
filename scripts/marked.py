"""Run the tests that carry a mark, in the runs of scripts/test.py, and read their reports."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

# The file beside this one, which comes before Python's own tests.
import test


@dataclass(frozen=True)
class Case:
    """One test in one run: how it ended, and what it has to say (tests/conftest.py)."""

    word: str
    properties: tuple[tuple[str, str], ...]

    def values(self, name: str) -> list[str]:
        return [value for found, value in self.properties if found == name]


def run(mark: str, arguments: list[str]) -> tuple[test.Outcome, list[Case]]:
    """Run what is marked; return the outcome, and each case that ran or was left out."""
    narrowed = ["-m", mark, *arguments]
    outcome, cases = test.Outcome(), list[Case]()
    with (
        tempfile.TemporaryDirectory(prefix=f"studyapp-{mark}-") as name,
        test._database() as (url, missing),  # noqa: SLF001 -- the same runs on the same databases
    ):
        folder = Path(name)
        for one in test.planned(url, missing):
            if one.missing:
                test.count_missing(one, narrowed, folder, outcome)
            else:
                test.execute(one, narrowed, folder, outcome)
                cases += read(folder / f"{one.name}.xml")
    return outcome, cases


def read(report_file: Path) -> Iterator[Case]:
    """Yield the cases of a JUnit report."""
    if not report_file.exists():
        return
    # The file was written by pytest a moment ago.
    for case in ET.parse(report_file).iter("testcase"):  # noqa: S314
        failed = case.find("failure") is not None or case.find("error") is not None
        word = "FAILED" if failed else "passed" if case.find("skipped") is None else "not run"
        properties = case.iterfind("properties/property")
        yield Case(
            word, tuple((each.get("name", ""), each.get("value", "")) for each in properties)
        )


def told(cases: list[Case]) -> str:
    """Return what came out, the worst first."""
    numbers = {
        word: sum(case.word == word for case in cases) for word in ("FAILED", "passed", "not run")
    }
    return ", ".join(f"{number} {word}" for word, number in numbers.items() if number)
