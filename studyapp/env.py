"""The environment, read once and typed; a wrong value stops the start and says what is allowed."""

import ipaddress
import os
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

BASE = Path(__file__).resolve().parent.parent
LOCK_SECONDS = 10
"""So long a change waits for its turn; the browser gives up a save after 20 s (saving.js)."""


class WrongValue(Exception):
    """A variable holds a value that is not allowed."""


@dataclass(frozen=True)
class Variable:
    """One environment variable: how it is read and what ``.env.example`` says about it."""

    name: str
    default: str
    allowed: str
    about: str


VARIABLES = (
    Variable(
        "STUDYAPP_DATA",
        "./var",
        "a folder that one can write to",
        "Database, key and uploaded files.",
    ),
    Variable("DATABASE_URL", "", "empty, or postgres://user:password@host:5432/name", "Database."),
    Variable(
        "STUDYAPP_DATABASE_ROLE",
        "",
        "empty, or the name of a role in small letters",
        "Beside the address of the database's owner: the role of the server, which is given its "
        "rights with every update and restoration (docs/postgresql-roles.sql).",
    ),
    Variable("HOST", "127.0.0.1", "an address", "Address that the server listens on."),
    Variable("PORT", "8000", "1 to 65535", "Port that the server listens on."),
    Variable("STUDYAPP_WORKERS", "2", "1 to 64", "Worker processes of the server."),
    Variable("STUDYAPP_HOSTS", "", "host names, separated by commas", "Names of the site."),
    Variable("STUDYAPP_HTTPS", "no", "yes or no", "Whether people reach the site by https."),
    Variable(
        "STUDYAPP_PROXIES",
        "",
        "addresses and networks, separated by commas",
        "Front servers whose X-Forwarded-For and -Proto are believed, nobody else's.",
    ),
    Variable("STUDYAPP_DEBUG", "no", "yes or no", "Only for development."),
    Variable("STUDYAPP_SITE", "支部学习会", "up to 30 characters", "Name in the page header."),
    Variable("STUDYAPP_IDLE_MINUTES", "30", "5 to 720", "Sign-out after so many idle minutes."),
    Variable(
        "STUDYAPP_SIGN_INS",
        "5",
        "0 to 100",
        "An account is signed in at so many places at once; the oldest ends, 0 for no limit.",
    ),
    Variable(
        "STUDYAPP_SECOND_FACTOR",
        "no",
        "no or offices",
        "Whether the three administrators must sign in with a second factor.",
    ),
    Variable(
        "STUDYAPP_PASSWORD_WORDS",
        "gongan,jingcha,zhibu,dangyuan,paichusuo,police",
        "words of 3 to 30 letters and figures, separated by commas",
        "Words of the bureau that no password may hold.",
    ),
    Variable(
        "STUDYAPP_PASSWORD_DAYS",
        "180",
        "0 to 3650",
        "An own password is changed after so many days; 0 for never.",
    ),
    Variable(
        "STUDYAPP_PASSWORD_DAYS_OFFICES",
        "90",
        "0 to 3650",
        "The same for the three administrators.",
    ),
    Variable(
        "STUDYAPP_PUBLIC",
        "",
        "empty, or https://name or http://name:port",
        "Address of the site as telephones reach it, for the code that people check in by.",
    ),
    Variable("STUDYAPP_CODE_SECONDS", "30", "10 to 600", "A new code after so many seconds."),
    Variable(
        "STUDYAPP_CODE_GRACE", "30", "0 to 600", "For so many seconds the last code still counts."
    ),
    Variable("STUDYAPP_HOURS_MEMBER", "32", "0 to 999", "Study hours a year of a Party member."),
    Variable(
        "STUDYAPP_HOURS_LEADER", "56", "0 to 999", "Study hours a year of secretary and committee."
    ),
    Variable("STUDYAPP_HOURS_HALF_DAY", "4", "1 to 12", "Study hours that half a day counts for."),
    Variable("STUDYAPP_HOURS_DAY", "8", "1 to 24", "Study hours that a day counts for."),
    Variable(
        "STUDYAPP_JOBS", "1", "0 to 8", "So many handbooks and archives are made at once here."
    ),
    Variable(
        "STUDYAPP_CLAMD",
        "",
        "empty, the path of a socket, or address:port",
        "The clamd (ClamAV) that looks at each file people upload.",
    ),
    Variable(
        "STUDYAPP_CLAMD_REQUIRED",
        "no",
        "yes or no; yes needs STUDYAPP_CLAMD",
        "Whether files are refused while it does not answer.",
    ),
    Variable(
        "STUDYAPP_REG_ID",
        "",
        "up to 50 characters",
        "Number of the system in the police register of applications, for the audit export.",
    ),
    Variable("STUDYAPP_DEMO_PUBLIC", "", "empty, or yes-really", "Demo data on a public address."),
)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_LAST_PORT = 65_535
_PASSWORD = re.compile(r"//[^@/]*@")
_HOST_NAME = re.compile(r"\.?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:]+\]")
_ENDPOINT = re.compile(r"(?:\[([0-9A-Fa-f:]+)\]|([A-Za-z0-9_.-]+)):([0-9]{1,5})")
_SITE = re.compile(r"https?://[A-Za-z0-9_.-]+(?::[0-9]{1,5})?")
_ROLE = re.compile(r"(?:[a-z_][a-z0-9_]{0,62})?")
_BY_NAME = {variable.name: variable for variable in VARIABLES}


def _raw(name: str, environ: Mapping[str, str] | None = None) -> str:
    source = os.environ if environ is None else environ
    return source.get(name, "").strip() or _BY_NAME[name].default


def _wrong(name: str, value: str) -> WrongValue:
    allowed = _BY_NAME[name].allowed
    shown = _PASSWORD.sub("//…@", value)
    return WrongValue(f"{name}={shown!r} is not allowed: {allowed}. See .env.example.")


def _read(name: str, convert: Callable[[str], int], environ: Mapping[str, str] | None) -> int:
    value = _raw(name, environ)
    try:
        return convert(value)
    except ValueError as error:
        raise _wrong(name, value) from error


def text(name: str, longest: int, environ: Mapping[str, str] | None = None) -> str:
    """Return the value as it stands, of ``longest`` characters at most."""
    value = _raw(name, environ)
    if len(value) > longest:
        raise _wrong(name, value)
    return value


def choice(name: str, allowed: Collection[str], environ: Mapping[str, str] | None = None) -> str:
    """Return a value that is one of ``allowed``."""
    value = _raw(name, environ)
    if value not in allowed:
        raise _wrong(name, value)
    return value


def flag(name: str, environ: Mapping[str, str] | None = None, *, needs: str = "") -> bool:
    """Return a yes/no value; a yes may need that another variable is given."""
    value = _raw(name, environ).lower()
    if value not in {"yes", "no", "1", "0", "true", "false", ""}:
        raise _wrong(name, value)
    is_yes = value in {"yes", "1", "true"}
    if is_yes and needs and not _raw(needs, environ):
        raise _wrong(name, value)
    return is_yes


def number(name: str, low: int, high: int, environ: Mapping[str, str] | None = None) -> int:
    """Return a whole number from ``low`` to ``high``, both included."""
    value = _read(name, int, environ)
    if not low <= value <= high:
        raise _wrong(name, str(value))
    return value


def names(name: str, environ: Mapping[str, str] | None = None) -> list[str]:
    """Return the host names of a comma-separated list."""
    found = [part.strip() for part in _raw(name, environ).split(",") if part.strip()]
    for part in found:
        if not _HOST_NAME.fullmatch(part):
            raise _wrong(name, part)
    return found


def networks(name: str, environ: Mapping[str, str] | None = None) -> list[Network]:
    """Return the networks of a comma-separated list; an address is a network of one."""
    found = []
    for part in (part.strip() for part in _raw(name, environ).split(",")):
        try:
            found += [ipaddress.ip_network(part)] if part else []
        except ValueError as error:
            raise _wrong(name, part) from error
    return found


def words(name: str, environ: Mapping[str, str] | None = None) -> list[str]:
    """Return the words of a comma-separated list, in lower case."""
    found = [part.strip().lower() for part in _raw(name, environ).split(",") if part.strip()]
    for part in found:
        if not (part.isalnum() and 3 <= len(part) <= 30):
            raise _wrong(name, part)
    return found


def role(name: str, environ: Mapping[str, str] | None = None) -> str:
    """Return the name of a role of PostgreSQL that needs no quotes, or nothing."""
    value = _raw(name, environ)
    if not _ROLE.fullmatch(value):
        raise _wrong(name, value)
    return value


def site(name: str, environ: Mapping[str, str] | None = None) -> str:
    """Return scheme and host of a site without a slash at the end, or nothing."""
    value = _raw(name, environ).rstrip("/")
    if value and not _SITE.fullmatch(value):
        raise _wrong(name, value)
    return value


def endpoint(name: str, environ: Mapping[str, str] | None = None) -> Path | tuple[str, int] | None:
    """Return where a service of the site listens: a socket, or address and port; or nothing."""
    value = _raw(name, environ)
    if not value or value.startswith("/"):
        return Path(value) if value else None
    found = _ENDPOINT.fullmatch(value)
    if not found or not 1 <= int(found[3]) <= _LAST_PORT:
        raise _wrong(name, value)
    return found[1] or found[2], int(found[3])


def folder(name: str, environ: Mapping[str, str] | None = None) -> Path:
    """Return an absolute folder that is there; a relative one counts from the project's root."""
    value = _raw(name, environ)
    path = (BASE / value).resolve()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _wrong(name, value) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise _wrong(name, value)
    return path


def database(data: Path, environ: Mapping[str, str] | None = None) -> dict[str, object]:
    """Return Django's settings for the default database (ADR 0006)."""
    url = _raw("DATABASE_URL", environ)
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(data / "study.sqlite3"),
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": LOCK_SECONDS,
                "init_command": (
                    "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
                    "PRAGMA recursive_triggers=ON;PRAGMA cache_size=-16000;"
                ),
            },
        }
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise _wrong("DATABASE_URL", url) from error
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise _wrong("DATABASE_URL", url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "").replace("%2F", "/"),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            # A line that has gone dead is told as a database that is away, not waited for.
            "tcp_user_timeout": 30_000,
            "keepalives_idle": 30,
            "options": f"-c lock_timeout={LOCK_SECONDS}s",
        },
    }
