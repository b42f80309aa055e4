"""Every page is reached by links, opens, and changes nothing when it is looked at."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from studyapp.accounts.models import User
from studyapp.dashboards.demo.build import build
from studyapp.dashboards.demo.bureau import ACCOUNTS
from tests.crawl import Answer, Visit, crawl, links, methods, routes_to_open

pytestmark = pytest.mark.django_db
# Signing in, what was handed out, and the session itself (security.md, case 53).
ALLOWED = ("audit_entry", "papers_issuedfile", "django_session")
# Reached by no link, each for a reason.
UNLINKED = {
    "upkeep:healthz": "for monitoring",
    "upkeep:readyz": "for the server in front",
    "accounts:sign_in": "for those who are not signed in",
    "accounts:code": "between the two steps of a sign-in",
    "accounts:again": "asked before files of other branches are handed out",
    "meetings:scan": "the code on the screen leads there",
    "meetings:claim": "a scan leads there",
    "jobs:progress": "asked by the page of a job",
    "saving:held": "reached after signing in again, when a form came too late",
}
_WRITE = re.compile(r'^\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(\w+)')


@pytest.fixture(scope="module", autouse=True)
def _demo(built_once: None) -> None:
    """Build the demo once for all tests here, around the transaction of each."""
    build(at=timezone.now())


@contextmanager
def writes() -> Iterator[list[str]]:
    """Collect the tables that are written to meanwhile."""
    found: list[str] = []

    def watch(
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: Any,
        context: Any,
    ) -> Any:
        match = _WRITE.match(sql)
        if match and match.group(1) not in ALLOWED:
            found.append(match.group(1))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield found


def walk_as(username: str, written: dict[str, list[str]]) -> list[Visit]:
    """Follow every link as ``username``; note which page wrote where."""
    client = Client()
    user = User.objects.get(username=username)
    client.force_login(user, backend="studyapp.accounts.backends.NameBackend")

    def fetch(path: str) -> Answer:
        with writes() as tables:
            answer = client.get(path, follow=True)
            content = b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]
        if tables:
            written[f"{username} {path}"] = tables
        kind = answer.headers.get("Content-Type", "")
        is_page = kind.startswith("text/html")
        return Answer(answer.status_code, kind, content.decode() if is_page else "")

    return crawl(fetch)


@pytest.mark.attack(53)
def test_every_page_is_reached_by_links_and_looking_changes_nothing() -> None:
    written: dict[str, list[str]] = {}
    visits = {username: walk_as(username, written) for username, _ in ACCOUNTS}
    broken = {
        f"{username} {visit.path}": visit.answer.status
        for username, made in visits.items()
        for visit in made
        if visit.answer.status != 200
    }
    reached = {visit.route for made in visits.values() for visit in made}
    assert written == {}
    assert broken == {}
    assert routes_to_open() - reached == set(UNLINKED)


def test_the_watch_sees_a_write_and_no_read() -> None:
    user = User.objects.get(username="member")
    with writes() as found:
        list(User.objects.all())
    assert found == []
    with writes() as found:
        user.save(update_fields=["name"])
    assert found == ["accounts_user"]


def test_links_are_those_of_this_site() -> None:
    page = (
        '<a href="/a/?x=1&amp;y=2#t3">a</a><a href="?page=2">b</a><link href="/static/x.css">'
        '<div hx-get="/c/"></div><a href="https://elsewhere.example/">d</a>'
    )
    assert links(page, "/here/") == ["/a/?x=1&y=2", "/here/?page=2", "/c/"]


def test_methods_are_read_from_the_decorator() -> None:
    def page(request: object) -> HttpResponse:
        return HttpResponse()

    assert methods(require_GET(page)) == {"GET"}
    assert methods(require_POST(page)) == {"POST"}
    assert methods(page) == set()
