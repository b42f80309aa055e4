"""Mutation testing of what decides who sees and may do what: plant faults, see tests fail.

Usage: python scripts/mutants.py [--list] [--reached FILE] [words, which narrow the faults]

First the tests run once, to learn which of them reach which function and how long they take. Then
each fault of scripts/mutations.py runs with those tests, the quickest first, until one fails; the
faults that none finds are printed. Ends with 1 where fewer than nine in ten are found.
``--reached`` keeps in a file what the first part learned, for trying again after a change.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import mutant_runs
import mutations
from mutant_runs import BROKEN, LATE, Processes
from mutations import Mutant

ROOT = Path(__file__).resolve().parent.parent
LEAST = 0.9
"""So much of decisions and of declarations is found, or the run fails."""
TESTS = (
    "access accounts archive audit branches dashboards jobs journeys meetings minutes papers saving"
    " speeches web"
).split()
DECLARED = "tests/access/test_matrix.py::test_every_address_has_its_row_and_every_row_its_address"
"""Compares what views declare with the table."""
AT_ONCE = 25
"""Tests in one process; most faults are found by the first ones."""
LONGEST = 90.0
"""Seconds of tests for one fault."""
PATIENCE = 4
"""A fault may make its tests so many times slower, and a minute."""


@dataclass
class Reached:
    """What the tests do without a fault: seconds of each, and tests by place."""

    seconds: dict[str, float] = field(default_factory=dict)
    tests: dict[str, set[str]] = field(default_factory=dict)

    def chosen(self, mutant: Mutant) -> list[str]:
        """Return the tests for a fault, the quickest first, those of its app before others."""
        if mutant.declares:
            return [DECLARED]
        found = self.tests.get(f"{mutant.path} {mutant.where}")
        if found is None:
            # A table is read by whatever runs in its module.
            in_module = (name for name in self.tests if name.startswith(f"{mutant.path} "))
            found = set().union(*(self.tests[name] for name in in_module))
        near = f"tests/{mutant.path.split('/')[1]}/"
        cost = {test: self.seconds[test] * (1 if test.startswith(near) else 3) for test in found}
        kept, left = [], LONGEST
        for test in sorted(found, key=lambda test: (cost[test], test)):
            left -= self.seconds[test]
            if left < 0:
                break
            kept.append(test)
        return kept

    def save(self, file: Path) -> None:
        """Keep it for another run."""
        tests = {place: sorted(names) for place, names in self.tests.items()}
        file.write_text(json.dumps([self.seconds, tests], indent=0), "utf-8")

    @classmethod
    def load(cls, file: Path) -> "Reached":
        """Return what was kept."""
        seconds, tests = json.loads(file.read_text("utf-8"))
        return cls(seconds, {place: set(names) for place, names in tests.items()})


def learn(processes: Processes, sources: dict[str, str]) -> Reached:
    """Run the tests once, in as many processes as may be; those that fail are left out."""
    folders = (ROOT / "tests" / name for name in TESTS)
    files = sorted(str(file) for folder in folders for file in folder.glob("test_*.py"))
    notes = [processes.folder / f"{number}.json" for number in range(processes.at_once)]
    for number, note in enumerate(notes):
        share = files[number :: processes.at_once]
        processes.start(note, 3600, processes.watch, sources, share, note)
    reached = Reached()
    for note, code, said in processes.rest():
        if code:
            sys.exit(f"The tests did not run ({code}).\n{said}")
        seconds, places, failed = json.loads(note.read_text("utf-8"))
        reached.seconds |= seconds
        for place, tests in places.items():
            reached.tests.setdefault(place, set()).update(tests)
        if failed:
            print(f"left out, they fail without a fault: {', '.join(failed)}", flush=True)
    return reached


def check(processes: Processes, faults: list[Mutant], reached: Reached) -> None:
    """Stop where tests fail with a module as it is: then they would find every fault in it."""
    first = {one.path: one for one in reversed(faults)}
    waiting = deque((path, reached.chosen(one)[:AT_ONCE]) for path, one in first.items())
    while waiting:
        path, tests = waiting.popleft()
        if tests:
            code = (ROOT / path).read_text("utf-8")
            processes.start(path, 600, processes.try_code, path, code, tests)
        while waiting and not processes.free:
            _none_failed(processes.ended())
    _none_failed(processes.rest())


def _none_failed(ended: Iterator[tuple[str, int, str]]) -> None:
    for path, code, said in ended:
        if code:
            sys.exit(f"{path}: tests fail without a fault ({code}).\n{said}")


def judge(processes: Processes, faults: list[Mutant], reached: Reached) -> dict[Mutant, str]:
    """Return for each fault: found, late, survived, or unreached where no test runs it."""
    verdicts: dict[Mutant, str] = {}
    sources = {path: (ROOT / path).read_text("utf-8") for path in {one.path for one in faults}}
    waiting = deque((one, reached.chosen(one), 0) for one in faults)
    while waiting or not processes.idle:
        if sys.stdout.isatty():
            print(f"{len(verdicts)} of {len(faults)}", end="\r", flush=True)
        while waiting and processes.free:
            one, tests, at = waiting.popleft()
            if at < len(tests):
                some = tests[at : at + AT_ONCE]
                limit = 60 + PATIENCE * sum(reached.seconds.get(test, 1) for test in some)
                code = one.apply(sources[one.path])
                key = one, tests, at + AT_ONCE
                processes.start(key, limit, processes.try_code, one.path, code, some)
            else:
                verdicts[one] = "survived" if tests else "unreached"
                print(f"{verdicts[one]}: {one}", flush=True)
        for (one, tests, at), result, said in processes.ended():
            if result == BROKEN:
                sys.exit(f"{one}: could not be tried\n{said}")
            if result:
                verdicts[one] = "late" if result == LATE else "found"
            else:
                waiting.appendleft((one, tests, at))
    return verdicts


def report(verdicts: dict[Mutant, str], seconds: float) -> int:
    """Print what came out and return the exit code."""
    print(f"\n=== {len(verdicts)} faults, {seconds:.0f} s")
    enough = bool(verdicts)
    for name, declares in (("decisions", False), ("declarations of views", True)):
        said = [verdict for one, verdict in verdicts.items() if one.declares is declares]
        found = sum(verdict in {"found", "late"} for verdict in said)
        if said:
            late = f", {said.count('late')} of them by time" if "late" in said else ""
            print(f"{name}: {len(said)}, found {found} ({found / len(said):.1%}){late}")
            enough = enough and found >= LEAST * len(said)
    return int(not enough)


def main(arguments: list[str]) -> int:
    """Return 0 where enough of the faults are found."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--list", action="store_true", help="print the faults and stop")
    parser.add_argument("--reached", type=Path, help="file that keeps what the tests reach")
    parser.add_argument("words", nargs="*", help="only faults whose line holds one of these")
    given = parser.parse_args(arguments)
    started = time.monotonic()
    paths = sorted((ROOT / "studyapp").rglob("*.py"))
    sources = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in paths}
    enums = mutations.enums_of(ROOT / "studyapp")
    everywhere = (mutations.find(source, path, enums) for path, source in sources.items())
    faults = [
        one
        for found in everywhere
        for one in found
        if not given.words or any(word in str(one) for word in given.words)
    ]
    if given.list:
        print(*faults, f"{len(faults)} faults", sep="\n")
        return 0
    mutant_runs.prepare(ROOT)
    # In memory where there is such: nothing here has to outlive a power cut.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
    with tempfile.TemporaryDirectory(prefix="studyapp-mutants-", dir=memory) as folder:
        processes = Processes(Path(folder), min(os.cpu_count() or 1, 4))
        processes.start("database", 600, processes.make_database)
        _none_failed(processes.rest())
        if given.reached and given.reached.exists():
            reached = Reached.load(given.reached)
        else:
            reached = learn(processes, {path: sources[path] for path in {f.path for f in faults}})
            if given.reached:
                reached.save(given.reached)
        check(processes, faults, reached)
        print(f"{len(faults)} faults, after {time.monotonic() - started:.0f} s", flush=True)
        return report(judge(processes, faults, reached), time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
