"""The child process that reads uploads: whatever happens in it, the site gets a sentence."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from studyapp.documents import in_child
from studyapp.errors import Refused
from tests.documents import readers_that_fail as readers

ADVICE = in_child.Advice("分几次读。", "换一个。")


def test_only_the_ending_of_a_name_reaches_it() -> None:
    found = in_child.read(readers.tells_what_it_is_told, b"a", "../x; rm -rf ~.TXT", ADVICE)
    assert found == ["a", "file.txt"]


@pytest.mark.attack(39)
@pytest.mark.parametrize(
    "reader", [readers.dies, readers.grows, readers.babbles], ids=lambda reader: reader.__name__
)
def test_what_breaks_it_is_a_refusal(reader: Callable[[bytes, str], object]) -> None:
    with pytest.raises(Refused, match="文件读不出来，可能损坏。换一个。"):
        in_child.read(reader, b"x", "a.txt", ADVICE)


def test_it_leaves_no_file_behind(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        in_child.read(readers.writes, str(tmp_path / "x").encode(), "a.txt", ADVICE)
    assert [path.stat().st_size for path in tmp_path.iterdir()] == [0]


@pytest.mark.attack(39)
def test_what_takes_too_long_is_stopped() -> None:
    with pytest.raises(Refused, match="文件太复杂，半分钟没有读完。分几次读。"):
        in_child.read(readers.loads_forever, b"x", "a.txt", ADVICE, seconds=0.5)


@pytest.mark.parametrize(
    "module", ["studyapp.speeches.readers.word", "studyapp.documents.xlsx_reading"]
)
def test_the_child_knows_no_django(module: str) -> None:
    code = f"import sys, studyapp.documents.in_child, {module}; print('django' in sys.modules)"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
