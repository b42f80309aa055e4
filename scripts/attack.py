"""Run the tests of every attack on the list and print one line for each attack.

Usage: python scripts/attack.py [pytest arguments, which narrow every run]

The runs are those of scripts/test.py: both databases, Chromium, LibreOffice, where there are such.
An attack without a test is a failure, unless arguments narrow the choice.
"""

import runpy
import sys
import time
from pathlib import Path

import marked
import test

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Return 0 when every attack has tests and all of them pass."""
    started = time.monotonic()
    outcome, cases = marked.run("attack", arguments)
    # The list that the tests themselves are marked by.
    attacks: dict[int, str] = runpy.run_path(str(ROOT / "tests/attacks.py"))["ATTACKS"]
    untested = 0
    print("\n=== Attacks")
    for number, words in attacks.items():
        own = [case for case in cases if str(number) in case.values("attack")]
        untested += not own
        print(f"{number:>2}  {words:<88} {marked.told(own) or 'no test'}")
    failed = test.report(outcome, time.monotonic() - started)
    return failed or int(bool(untested) and not arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
