"""The floor that `make bench` measures against: session and 60 notes by sqlite3 and f-strings.

A WSGI application of its own, behind the same server with the same options as the product. It
checks nothing and escapes little: it is the least that a page of that kind can cost.
"""

import html
import os
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

SESSION = "SELECT session_data FROM django_session WHERE session_key = ?"
USER = "SELECT id, name FROM accounts_user WHERE username = 'member'"
NOTES = """
    SELECT n.body, n.created_at, u.name FROM meetings_note n JOIN accounts_user u
    ON u.id = n.author_id WHERE n.theme_id = ? AND n.posted_at IS NOT NULL
    ORDER BY n.posted_at DESC LIMIT 60"""

_connection = sqlite3.connect(os.environ["BENCH_DATABASE"], check_same_thread=False)
_theme = int(os.environ["BENCH_THEME"])


def _notes() -> str:
    rows = _connection.execute(NOTES, [_theme]).fetchall()
    return "".join(
        f"<article class='note'><h3>{html.escape(name)}</h3><time>{at[:16]}</time>"
        f"<p>{html.escape(body)}</p></article>"
        for body, at, name in rows
    )


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answer every address with the same page."""
    key = environ.get("HTTP_COOKIE", "").partition("sid=")[2].partition(";")[0]
    _connection.execute(SESSION, [key]).fetchone()
    (_, name) = _connection.execute(USER).fetchone()
    page = f"<!doctype html><title>raw</title><header>{name}</header><main>{_notes()}</main>"
    body = page.encode()
    start("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(body)))])
    return [body]
