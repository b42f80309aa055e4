"""What docs/security.md claims: every test that it names exists, every attack has its tests."""

import ast
import re
from pathlib import Path

import pytest

from tests.attacks import ATTACKS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")


def names_in(path: Path) -> set[str]:
    """Return the names of the tests of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def missing(page: str) -> list[str]:
    """Return the tests that a page names and that are not there."""
    found = []
    for name, test in re.findall(r"`([\w/]+\.py)(?:::(test_\w+))?`", page):
        path = ROOT / "tests" / name
        if not path.is_file() or (test and test not in names_in(path)):
            found.append(f"{name}::{test}")
    return found


def unknown(page: str) -> list[int]:
    """Return the numbers of attacks that a page names and the list does not hold."""
    named = re.findall(r"attack ((?:\d+(?: to |, )?)+)", page)
    numbers = {int(number) for one in named for number in re.findall(r"\d+", one)}
    return sorted(numbers - ATTACKS.keys())


def marked() -> set[int]:
    """Return the attacks that a test carries."""
    found: set[int] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.attack":
                found |= {one.value for one in node.args if isinstance(one, ast.Constant)}  # type: ignore[misc]
    return found


def test_every_test_that_the_page_names_exists() -> None:
    assert len(re.findall(r"`[\w/]+\.py::test_\w+`", PAGE)) > 50
    assert missing(PAGE) == []


def test_every_attack_that_the_page_names_is_on_the_list() -> None:
    assert unknown(PAGE) == []


def test_every_attack_of_the_list_has_a_test() -> None:
    assert sorted(ATTACKS) == [number for number in range(1, 57) if number != 20]
    assert sorted(ATTACKS.keys() - marked()) == []


def test_the_page_has_every_chapter_of_level_2() -> None:
    chapters = {int(one) for one in re.findall(r"^\| (\d+)\.\d", PAGE, re.MULTILINE)}
    assert {1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16} <= chapters


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("`web/test_no.py::test_x`", ["web/test_no.py::test_x"]),
        ("`house/test_security.py::test_nothing`", ["house/test_security.py::test_nothing"]),
        ("`house/test_security.py`, `house/test_security.py::test_the_checks_see_a_fault`", []),
    ],
)
def test_the_checks_see_a_fault(page: str, found: list[str]) -> None:
    assert missing(page) == found
    assert unknown("attack 1, 20, 57 and attack 2 to 56") == [20, 57]
