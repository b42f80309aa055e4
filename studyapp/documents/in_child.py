"""Reading an upload in a child process, so that a bad file can hurt nothing else.

The web process looks at size, name and first bytes only. The child is this module run as a program:
it knows no Django, reads one file within limits of memory and time, and answers on stdout.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path, PurePath
from typing import Any, NamedTuple, TypeVar, cast

from studyapp.errors import Refused

SECONDS = 30.0
_PROCESSOR_SECONDS = 20
_MEMORY = 768 * 2**20  # bytes of address space, libraries included
_REFUSED = 3  # exit code when the answer is the sentence of a refusal
_ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")


class Advice(NamedTuple):
    """What to do about a file that took too long, and one that could not be read."""

    slow: str
    broken: str


def read(
    reader: Callable[[bytes, str], T],
    data: bytes,
    name: str,
    advice: Advice,
    *,
    seconds: float = SECONDS,
) -> T:
    """Return ``reader(data, name)``, which JSON can carry; its Refused is raised here.

    A crash, too much memory or more than ``seconds`` is a refusal too. ``reader`` stands at the
    top of a module that needs no Django. The name stays here: only its extension, which the
    caller has looked at, goes to the command line.
    """
    asked = [reader.__module__, reader.__name__, f"file{PurePath(name).suffix.lower()}"]
    try:
        done = subprocess.run(  # noqa: S603 -- our own module, no shell
            [sys.executable, "-m", "studyapp.documents.in_child", *asked],
            input=data,
            capture_output=True,
            timeout=seconds,
            cwd=_ROOT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused(f"文件太复杂，半分钟没有读完。{advice.slow}") from error
    try:
        answer = json.loads(done.stdout if done.returncode in {0, _REFUSED} else b"")
    except ValueError as error:
        raise Refused(f"文件读不出来，可能损坏。{advice.broken}") from error
    if done.returncode == _REFUSED:
        raise Refused(answer)
    return cast(T, answer)


def confine() -> None:
    """Limit this process for good; what it loads afterwards counts."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_SECONDS, _PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def answered(module: str, function: str, data: bytes, name: str) -> tuple[bytes, int]:
    """Read one file; return the answer as JSON and the exit code that tells what it is."""
    answer: Any
    try:
        answer, code = getattr(import_module(module), function)(data, name), 0
    except Refused as refusal:
        answer, code = str(refusal), _REFUSED
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace"), code


def main(module: str, function: str, name: str) -> int:
    """Answer one question on stdin; the readers load under the limits."""
    confine()
    answer, code = answered(module, function, sys.stdin.buffer.read(), name)
    sys.stdout.buffer.write(answer)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
