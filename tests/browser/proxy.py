"""A small real proxy between the browser and the server, to break the line in the ways lines break."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PAGE = "<!DOCTYPE html><title>上网认证</title><p>请先登录单位网络。</p>".encode()


class Line:
    """The line: ``mode`` is pass, page (answers 200 with HTML), cut (hangs up) or deaf.

    A deaf line brings the request to the server and loses the answer.
    """

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.mode = "pass"
        self.address = ""


def _handler(line: Line) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if line.mode == "cut":
                self.close_connection = True
                self.connection.close()
                return
            if line.mode == "page":
                self._send(200, [("Content-Type", "text/html; charset=utf-8")], PAGE)
                return
            with closing(http.client.HTTPConnection(line.target, timeout=20)) as upstream:
                upstream.request(self.command, self.path, body or None, dict(self.headers.items()))
                answer = upstream.getresponse()
                content = answer.read()
            if line.mode == "deaf":
                self.close_connection = True
                self.connection.close()
                return
            dropped = {"content-length", "transfer-encoding", "connection"}
            kept = [(n, v) for n, v in answer.getheaders() if n.lower() not in dropped]
            self._send(answer.status, kept, content)

        do_POST = do_GET  # noqa: N815 -- the names that http.server looks for

        def _send(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            # A page that was left no longer listens: the browser hung up, and nobody is missed.
            with suppress(BrokenPipeError, ConnectionResetError):
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the test's output quiet."""

    return Handler


@contextmanager
def line_to(target: str) -> Iterator[Line]:
    """Yield a line to ``target`` that listens on an address of its own."""
    line = Line(target)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(line))
    line.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield line
    finally:
        server.shutdown()
        server.server_close()
