"""Sign-in: who gets in, what the refused see, how long it lasts."""

import time
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from studyapp.accounts import actions
from studyapp.accounts.models import Office, User
from studyapp.audit.models import Entry, Operation
from tests.conftest import Cast
from tests.factories import make_user

PASSWORD = "Plum-Blossom-2026"
WRONG = "登录名或密码不对。连续输错 5 次将锁定 15 分钟；忘了密码，找单位的管理员重置。"

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    """Somebody with a known password."""
    user = make_user("林晓燕", username="lin")
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user


def _try(client: Client, name: str, password: str, **more: str) -> Any:
    return client.post("/login/", {"username": name, "password": password, **more})


def _signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_right_password_opens_the_start_page(client: Client, person: User) -> None:
    answer = _try(client, "lin", PASSWORD)
    assert (answer.status_code, answer["Location"], _signed_in(client)) == (302, "/", True)


def test_unknown_wrong_and_disabled_read_the_same(client: Client, person: User) -> None:
    gone = make_user("离职者", username="gone")
    gone.set_password(PASSWORD)
    gone.is_active = False
    gone.save(update_fields=["password", "is_active"])
    pages = []
    for name, password in (("nobody", "x"), ("lin", "x"), ("gone", PASSWORD)):
        answer = _try(client, name, password)
        text = answer.content.decode()
        pages.append((answer.status_code, WRONG in text, _signed_in(client)))
    assert pages == [(422, True, False)] * 3


def test_five_failures_lock_the_account_and_read_the_same(client: Client, person: User) -> None:
    for _ in range(5):
        _try(client, "lin", "wrong")
    answer = _try(client, "lin", PASSWORD)
    state = (answer.status_code, WRONG in answer.content.decode(), _signed_in(client))
    assert state == (422, True, False)


def test_four_failures_do_not_lock(client: Client, person: User) -> None:
    for _ in range(4):
        _try(client, "lin", "wrong")
    _try(client, "lin", PASSWORD)
    assert _signed_in(client)


def test_the_lock_ends_after_15_minutes(client: Client, person: User) -> None:
    for _ in range(5):
        _try(client, "lin", "wrong")
    before = timezone.now() - timedelta(minutes=15, seconds=1)
    AccessAttempt.objects.update(attempt_time=before)
    _try(client, "lin", PASSWORD)
    assert _signed_in(client)


def test_a_lock_of_one_account_leaves_the_others_open(client: Client, person: User) -> None:
    for _ in range(5):
        _try(client, "someone", "wrong")
    _try(client, "lin", PASSWORD)
    assert _signed_in(client)


def test_an_administrator_lifts_the_lock(client: Client, person: User) -> None:
    for _ in range(5):
        _try(client, "lin", "wrong")
    actions.unlock(person, by=make_user("系统员", username="sys", office=Office.SYSTEM))
    _try(client, "lin", PASSWORD)
    assert _signed_in(client)


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/feedback/", "/feedback/"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example", "/"),
    ],
)
def test_sign_in_leads_back_but_never_off_the_site(
    client: Client, person: User, target: str, leads_to: str
) -> None:
    assert _try(client, "lin", PASSWORD, next=target)["Location"] == leads_to


def test_the_session_key_changes_at_sign_in(client: Client, person: User) -> None:
    session = client.session
    session["planted"] = "yes"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    before = session.session_key
    _try(client, "lin", PASSWORD)
    after = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert (after != before, Session.objects.filter(session_key=before).exists()) == (True, False)


def test_sign_out_is_a_post(client: Client, person: User) -> None:
    _try(client, "lin", PASSWORD)
    assert (client.get("/logout/").status_code, _signed_in(client)) == (405, True)
    assert (client.post("/logout/")["Location"], _signed_in(client)) == ("/login/", False)


def test_an_idle_sign_in_ends_after_30_minutes(client: Client, person: User) -> None:
    _try(client, "lin", PASSWORD)
    assert client.session.get_expiry_age() == 30 * 60
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get("/me/")["Location"] == "/login/?next=%2Fme%2F"


def test_a_sign_in_ends_after_12_hours_of_work(client: Client, person: User) -> None:
    _try(client, "lin", PASSWORD)
    session = client.session
    session["started"] = int(time.time()) - 12 * 3600 - 1
    session.save()
    assert client.get("/me/")["Location"] == "/login/"
    assert not _signed_in(client)


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


def test_a_new_password_ends_the_other_sign_ins(client: Client, person: User) -> None:
    other = Client()
    _try(client, "lin", PASSWORD)
    _try(other, "lin", PASSWORD)
    new = "Other-Blossom-2026"
    client.post("/me/password/", {"old": PASSWORD, "new": new, "again": new})
    assert (other.get("/me/").status_code, client.get("/feedback/").status_code) == (302, 200)


def test_sign_ins_are_audited_without_the_password(client: Client, person: User) -> None:
    _try(client, "lin", "wrong-secret")
    _try(client, "lin", PASSWORD)
    rows = list(
        Entry.objects.filter(operation=Operation.SIGN_IN)
        .order_by("pk")
        .values_list("succeeded", flat=True)
    )
    assert rows == [False, True]
    assert not any("wrong-secret" in str(row) for row in Entry.objects.values())
