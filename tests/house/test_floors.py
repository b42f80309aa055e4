"""The import floors hold, and the checker sees a breach."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the import linter on the copy of the project in ``folder``."""
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [str(program), "--no-logo", "--no-cache"],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder with the Python code and the contracts alone."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for source in (ROOT / "studyapp").rglob("*.py"):
        target = tmp_path / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    return tmp_path


def test_the_floors_hold(copy: Path) -> None:
    outcome = lint(copy)
    assert outcome.returncode == 0, outcome.stdout
    assert "0 broken" in outcome.stdout


@pytest.mark.parametrize(
    ("module", "line", "said"),
    [
        (
            "branches/queries.py",
            "from studyapp.meetings import models as up",
            "studyapp.branches is not allowed to import studyapp.meetings",
        ),
        (
            "branches/models.py",
            "from studyapp.branches import actions as up",
            "studyapp.branches.models is not allowed to import studyapp.branches.actions",
        ),
        ("text/diff.py", "import django", "studyapp.text is not allowed to import django"),
    ],
)
def test_a_planted_breach_is_caught(copy: Path, module: str, line: str, said: str) -> None:
    path = copy / "studyapp" / module
    path.write_text(f"{line}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    outcome = lint(copy)
    assert outcome.returncode == 1
    assert said in outcome.stdout


def test_a_new_app_must_be_given_its_floor(copy: Path) -> None:
    (copy / "studyapp/strays").mkdir()
    (copy / "studyapp/strays/__init__.py").write_text("", encoding="utf-8")
    outcome = lint(copy)
    assert outcome.returncode == 1
    assert "strays" in outcome.stdout + outcome.stderr
