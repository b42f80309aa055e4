"""The password again before files of other branches are handed out."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from studyapp.accounts import again
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
    request.session["password_again"] -= again.LASTS
    assert not again.is_fresh(request)


def test_a_wrong_password_is_told_and_written_down(signed_in: SignIn, cast: Cast) -> None:
    client = signed_in(cast.member)
    answer = client.post(URL, {"password": "not this one", "next": "/minutes/"})
    assert answer.status_code == 422
    assert "密码不对" in answer.content.decode()
    last = Entry.objects.order_by("-seq").first()
    assert (last.name, last.succeeded, last.error_code) == ("核对密码", False, "password")


def test_a_time_in_the_future_counts_for_nothing(db: None) -> None:
    request = RequestFactory().get("/")
    request.session = {"password_again": (timezone.now() + timedelta(hours=1)).timestamp()}
    assert not again.is_fresh(request)


@pytest.mark.attack(22)
def test_the_way_back_stays_on_this_site(signed_in: SignIn, cast: Cast) -> None:
    client = signed_in(cast.member)
    answer = client.post(URL, {"password": PASSWORD, "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
