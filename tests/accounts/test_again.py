"""The password again before files of other branches are handed out."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import hashers
from django.db.models import F
from django.test import Client, RequestFactory
from django.utils import timezone

from studyapp.accounts import actions, again
from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from tests.conftest import Cast
from tests.factories import PASSWORD

SignIn = Callable[[User], Client]
URL = "/me/password/again/?next=/minutes/"


def test_the_right_password_leads_back_and_counts_for_ten_minutes(
    signed_in: SignIn, cast: Cast
) -> None:
    client = signed_in(cast.member)
    answer = client.post(URL, {"password": PASSWORD, "next": "/minutes/"})
    assert (answer.status_code, answer["Location"]) == (302, "/minutes/")
    request = RequestFactory().get("/")
    request.session = client.session
    assert again.is_fresh(request)
    request.session["password_again"] -= 10 * 60 - 5
    assert again.is_fresh(request)
    request.session["password_again"] -= 5
    assert not again.is_fresh(request)


def test_a_wrong_password_is_told_and_written_down(signed_in: SignIn, cast: Cast) -> None:
    client = signed_in(cast.member)
    answer = client.post(URL, {"password": "not this one", "next": "/minutes/"})
    assert answer.status_code == 422
    assert "密码不对" in answer.content.decode()
    last = Entry.objects.order_by("-seq").first()
    assert (last.name, last.succeeded, last.error_code) == ("核对密码", False, "password")


def typed(client: Client, *passwords: str) -> list[int]:
    return [client.post(URL, {"password": password}).status_code for password in passwords]


def test_five_wrong_ones_close_the_step_on_every_machine_and_end_no_sign_in(
    signed_in: SignIn, cast: Cast, client: Client
) -> None:
    here, there = signed_in(cast.member), signed_in(cast.member)
    assert typed(here, *["wrong"] * 4, PASSWORD) == [422] * 4 + [302]
    assert typed(here, *["wrong"] * 3) + typed(there, *["wrong"] * 2) == [422] * 5
    # Neither the right one nor a new sign-in opens it, and the pages stay open.
    assert client.post("/login/", {"username": "member", "password": PASSWORD}).status_code == 302
    assert typed(here, PASSWORD) + typed(client, PASSWORD) == [422] * 2
    new = {"old": PASSWORD, "new": "Plum-Blossom-2026", "again": "Plum-Blossom-2026"}
    assert there.post("/me/password/", new).status_code == 422
    assert here.get("/me/").status_code == 200
    told = Entry.objects.filter(succeeded=False, user_id="member").order_by("seq")
    codes = list(told.values_list("name", "error_code"))
    assert codes[-4:] == [
        ("核对密码", "password"),
        ("核对密码", "locked"),
        ("核对密码", "locked"),
        ("修改本人密码", "locked"),
    ]


def test_the_step_opens_after_15_minutes_whatever_is_typed_meanwhile(
    signed_in: SignIn, cast: Cast
) -> None:
    client = signed_in(cast.member)
    typed(client, *["wrong"] * 5)
    cast.member.refresh_from_db()
    fifth = cast.member.again_failed_at
    typed(client, "wrong", PASSWORD)
    cast.member.refresh_from_db()
    assert (cast.member.again_failures, cast.member.again_failed_at) == (5, fifth)
    User.objects.update(again_failed_at=F("again_failed_at") - again.CLOSED)
    assert typed(client, "wrong", PASSWORD, "wrong") == [422, 302, 422]
    cast.member.refresh_from_db()
    assert cast.member.again_failures == 1


def test_a_clock_that_is_set_back_neither_opens_the_step_nor_keeps_it_closed_longer(
    signed_in: SignIn, cast: Cast
) -> None:
    client = signed_in(cast.member)
    typed(client, *["wrong"] * 5)
    ahead = timezone.now() + timedelta(days=1)
    User.objects.filter(pk=cast.member.pk).update(again_failed_at=ahead)
    assert typed(client, PASSWORD) == [422]
    cast.member.refresh_from_db()
    assert cast.member.again_failures == 5
    assert cast.member.again_failed_at
    assert cast.member.again_failed_at <= timezone.now()


@pytest.mark.parametrize("by", ["security administrator", "first password"])
def test_the_step_is_opened_by_an_office(signed_in: SignIn, cast: Cast, by: str) -> None:
    typed(signed_in(cast.member), *["wrong"] * 5)
    given = PASSWORD
    if by == "first password":
        given = actions.give_first_password(cast.member, by=cast.sysadmin, at=timezone.now())
    else:
        office, address = signed_in(cast.secadmin), f"/admin/roles/{cast.member.pk}/"
        assert "锁定中" in office.get(address).content.decode()
        assert office.post(f"{address}unlock/").status_code == 302
        assert "锁定中" not in office.get(address).content.decode()
    cast.member.refresh_from_db()
    new = {"old": given, "new": "Plum-Blossom-2026", "again": "Plum-Blossom-2026"}
    assert signed_in(cast.member).post("/me/password/", new).status_code == 302


@pytest.mark.parametrize("password", ["Ｓｔｕｄｙ-2026-night", "x" * 129, "x" * 4096])
def test_a_password_is_read_as_at_the_sign_in(signed_in: SignIn, cast: Cast, password: str) -> None:
    assert typed(signed_in(cast.member), password) == [302 if len(password) < 99 else 422]


def test_an_older_hash_stays_and_with_it_the_sign_in(signed_in: SignIn, cast: Cast) -> None:
    older = hashers.PBKDF2PasswordHasher()
    cast.member.password = older.encode(PASSWORD, older.salt(), iterations=1000)
    cast.member.save(update_fields=["password"])
    client = signed_in(cast.member)
    assert (typed(client, PASSWORD), client.get("/me/").status_code) == ([302], 200)


def test_a_time_in_the_future_counts_for_nothing(db: None) -> None:
    request = RequestFactory().get("/")
    request.session = {"password_again": (timezone.now() + timedelta(hours=1)).timestamp()}
    assert not again.is_fresh(request)


@pytest.mark.attack(22)
def test_the_way_back_stays_on_this_site(signed_in: SignIn, cast: Cast) -> None:
    client = signed_in(cast.member)
    answer = client.post(URL, {"password": PASSWORD, "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
