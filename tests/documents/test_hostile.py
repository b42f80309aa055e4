"""Hostile Office files, as speech and as roster: refused with a reason, at once, in little room.

They are read as the site reads them, by the child process.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.documents import xlsx_reading
from studyapp.errors import Refused
from studyapp.speeches.readers import read_safely
from tests.documents import hostile

ROOT = Path(__file__).parents[2]
KINDS = [".docx", ".xlsx"]
SECONDS, MEGABYTES = 2, 100
"""What attack 39 allows."""
MEASURED = """
import re, sys
from pathlib import Path
from studyapp.documents import in_child
code = in_child.main(*sys.argv[1:])
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
sys.stderr.write(peak[1])
sys.exit(code)
"""
READERS = {
    ".docx": ("studyapp.speeches.readers.checks", "read"),
    ".xlsx": ("studyapp.documents.xlsx_reading", "read_rows"),
}


def taken(data: bytes, suffix: str) -> object:
    """Read a file as an upload is read."""
    reader: Callable[[bytes, str], object] = (
        read_safely if suffix == ".docx" else xlsx_reading.read_safely
    )
    return reader(data, f"a{suffix}")


def refusal(data: bytes, suffix: str) -> str:
    with pytest.raises(Refused) as caught:
        taken(data, suffix)
    return str(caught.value)


@pytest.mark.parametrize(("suffix", "read"), [(".docx", "甲"), (".xlsx", [["甲"]])])
def test_a_sound_file_is_read(suffix: str, read: object) -> None:
    """Each trick below is this file with one change."""
    assert taken(hostile.packed(hostile.sound(suffix)), suffix) == read
    assert taken(hostile.second_end(suffix), suffix) == read
    address = hostile.linked("hyperlink", "http://x.example/", outside=True)
    assert taken(address(suffix), suffix) == read


@pytest.mark.attack(39)
@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize(("make", "said"), hostile.LARGE.values(), ids=hostile.LARGE)
def test_what_is_too_large_is_refused_quickly_and_in_little_memory(
    suffix: str, make: Callable[[str], bytes], said: str
) -> None:
    data = make(suffix)
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *READERS[suffix], f"file{suffix}"],
        input=data,
        capture_output=True,
        check=False,
        cwd=ROOT,
    )
    seconds, megabytes = time.monotonic() - started, int(done.stderr) / 1000
    assert done.stdout.decode().strip('"').startswith(said)
    # Time on a loaded machine: ten times as much is a guard, not a benchmark.
    assert (seconds < 10 * SECONDS, megabytes < MEGABYTES) == (True, True)


@pytest.mark.attack(40)
@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize(("make", "said"), hostile.ASTRAY.values(), ids=hostile.ASTRAY)
def test_members_outside_and_links_are_refused(
    suffix: str, make: Callable[[str], bytes], said: str
) -> None:
    assert refusal(make(suffix), suffix).startswith(said)


@pytest.mark.attack(41)
@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize(("make", "said"), hostile.LIVE.values(), ids=hostile.LIVE)
def test_what_would_run_or_fetch_is_refused_with_its_reason(
    suffix: str, make: Callable[[str], bytes], said: str
) -> None:
    assert refusal(make(suffix), suffix).startswith(said)


@pytest.mark.attack(42)
@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize(("make", "said"), hostile.DOUBLE.values(), ids=hostile.DOUBLE)
def test_two_files_in_one_are_refused(suffix: str, make: Callable[[str], bytes], said: str) -> None:
    assert refusal(make(suffix), suffix).startswith(said)
