"""The project's own papers: what they point to exists, what must be said in them is said."""

import re
from pathlib import Path

import pytest

from studyapp import env

ROOT = Path(__file__).resolve().parents[2]
PAPERS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("static/*/*.md"))
)
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
LICENCES = ROOT / "docs/licences.md"
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
COMMAND = re.compile(r"`make ([a-z]+)|^    make ([a-z]+)", re.MULTILINE)
CODE_PATH = re.compile(
    r"`((?:studyapp|tests|scripts|docs|static|templates|requirements)/[^`*… ]+)`"
)
DECISION_LINES = 25


def broken_links(text: str, folder: Path) -> list[str]:
    """Return links and quoted paths that lead nowhere."""
    linked = [to for to in LINK.findall(text) if "://" not in to and not (folder / to).exists()]
    return linked + [path for path in CODE_PATH.findall(text) if not (ROOT / path).exists()]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def unknown_targets(text: str) -> list[str]:
    """Return commands ``make x`` that the Makefile does not know."""
    return [
        name
        for pair in COMMAND.findall(text)
        for name in pair
        if name and name not in make_targets()
    ]


def wrong_decision(text: str, number: str) -> list[str]:
    """Return what a decision lacks: its number, a date, the three parts, brevity."""
    needed = {
        "number": rf"\A# {number} \S",
        "date": r"^\d{4}-\d\d, (accepted|superseded by \d{4})",
        "context": r"^\*\*Context\.\*\*",
        "decision": r"^\*\*Decision\.\*\*",
        "consequences": r"^\*\*Consequences\.\*\*",
    }
    wrong = [name for name, form in needed.items() if not re.search(form, text, re.MULTILINE)]
    return wrong + (["length"] if len(text.splitlines()) > DECISION_LINES else [])


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert broken_links(text, path.parent) == []
    assert unknown_targets(text) == []


def test_every_target_of_the_makefile_is_explained() -> None:
    text = (ROOT / "Makefile").read_text()
    explained = set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE))
    wanted = {"run", "dev", "test", "attack", "lint", "check", "deep", "bench", "format"}
    wanted |= {"bundle", "faults", "lock", "help"}
    assert explained == wanted
    assert make_targets() - explained == {"base-packages", "dev-packages"}
    scripts = re.findall(r"scripts/\w+\.py", text)
    assert [name for name in scripts if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name)
def test_each_decision_has_its_parts(path: Path) -> None:
    assert wrong_decision(path.read_text(encoding="utf-8"), path.name[:4]) == []


def test_decisions_are_numbered_without_gaps() -> None:
    assert [path.name[:4] for path in DECISIONS] == [
        f"{n:04}" for n in range(1, len(DECISIONS) + 1)
    ]


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"


def test_the_readme_tells_the_commands_the_accounts_and_the_variables() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    accounts = re.findall(r"^- `([a-z]+)`:", text, re.MULTILINE)
    assert accounts == [
        "secretary", "recorder", "member", "visitor", "inspector",
        "sysadmin", "secadmin", "auditor",
    ]  # fmt: skip
    missing = [variable.name for variable in env.VARIABLES if f"`{variable.name}`" not in text]
    assert missing == []
    assert {"run", "test"} <= {name for pair in COMMAND.findall(text) for name in pair}


def test_every_installed_package_and_every_vendored_file_has_its_licence_named() -> None:
    text = LICENCES.read_text(encoding="utf-8")
    lock = (ROOT / "requirements/base.txt").read_text(encoding="utf-8")
    packages = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[\w,]+\])?==", lock, re.MULTILINE)
    assert [name for name in packages if f"| {name} |" not in text] == []
    fonts = [path.name for path in (ROOT / "studyapp/documents/fonts").glob("*.?tf")]
    table = (ROOT / "studyapp/documents/fonts/README.md").read_text(encoding="utf-8")
    assert len(fonts) > 4
    assert [name for name in fonts if re.sub("-(Regular|Bold).otf", "-", name) not in table] == []


def test_the_licence_is_the_apache_licence_in_full() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_each_check_catches_a_planted_fault() -> None:
    assert broken_links("[x](nowhere.md)", ROOT) == ["nowhere.md"]
    assert broken_links("see `studyapp/nowhere.py`", ROOT) == ["studyapp/nowhere.py"]
    assert unknown_targets("run `make coffee`") == ["coffee"]
    assert unknown_targets("    make tea   # hot") == ["tea"]
    assert wrong_decision("# 0002 Title\n2026-11, accepted.\n", "0001") == [
        "number",
        "context",
        "decision",
        "consequences",
    ]
