"""Every address, asked in ways that no page of the site asks."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from lxml import html

import studyapp
from studyapp.accounts.models import User
from studyapp.speeches.models import Version
from tests.access.test_matrix import ADDRESSES
from tests.attack import files
from tests.attack.pages import asked, fingerprint, is_page, missing_headers, steady
from tests.attack.planted import Planted
from tests.crawl import methods
from tests.factories import PASSWORD
from tests.house.test_inputs import every_form

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
EVERY = ("get", "post", "put", "delete", "trace", "options", "propfind")


def each(planted: Planted) -> dict[str, tuple[str, str]]:
    """Return who asks where: once for each address, in the newest state of what it shows."""
    return {name: (who, path) for who, name, path in planted.addresses()}


def opened(planted: Planted) -> list[tuple[str, str]]:
    """Return who opens which page: every address that can be looked at."""
    seen = each(planted).items()
    return [one for name, one in seen if methods(ADDRESSES[name][1]) & {"GET", "HEAD"}]


# --- Methods -------------------------------------------------------------------------------------


@pytest.mark.attack(12, 53)
def test_a_method_that_an_address_does_not_take_is_405_and_changes_nothing(
    planted: Planted,
) -> None:
    before, wrong, refused = fingerprint(), {}, 0
    for name, (who, path) in each(planted).items():
        client, taken = planted.client(who), methods(ADDRESSES[name][1])
        for method in EVERY:
            if method.upper() in taken:
                continue
            answer = client.generic(method.upper(), path)
            refused += answer.status_code == 405 and bool(answer.headers["Allow"])
            # What is not there for the person has no methods either.
            if answer.status_code not in {405, 404, 403} or missing_headers(answer, path):
                wrong[f"{who} {method} {path}"] = answer.status_code
    assert wrong == {}
    assert refused > 500
    assert fingerprint() == before


# --- Questions -----------------------------------------------------------------------------------

LOOKUPS = (
    "ordering=author__password&order_by=user__password&x__startswith=a&id__in=1,2&_connector=OR"
    "&_negated=1&password__regex=.*&unit__path__startswith=/&fields=password&select=*"
)
SYNTAX = (
    "'", '"', "\\", "%", "_", "' OR 1=1 --", "'; DROP TABLE accounts_user; --", "a\x00b", "*", "(",
    '"a" NEAR "b"', "a:b*", "-a AND", "^a", "${jndi:ldap://x}", "²", "9" * 30, "-1", "1e9", "[" * 500,
)  # fmt: skip
NUMBERS = {"long": "1" * 5000, "wide": "１２", "arabic": "٣"}
"""More figures than Python reads, and figures of other scripts."""
MERGED = ("merge-mine", "merge-theirs")


@pytest.mark.attack(10)
def test_lookups_in_the_query_string_are_ignored(planted: Planted) -> None:
    wrong, compared, narrowed = [], 0, 0
    for who, path in opened(planted):
        plain, first = asked(planted.client(who), "get", path)
        if not is_page(plain) or plain.status_code != 200:
            continue
        own = asked_by_forms(first.decode())
        lookups = "&".join([LOOKUPS, *(f"{name}__startswith=x&{name}__in=9" for name in own)])
        answer, second = asked(planted.client(who), "get", f"{path}?{lookups}")
        compared, narrowed = compared + 1, narrowed + bool(own)
        # Pages lead back to their own address, and forms carry it.
        other = second.decode().replace(quote(f"?{lookups}"), "")
        other = other.replace(lookups.replace("&", "&amp;"), "").replace("?", "")
        if answer.status_code != 200 or words(other) != words(first.decode().replace("?", "")):
            wrong.append(f"{who} {path}")
    assert wrong == []
    assert (compared > 70, narrowed > 5) == (True, True)


def asked_by_forms(page: str) -> set[str]:
    """Return the names of what the searches and filters of a page ask for."""
    return {
        str(node.get("name"))
        for form in html.fromstring(page).iter("form")
        if form.get("method", "get").lower() == "get"
        for node in form.iter("input", "select")
        if node.get("name")
    }


def words(page: str) -> str:
    """Return what a reader sees of a page."""
    tree = html.fromstring(steady(page))
    return re.sub(r"\s+", " ", str(tree.xpath("string()")))


@pytest.mark.attack(44, 45)
def test_syntax_in_searches_and_filters_is_letters(planted: Planted) -> None:
    searched, wrong = 0, {}
    for who, path in opened(planted):
        answer, body = asked(planted.client(who), "get", path)
        if not is_page(answer) or answer.status_code != 200:
            continue
        fields = asked_by_forms(body.decode())
        searched += bool(fields)
        for word in SYNTAX if fields else SYNTAX[:1]:
            query = "&".join(f"{name}={quote(word)}" for name in fields | {"page", "q"})
            answer, _ = asked(planted.client(who), "get", f"{path}?{query}")
            if answer.status_code not in {200, 302, 400, 404, 422}:
                wrong[f"{who} {path} {word[:20]!r}"] = answer.status_code
    assert wrong == {}
    assert searched > 5


def names_of_fields() -> set[str]:
    """Return every name that a view or a form of the program asks a request for."""
    source = "".join(path.read_text() for path in Path(studyapp.__path__[0]).rglob("*.py"))
    ways = r'(?:GET|POST|given|data|asked)(?:\.get\(|\.getlist\(|\[)\s*"([\w-]+)"'
    return set(re.findall(ways, source)).union(*every_form().values())


@pytest.mark.attack(44)
@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_no_number_in_a_request_is_a_fault(planted: Planted, number: str) -> None:
    names, wrong, tries = names_of_fields(), {}, 0
    assert names >= {"unit", "theme", "version", "seen", "page", "since", "points"}
    query = urlencode(dict.fromkeys([*names, *MERGED, f"pick-{number}"], number))
    typed = {"data": query, "content_type": "application/x-www-form-urlencoded"}
    for name, (who, path) in each(planted).items():
        for method in methods(ADDRESSES[name][1]) & {"GET", "POST"}:
            more = typed if method == "POST" else {}
            address = path if more else f"{path}?{query}"
            answer, _ = asked(planted.client(who), method.lower(), address, **more)
            tries += 1
            if answer.status_code >= 500:
                wrong[f"{who} {method} {path}"] = answer.status_code
    assert wrong == {}
    assert tries > 100


# --- Files ---------------------------------------------------------------------------------------


@pytest.mark.attack(38)
def test_every_file_is_a_download_under_a_safe_name(planted: Planted) -> None:
    files.make_the_rest(planted)
    stored = files.stored_names()
    given: set[str] = set()
    pages: set[str] = set()
    wrong: dict[str, list[str]] = {}

    def look(name: str, path: str, answer: Any, body: bytes) -> None:
        given.add(name)
        if found := files.faults(answer, body, path, stored):
            wrong[path] = found

    for who, name, path in files.addresses(planted):
        answer, body = asked(planted.client(who), "get", path)
        if answer.status_code == 200 and is_page(answer):
            pages.add(name)
        elif answer.status_code == 200:
            look(name, path, answer, body)
    auditor = planted.client("auditor")
    auditor.post("/me/password/again/", {"password": PASSWORD, "next": "/"})
    for suffix in ("zip", "csv"):
        answer, body = asked(auditor, "post", "/admin/audit/export/", {"suffix": suffix})
        look("audit:export", suffix, answer, body)
    Version.objects.update(file="")
    speech = planted.world.objects["Speech"].pk
    answer, body = asked(planted.client("member"), "get", f"/speeches/{speech}/original/")
    look("speeches:original", "pasted", answer, body)

    assert wrong == {}
    assert given | pages == files.gives_files()
    # The page of a paper has its file at an address of its own.
    assert {f"{name}_file" for name in pages - given} <= given
    assert len(stored) > 4


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("inline; filename=a.pdf", "application/pdf"),
        ('attachment; filename="a.html"', "text/html"),
        ('attachment; filename="a.docx"', "application/pdf"),
        ("attachment; filename*=utf-8''a%E2%80%AEfdp.exe", "application/octet-stream"),
        ("attachment; filename*=utf-8''..%2Fa.pdf", "application/octet-stream"),
        (f"attachment; filename*=utf-8''{'%E4%BC%9A' * 90}.pdf", "application/octet-stream"),
        ('attachment; filename="random.pdf"', "application/octet-stream"),
    ],
)
def test_a_file_that_is_handed_out_wrongly_is_seen(client: Client, header: str, kind: str) -> None:
    answer = client.get("/login/")
    good = 'attachment; filename="a.pdf"'
    for disposition, told, expected in ((header, kind, True), (good, "application/pdf", False)):
        answer.headers["Content-Disposition"] = disposition
        answer.headers["Content-Type"] = told
        assert bool(files.faults(answer, b"%PDF-1.7", "/login/", ["random"])) == expected
