"""What came of planted faults: kept in a file for a run that goes on, and counted at the end."""

import hashlib
import json
from pathlib import Path

from mutations import Mutant

LEAST = 0.9
"""So much of decisions and of declarations is found, or the run fails."""
FOUND = {"found", "late"}
"""A test failed, or did not end."""


class Kept:
    """What came out so far, in a file where one is given: a line for each fault."""

    def __init__(self, file: Path | None, faults: list[Mutant]) -> None:
        self.file = file
        lines = file.read_text("utf-8").splitlines() if file and file.exists() else []
        said = dict(json.loads(line) for line in lines)
        told = {one: said.get(self.key(one), "") for one in faults}
        # What nothing found is tried again: there may be a test for it now.
        self.verdicts = {one: verdict for one, verdict in told.items() if verdict in FOUND}

    @staticmethod
    def key(one: Mutant) -> str:
        """Return a name of the fault, for as long as its module stays as it is."""
        code = hashlib.sha256(Path(one.path).read_bytes()).hexdigest()[:16]
        return f"{code} {one.start} {one}"

    def add(self, one: Mutant, verdict: str) -> None:
        """Note what came out, and tell of it where nothing found the fault."""
        self.verdicts[one] = verdict
        if verdict not in FOUND:
            print(f"{verdict}: {one}", flush=True)
        if self.file:
            with self.file.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps([self.key(one), verdict], ensure_ascii=False)}\n")


def report(verdicts: dict[Mutant, str], seconds: float) -> int:
    """Print how many are found and return the exit code: 0 where that is enough."""
    print(f"\n=== {len(verdicts)} faults, {seconds:.0f} s")
    enough = bool(verdicts) and "untried" not in verdicts.values()
    for name, declares in (("decisions", False), ("declarations of views", True)):
        said = [verdict for one, verdict in verdicts.items() if one.declares is declares]
        found = sum(verdict in FOUND for verdict in said)
        if said:
            late = f", {said.count('late')} of them by time" if "late" in said else ""
            print(f"{name}: {len(said)}, found {found} ({found / len(said):.1%}){late}")
            enough = enough and found >= LEAST * len(said)
    return int(not enough)
