"""How fast it is: pages as ratios to a raw page served in the same run, then the busy moments.

Usage: python scripts/bench.py [--rounds N] [--strict] [--only-papers] [--others]

Milliseconds drift from machine to machine and from hour to hour; what counts is the processor
time of a page divided by that of `bench_raw.py`, asked in turn with it: a busy machine does not
change it. The other lines are seconds on a clock and want a quiet machine. With --strict a missed
target is exit code 1. Everything runs on a data folder that is thrown away.
"""

import argparse
import gzip
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

import bench_audit
import bench_data
import bench_papers
import postgres
from bench_data import Page, Scene

ROOT = Path(__file__).resolve().parent.parent
AT_ONCE = 60
NOTES_EACH = 4
WARM = 5  # requests that fill caches before those that count
OK, NOTHING, FOUND = 200, 204, 302
Answer = TypeVar("Answer")
RAW = Page("raw", "/", None)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_LINKED = re.compile(r'(?:href|src)="(/static/[^"#]+)')


@dataclass(frozen=True)
class Line:
    """One row of the result; `most` is the target, None where there is none."""

    what: str
    value: float
    unit: str
    most: float | None
    more: str = ""
    at_least: bool = False

    @property
    def missed(self) -> bool:
        if self.most is None:
            return False
        return self.value < self.most if self.at_least else self.value > self.most

    def __str__(self) -> str:
        word = "at least" if self.at_least else "at most"
        target = "" if self.most is None else f"{word} {self.most:g}"
        mark = "MISSED" if self.missed else "ok" if target else ""
        return (
            f"{self.what:<34} {self.value:>8.1f} {self.unit:<6} {target:<15} {mark:<7}{self.more}"
        )


class Client:
    """One connection that stays open, as a browser's does, with its cookies."""

    def __init__(self, port: int, session: str = "") -> None:
        self.port = port
        self.cookies = {"sid": session} if session else {}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(
        self, path: str, fields: dict[str, str] | None = None, *, by_script: bool = False
    ) -> tuple[int, bytes]:
        """Return status and body; with fields it is a POST, with the CSRF token of the cookie."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if by_script:
            headers["HX-Request"] = "true"
        body = None
        if fields is not None:
            headers |= FORM
            body = urlencode({**fields, "csrfmiddlewaretoken": self.cookies.get("csrf", "")})
        self.connection.request("GET" if body is None else "POST", path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        for header in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, content


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60, help="requests for each page")
    parser.add_argument("--strict", action="store_true", help="a missed target is an error")
    parser.add_argument("--only-papers", action="store_true", help="no pages, no server")
    parser.add_argument("--others", action="store_true", help="papers by other programs too")
    options = parser.parse_args()
    lines: list[Line] = []
    measures = (bench_papers.rows, bench_papers.others) if options.others else (bench_papers.rows,)
    for row in (row for measure in measures for row in measure()):
        lines.append(Line(*row))
        print(lines[-1], flush=True)
    if options.only_papers:
        return _told(lines, strict=options.strict)
    for row in bench_audit.rows():
        lines.append(Line(*row))
        print(lines[-1], flush=True)
    with tempfile.TemporaryDirectory(prefix="studyapp-bench-") as folder:
        environment = _environment(Path(folder))
        _prepare(environment)
        scene = bench_data.fill(Path(folder))
        for measure in (_starting, _pages, _asking, _signing_in, _writing, _parsing):
            for line in measure(environment, scene, options.rounds):
                print(line, flush=True)
                lines.append(line)
    return _told(lines, strict=options.strict)


def _told(lines: list[Line], *, strict: bool) -> int:
    missed = [line.what for line in lines if line.missed]
    print(f"\nMissed: {', '.join(missed)}" if missed else "\nEvery target was met.")
    return int(strict and bool(missed))


def _environment(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STUDYAPP_")}
    return {**kept, "STUDYAPP_DATA": str(data), "DATABASE_URL": "", "HOST": "127.0.0.1"}


def _prepare(environment: dict[str, str]) -> None:
    run = [sys.executable, "manage.py", "prepare", "--demo"]
    subprocess.run(run, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


@contextmanager
def _product(environment: dict[str, str], workers: int = 1) -> Iterator[tuple[int, int]]:
    """Run the server that `make run` runs; yield its port and process id when it answers."""
    port = bench_data.free_port()
    more = {"PORT": str(port), "STUDYAPP_WORKERS": str(workers)}
    command = [sys.executable, "manage.py", "serve", "--demo"]
    with _process(command, {**environment, **more}, port) as number:
        yield port, number


@contextmanager
def _raw(environment: dict[str, str], scene: Scene) -> Iterator[tuple[int, int]]:
    port = bench_data.free_port()
    more = {
        "BENCH_DATABASE": str(Path(environment["STUDYAPP_DATA"]) / "study.sqlite3"),
        "BENCH_THEME": str(scene.theme),
        "PYTHONPATH": str(ROOT / "scripts"),
    }
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "1", "--log-level", "warning", "--no-ws"]
    with _process([*command, "bench_raw:application"], {**environment, **more}, port) as number:
        yield port, number


@contextmanager
def _process(command: list[str], environment: dict[str, str], port: int) -> Iterator[int]:
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                if Client(port).ask("/healthz")[0] == 200:
                    break
            except OSError:
                if time.monotonic() > deadline or server.poll() is not None:
                    raise
            time.sleep(0.02)
        yield server.pid
    finally:
        server.terminate()
        server.wait(timeout=30)


def _starting(environment: dict[str, str], scene: Scene, rounds: int) -> Iterator[Line]:
    """From the command to the first answer, when everything is set up; memory of a worker."""
    del scene, rounds
    times, memory = [], 0.0
    for _ in range(3):
        started = time.monotonic()
        with _product(environment, workers=2) as (_, number):
            times.append(time.monotonic() - started)
            memory = max(bench_data.memory(one) for one in bench_data.children(number))
    yield Line("start, set up", min(times), "s", 3)
    yield Line("memory of an idle worker", memory, "MB", 90)


def _pages(environment: dict[str, str], scene: Scene, rounds: int) -> Iterator[Line]:
    """Each page in turn with the raw one; compared is the processor time that they cost."""
    with (
        _raw(environment, scene) as (raw_port, raw_number),
        _product(environment) as (port, number),
    ):
        raw, client = Client(raw_port, scene.session), Client(port, scene.session)
        for page in (*scene.pages, scene.news):
            status, _ = client.ask(page.path, by_script=page.by_script)
            if status != (NOTHING if page is scene.news else OK):
                raise SystemExit(f"{page.path} answered {status}")
            pairs = []
            for turn in range(WARM + rounds):
                if page.reworded:
                    bench_data.reword(scene.theme, page.reworded, turn)
                pairs.append((_worked(raw_number, raw, RAW), _worked(number, client, page)))
            del pairs[:WARM]
            low, high = (statistics.median(times) * 1000 for times in zip(*pairs, strict=True))
            more = f"{high:.1f} ms, raw {low:.1f} ms of a processor"
            yield Line(page.what, high / low, "x raw", page.most, more)
        yield from _weights(client)


def _worked(server: int, client: Client, page: Page) -> float:
    before = bench_data.work(server)
    client.ask(page.path, by_script=page.by_script)
    return bench_data.work(server) - before


def _asking(environment: dict[str, str], scene: Scene, rounds: int) -> Iterator[Line]:
    """The question of a page that stands open, without the server around it."""
    del environment
    from django.core.handlers.wsgi import WSGIRequest
    from django.test import RequestFactory

    from studyapp.wsgi import application

    environ = RequestFactory().get(scene.news.path, HTTP_HOST="127.0.0.1").environ

    def ask() -> None:
        application.get_response(WSGIRequest(dict(environ))).close()

    for _ in range(WARM):
        ask()
    before = time.process_time()
    for _ in range(rounds * 10):
        ask()
    spent = (time.process_time() - before) / (rounds * 10)
    yield Line("nothing new, in process", spent * 1000, "ms", 0.3)


def _weights(client: Client) -> Iterator[Line]:
    """What travels for the first page and, once the static files are there, for the next."""
    body = client.ask("/")[1]
    html = len(gzip.compress(body, 6))
    linked = set(_LINKED.findall(body.decode()))
    rest = sum(len(gzip.compress(client.ask(path)[1], 6)) for path in linked)
    yield Line("first page, compressed", (html + rest) / 1024, "KB", 60)
    yield Line("next page, compressed", html / 1024, "KB", 15)


def _signing_in(environment: dict[str, str], scene: Scene, rounds: int) -> Iterator[Line]:
    """Everybody at nine o'clock, while somebody reads."""
    del rounds
    fields = {"username": "member", "password": scene.password}
    with _product(environment, workers=2) as (port, _):
        clients = [Client(port) for _ in range(AT_ONCE)]
        for client in clients:
            client.ask("/login/")
        reader = Client(port, scene.session)
        waits: list[float] = []
        done = threading.Event()

        def read() -> None:
            while not done.is_set():
                waits.append(_timed(partial(reader.ask, scene.pages[0].path)))

        thread = threading.Thread(target=read)
        thread.start()
        outcome, seconds = _at_once(lambda client: [client.ask("/login/", fields)[0]], clients)
        done.set()
        thread.join()
    yield Line(f"{AT_ONCE} sign-ins at once", seconds, "s", 2)
    yield Line("  of them refused", sum(status != FOUND for status in outcome), "", 0)
    yield Line("  another page meanwhile, worst", max(waits) * 1000, "ms", 1000)


def _writing(environment: dict[str, str], scene: Scene, rounds: int) -> Iterator[Line]:
    """Sixty people post notes at once, each several; on PostgreSQL too, where it is installed."""
    del rounds
    rate, errors, slow = _posting(environment, scene.session, scene.note_form, scene.note_fields)
    yield Line(f"{AT_ONCE} writers, notes a second", rate, "/s", 150, at_least=True)
    yield Line("  errors", errors, "", 0)
    yield Line("  p99", slow * 1000, "ms", 1000)
    programs = postgres.programs()
    if programs is None:
        return
    safe = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    with (
        postgres.cluster(programs, **safe) as cluster,
        tempfile.TemporaryDirectory(prefix="studyapp-bench-") as folder,
    ):
        other = {**environment, "STUDYAPP_DATA": folder, "DATABASE_URL": cluster.url}
        _prepare(other)
        command = [sys.executable, "scripts/bench_data.py", folder, cluster.url]
        filled = subprocess.run(command, check=True, cwd=ROOT, env=other, stdout=subprocess.PIPE)
        there = json.loads(filled.stdout)
        more = (there["session"], there["note_form"], there["note_fields"])
        rate_there, errors, slow = _posting(other, *more)
    told = f"{rate_there:.0f} notes a second"
    yield Line("  on PostgreSQL", rate_there / rate, "x that", 0.8, told, at_least=True)
    yield Line("  errors", errors, "", 0)
    yield Line("  p99", slow * 1000, "ms", 1000)


def _posting(
    environment: dict[str, str], session: str, form: str, fields: dict[str, str]
) -> tuple[float, int, float]:
    """Return notes a second, how many were not stored, and the 99th percentile in seconds."""

    def write(client: Client) -> list[tuple[int, float]]:
        found = []
        for _ in range(NOTES_EACH):
            started = time.perf_counter()
            status, _body = client.ask(form, fields)
            found.append((status, time.perf_counter() - started))
        return found

    with _product(environment, workers=4) as (port, _):
        clients = [Client(port, session) for _ in range(AT_ONCE)]
        for client in clients:
            client.ask(form)
        answers, seconds = _at_once(write, clients)
    waits = sorted(wait for _, wait in answers)
    refused = sum(status != FOUND for status, _ in answers)
    return len(answers) / seconds, refused, waits[int(len(waits) * 0.99)]


def _parsing(environment: dict[str, str], scene: Scene, rounds: int) -> Iterator[Line]:
    del environment, rounds
    from studyapp.speeches.parsing import parse

    times = [_timed(partial(parse, scene.text)) for _ in range(15)]
    yield Line("parse 10,000 characters", statistics.median(times) * 1000, "ms", 20)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _at_once(
    work: Callable[[Client], list[Answer]], clients: list[Client]
) -> tuple[list[Answer], float]:
    """Let every client do ``work`` in a thread of its own; return all answers and the seconds."""
    started = time.perf_counter()
    with ThreadPoolExecutor(len(clients)) as pool:
        answers = [one for found in pool.map(work, clients) for one in found]
    return answers, time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
