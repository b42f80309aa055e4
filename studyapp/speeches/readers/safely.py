"""Reading an upload in a child process, so that a bad file can hurt nothing else."""

import subprocess
import sys
from pathlib import Path

from studyapp.errors import Refused
from studyapp.speeches.readers.checks import check

_ROOT = Path(__file__).resolve().parents[3]
_REFUSED = 3  # exit code of the child when its answer is the sentence of a refusal
_SECONDS = 30.0


def read_safely(data: bytes, name: str, *, seconds: float = _SECONDS) -> str:
    """Return the text of an uploaded file; a crash or more than ``seconds`` is a refusal."""
    suffix = check(data, name)
    try:
        # The name stays here: only the extension, one of a few, goes to the command line.
        done = subprocess.run(  # noqa: S603 -- our own module, no shell
            [sys.executable, "-m", "studyapp.speeches.readers", f"file{suffix}"],
            input=data,
            capture_output=True,
            timeout=seconds,
            cwd=_ROOT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused("文件太复杂，半分钟没有读完。直接粘贴正文。") from error
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode == _REFUSED:
        raise Refused(text)
    if done.returncode:
        raise Refused("文件读不出来，可能损坏。打开后另存一次，或者直接粘贴正文。")
    return text
