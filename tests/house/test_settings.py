"""What is read from outside is written down, and the safe way is the default."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from studyapp import env

ROOT = Path(__file__).resolve().parents[2]
READERS = {
    "choice", "endpoint", "flag", "folder", "names", "networks", "number", "role", "site", "text",
    "words",
}  # fmt: skip
COOKIES = (
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "SECURE_SSL_REDIRECT",
    "SESSION_COOKIE_NAME",
    "CSRF_COOKIE_NAME",
)
ASKED = """
import json
from django.conf import settings
names = {names!r}
print(json.dumps({{name: getattr(settings, name, None) for name in names}}, default=str))
"""


def example() -> str:
    """The text that `.env.example` must have."""
    lines = [
        "# Every variable that the program reads, with its default.",
        "# Set them in the environment (PORT=8080 make run); no file is read.",
        "",
    ]
    for variable in env.VARIABLES:
        lines += [
            f"# {variable.about} Allowed: {variable.allowed}.",
            f"{variable.name}={variable.default}",
            "",
        ]
    return "\n".join(lines)


def read_in(text: str) -> set[str]:
    """Return the names that a module reads through `env`."""
    return {
        str(node.args[0].value)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in READERS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def untyped(text: str) -> list[str]:
    """Return places that read the environment past `env`."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(text))
        if (isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ")
        or (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) in {"os.getenv", "os.environ.get", "environ.get"}
        )
    ]


def modules() -> Iterator[Path]:
    for path in (ROOT / "studyapp").rglob("*.py"):
        if path.name != "env.py" and "migrations" not in path.parts:
            yield path


def site(data: Path, *names: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start Django as a site would, with nothing else in the environment, and ask settings."""
    return subprocess.run(
        [sys.executable, "-c", ASKED.format(names=names)],
        check=False,
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "studyapp.settings",
            "STUDYAPP_DATA": str(data),
            **environment,
        },
        capture_output=True,
        text=True,
    )


def answer(data: Path, *names: str, **environment: str) -> dict[str, object]:
    outcome = site(data, *names, **environment)
    assert outcome.returncode == 0, outcome.stderr
    found: dict[str, object] = json.loads(outcome.stdout)
    return found


def test_the_example_file_names_every_variable_that_is_read() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == example()


def test_every_variable_is_read_and_nothing_else_is() -> None:
    read = set().union(*(read_in(path.read_text(encoding="utf-8")) for path in modules()))
    # DATABASE_URL is read by env.database().
    assert read | {"DATABASE_URL"} == {variable.name for variable in env.VARIABLES}


def test_nobody_reads_the_environment_past_env() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): wrong
        for path in modules()
        if (wrong := untyped(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_both_checks_catch_a_planted_fault() -> None:
    assert read_in("x = env.text('STUDYAPP_SECRET')") == {"STUDYAPP_SECRET"}
    assert untyped("x = os.environ['A']") == ["os.environ['A']"]
    assert untyped("x = os.environ.get('A', '')") == ["os.environ.get('A', '')"]
    assert untyped("x = os.getenv('A')") == ["os.getenv('A')"]


def test_debug_is_off_and_the_key_is_private() -> None:
    assert settings.DEBUG is False
    key = settings.DATA_DIR / "secret.key"
    assert oct(key.stat().st_mode & 0o777) == "0o600"


def test_a_new_data_folder_gets_a_key_of_its_own_that_stays(tmp_path: Path) -> None:
    first = answer(tmp_path / "a", "SECRET_KEY", "DEBUG", "ALLOWED_HOSTS")
    assert first["DEBUG"] is False
    assert first["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost", "[::1]"]
    assert len(str(first["SECRET_KEY"])) > 50
    assert answer(tmp_path / "a", "SECRET_KEY")["SECRET_KEY"] == first["SECRET_KEY"]
    assert answer(tmp_path / "b", "SECRET_KEY")["SECRET_KEY"] != first["SECRET_KEY"]
    assert oct((tmp_path / "a/secret.key").stat().st_mode & 0o777) == "0o600"
    assert oct((tmp_path / "a").stat().st_mode & 0o777) == "0o700"


def test_cookies_are_bound_to_https_where_people_come_by_https(tmp_path: Path) -> None:
    plain = answer(tmp_path, *COOKIES)
    assert list(plain.values()) == [False, False, False, "sid", "csrf"]
    names = (*COOKIES, "SECURE_HSTS_SECONDS", "CSRF_TRUSTED_ORIGINS")
    bound = answer(tmp_path, *names, STUDYAPP_HTTPS="yes", STUDYAPP_HOSTS="study.example")
    assert list(bound.values()) == [
        *(True, True, True, "__Host-sid", "__Host-csrf"),
        31_536_000,
        ["https://study.example"],
    ]


def test_scripts_never_read_the_session_cookie() -> None:
    assert settings.SESSION_COOKIE_HTTPONLY is True
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"


def test_a_wrong_value_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    outcome = subprocess.run(
        [sys.executable, "manage.py", "check"],
        check=False,
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "STUDYAPP_DATA": str(tmp_path),
            "STUDYAPP_IDLE_MINUTES": "1000",
        },
        capture_output=True,
        text=True,
    )
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (
        1,
        "",
        "STUDYAPP_IDLE_MINUTES='1000' is not allowed: 5 to 720. See .env.example.\n",
    )


WRONG: list[tuple[str, str, Callable[[dict[str, str]], object]]] = [
    ("PORT", "99999", lambda given: env.number("PORT", 1, 65535, given)),
    ("PORT", "http", lambda given: env.number("PORT", 1, 65535, given)),
    ("STUDYAPP_HTTPS", "maybe", lambda given: env.flag("STUDYAPP_HTTPS", given)),
    ("DATABASE_URL", "mysql://x", lambda given: env.database(ROOT, given)),
    ("DATABASE_URL", "postgres://host/", lambda given: env.database(ROOT, given)),
    ("DATABASE_URL", "postgres://host:port/x", lambda given: env.database(ROOT, given)),
    ("STUDYAPP_HOSTS", "https://study.example/", lambda given: env.names("STUDYAPP_HOSTS", given)),
    ("STUDYAPP_HOSTS", "*", lambda given: env.names("STUDYAPP_HOSTS", given)),
    (
        "STUDYAPP_PROXIES",
        "10.1.2.3/8",
        lambda given: env.networks("STUDYAPP_PROXIES", given),
    ),
    ("STUDYAPP_PROXIES", "front", lambda given: env.networks("STUDYAPP_PROXIES", given)),
    (
        "STUDYAPP_DATABASE_ROLE",
        "a; DROP ROLE b",
        lambda given: env.role("STUDYAPP_DATABASE_ROLE", given),
    ),
    ("STUDYAPP_PUBLIC", "study.example", lambda given: env.site("STUDYAPP_PUBLIC", given)),
    ("STUDYAPP_PUBLIC", "https://a/b", lambda given: env.site("STUDYAPP_PUBLIC", given)),
    ("STUDYAPP_CLAMD", "clamd", lambda given: env.endpoint("STUDYAPP_CLAMD", given)),
    ("STUDYAPP_CLAMD", "10.1.2.3:0", lambda given: env.endpoint("STUDYAPP_CLAMD", given)),
    ("STUDYAPP_CLAMD", "http://a:3310", lambda given: env.endpoint("STUDYAPP_CLAMD", given)),
    (
        "STUDYAPP_CLAMD_REQUIRED",
        "yes",
        lambda given: env.flag("STUDYAPP_CLAMD_REQUIRED", given, needs="STUDYAPP_CLAMD"),
    ),
    ("STUDYAPP_DATA", "/proc/nowhere", lambda given: env.folder("STUDYAPP_DATA", given)),
    ("STUDYAPP_DATA", "/dev/null", lambda given: env.folder("STUDYAPP_DATA", given)),
    ("STUDYAPP_SITE", "长" * 31, lambda given: env.text("STUDYAPP_SITE", 30, given)),
    (
        "STUDYAPP_DEMO_PUBLIC",
        "yes",
        lambda given: env.choice("STUDYAPP_DEMO_PUBLIC", ("", "yes-really"), given),
    ),
]


@pytest.mark.parametrize(("name", "value", "read"), WRONG)
def test_a_wrong_value_names_the_variable_and_what_is_allowed(
    name: str, value: str, read: Callable[[dict[str, str]], object]
) -> None:
    allowed = next(variable.allowed for variable in env.VARIABLES if variable.name == name)
    with pytest.raises(env.WrongValue) as caught:
        read({name: value})
    sentence = str(caught.value)
    assert sentence.startswith(f"{name}=")
    assert sentence.endswith(f" is not allowed: {allowed}. See .env.example.")


def test_the_password_of_the_database_is_not_told() -> None:
    with pytest.raises(env.WrongValue) as caught:
        env.database(ROOT, {"DATABASE_URL": "mysql://li:geheim@db.example/x"})
    assert "geheim" not in str(caught.value)
    assert "mysql://…@db.example/x" in str(caught.value)


def test_values_are_read_as_what_they_are() -> None:
    assert env.number("PORT", 1, 65535, {"PORT": " 8080 "}) == 8080
    assert env.number("PORT", 1, 65535, {"PORT": ""}) == 8000
    assert [env.flag("STUDYAPP_HTTPS", {"STUDYAPP_HTTPS": v}) for v in ("YES", "1", "no")] == [
        True,
        True,
        False,
    ]
    assert env.names("STUDYAPP_HOSTS", {"STUDYAPP_HOSTS": "a.example, b.example,"}) == [
        "a.example",
        "b.example",
    ]
    assert env.names("STUDYAPP_HOSTS", {"STUDYAPP_HOSTS": "10.1.2.3,[::1]"}) == [
        "10.1.2.3",
        "[::1]",
    ]
    address = {"STUDYAPP_PUBLIC": "https://study.example:8443/"}
    assert env.site("STUDYAPP_PUBLIC", address) == "https://study.example:8443"
    assert env.site("STUDYAPP_PUBLIC", {}) == ""
    assert env.text("STUDYAPP_SITE", 30, {}) == "支部学习会"
    assert env.choice("STUDYAPP_DEMO_PUBLIC", ("", "yes-really"), {}) == ""


def test_a_service_listens_on_a_socket_or_a_port() -> None:
    given = ("", "/run/clamav/clamd.ctl", "10.1.2.3:3310", "[fd00::1]:3310", "scan.local:65535")
    assert [env.endpoint("STUDYAPP_CLAMD", {"STUDYAPP_CLAMD": value}) for value in given] == [
        None,
        Path("/run/clamav/clamd.ctl"),
        ("10.1.2.3", 3310),
        ("fd00::1", 3310),
        ("scan.local", 65535),
    ]
    both = {"STUDYAPP_CLAMD": given[1], "STUDYAPP_CLAMD_REQUIRED": "yes"}
    assert env.flag("STUDYAPP_CLAMD_REQUIRED", both, needs="STUDYAPP_CLAMD") is True


def test_the_data_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    found = env.folder("STUDYAPP_DATA", {"STUDYAPP_DATA": str(tmp_path / "a/b")})
    assert (found, oct(found.stat().st_mode & 0o777)) == (tmp_path / "a/b", "0o700")
    assert env.folder("STUDYAPP_DATA", {"STUDYAPP_DATA": "./tests"}) == ROOT / "tests"


def test_a_database_address_is_taken_apart_with_its_escapes() -> None:
    found = env.database(ROOT, {"DATABASE_URL": "postgres://li:p%40ss%2F@db.example:5433/study"})
    asked = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")
    assert [found[name] for name in asked] == [
        "django.db.backends.postgresql",
        "study",
        "li",
        "p@ss/",
        "db.example",
        "5433",
    ]


def test_sqlite_waits_for_its_turn_and_survives_a_power_cut(tmp_path: Path) -> None:
    options = env.database(tmp_path, {})["OPTIONS"]
    assert isinstance(options, dict)
    assert options["transaction_mode"] == "IMMEDIATE"
    pragmas = set(str(options["init_command"]).strip(";").split(";"))
    assert pragmas >= {
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "PRAGMA recursive_triggers=ON",
    }
