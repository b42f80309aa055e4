"""What is read from outside is written down, and the safe way is the default."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from studyapp import env

ROOT = Path(__file__).resolve().parents[2]


def example() -> str:
    """The text that `.env.example` must have."""
    lines = ["# Every variable that the program reads, with its default.", ""]
    for variable in env.VARIABLES:
        lines += [
            f"# {variable.about} Allowed: {variable.allowed}.",
            f"{variable.name}={variable.default}",
            "",
        ]
    return "\n".join(lines)


def test_the_example_file_names_every_variable_that_is_read() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == example()


def test_the_readme_points_to_files_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = [
        "docs/today.png",
        ".env.example",
        "CONTRIBUTING.md",
        "docs/decisions",
        "CHANGELOG.md",
        "LICENSE",
        "static/vendor/LICENSES.md",
    ]
    assert [name for name in named if f"({name})" not in text] == []
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_debug_is_off_and_the_key_is_private() -> None:
    assert settings.DEBUG is False
    key = settings.DATA_DIR / "secret.key"
    assert oct(key.stat().st_mode & 0o777) == "0o600"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("PORT", lambda: env.number("PORT", 1, 65535, {"PORT": "99999"})),
        ("STUDYAPP_HTTPS", lambda: env.flag("STUDYAPP_HTTPS", {"STUDYAPP_HTTPS": "maybe"})),
        ("DATABASE_URL", lambda: env.database(ROOT, {"DATABASE_URL": "mysql://x"})),
    ],
)
def test_a_wrong_value_stops_the_start_and_names_the_variable(
    name: str, read: Callable[[], object]
) -> None:
    with pytest.raises(env.WrongValue, match=name):
        read()


def test_modules_and_templates_stay_short() -> None:
    def long(pattern: str, most: int) -> list[str]:
        return [
            str(path.relative_to(ROOT))
            for folder in ("studyapp", "tests", "templates")
            for path in (ROOT / folder).rglob(pattern)
            if "migrations" not in path.parts
            and len(path.read_text(encoding="utf-8").splitlines()) > most
        ]

    assert long("*.html", 150) == []
    assert [p for p in long("*.py", 400) if p not in KNOWN_LONG] == []


# Models of one subject that read best on one page.
KNOWN_LONG = {"studyapp/meetings/models.py", "studyapp/speeches/parsing.py"}
