"""What docs/security.md claims: every test that it names exists, attacks and losses have theirs."""

import ast
import re
from pathlib import Path

import pytest

from tests.attacks import ATTACKS
from tests.losses import LOSSES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")

# The levels of the requirements of each section of ASVS 5.0.0, in their order: 1.1.1 and 1.1.2 are
# of level 2. Chapters 9, 10 and 17 (tokens that carry rights, OAuth, WebRTC) are not applicable.
ASVS = """
1.1:22 1.2:1111122223 1.3:112222222223 1.4:222 1.5:123
2.1:122 2.2:112 2.3:12223 2.4:23
3.1:3 3.2:113 3.3:12223 3.4:11222233 3.5:11122333 3.6:3 3.7:22333
4.1:12233 4.2:23333 4.3:22 4.4:1222
5.1:2 5.2:112333 5.3:113 5.4:222
6.1:122 6.2:111111112222 6.3:11223333 6.4:112233 6.5:22222333 6.6:2223 6.7:33 6.8:2222
7.1:222 7.2:1111 7.3:22 7.4:11222 7.5:223 7.6:22
8.1:1233 8.2:1123 8.3:133 8.4:23
11.1:2233 11.2:22233 11.3:11233 11.4:1222 11.5:23 11.6:23 11.7:33
12.1:12233 12.2:11 12.3:22223
13.1:2333 13.2:222223 13.3:2233 13.4:1222233
14.1:22 14.2:12223333 14.3:122
15.1:12233 15.2:12233 15.3:1222222 15.4:3333
16.1:2 16.2:22222 16.3:2222 16.4:222 16.5:2223
"""


def requirements() -> dict[str, int]:
    """Return the level of each requirement, by its number."""
    return {
        f"{section}.{number}": int(level)
        for section, levels in (one.split(":") for one in ASVS.split())
        for number, level in enumerate(levels, 1)
    }


def answered(page: str) -> set[str]:
    """Return the requirements that a table has a row for: «1.2.3», «1.2.3–1.2.5», «4.3»."""
    found: set[str] = set()
    for cell in re.findall(r"^\| (\d[^|]*) \|", page, re.MULTILINE):
        for one in re.sub(r"\(L3\)", "", cell).split(","):
            first, _, last = one.strip().partition("–")
            if first.count(".") == 1:
                found |= {number for number in requirements() if number.startswith(f"{first}.")}
            else:
                section, start = first.rsplit(".", 1)
                end = last.rsplit(".", 1)[-1] or start
                found |= {f"{section}.{number}" for number in range(int(start), int(end) + 1)}
    return found


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


def marked(mark: str) -> set[object]:
    """Return the attacks or losses that a test carries."""
    found: set[object] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == f"pytest.mark.{mark}":
                found |= {one.value for one in node.args if isinstance(one, ast.Constant)}
    return found


def test_every_test_that_the_page_names_exists() -> None:
    assert len(re.findall(r"`[\w/]+\.py::test_\w+`", PAGE)) > 50
    assert missing(PAGE) == []


def test_every_attack_that_the_page_names_is_on_the_list() -> None:
    assert unknown(PAGE) == []


def test_every_attack_of_the_list_has_a_test() -> None:
    assert sorted(ATTACKS) == [number for number in range(1, 57) if number != 20]
    assert ATTACKS.keys() - marked("attack") == set()


def test_every_loss_of_the_list_has_a_test() -> None:
    assert LOSSES.keys() - marked("loss") == set()


def test_every_requirement_of_level_2_has_a_row_and_no_row_is_made_up() -> None:
    rows = answered(PAGE[PAGE.index("## ASVS 5.0") : PAGE.index("## 等保")])
    wanted = {number for number, level in requirements().items() if level <= 2}
    assert len(wanted) > 200
    assert sorted(wanted - rows) == []
    assert sorted(rows - requirements().keys()) == []


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
    assert answered("| 1.2.3–1.2.5, 4.3 | x |\n| 1.2.10 (L3) | x |") == {
        *("1.2.3", "1.2.4", "1.2.5", "1.2.10", "4.3.1", "4.3.2")
    }
