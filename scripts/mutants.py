"""Mutation testing of what decides who sees and may do what: plant faults, see tests fail.

Usage: python scripts/mutants.py [--list] [--reached FILE] [--kept FILE] [--at-once N]
       [--tests NAME] [words, which narrow the faults]

First the tests run once, to learn which of them reach which function and how long they take. Then
each fault of scripts/mutations.py runs with those tests, the quickest first, until one fails; the
faults that none finds are printed at once. Ends with 1 where fewer than nine in ten are found.
``--reached`` keeps in a file what the first part learned, for trying again after a change;
``--kept`` what was found, so that a run that broke off goes on. ``--tests`` tries tests of one's
own instead of those that reach the place.
"""

import argparse
import ast
import contextlib
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
from mutant_codes import same_at_import
from mutant_results import Kept, report
from mutant_runs import BROKEN, LATE, Processes, Trial
from mutations import Mutant, places

ROOT = Path(__file__).resolve().parent.parent
TESTS = (
    "access accounts archive audit branches dashboards jobs journeys meetings minutes papers saving"
    " speeches web"
).split()
DECLARED = "tests/access/test_matrix.py::test_every_address_has_its_row_and_every_row_its_address"
"""Compares what views declare with the table."""
RULES = "/test_rights.py::"
"""Files that ask the rules themselves come first: they tell most, and quickly."""
TOGETHER = 40
"""Faults of one module that one process tries, so that all processors have work to the end."""
AT_ONCE = 5
"""Tests of a module as it is."""
AS_IT_IS = -1
"""Number of that trial."""
TROUBLE = {5, BROKEN}
"""No test was collected, or the work itself failed: says nothing of a fault."""
LONGEST = 20.0
"""Seconds of tests for one fault."""
PATIENCE = 4
"""A fault may make its tests so many times slower, and a minute."""


@dataclass
class Reached:
    """What the tests do without a fault: seconds of each, and tests by place."""

    seconds: dict[str, float] = field(default_factory=dict)
    tests: dict[str, set[str]] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)
    own: list[str] = field(default_factory=list)

    def cost(self, test: str) -> float:
        """Return the seconds of a test."""
        return self.seconds.get(test, 1)

    def chosen(self, mutant: Mutant) -> list[str]:
        """Return the tests for a fault: those of rules and of its module, then of its app.

        Of each kind the quickest come first.
        """
        if self.own:
            return self.own
        if mutant.declares:
            return [DECLARED]
        found = self.tests.get(f"{mutant.path} {mutant.where}")
        if not found:
            # A table is read by whatever runs in its module; so is what runs when that is imported.
            in_module = (name for name in self.tests if name.startswith(f"{mutant.path} "))
            found = set().union(*(self.tests[name] for name in in_module))
        app = f"tests/{mutant.path.split('/')[1]}/"
        own = f"{app}test_{Path(mutant.path).stem}.py::"
        cost = {
            test: (
                RULES not in test and not test.startswith(own),
                self.cost(test) * (1 if test.startswith(app) else 3),
                test,
            )
            for test in found
        }
        kept, left = [DECLARED] if mutant.path.startswith(mutations.WHOLE) else [], LONGEST
        for test in sorted(found, key=cost.__getitem__):
            left -= self.cost(test)
            if left < 0:
                break
            kept.append(test)
        return kept

    def save(self, file: Path) -> None:
        """Keep it for another run."""
        tests = {place: sorted(names) for place, names in self.tests.items()}
        said = [self.seconds, tests, sorted(self.imported)]
        file.write_text(json.dumps(said, indent=0), "utf-8")

    @classmethod
    def load(cls, file: Path) -> "Reached":
        """Return what was kept."""
        seconds, tests, imported = json.loads(file.read_text("utf-8"))
        named = {place: set(names) for place, names in tests.items()}
        return cls(seconds, named, set(imported))


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
        seconds, places, imported, failed = json.loads(note.read_text("utf-8"))
        reached.seconds |= seconds
        reached.imported |= set(imported)
        for place, tests in places.items():
            reached.tests.setdefault(place, set()).update(tests)
        if failed:
            print(f"left out, they fail without a fault: {', '.join(failed)}", flush=True)
    return reached


@dataclass(frozen=True)
class Job:
    """Faults of one module that one process tries; none means the module as it is.

    What runs at import needs a process for itself; the others are put in one after another;
    declarations and tables by making the views, or the tables, ``anew``.
    """

    path: str
    faults: tuple[Mutant, ...]
    imports: bool = False
    anew: str = ""

    def start(self, processes: Processes, reached: Reached) -> None:
        """Start the process; its result tells of the first fault, its note of each of many."""
        source = (ROOT / self.path).read_text("utf-8")
        tried = [(one.apply(source), reached.chosen(one)) for one in self.faults]
        trials = [
            Trial(number, code, tests, 60 + PATIENCE * sum(map(reached.cost, tests)), self.anew)
            for number, (code, tests) in enumerate(tried)
        ]
        limit = sum(trial.seconds for trial in trials)
        if self.imports:
            one = trials[0]
            processes.start(self, limit, processes.try_code, self.path, one.code, one.tests)
        else:
            # First the module as it is: tests that fail then would find every fault in it.
            trials.insert(0, Trial(AS_IT_IS, source, tried[0][1][:AT_ONCE], 600, self.anew))
            arguments = (ROOT / self.path, source, trials, self.note(processes))
            processes.start(self, limit + 600, processes.try_trials, *arguments)

    def note(self, processes: Processes) -> Path:
        """Return the file of the results."""
        one = self.faults[0]
        return processes.folder / f"{self.path.replace('/', '.')}-{one.start}-{self.anew}"

    def results(self, processes: Processes, result: int) -> Iterator[tuple[Mutant | None, int]]:
        """Yield each fault with the exit code of its tests; None for the module as it is."""
        if self.imports:
            yield self.faults[0], result
        elif result:
            yield None, result
        else:
            lines = self.note(processes).read_text().splitlines()
            for number, code in (map(int, line.split()) for line in lines):
                yield (None if number == AS_IT_IS else self.faults[number]), code


def jobs(faults: list[Mutant], reached: Reached) -> Iterator[Job]:
    """Yield what is to be done, the long pieces first."""
    alone = []
    for path in sorted({one.path for one in faults}):
        source = (ROOT / path).read_text("utf-8")
        assigned = {
            where
            for where, node in places(ast.parse(source))
            if isinstance(node, ast.Assign | ast.AnnAssign)
        }
        groups = dict[str, list[Mutant]]()
        for one in faults:
            if one.path == path and reached.chosen(one):
                # Tests of one's own were not watched: who knows what they reach at import.
                at_import = reached.own or f"{path} {one.where}" in reached.imported
                if one.declares and not reached.own:
                    groups.setdefault("views", []).append(one)
                elif one.where in assigned and not reached.own:
                    groups.setdefault("tables", []).append(one)
                elif at_import or not same_at_import(source, one.apply(source)):
                    alone.append(Job(path, (one,), imports=True))
                else:
                    groups.setdefault("", []).append(one)
        for anew, some in groups.items():
            for at in range(0, len(some), TOGETHER):
                yield Job(path, tuple(some[at : at + TOGETHER]), anew=anew)
    yield from alone


def judge(processes: Processes, faults: list[Mutant], reached: Reached, kept: Kept) -> None:
    """Try what is left: found, late, survived, unreached by any test, untried by an error."""
    left = [one for one in faults if one not in kept.verdicts]
    for one in left:
        if not reached.chosen(one):
            kept.add(one, "unreached")
    waiting = deque(jobs(left, reached))
    while waiting or not processes.idle:
        while waiting and processes.free:
            waiting.popleft().start(processes, reached)
        for job, result, said in processes.ended():
            for one, code in job.results(processes, result):
                if code in TROUBLE or (code and one is None):
                    print(f"{one or job.path}: could not be tried ({code}).\n{said}", flush=True)
                    if one is None:
                        break
                elif one:
                    kept.add(one, "late" if code == LATE else "found" if code else "survived")
            for one in job.faults:
                if one not in kept.verdicts:
                    kept.add(one, "untried")


def main(arguments: list[str]) -> int:
    """Return 0 where enough of the faults are found."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--list", action="store_true", help="print the faults and stop")
    parser.add_argument("--reached", type=Path, help="file that keeps what the tests reach")
    parser.add_argument("--kept", type=Path, help="file that keeps what was found, to go on")
    parser.add_argument("--at-once", type=int, default=min(os.cpu_count() or 1, 4), metavar="N")
    parser.add_argument("--tests", action="append", metavar="NAME", help="these tests, no others")
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
    with contextlib.ExitStack() as stack:
        folder = tempfile.TemporaryDirectory(prefix="studyapp-mutants-", dir=memory)
        processes = Processes(Path(stack.enter_context(folder)), given.at_once)
        stack.callback(processes.stop)
        processes.start("database", 600, processes.make_database)
        for _, code, said in processes.rest():
            if code:
                sys.exit(f"no database ({code})\n{said}")
        if given.tests:
            reached = Reached(own=given.tests)
        elif given.reached and given.reached.exists():
            reached = Reached.load(given.reached)
        else:
            reached = learn(processes, {path: sources[path] for path in {f.path for f in faults}})
            if given.reached:
                reached.save(given.reached)
        print(f"{len(faults)} faults, after {time.monotonic() - started:.0f} s", flush=True)
        kept = Kept(given.kept, faults)
        judge(processes, faults, reached, kept)
        return report(kept.verdicts, time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
