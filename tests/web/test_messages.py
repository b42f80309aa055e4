"""«已保存。» after a form: told once, in the sign-in that it was meant for."""

from collections.abc import Callable

from django.test import Client

from studyapp.accounts.models import User
from tests.conftest import Cast

SignIn = Callable[[User], Client]


def say_something(client: Client) -> None:
    answer = client.post("/feedback/", {"body": "字大一点。", "page": "/"})
    assert (answer.status_code, bool(client.cookies["told"].value)) == (302, True)


def is_told(client: Client) -> bool:
    return "意见已收到。" in client.get("/me/").content.decode()


def test_it_is_told_once(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.member)
    say_something(client)
    assert [is_told(client), is_told(client)] == [True, False]


def test_it_writes_no_session(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.member)
    client.get("/me/")
    before = dict(client.session)
    say_something(client)
    assert dict(client.session) == before


def test_the_next_person_on_the_machine_is_told_nothing(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.member)
    say_something(client)
    kept = client.cookies["told"].value
    client.post("/logout/")
    assert client.cookies["told"].value == ""
    client.force_login(cast.visitor, backend="studyapp.accounts.backends.NameBackend")
    client.cookies["told"] = kept
    assert is_told(client) is False


def test_a_changed_one_says_nothing(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.member)
    say_something(client)
    client.cookies["told"] = str(client.cookies["told"].value) + "x"
    assert is_told(client) is False


def test_it_reaches_across_the_change_of_the_own_password(cast: Cast, signed_in: SignIn) -> None:
    cast.member.set_password("Xyz-2026-abcde")
    cast.member.save()
    client = signed_in(cast.member)
    words = {
        "old": "Xyz-2026-abcde",
        "new": "Kiln-2027-violet-fern",
        "again": "Kiln-2027-violet-fern",
    }
    page = client.post("/me/password/", words, follow=True).content.decode()
    assert "密码已改" in page
