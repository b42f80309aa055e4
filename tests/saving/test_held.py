"""Without script: a form that comes after the sign-in has ended is not lost."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from studyapp.accounts.models import User
from studyapp.meetings.models import Note
from studyapp.saving.models import HeldPost
from tests.conftest import Cast
from tests.factories import PASSWORD

SignIn = Callable[[User], Client]
BODY = "窗口那几分钟，我从明天的第一个电话改起，一天一天改下去。"


def sign_in(client: Client, username: str, **more: str) -> str:
    answer = client.post("/login/", {"username": username, "password": PASSWORD, **more})
    return answer["Location"]


def write(client: Client, cast: Cast) -> str:
    """Post a note as ``member`` after the session has ended; return where it leads."""
    sign_in(client, "member")
    del client.cookies["sid"]
    fields = {"body": BODY, "kind": "study", "unit": cast.branch.pk, "then": "draft"}
    return client.post("/notes/new/", fields)["Location"]


@pytest.mark.loss("signing in")
def test_the_words_come_back_to_the_same_person_and_are_sent(cast: Cast, client: Client) -> None:
    address = write(client, cast)
    held = HeldPost.objects.get()
    assert address == f"/login/?next=%2Fheld%2F{held.pk}%2F"
    assert Note.objects.count() == 0
    back = sign_in(client, "member", next=f"/held/{held.pk}/")
    page = client.get(back).content.decode()
    assert BODY in page
    client.post(held.path, dict(held.fields))
    assert Note.objects.get().body == BODY


def test_short_words_are_shown_and_not_what_the_page_put_into_the_form(
    cast: Cast, client: Client
) -> None:
    sign_in(client, "member")
    del client.cookies["sid"]
    client.post("/notes/new/", {"body": "改起来。", "next": "/a/long/way/back/", "then": "draft"})
    back = sign_in(client, "member", next=f"/held/{HeldPost.objects.get().pk}/")
    page = client.get(back).content.decode()
    assert re.findall(r"readonly>\s*(.*?)</textarea>", page) == ["改起来。"]


@pytest.mark.loss("signing in")
def test_another_person_on_this_machine_neither_sees_nor_sends_them(
    cast: Cast, client: Client
) -> None:
    write(client, cast)
    held = HeldPost.objects.get()
    back = sign_in(client, "recorder", next=f"/held/{held.pk}/")
    answer = client.get(back)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.post(back)["Location"] == "/"
    assert HeldPost.objects.count() == 1


def test_a_stranger_with_an_invented_cookie_holds_nothing(cast: Cast, client: Client) -> None:
    client.cookies["who"] = f"{cast.member.pk}:forged"
    fields = {"body": BODY, "kind": "study", "unit": cast.branch.pk, "then": "draft"}
    answer = client.post("/notes/new/", fields)
    assert (answer.status_code, BODY in answer.content.decode()) == (401, True)
    assert HeldPost.objects.count() == 0


@pytest.mark.attack(33)
def test_a_control_character_does_not_break_the_holding(cast: Cast, client: Client) -> None:
    sign_in(client, "member")
    del client.cookies["sid"]
    client.post("/notes/new/", {"body": f"{BODY}\x00", "then": "draft"})
    assert ["body", BODY] in HeldPost.objects.get().fields


def test_after_signing_out_nothing_is_held(cast: Cast, client: Client) -> None:
    sign_in(client, "member")
    client.post("/logout/")
    client.post("/notes/new/", {"body": BODY, "then": "draft"})
    assert HeldPost.objects.count() == 0


def test_a_password_is_never_held(cast: Cast, client: Client) -> None:
    sign_in(client, "member")
    del client.cookies["sid"]
    secret = "Very-Long-Secret-2026-night-shift"
    client.post("/me/password/", {"old": secret, "new": secret, "again": secret, "x": BODY})
    assert secret not in str(list(HeldPost.objects.values_list("fields", flat=True)))
