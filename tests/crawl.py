"""Walking the site by its own links, as a person does: what no list can forget."""

import html
import inspect
import re
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, get_resolver, resolve

from studyapp.access.checks import walk

_LINK = re.compile(r'\s(?:href|hx-get|data-news|data-parts)="([^"#]*)')
# Rows of one kind look alike; meetings and records differ by their state.
_EACH = 4
_MANY = {"meetings:detail": 40, "minutes:detail": 20, "meetings:sheet": 10, "meetings:roll": 10}
_FILES = 2


@dataclass(frozen=True)
class Answer:
    """What came back for a path."""

    status: int
    kind: str
    text: str

    @property
    def is_page(self) -> bool:
        return self.kind.startswith("text/html")


@dataclass(frozen=True)
class Visit:
    """A path that somebody followed a link to, the name of its route, and the answer."""

    path: str
    route: str
    answer: Answer


def route_of(path: str) -> str:
    """Return the name of the route that a path leads to, or an empty string."""
    try:
        return resolve(urlsplit(path).path).view_name
    except Resolver404:
        return ""


def links(page: str, base: str) -> list[str]:
    """Return the addresses on this site that a page leads to, without static files."""
    found = (urljoin(base, html.unescape(address)) for address in _LINK.findall(page))
    return [path for path in found if path.startswith("/") and not path.startswith("/static/")]


def crawl(fetch: Callable[[str], Answer], *, each: int = _EACH) -> list[Visit]:
    """Follow every link from the start page, ``each`` of most routes, asking as one person."""
    waiting, seen, count = deque(["/"]), {"/"}, Counter[str]()
    visits: list[Visit] = []
    files: set[str] = set()
    while waiting:
        path = waiting.popleft()
        route = route_of(path)
        if count[route] >= (_FILES if route in files else _MANY.get(route, each)):
            continue
        count[route] += 1
        answer = fetch(path)
        visits.append(Visit(path, route, answer))
        if not answer.is_page:
            files.add(route)
            continue
        for link in links(answer.text, path):
            if link not in seen:
                seen.add(link)
                waiting.append(link)
    return visits


def methods(view: Any) -> set[str]:
    """Return the methods that a view's own decorator allows."""
    while view is not None:
        found = inspect.getclosurevars(view).nonlocals.get("request_method_list")
        if found:
            return set(found)
        view = getattr(view, "__wrapped__", None)
    return set()


def routes_to_open() -> set[str]:
    """Return the names of all routes that somebody can open as a page or a file."""
    every = walk(get_resolver().url_patterns)
    return {name for _, name, view in every if methods(view) & {"GET", "HEAD"}}
