"""deploy/nginx.conf as it is delivered, in a real nginx in front of the real server."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPMessage, HTTPResponse, parse_headers
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from studyapp.web.middleware import HEADERS
from tests.faults.database import Database
from tests.faults.server import PASSWORD, ROOT, Client, Site, free_port

# The front server does not know which database stands behind it.
pytestmark = [pytest.mark.faults, pytest.mark.sqlite]
NAME = "study.example"
SOMEBODY = "127.0.0.2"  # the address that asks; the front server itself is 127.0.0.1
CLAIMS = (
    "X-Forwarded-For: 6.6.6.6\r\nX_Forwarded_For: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n"
    "X-Real-IP: 6.6.6.6\r\nX-Forwarded-Host: evil.example\r\nX-SSL-Client-DN: CN=sysadmin\r\n"
    "X-SSL-Client-Verify: SUCCESS\r\nRemote-User: sysadmin\r\n"
)


# On what nginx answers by itself: plain words, which load nothing and stand in no frame.
OWN_HEADERS = {
    **{name: [value] for name, value in HEADERS.items()},
    "Content-Security-Policy": ["default-src 'none'; frame-ancestors 'none'"],
    "Strict-Transport-Security": ["max-age=31536000; includeSubDomains; preload"],
    "Cache-Control": ["no-store"],
}


class Behind(Site):
    """The product as the units start it: https, one front server."""

    def environment(self) -> dict[str, str]:
        return {
            **super().environment(),
            "STUDYAPP_HTTPS": "yes",
            "STUDYAPP_HOSTS": NAME,
            "STUDYAPP_PROXIES": "127.0.0.1",
        }

    def health(self) -> int:
        with closing(Client(self.port)) as client:
            return client.ask("/healthz", X_Forwarded_Proto="https")[0]


@dataclass
class Answer:
    status: int
    headers: HTTPMessage
    body: str


@dataclass
class Front:
    """A running nginx: where it listens, whom its clients trust, what it wrote down."""

    plain: int
    secure: int
    trusted: ssl.SSLContext
    log: Path
    command: list[str]

    def connected(self) -> ssl.SSLSocket:
        raw = socket.create_connection(("127.0.0.1", self.secure), 20, (SOMEBODY, 0))
        return self.trusted.wrap_socket(raw, server_hostname=NAME)

    def ask(self, lines: str, body: bytes = b"", host: str = NAME) -> Answer | None:
        """Send a request line with its headers; None where the connection ends unanswered."""
        with self.connected() as connection:
            head = f"{lines.rstrip()}\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            # Who is refused by the length that is announced is not listened to any more.
            with suppress(OSError):
                connection.sendall(head.encode() + body)
            return read(connection)


def read(connection: socket.socket) -> Answer | None:
    answer = HTTPResponse(connection)
    try:
        answer.begin()
    except (ConnectionError, ssl.SSLError):
        return None
    return Answer(answer.status, answer.headers, answer.read().decode())


def found(pattern: str, words: str) -> str:
    match = re.search(pattern, words)
    assert match, f"no {pattern} in {words}"
    return match[0]


def own_headers(answer: Answer) -> dict[str, list[str] | None]:
    return {name: answer.headers.get_all(name) for name in OWN_HEADERS}


def certify(folder: Path) -> None:
    """Write key and certificate of the site, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, SHA256())
    )
    (folder / "site.crt").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "site.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )


def fitted(text: str, folder: Path, plain: int, secure: int, behind: int) -> str:
    """Put ports and paths of this machine into the delivered file, and nothing else."""
    for old, new in (
        (r"listen (\[::\]:)?80\b", rf"listen \g<1>{plain}"),
        (r"listen (\[::\]:)?443\b", rf"listen \g<1>{secure}"),
        (r"/etc/studyapp/tls", str(folder)),
        (r"127\.0\.0\.1:8000", f"127.0.0.1:{behind}"),
        (r"syslog:server=unix:/dev/log,tag=studyapp_nginx,nohostname", f"{folder}/nginx.log"),
    ):
        text, count = re.subn(old, new, text)
        assert count, f"deploy/nginx.conf has no {old}"
    if not Path("/proc/net/if_inet6").exists():
        text = re.sub(r"listen \[::\].*", "", text)
    return text


@contextmanager
def nginx(folder: Path, behind: int) -> Iterator[Front]:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    certify(folder)
    plain, secure = free_port(), free_port()
    delivered = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    (folder / "site.conf").write_text(
        fitted(delivered, folder, plain, secure, behind), encoding="utf-8"
    )
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    (folder / "nginx.conf").write_text(
        ("user root;\n" if os.geteuid() == 0 else "")
        + f"pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{}}\nhttp {{\n"
        + "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
        + f"include {folder}/site.conf;\n}}\n",
        encoding="utf-8",
    )
    command = [
        program,
        "-p",
        str(folder),
        "-e",
        f"{folder}/error.log",
        "-c",
        f"{folder}/nginx.conf",
    ]
    trusted = ssl.create_default_context(cafile=str(folder / "site.crt"))
    running = subprocess.Popen([*command, "-g", "daemon off;"], stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(200):
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", secure), 1).close()
                break
            assert running.poll() is None, running.stderr.read()
            time.sleep(0.02)
        yield Front(plain, secure, trusted, folder / "nginx.log", command)
    finally:
        running.terminate()
        running.communicate(timeout=20)


@pytest.fixture(scope="module")
def site(built: Site) -> Iterator[Site]:
    with Behind(built.data, workers=1).running() as behind:
        yield behind


@pytest.fixture(scope="module")
def front(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with nginx(tmp_path_factory.mktemp("nginx"), site.port) as running:
        yield running


def test_nginx_understands_every_line_of_the_delivered_file(front: Front) -> None:
    tried = subprocess.run([*front.command, "-t"], check=False, capture_output=True, text=True)
    assert tried.returncode == 0, tried.stderr
    assert "warn" not in tried.stderr


@pytest.mark.attack(19)
def test_what_a_client_says_of_itself_does_not_come_through(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as product,
        nginx(tmp_path, product.getsockname()[1]) as front,
        front.connected() as client,
    ):
        client.sendall(f"GET /x HTTP/1.1\r\nHost: {NAME}\r\n{CLAIMS}\r\n".encode())
        passed_on, _ = product.accept()
        with passed_on:
            words = passed_on.recv(65536).decode().partition("\r\n\r\n")[0].lower()
    assert [bad for bad in ("6.6.6.6", "evil", "sysadmin", "success") if bad in words] == []
    lines = words.splitlines()
    assert {"x-forwarded-for: 127.0.0.2", "x-forwarded-proto: https", f"host: {NAME}"} <= {*lines}
    assert "forwarded_for" not in words


@pytest.mark.attack(19)
def test_the_log_names_the_address_that_asked(front: Front, database: Database) -> None:
    page = front.ask(f"GET /login/ HTTP/1.1\r\n{CLAIMS}")
    cookie = found(r"__Host-csrf=[^;]+", page.headers["Set-Cookie"])
    form = f"username=member&password={PASSWORD}&csrfmiddlewaretoken={cookie.split('=', 1)[1]}"
    signed_in = front.ask(
        f"POST /login/ HTTP/1.1\r\n{CLAIMS}Cookie: {cookie}\r\nReferer: https://{NAME}/login/\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}",
        form.encode(),
    )
    assert signed_in.status == 302, signed_in.body
    newest = database.rows("SELECT terminal FROM audit_entry ORDER BY seq DESC LIMIT 1")
    assert newest == [(SOMEBODY,)]


@pytest.mark.attack(21)
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", f"evil.{NAME}", ""])
def test_another_name_gets_no_answer(front: Front, host: str) -> None:
    answer = front.ask("GET /login/ HTTP/1.1", host=host)
    assert answer is None or (answer.status, host) == (400, "")
    with socket.create_connection(("127.0.0.1", front.plain), 20) as plain:
        plain.sendall(f"GET / HTTP/1.1\r\nHost: {host or 'x'}\r\n\r\n".encode())
        assert read(plain) is None


def test_plain_http_leads_to_the_same_page_by_https(front: Front) -> None:
    with socket.create_connection(("127.0.0.1", front.plain), 20) as plain:
        plain.sendall(f"GET /login/?a=1 HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        answer = read(plain)
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{NAME}/login/?a=1")


@pytest.mark.attack(46)
def test_what_is_too_large_is_refused_in_words_before_it_is_sent(front: Front) -> None:
    answer = front.ask(f"POST /login/ HTTP/1.1\r\nContent-Length: {26 * 1024**2}", b"x" * 100_000)
    assert answer.status == 413
    assert "最多 20 MB" in answer.body
    assert own_headers(answer) == OWN_HEADERS


def test_pages_and_static_files_carry_every_header_once(front: Front) -> None:
    page = front.ask("GET /login/ HTTP/1.1")
    path = found(r"/static/[^\"]+\.css", page.body)
    for answer in (page, front.ask(f"GET {path} HTTP/1.1")):
        assert answer.status == 200
        assert {name: answer.headers.get_all(name) for name in HEADERS} == {
            name: [value] for name, value in HEADERS.items()
        }
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert answer.headers["Server"] == "nginx"


def test_who_sends_by_drops_keeps_nobody_waiting(front: Front) -> None:
    """A hundred forms that do not come to their end, and one worker with one thread behind."""
    with ExitStack() as stack:
        for _ in range(100):
            slow = stack.enter_context(front.connected())
            slow.sendall(
                f"POST /login/ HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 9000\r\n\r\nx".encode()
            )
        began = time.monotonic()
        assert front.ask("GET /login/ HTTP/1.1").status == 200
        assert time.monotonic() - began < 3


def test_its_own_log_holds_no_question_and_no_address_that_opens_by_itself(front: Front) -> None:
    front.ask("GET /people/?q=somebody HTTP/1.1")
    front.ask("GET /screen/opens-by-itself/ HTTP/1.1")
    lines = front.log.read_text(encoding="utf-8")
    assert '"GET /screen/"' in lines
    assert [word for word in ("somebody", "opens-by-itself", "?") if word in lines] == []


def test_while_the_product_is_away_people_are_told(tmp_path: Path) -> None:
    with nginx(tmp_path, free_port()) as front:
        answer = front.ask("GET /people/?q=somebody HTTP/1.1")
    # Nor does what nginx says of its own trouble hold the question.
    lines = front.log.read_text(encoding="utf-8")
    assert ('"GET /people/" 503' in lines, "somebody" in lines) == (True, False)
    assert (answer.status, "正在启动或维护" in answer.body) == (503, True)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert own_headers(answer) == OWN_HEADERS


def test_who_comes_too_often_is_told(tmp_path: Path) -> None:
    with nginx(tmp_path, free_port()) as front, front.connected() as client:
        # In one go: all of them before the rate gives room again.
        asked = f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode()
        client.sendall(asked * 600)
        with client.makefile("rb") as answers:
            while b" 429 " not in answers.readline():
                answers.read(int(parse_headers(answers)["Content-Length"]))
            headers = parse_headers(answers)
            answer = Answer(429, headers, answers.read(int(headers["Content-Length"])).decode())
    assert "这个地址一下子来得太多" in answer.body
    assert own_headers(answer) == OWN_HEADERS
