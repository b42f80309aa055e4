"""A private PostgreSQL cluster that lives as long as a `with` block, for tests and nothing else."""

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROLE = "studyapp"
# A cluster that is thrown away needs speed, not survival.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
}


def programs() -> Path | None:
    """Return the folder with initdb and its friends, the newest version first; None without."""
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    by_version = sorted(folders, key=lambda folder: float(folder.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    candidates = [*by_version, *([Path(on_path).resolve().parent] if on_path else [])]
    needed = ("initdb", "pg_ctl", "psql")
    return next((one for one in candidates if all((one / name).exists() for name in needed)), None)


@dataclass(frozen=True)
class Cluster:
    """A running cluster of one's own: its address, and its server to stop and to start again.

    ``owner`` is a superuser's address; ``uid`` whom the server runs as.
    """

    url: str
    owner: str
    uid: int
    start: Callable[[], None]
    stop: Callable[[], None]


@contextlib.contextmanager
def cluster(bin_folder: Path, **settings: str) -> Iterator[Cluster]:
    """Start a cluster on a free port of 127.0.0.1 and yield it; remove it all afterwards.

    ``settings`` go over those above.
    """
    owner = _owner()
    folder = Path(tempfile.mkdtemp(prefix="studyapp-postgres-"))
    password = secrets.token_urlsafe(16)
    password_file = folder / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password, encoding="utf-8")
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        os.chown(password_file, owner.pw_uid, owner.pw_gid)
    port = _free_port()
    data = str(folder / "data")

    def run(program: str, *arguments: str, stdin: str = "") -> None:
        _run(bin_folder / program, arguments, owner, stdin, password, folder)

    def start() -> None:
        options = " ".join(f"-c {name}='{value}'" for name, value in (SETTINGS | settings).items())
        run("pg_ctl", "start", "--wait", "--silent", f"--pgdata={data}",
            f"--log={folder / 'log'}", f"--options=-p {port} {options}")  # fmt: skip

    def stop() -> None:
        run("pg_ctl", "stop", "--silent", "--mode=immediate", f"--pgdata={data}")

    try:
        run("initdb", "--pgdata", data, "--username=owner", "--auth=scram-sha-256",
            f"--pwfile={password_file}", "--encoding=UTF8", "--no-locale", "--no-sync")  # fmt: skip
        start()
        # No superuser: what the application needs must work with what an office grants it.
        # The password is of our own making and holds no quote.
        statement = (
            f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}';"
            f"CREATE DATABASE {ROLE} OWNER {ROLE};"
            # The program's own role, where a site has two (docs/postgresql-roles.sql).
            f"CREATE ROLE study_app LOGIN CREATEDB PASSWORD '{password}';"
            f"GRANT study_app TO {ROLE};"
            # The same for a site that lets it make no databases.
            f"CREATE ROLE study_app_only LOGIN PASSWORD '{password}' IN ROLE study_app;"
        )
        run("psql", "--quiet", "--no-psqlrc", f"--port={port}", "--host=127.0.0.1",
            "--username=owner", "--set=ON_ERROR_STOP=1", "postgres", stdin=statement)  # fmt: skip
        at = f"{password}@127.0.0.1:{port}"
        yield Cluster(
            f"postgres://{ROLE}:{at}/{ROLE}",
            f"postgres://owner:{at}/postgres",
            owner.pw_uid if owner else os.geteuid(),
            start,
            stop,
        )
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            stop()
        shutil.rmtree(folder, ignore_errors=True)


def _owner() -> pwd.struct_passwd | None:
    """Return whom to run as: PostgreSQL refuses root. None means as oneself."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("PostgreSQL does not run as root, and there is no user postgres or nobody.")


def _run(
    program: Path,
    arguments: tuple[str, ...],
    owner: pwd.struct_passwd | None,
    stdin: str,
    password: str,
    folder: Path,
) -> None:
    # A session of its own: Ctrl-C reaches this script alone, which then stops the server.
    # Output goes to a file, because the server would keep a pipe open for as long as it lives.
    with (folder / "output").open("w+", encoding="utf-8") as output:
        outcome = subprocess.run(
            [str(program), *arguments],
            check=False,
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C", "PGPASSWORD": password},
            input=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
        )
        output.seek(0)
        if outcome.returncode != 0:
            log = folder / "log"
            words = output.read() + (log.read_text(errors="replace") if log.exists() else "")
            raise RuntimeError(f"{program.name} failed: {words.strip()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
