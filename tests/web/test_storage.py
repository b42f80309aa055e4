"""The store that takes nothing: recognised, told in words, and no sign-in or page is lost to it."""

import errno
import json
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.contrib.sessions.models import Session
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import include, path

from studyapp.access.decorators import public
from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.web import storage
from studyapp.web.errors import not_stored
from studyapp.web.storage import AWAY, BUSY, FULL, READ_ONLY, UNWRITABLE, Trouble, trouble
from tests.factories import PASSWORD

WORDS = "磁盘满的时候写下的体会，一个字也不能丢<b>。"


def sqlite(code: int) -> Exception:
    """Return SQLite's error with a result code, as Django raises it."""
    cause = sqlite3.OperationalError("x")
    cause.sqlite_errorcode = code
    return caused(OperationalError("x"), cause)


def postgresql(state: str) -> Exception:
    """Return PostgreSQL's error with a code, as Django raises it."""
    return caused(InternalError("x"), psycopg.errors.lookup(state)("x"))


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (sqlite(sqlite3.SQLITE_FULL), FULL),
        (sqlite(sqlite3.SQLITE_BUSY), BUSY),
        (sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), BUSY),
        (sqlite(sqlite3.SQLITE_LOCKED), BUSY),
        (sqlite(sqlite3.SQLITE_READONLY), READ_ONLY),
        (sqlite(sqlite3.SQLITE_READONLY_DBMOVED), READ_ONLY),
        (sqlite(sqlite3.SQLITE_IOERR_WRITE), UNWRITABLE),
        (sqlite(sqlite3.SQLITE_IOERR_SHMSIZE), FULL),
        (sqlite(sqlite3.SQLITE_CANTOPEN), AWAY),
        (sqlite(sqlite3.SQLITE_ERROR), None),
        (sqlite(sqlite3.SQLITE_CONSTRAINT), None),
        (postgresql("53100"), FULL),
        (postgresql("25006"), READ_ONLY),
        (postgresql("55P03"), BUSY),
        (postgresql("53300"), BUSY),
        (postgresql("40P01"), BUSY),
        (postgresql("58030"), UNWRITABLE),
        (postgresql("57P01"), AWAY),
        (postgresql("08006"), AWAY),
        (postgresql("42P01"), None),
        (caused(OperationalError("x"), psycopg.OperationalError("connection refused")), AWAY),
        (caused(InterfaceError("x"), psycopg.InterfaceError("closed")), AWAY),
        (OSError(errno.ENOSPC, "x"), FULL),
        (OSError(errno.EROFS, "x"), READ_ONLY),
        (OSError(errno.EIO, "x"), UNWRITABLE),
        (FileNotFoundError(errno.ENOENT, "x"), None),
        (RuntimeError("x"), None),
        (None, None),
    ],
)
def test_trouble_is_told_from_a_fault_of_the_program(
    error: BaseException | None, found: Trouble | None
) -> None:
    assert trouble(error) == found


def test_trouble_is_found_behind_what_was_made_of_it_and_not_behind_what_was_put_aside() -> None:
    found = []
    for aside in (False, True):
        try:
            try:
                raise sqlite(sqlite3.SQLITE_FULL)
            except OperationalError:
                if aside:
                    raise RuntimeError("x") from None
                raise RuntimeError("x")  # noqa: B904  # what this test is about
        except RuntimeError as error:
            found.append(trouble(error))
    assert found == [FULL, None]


@public(reason="test")
def full(request: HttpRequest) -> HttpResponse:
    raise sqlite(sqlite3.SQLITE_FULL)


urlpatterns = [path("full/", full), path("", include("studyapp.urls"))]
handler400 = "studyapp.web.errors.bad_request"
handler403 = "studyapp.web.errors.forbidden"
handler404 = "studyapp.web.errors.not_found"
handler500 = "studyapp.web.errors.server_error"
here = pytest.mark.urls("tests.web.test_storage")


@pytest.fixture
def patient(client: Client) -> Client:
    """Return a client that shows the page of a fault instead of raising it."""
    client.raise_request_exception = False
    return client


@here
def test_a_form_that_was_not_stored_is_shown_and_can_be_sent_again(patient: Client) -> None:
    answer = patient.post("/full/?meeting=7", {"body": WORDS, "kind": "reflection"})
    page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "<h1>没存上：服务器磁盘满了</h1>" in page
    assert "腾出空间后再提交一次；告诉系统管理员。以前存的内容没有动。" in page
    assert page.count("一个字也不能丢&lt;b&gt;。") == 2
    assert '<form method="post" action="/full/?meeting=7">' in page
    assert '<input type="hidden" name="kind" value="reflection">' in page
    assert "csrfmiddlewaretoken" in page


@here
def test_a_page_that_cannot_be_made_says_when_to_come_back(patient: Client) -> None:
    page = patient.get("/full/").content.decode()
    assert "<h1>服务器磁盘满了</h1>" in page
    assert "过一会儿再打开；告诉系统管理员。" in page
    assert ('href="/full/"' in page, "<form" in page) == (True, False)


@here
def test_a_save_gets_a_sentence_and_nothing_like_an_acknowledgement(patient: Client) -> None:
    answer = patient.post("/full/", {"body": WORDS}, headers={"X-Saving": "1"})
    assert (answer.status_code, answer["Retry-After"], answer["Content-Type"]) == (
        503,
        "60",
        "application/json",
    )
    assert json.loads(answer.content) == {
        "sentence": "没存上：服务器磁盘满了。内容还在框里，会自动再试；告诉系统管理员。"
    }


@here
def test_a_password_is_asked_for_again(patient: Client) -> None:
    page = patient.post("/full/", {"body": WORDS, "password": "a" * 30}).content.decode()
    assert ("a" * 30 in page, "<form" in page, "一个字也不能丢" in page) == (False, False, True)


@pytest.mark.django_db
def test_the_page_asks_no_database(django_assert_num_queries: Any) -> None:
    request = RequestFactory().post("/", {"body": WORDS})
    with django_assert_num_queries(0):
        assert not_stored(request, AWAY).status_code == 503


@contextmanager
def refusing(*changes: str) -> Iterator[None]:
    """Let the database refuse statements that begin so."""

    def refuse(execute: Callable[..., Any], sql: str, *more: Any) -> Any:
        if sql.startswith(changes):
            raise sqlite(sqlite3.SQLITE_FULL)
        return execute(sql, *more)

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def nothing_is_written() -> Iterator[None]:
    """Let the database refuse every change, as it does with a full disk."""
    with refusing("INSERT", "UPDATE", "DELETE"):
        yield


@pytest.fixture
def reader(cast: Any, signed_in: Callable[[User], Client]) -> Client:
    """Return a client whose next page has something to store in the session."""
    client = signed_in(cast.member)
    client.raise_request_exception = False
    return client


def test_pages_can_be_read_when_nothing_can_be_written(
    reader: Client, nothing_is_written: None
) -> None:
    answer = reader.get("/")
    assert (answer.status_code, "王海峰" in answer.content.decode()) == (200, True)


@pytest.mark.parametrize(
    "refused",
    [("INSERT", "UPDATE"), ('UPDATE "django_session"',)],
    ids=["at once", "when the answer goes out"],
)
def test_a_sign_in_that_cannot_be_stored_is_no_sign_in(
    cast: Any, patient: Client, refused: tuple[str, ...]
) -> None:
    patient.get("/login/")
    with refusing(*refused):
        answer = patient.post("/login/", {"username": "member", "password": PASSWORD})
    assert (answer.status_code, "sid" in answer.cookies) == (503, False)


def test_a_session_that_somebody_else_ended_is_no_trouble_of_the_store(
    reader: Client, cast: Any
) -> None:
    reader.get("/")
    Session.objects.all().delete()
    assert reader.get("/")["Location"].startswith("/login/")


@pytest.mark.django_db
def test_health_is_red_while_nothing_can_be_written_and_green_afterwards(
    client: Client, nothing_is_written: None
) -> None:
    assert (client.get("/healthz").status_code, client.get("/healthz").json()) == (
        503,
        {"ok": False},
    )


@pytest.mark.django_db
def test_health_is_green_and_leaves_nothing_behind(client: Client) -> None:
    assert client.get("/healthz").json() == {"ok": True}
    assert (Session.objects.count(), Entry.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_health_is_red_where_the_folder_takes_no_file(
    client: Client, settings: Any, tmp_path: Any
) -> None:
    settings.DATA_DIR = tmp_path / "gone"
    assert client.get("/healthz").status_code == 503


@pytest.mark.django_db
def test_a_rehearsal_stores_what_nothing_makes_small() -> None:
    with storage.rehearsal():
        row = Session.objects.get(session_key="healthz").session_data
        assert (len(row), len(zlib.compress(row.encode())) > 24_000) == (32_768, True)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_column_size(session_data) FROM django_session")
                assert cursor.fetchone()[0] >= 32_768


@pytest.mark.django_db
@pytest.mark.sqlite
def test_a_rehearsal_leaves_the_usual_patience_behind() -> None:
    with storage.rehearsal():
        pass
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone() == (10_000,)
