"""The real server as a process that can be killed, and clients that know what they were told."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "Demo-Study-2026"
BROKEN = (OSError, http.client.HTTPException)
STARTS_WITHIN = 60  # seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Site:
    """One installation: its data folder, its database, and the server on it while that runs.

    ``prefix`` is a program that starts the server (to take a right away from it), ``settings`` a
    module of settings for the test alone.
    """

    data: Path
    database_url: str = ""
    workers: int = 2
    prefix: tuple[str, ...] = ()
    settings: str = "studyapp.settings"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name[:9] != "STUDYAPP_"}
        return {
            **kept,
            "STUDYAPP_DATA": str(self.data),
            "STUDYAPP_WORKERS": str(self.workers),
            "DATABASE_URL": self.database_url,
            "DJANGO_SETTINGS_MODULE": self.settings,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "PYTHONUTF8": "1",
        }

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            check=False,
            timeout=120,
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
        )

    def start(self, health: int = 200) -> float:
        """Start the server; return the seconds until /healthz said ``health``."""
        began = time.monotonic()
        with (self.data / "server.log").open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [*self.prefix, sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=self.environment(),
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.until(health)
        return time.monotonic() - began

    @contextmanager
    def running(self) -> Iterator["Site"]:
        """Start the server and see to it that it is gone afterwards, whatever happens to it."""
        try:
            self.start()
            yield self
        finally:
            self.stop()

    def until(self, status: int, within: float = STARTS_WITHIN) -> None:
        """Wait until /healthz says so."""
        deadline, last = time.monotonic() + within, 0
        while last != status:
            assert time.monotonic() < deadline, f"/healthz: {last or 'no answer'}\n{self.log()}"
            assert self.process is not None
            assert self.process.poll() is None, self.log()
            with suppress(*BROKEN):
                last = self.health()
            if last != status:
                time.sleep(0.05)

    def health(self) -> int:
        with closing(Client(self.port)) as client:
            return client.ask("/healthz")[0]

    def log(self) -> str:
        return (self.data / "server.log").read_text(encoding="utf-8")[-3000:]

    def worker_pids(self) -> list[int]:
        """Return the process ids of those who answer."""
        assert self.process is not None
        return worker_pids(self.process.pid)

    def kill(self) -> None:
        """Kill master and workers at once, as a power cut would: nobody gets to say good-bye."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=20)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)
        if self.process is not None:
            # A worker that the master left behind goes too.
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


def worker_pids(master: int) -> list[int]:
    """Return the processes that a server has made to answer; none before it is one."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii")
    return [
        int(pid)
        for pid in children.split()
        if b"studyapp.server" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


class Client:
    """One browser: a connection that stays open, its cookies, and the token that goes with them."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=40)
        self.headers = http.client.HTTPMessage()

    def ask(
        self, path: str, fields: dict[str, str] | None = None, **headers: str
    ) -> tuple[int, str]:
        """Return status and body; with fields it is a POST. ``X_Saving`` is the header X-Saving."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        body = None
        if fields is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode({**fields, "csrfmiddlewaretoken": self.cookies.get("csrf", "")})
        return self._ask("GET" if body is None else "POST", path, body, sent)

    def upload(self, path: str, name: str, data: bytes, **fields: str) -> tuple[int, str]:
        """Post a form with a file; what was typed stands behind it."""
        part = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n'
        file = part.format("file", f'; filename="{name}"').encode() + data
        typed = {"csrfmiddlewaretoken": self.cookies["csrf"], **fields}
        texts = [(part.format(key, "") + value).encode() for key, value in typed.items()]
        body = b"\r\n".join([file, *texts, b"--x--\r\n"])
        return self._ask("POST", path, body, {"Content-Type": "multipart/form-data; boundary=x"})

    def _ask(
        self, method: str, path: str, body: str | bytes | None, sent: dict[str, str]
    ) -> tuple[int, str]:
        sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            self.connection.request(method, path, body, sent)
            answer = self.connection.getresponse()
            content = answer.read().decode("utf-8")
        except BROKEN:
            self.connection.close()
            raise
        self.headers = answer.headers
        for header in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, content

    def close(self) -> None:
        self.connection.close()

    def sign_in(self, username: str) -> "Client":
        self.ask("/login/")
        status, page = self.ask("/login/", {"username": username, "password": PASSWORD})
        assert status == 302, page
        return self
