"""Looking at answers as a browser and as an assessor would."""

import hashlib
import re
from http import HTTPStatus
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.http.response import HttpResponseBase
from lxml import html

from studyapp.web.middleware import HEADERS

LETTERS = re.compile(r"[a-z]+evil")
TOKENS = re.compile(r'(name="csrfmiddlewaretoken" value=|data-token=|nonce=)"[^"]*"')
# Signing in, what was looked up or handed out, and the session itself (security.md, case 53).
WRITTEN_BY_READING = {"audit_entry", "papers_issuedfile", "django_session"}


def body_of(answer: HttpResponseBase) -> bytes:
    """Return the whole body, of a stream too."""
    if answer.streaming:
        # Read to its end, or closing the file would close the database too.
        return b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    return answer.content  # type: ignore[attr-defined, no-any-return]


def is_page(answer: HttpResponseBase) -> bool:
    """Tell whether an answer is a page."""
    return answer.headers.get("Content-Type", "").startswith("text/html")


def markup_in(page: str) -> list[str]:
    """Return what words of people became: elements and attributes that no template writes."""
    found = ["<x-evil"] if "<x-evil" in page else []
    for node in html.fromstring(page or "<p>").iter(html.etree.Element):
        bad = {
            "tag": "evil" in str(node.tag),
            "attribute": any("evil" in name for name in node.attrib),
            "script": node.tag == "script" and "evil" in (node.text or ""),
            "handler": any(name.startswith("on") for name in node.attrib),
            "identity": any("evil" in node.get(name, "") for name in ("id", "name", "for")),
            "htmx": any("evil" in value for name, value in node.attrib.items() if _acts(str(name))),
            "address": any(
                re.match(r"\s*(?:javascript|data|vbscript):", node.get(name, ""), re.IGNORECASE)
                for name in ("href", "action", "formaction")
            ),
        }
        found += [
            f"{kind} of {html.tostring(node)[:80]!r}" for kind, is_bad in bad.items() if is_bad
        ]
    return found


def _acts(name: str) -> bool:
    """Tell whether htmx or the browser does something with an attribute."""
    words = {"hx-confirm", "hx-prompt"}
    return name.startswith(("hx-", "data-hx-")) and name not in words


def missing_headers(answer: HttpResponseBase, path: str) -> list[str]:
    """Return the headers of security.md that an answer lacks or loosens."""
    found = [name for name, value in HEADERS.items() if answer.headers.get(name) != value]
    if not path.startswith(settings.STATIC_URL):
        cache = answer.headers.get("Cache-Control", "")
        found += [] if "no-store" in cache else [f"Cache-Control: {cache}"]
    return found


def shown_in_place(answer: HttpResponseBase) -> list[str]:
    """Return what kind of answer a browser would show although it is neither page nor data."""
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    if kind in {"", "text/html", "application/json"} or answer.status_code != HTTPStatus.OK:
        return []
    if answer.headers.get("Content-Disposition", "").startswith("attachment;"):
        return []
    # The number of an open page, and «ok».
    return [] if kind == "text/plain" and not answer.streaming else [kind]


def steady(page: str) -> str:
    """Return a page without what differs at every request."""
    return TOKENS.sub(r"\1", page)


def fingerprint() -> dict[str, str]:
    """Return a hash of every table that reading a page may not change."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if table not in WRITTEN_BY_READING and not table.startswith("axes_"):
            rows = model._default_manager.order_by("pk").values_list()
            found[table] = hashlib.sha256(repr(list(rows)).encode()).hexdigest()
    return found


def asked(client: Any, method: str, path: str, data: Any = None, **more: Any) -> tuple[Any, bytes]:
    """Ask once and leave the database as it was; return the answer and its body."""
    with transaction.atomic():
        answer = getattr(client, method)(path, data, **more)
        body = body_of(answer)
        transaction.set_rollback(True)
    return answer, body
