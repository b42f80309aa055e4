"""Reading an upload in a child process, so that a bad file can hurt nothing else."""

import subprocess
import sys
from pathlib import Path

from studyapp.errors import Refused
from studyapp.speeches.readers import check

_ROOT = Path(__file__).resolve().parents[3]
_SECONDS = 30
_REFUSED = 3


def read_safely(data: bytes, name: str) -> str:
    """Return the text of an uploaded file; a crash or a time-out is a refusal."""
    check(data, name)
    try:
        done = subprocess.run(  # noqa: S603 -- our own module, no shell
            [sys.executable, "-m", "studyapp.speeches.readers", name],
            input=data,
            capture_output=True,
            timeout=_SECONDS,
            cwd=_ROOT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused("文件太复杂，半分钟没有读完。直接粘贴正文。") from error
    text = done.stdout.decode("utf-8")
    if done.returncode == _REFUSED:
        raise Refused(text)
    if done.returncode:
        raise Refused("文件读不出来，可能损坏。打开后另存一次，或者直接粘贴正文。")
    return text
