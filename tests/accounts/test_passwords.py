"""One-time passwords and the own one: given once, changed first, never logged."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts import actions, passwords
from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from tests.conftest import Cast
from tests.factories import make_user

SignIn = Callable[[User], Client]

PASSWORD = "Plum-Blossom-2026"

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    """Somebody with a known password."""
    return make_user("林晓燕", username="lin", password=PASSWORD)


def _try(client: Client, name: str, password: str) -> Any:
    return client.post("/login/", {"username": name, "password": password})


def _signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_first_password_must_be_changed_before_anything_else(
    client: Client, person: User, cast: Cast
) -> None:
    first = actions.give_first_password(person, by=cast.sysadmin, at=timezone.now())
    _try(client, "lin", first)
    assert client.get("/me/")["Location"] == "/me/password/"
    answer = client.post("/me/password/", {"old": first, "new": PASSWORD, "again": PASSWORD})
    person.refresh_from_db()
    assert (answer["Location"], person.must_change_password, _signed_in(client)) == (
        "/",
        False,
        True,
    )


def test_a_first_password_is_asked_for_aloud_in_a_fragment(
    client: Client, person: User, cast: Cast
) -> None:
    first = actions.give_first_password(person, by=cast.sysadmin, at=timezone.now())
    _try(client, "lin", first)
    answer = client.get("/me/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/me/password/")


def test_a_first_password_opens_once_it_is_changed_no_more(
    client: Client, person: User, cast: Cast
) -> None:
    first = actions.give_first_password(person, by=cast.sysadmin, at=timezone.now())
    _try(client, "lin", first)
    client.post("/me/password/", {"old": first, "new": PASSWORD, "again": PASSWORD})
    client.post("/logout/")
    assert (_try(client, "lin", first).status_code, _signed_in(client)) == (422, False)


def test_an_own_password_set_meanwhile_is_not_written_over(person: User, cast: Cast) -> None:
    waiting = User.objects.create_user("new", "新来的", None, must_change_password=True)
    people = [waiting, person]
    given = actions.give_first_passwords(
        people, passwords.prepare(2), by=cast.sysadmin, at=timezone.now()
    )
    assert [user.username for user, _ in given] == ["new"]
    waiting.refresh_from_db()
    assert waiting.check_password(given[0][1])
    entry = Entry.objects.order_by("-seq")[0]
    assert (entry.name, entry.condition) == ("发放一次性密码", {"usernames": ["new"]})
    assert given[0][1] not in str(entry.__dict__)


def test_a_first_password_runs_out_after_72_hours(client: Client, person: User, cast: Cast) -> None:
    before = timezone.now() - timedelta(hours=72, minutes=1)
    first = actions.give_first_password(person, by=cast.sysadmin, at=before)
    assert (_try(client, "lin", first).status_code, _signed_in(client)) == (422, False)


@pytest.mark.parametrize(
    ("new", "again", "words"),
    [
        ("Short-1", "Short-1", "12"),
        ("alllowercaseletters", "alllowercaseletters", "三类"),
        (PASSWORD, PASSWORD, "新密码要和现在的密码不同。"),
        ("Other-Blossom-2026", "Other-Blossom-2027", "两次输入的新密码不一样。"),
    ],
)
def test_a_bad_new_password_is_refused_with_the_reason(
    client: Client, person: User, new: str, again: str, words: str
) -> None:
    _try(client, "lin", PASSWORD)
    answer = client.post("/me/password/", {"old": PASSWORD, "new": new, "again": again})
    assert (answer.status_code, words in answer.content.decode()) == (422, True)


@pytest.mark.attack(18)
def test_a_new_password_ends_the_other_sign_ins(client: Client, person: User) -> None:
    other = Client()
    _try(client, "lin", PASSWORD)
    _try(other, "lin", PASSWORD)
    new = "Other-Blossom-2026"
    client.post("/me/password/", {"old": PASSWORD, "new": new, "again": new})
    assert (other.get("/me/").status_code, client.get("/feedback/").status_code) == (302, 200)
