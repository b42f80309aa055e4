"""Reads many files as ``documents.in_child`` reads one: each in a process of its own, confined.

Starting Python takes a tenth of a second, a fork a few thousandths. One process loads the readers
once and is forked for each file; what happens in the fork is the child's own code.
"""

import json
import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from studyapp.documents import in_child

_ROOT = Path(__file__).parents[2]
_LOADED = ("html", "pdf", "plain", "word")
SECONDS = 10  # for one file; a sound one takes a few milliseconds


class Answer(NamedTuple):
    """What came back: the exit code, and the text or rows or sentence (None after a crash)."""

    code: int
    words: Any

    @property
    def is_one(self) -> bool:
        """True for words that were read, and for a refusal with a sentence."""
        return self.code == 0 or (self.code == 3 and str(self.words).endswith("。"))


class Forks:
    """The process that is forked; one for all tests of a run."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.documents.forks"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def read(self, reader: object, data: bytes, name: str) -> Answer:
        """Read one file with a function at the top of a module."""
        given, got = self._process.stdin, self._process.stdout
        assert given
        assert got
        asked = (reader.__module__, reader.__name__, name, len(data))  # type: ignore[attr-defined]
        given.write(json.dumps(asked).encode() + b"\n" + data)
        given.flush()
        code, length = json.loads(got.readline())
        words = got.read(length)
        return Answer(code, json.loads(words) if code in {0, 3} else None)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def _serve(asked: BinaryIO, told: BinaryIO) -> None:
    while line := asked.readline():
        module, function, name, length = json.loads(line)
        code, words = _fork(module, function, asked.read(length), name)
        told.write(json.dumps((code, len(words))).encode() + b"\n" + words)
        told.flush()


def _fork(module: str, function: str, data: bytes, name: str) -> tuple[int, bytes]:
    out, into = os.pipe()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            in_child.confine()
            signal.alarm(SECONDS)
            words, code = in_child.answered(module, function, data, name)
            with open(into, "wb") as pipe:  # noqa: PTH123 -- no path
                pipe.write(words)
        finally:
            os._exit(code)
    os.close(into)
    with open(out, "rb") as pipe:  # noqa: PTH123 -- no path
        words = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), words


if __name__ == "__main__":
    import_module("python_calamine")
    for one in _LOADED:
        import_module(f"studyapp.speeches.readers.{one}")
    _serve(sys.stdin.buffer, sys.stdout.buffer)
