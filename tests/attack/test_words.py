"""Whatever people type stays words: on every page, and in every form that comes back."""

import html as html_module
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

import pytest
from django.db import connection
from django.http.response import HttpResponseBase
from lxml import html

from studyapp.text.cleaning import clean
from tests.access.test_matrix import ADDRESSES
from tests.attack.pages import (
    asked,
    body_of,
    fingerprint,
    is_page,
    markup_in,
    missing_headers,
    shown_in_place,
)
from tests.attack.planted import LONG, SHORT, Planted
from tests.crawl import methods
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
# A source is kept byte for byte; a form that came too late waits as it was sent; counters of
# failures and sessions are read by nobody.
AS_IT_CAME = "speeches_version|saving_heldpost|django_session|axes_"
# Controls, bidi, zero width: what clean() drops, inside words that it keeps.
UNCLEAN = "甲\x00\x1f乙\u202e丙\u2066\u200b\ufeff丁"


def test_every_text_of_the_site_holds_an_attack(planted: Planted) -> None:
    assert [column for column, number in planted.columns.items() if not number] == []
    assert len(planted.columns) > 60


@pytest.mark.attack(25, 26, 27, 30, 35, 53)
def test_on_every_page_they_stay_words_and_looking_changes_and_fetches_nothing(
    planted: Planted, offline: None
) -> None:
    before = fingerprint()
    shown, wrong = 0, {}
    for who, name, path in planted.addresses():
        if not methods(ADDRESSES[name][1]) & {"GET", "HEAD"}:
            continue
        answer = planted.client(who).get(path)
        body = body_of(answer)
        found = missing_headers(answer, path) + shown_in_place(answer)
        if is_page(answer):
            page = body.decode()
            found += markup_in(page)
            shown += html_module.escape(SHORT)[:-14] in page and "{{7*7}}" in page
        if found or answer.status_code >= 500:
            wrong[f"{who} {path}"] = [answer.status_code, *found]
    assert wrong == {}
    assert shown > 100
    after = fingerprint()
    assert [table for table in before if before[table] != after[table]] == []


def filled(form: Any, words: Callable[[str], str], *, hidden: str = "") -> dict[str, Any]:
    """Return what somebody sends who types ``words`` wherever the form lets them type.

    With ``hidden`` they change what the page hides, too.
    """
    data: dict[str, Any] = {}
    for node in form.iter("input", "textarea", "select"):
        name, kind = node.get("name"), node.get("type", "text")
        if not name or kind in {"submit", "button", "file", "image"}:
            continue
        if node.tag == "textarea" or (node.tag == "input" and kind in {"text", "search"}):
            given = node.get("value", "") if node.tag == "input" else (node.text or "")
            data.setdefault(name, words(node.get("maxlength") or given))
        elif node.tag == "select":
            options = [one.get("value", "") for one in node.iter("option")]
            chosen = [
                one.get("value", "") for one in node.iter("option") if "selected" in one.attrib
            ]
            data.setdefault(name, (chosen or [one for one in options if one] or [""])[0])
        elif kind == "password":
            data[name] = PASSWORD
        elif kind in {"radio", "checkbox"}:
            if "checked" in node.attrib or name not in data:
                data[name] = node.get("value", "on")
        else:
            if hidden and kind == "hidden" and name != "csrfmiddlewaretoken":
                data[name] = hidden
            blank = {"date": "2026-11-20", "time": "10:00", "datetime-local": "2026-11-20T10:00"}
            data.setdefault(name, node.get("value") or blank.get(kind, "1"))
    return data


@pytest.fixture(scope="module")
def forms(planted: Planted) -> list[tuple[str, str, Any]]:
    """Return who finds each form of the site where: one of each address."""
    found: dict[str, tuple[str, str, Any]] = {}
    for who, name, path in planted.addresses():
        if not methods(ADDRESSES[name][1]) & {"GET", "HEAD"}:
            continue
        answer, body = asked(planted.client(who), "get", path)
        if not is_page(answer) or answer.status_code != 200:
            continue
        for form in html.fromstring(body.decode()).iter("form"):
            target = urljoin(path, form.get("action") or path)
            kind = re.sub(r"\d+", "0", target.split("?")[0])
            if form.get("method", "get").lower() == "post" and kind != "/logout/":
                keys = ",".join(sorted(filter(None, (one.get("name") for one in form.iter()))))
                found.setdefault(kind + re.sub(r"\d+", "0", keys), (who, target, form))
    return list(found.values())


@contextmanager
def written() -> Iterator[list[str]]:
    """Yield the texts that are written to the database meanwhile."""
    stored: list[str] = []

    def watch(execute: Any, sql: str, params: Any, *more: Any) -> Any:
        if re.match(rf'\s*(?:INSERT INTO|UPDATE) "(?!{AS_IT_CAME})', sql):
            rows = params if more and more[0] else [params]
            stored.extend(value for row in rows for value in row or () if isinstance(value, str))
        return execute(sql, params, *more)

    with connection.execute_wrapper(watch):
        yield stored


def unclean(stored: list[str]) -> list[str]:
    """Return what was written and is not as cleaning leaves it."""
    return [f"stored {value[:40]!r}" for value in stored if value != clean(value)]


def leads_away(answer: HttpResponseBase) -> list[str]:
    """Return where an answer leads when that is not on this site."""
    places = [answer.headers.get(name, "/") for name in ("Location", "HX-Redirect")]
    return [f"leads to {one}" for one in places if not re.match(r"(?:/(?![/\\])|\?|$)", one)]


@pytest.mark.attack(22, 25, 30, 31, 33)
@pytest.mark.parametrize(
    ("words", "hidden", "least"),
    [(LONG, "", 45), (UNCLEAN, "", 45), (UNCLEAN, UNCLEAN, 10)],
    ids=["attack", "unclean", "hidden"],
)
def test_a_form_full_of_them_comes_back_as_words_or_is_stored_clean(
    planted: Planted, forms: list[tuple[str, str, Any]], words: str, hidden: str, least: int
) -> None:
    wrong, accepted = {}, 0
    for who, path, form in forms:
        data = filled(
            form, lambda room: words[: int(room)] if room.isdecimal() else words, hidden=hidden
        )
        data |= {"next": "//evil.example"} if hidden else {}
        came_from = {"Referer": "https://evil.example/"} if hidden else {}
        with written() as stored:
            answer, body = asked(planted.client(who), "post", path, data, headers=came_from)
        accepted += answer.status_code < 400
        found = markup_in(body.decode()) if is_page(answer) else []
        found += unclean(stored) + missing_headers(answer, path) + leads_away(answer)
        if found or answer.status_code >= 500:
            wrong[f"{who} {path}"] = [answer.status_code, *found]
    assert wrong == {}
    assert accepted > least


@pytest.mark.attack(28, 31, 33)
def test_what_saves_itself_is_stored_clean_and_is_never_a_fault(planted: Planted) -> None:
    save = {"body": UNCLEAN.replace("\x00", ""), "base": "0", "client": "a", "token": "a-1"}
    tries = [
        save,
        save | {"body": UNCLEAN},
        save | {"client": UNCLEAN},
        save | {"token": UNCLEAN},
        {"hold": "take", "client": UNCLEAN},
        {"hold": "give", "client": UNCLEAN},
    ]
    asks, statuses, wrong = {"X-Saving": "1"}, set(), {}
    for who, name, path in planted.addresses():
        if not getattr(ADDRESSES[name][1], "saves_typing", False):
            continue
        for data in tries:
            with written() as stored:
                answer, _ = asked(planted.client(who), "post", path, data, headers=asks)
            statuses.add(answer.status_code)
            # Names in it are attacks: 423 says who is writing.
            assert answer.status_code in {204, 404} or isinstance(answer.json(), dict)
            if found := unclean([one for one in stored if one != save["body"]]):
                wrong[f"{who} {path}"] = found
    assert wrong == {}
    assert {200, 422} <= statuses <= {200, 204, 404, 409, 422, 423}
