"""Provoke every loss on the list and print what was acknowledged, and what of it is there.

Usage: python scripts/faults.py [pytest arguments, which narrow every run]

The runs are those of scripts/test.py: both databases, Chromium, where there are such. Figures are
sums over what the tests measured, the time to come back is the longest; where nothing was measured,
none is printed. A loss without a test, or lost words, are a failure.
"""

import runpy
import sys
import time
from pathlib import Path

import marked
import test
from marked import Case

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Return 0 when every loss has tests, all of them pass and no word was lost."""
    started = time.monotonic()
    outcome, cases = marked.run("loss", arguments)
    # The list that the tests themselves are marked by.
    losses: dict[str, str] = runpy.run_path(str(ROOT / "tests/losses.py"))["LOSSES"]
    missing, lost = [], 0
    print("\n=== Losses")
    for name, words in losses.items():
        own = [case for case in cases if name in case.values("loss")]
        missing += [] if any(case.word == "passed" for case in own) else [name]
        lost += gone(own)
        print(f"{name:<10}  {words:<84} {line(own)}")
    failed = test.report(outcome, time.monotonic() - started)
    return failed or int(bool(lost) or (bool(missing) and not arguments))


def gone(cases: list[Case]) -> int:
    return total(cases, "acknowledged") - total(cases, "found")


def total(cases: list[Case], name: str) -> int:
    return sum(int(value) for case in cases for value in case.values(name))


def line(cases: list[Case]) -> str:
    """Return how the tests of a loss ended, and what they measured."""
    if not cases:
        return "missing"
    parts = [marked.told(cases)]
    if any(case.values("acknowledged") for case in cases):
        numbers = {name: total(cases, name) for name in ("acknowledged", "found")}
        numbers["lost"] = gone(cases)
        parts.append(", ".join(f"{number} {name}" for name, number in numbers.items()))
    if back := [float(value) for case in cases for value in case.values("back")]:
        parts.append(f"back after {max(back):.1f} s")
    return "; ".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
