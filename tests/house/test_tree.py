"""What may not lie in the tree: machine paths, addresses of registries, unlocked packages."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = {
    ".cfg", ".css", ".html", ".in", ".js", ".json", ".md", ".po", ".py", ".svg", ".toml", ".txt",
    ".typ", ".xml", ".yml", ".conf", ".env", ".service", ".sh", ".timer", "",
}  # fmt: skip
LARGEST = 6_000_000
# Every word is put together here, so that this file does not find itself.
MACHINE = re.compile(r"(?<![\w.])/(?:{}|{}|{})/\w".format("wo" + "rk", "ho" + "me", "Us" + "ers"))
REGISTRY = re.compile(
    "|".join(
        ("pypi" + r"\.org", "pythonhosted" + r"\.org", "registry" + r"\.npm", "mirrors" + r"\.")
    )
    + r"|^\s*--?(?:i|(?:extra-)?index-url|find-links|trusted-host)\b",
    re.MULTILINE,
)
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[\w,]+\])?==\S+", re.MULTILINE)


SKIP = re.compile(r"""(?:skip\(|reason=)\s*"([^"]+)\"""")


def tracked() -> list[Path]:
    """Return what git knows, and what it would take in; without git, the folders themselves."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=False, cwd=ROOT, capture_output=True)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
        return [path for name in names if (path := ROOT / name).is_file()]
    folders = (
        "studyapp",
        "templates",
        "static",
        "tests",
        "scripts",
        "docs",
        "requirements",
        "deploy",
        ".ci",
    )
    return [
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ] + [path for path in ROOT.iterdir() if path.is_file()]


FILES = tracked()


def machine_paths(text: str) -> list[str]:
    """Return paths that exist on one machine only."""
    return [found.group() for found in MACHINE.finditer(text)]


def registries(text: str) -> list[str]:
    """Return addresses of package registries; where packages come from is the site's choice."""
    return [found.group().strip() for found in REGISTRY.finditer(text)]


def unlocked(text: str) -> list[str]:
    """Return pins of a lock file that have no hash."""
    blocks = re.split(r"\n(?=\S)", text)
    return [
        found.group(1)
        for block in blocks
        if (found := PIN.match(block)) and "--hash=sha256:" not in block
    ]


def lame_skips(text: str) -> list[str]:
    """Return reasons to skip that CI would not excuse: no missing program, no optional input."""
    marks = [line for line in text.splitlines() if "skip" in line]
    return [
        reason
        for reason in SKIP.findall("\n".join(marks))
        if not reason.startswith("optional: ") and not reason.endswith(" is not installed")
    ]


def test_a_test_is_skipped_for_a_missing_program_or_input_only() -> None:
    found = {
        path.name: wrong
        for path in (ROOT / "tests").rglob("*.py")
        if path.parent.name != "house" and (wrong := lame_skips(path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize("check", [machine_paths, registries], ids=lambda check: check.__name__)
def test_no_file_names_a_machine_or_a_registry(check: Callable[[str], list[str]]) -> None:
    found = {
        path.relative_to(ROOT).as_posix(): wrong
        for path in FILES
        if path.suffix in TEXT
        and "LICENSE" not in path.name
        and (wrong := check(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}


@pytest.mark.parametrize("name", ["base", "dev"])
def test_every_package_is_locked_by_hash(name: str) -> None:
    text = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8")
    assert len(PIN.findall(text)) > 15
    assert unlocked(text) == []


def test_the_locks_hold_what_the_lists_name_and_dev_holds_all_of_base() -> None:
    def pins(name: str) -> set[str]:
        text = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8")
        return {
            line.lower().replace("_", "-") for line in re.findall(r"^\S+?==\S+", text, re.MULTILINE)
        }

    def wanted(name: str) -> set[str]:
        lines = (ROOT / f"requirements/{name}.in").read_text(encoding="utf-8").splitlines()
        names = (re.match(r"[A-Za-z0-9._-]+", line) for line in lines if line[:1].isalpha())
        return {found.group().lower().replace("_", "-") for found in names if found}

    def bare(pinned: set[str]) -> set[str]:
        return {re.split(r"\[|==", pin)[0] for pin in pinned}

    assert wanted("base") - bare(pins("base")) == set()
    assert wanted("dev") - bare(pins("dev")) == set()
    assert pins("base") - pins("dev") == set()


def test_no_file_is_huge() -> None:
    assert [path.name for path in FILES if path.stat().st_size > LARGEST] == []


def test_there_is_something_to_check() -> None:
    assert len(FILES) > 200


@pytest.mark.parametrize(
    ("check", "bad", "caught"),
    [
        (machine_paths, "see /" + "home/li/notes", ["/" + "home/l"]),
        (registries, "https://pypi" + ".org/simple", ["pypi" + ".org"]),
        (registries, "--index-url x", ["--index-url"]),
        (lame_skips, 'pytest.skip("flaky")', ["flaky"]),
        (lame_skips, '@pytest.mark.skipif(True, reason="later")', ["later"]),
        (unlocked, "django==5.2.19 \\\n    --hash=sha256:00\nlxml==6.0\n", ["lxml"]),
    ],
)
def test_each_check_catches_a_planted_fault(
    check: Callable[[str], list[str]], bad: str, caught: list[str]
) -> None:
    assert check(bad) == caught


def test_no_check_complains_about_good_text() -> None:
    assert machine_paths("files of the framework/work/list and https://example.org/x") == []
    assert lame_skips('pytest.skip("Chromium is not installed")') == []
    assert lame_skips('mark.skipif(not REAL, reason="optional: no speech here")') == []
    assert registries("pip takes its index from its own settings") == []
    assert unlocked("django==5.2.19 \\\n    --hash=sha256:00\n") == []
