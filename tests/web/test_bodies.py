"""Bodies are judged by their announced length, before anything reads them."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from studyapp.accounts.models import User
from studyapp.saving.middleware import LONGEST_HELD
from tests.conftest import Cast

SignIn = Callable[[User], Client]
pytestmark = [pytest.mark.django_db, pytest.mark.attack(46)]
FORM = "multipart/form-data; boundary=x"
WITH_FILE = settings.UPLOAD_LIMIT + settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def status(client: Client, address: str, length: object, **headers: str) -> int:
    """Return the answer to a form that says it is so long; none of it may be read."""

    class Unread:
        def read(self, *_: object) -> bytes:
            raise AssertionError("read")

        readline = read

    client.raise_request_exception = False
    told = {"wsgi.input": Unread(), "CONTENT_TYPE": FORM, "CONTENT_LENGTH": str(length)}
    answer = client.generic("POST", address, headers=headers, **told)
    return answer.status_code


@pytest.mark.parametrize("length", [settings.TEXT_LIMIT + 1, "9" * 30, "-1", "1e9", "²", "x"])
def test_no_stranger_sends_more_than_a_text(length: object) -> None:
    client = Client(enforce_csrf_checks=True)
    found = [status(client, address, length) for address in ("/login/", "/notes/new/", "/healthz")]
    assert found == [413, 413, 413]


@pytest.mark.parametrize(
    ("who", "address", "most"),
    [
        ("secretary", "/notes/new/", settings.TEXT_LIMIT),
        ("secretary", "/login/", settings.TEXT_LIMIT),
        ("secretary", "/speeches/new/", WITH_FILE),
        ("sysadmin", "/admin/roster/", WITH_FILE),
        ("sysadmin", "/admin/roster/import/", settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
        ("", "/v/0000-0000-0000-0000", WITH_FILE),
    ],
)
def test_each_form_takes_what_it_needs_and_no_more(
    cast: Cast, signed_in: SignIn, who: str, address: str, most: int
) -> None:
    client = signed_in(cast.people()[who]) if who else Client()
    assert status(client, address, most + 1) == 413
    assert status(client, address, most) != 413


def test_a_large_file_of_somebody_whose_sign_in_ended_is_not_read_but_asked_for_again(
    client: Client, cast: Cast
) -> None:
    length, headers = settings.TEXT_LIMIT + 1, {"referer": "http://testserver/speeches/new/"}
    assert status(client, "/speeches/new/", length, **headers) == 401
    answer = client.post(
        "/speeches/new/", {"text": "a" * length}, headers=headers, CONTENT_LENGTH=str(length)
    )
    page = answer.content.decode()
    assert "文件没有收下。先在新窗口登录，再返回上一页重新提交。" in page
    assert "/login/?next=%2Fspeeches%2Fnew%2F" in page
    saving = {"x-saving": "1"}
    assert status(client, "/speeches/new/", length, **saving) == 401


def test_each_way_of_sending_gets_its_own_answer(cast: Cast, signed_in: SignIn) -> None:
    client, length = signed_in(cast.member), str(settings.TEXT_LIMIT + 1)
    save = client.post("/copies/note-new/", headers={"X-Saving": "1"}, CONTENT_LENGTH=length)
    assert (save.status_code, save.json()["sentence"]) == (
        413,
        "没存上：文字超过 2 MB。内容还在框里，删减或分成几段，会自动再存。",
    )
    page = client.post("/notes/new/", CONTENT_LENGTH=length).content.decode()
    assert "一次提交的文字不能超过 2 MB" in page
    client = signed_in(cast.secretary)
    page = client.post("/speeches/new/", CONTENT_LENGTH=str(WITH_FILE + 1)).content.decode()
    assert "一个文件不能超过 20 MB，文字不能超过 5 MB" in page


def test_a_body_that_does_not_say_how_long_it_is_is_not_taken(client: Client) -> None:
    assert status(client, "/login/", "", **{"transfer-encoding": "chunked"}) == 411
    assert status(client, "/login/", "10", **{"transfer-encoding": "chunked"}) == 411


def test_the_largest_form_that_is_held_for_a_person_can_be_sent() -> None:
    # Each character of Chinese is nine bytes in a form without a file.
    assert 9 * LONGEST_HELD + 100_000 < settings.TEXT_LIMIT
