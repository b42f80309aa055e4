"""Where a person is signed in: listed, ended, limited; what is told of the sign-in before."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from studyapp.accounts import actions, sign_ins
from studyapp.accounts.browsers import family
from studyapp.accounts.models import SignIn, User
from studyapp.audit.models import Entry
from tests.conftest import Cast
from tests.factories import PASSWORD

NEW = "Other-Blossom-2026"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/86.0.4240.198 Safari"


def enter(user: User, *, at: str = "10.1.0.1", agent: str = WINDOWS) -> Client:
    """Sign in on a machine of its own."""
    client = Client(REMOTE_ADDR=at, headers={"User-Agent": agent})
    answer = client.post("/login/", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


def page_after(client: Client) -> str:
    """Return the sign-in page that a closed page leads to."""
    return client.get("/me/", follow=True).content.decode()


def test_the_own_page_lists_when_from_where_and_with_what(cast: Cast) -> None:
    one, _ = enter(cast.member), enter(cast.member, at="10.1.0.2", agent="Mozilla MicroMessenger")
    enter(cast.recorder, at="10.9.9.9")
    page = one.get("/me/").content.decode()
    assert [words in page for words in ("10.1.0.1", "10.1.0.2", "10.9.9.9", "微信")] == [
        True, True, False, True,
    ]  # fmt: skip
    assert (page.count("Chrome · Windows"), page.count("这台")) == (1, 1)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (WINDOWS, "Chrome · Windows"),
        (WINDOWS + " 360SE", "360浏览器 · Windows"),
        ("Mozilla/5.0 (X11; Linux aarch64; UOS) Firefox/115.0", "Firefox · 统信"),
        ("<script>alert(1)</script>" * 1000, "其他浏览器"),
        ("", "其他浏览器"),
    ],
)
def test_a_browser_is_named_as_its_owner_would(agent: str, name: str) -> None:
    assert family(agent) == name


def test_one_sign_in_elsewhere_is_ended_and_told_why_there(cast: Cast) -> None:
    here, there = enter(cast.member), enter(cast.member, at="10.1.0.2")
    row = SignIn.objects.get(terminal="10.1.0.2")
    assert here.post(f"/me/sign-ins/{row.pk}/end/")["Location"] == "/me/"
    assert (is_in(here), is_in(there)) == (True, False)
    assert "你在另一台设备上退出了这里的登录" in page_after(there)
    last = Entry.objects.order_by("-seq")[0]
    assert (last.name, last.user_id) == ("退出一处登录", "member")
    again = there.post("/login/", {"username": "member", "password": PASSWORD})
    assert again.cookies["ended"].value == ""


def test_all_others_are_ended_at_once(cast: Cast) -> None:
    here, *others = (enter(cast.member) for _ in range(3))
    foreign = enter(cast.recorder)
    here.post("/me/sign-ins/end/")
    assert [is_in(client) for client in (here, *others, foreign)] == [True, False, False, True]


def test_nobody_ends_the_sign_in_of_another_or_the_own_here(cast: Cast) -> None:
    here, foreign = enter(cast.member), enter(cast.recorder)
    rows = {row.user_id: row.pk for row in SignIn.objects.all()}
    for pk in (rows[cast.recorder.pk], rows[cast.member.pk], 999_999):
        assert here.post(f"/me/sign-ins/{pk}/end/").status_code == 422
    assert (is_in(here), is_in(foreign)) == (True, True)


def test_one_place_more_than_allowed_ends_the_oldest(cast: Cast, settings: Any) -> None:
    settings.SIGN_INS = 2
    first, second, third = (enter(cast.member) for _ in range(3))
    assert [is_in(client) for client in (first, second, third)] == [False, True, True]
    assert "最多同时登录2处" in page_after(first)
    settings.SIGN_INS = 0
    fourth = enter(cast.member)
    assert [is_in(client) for client in (second, third, fourth)] == [True] * 3


def test_signing_in_again_in_one_browser_is_one_place(cast: Cast) -> None:
    client = enter(cast.member)
    client.post("/login/", {"username": "member", "password": PASSWORD})
    client.post("/login/", {"username": "recorder", "password": PASSWORD})
    now = timezone.now()
    assert [row.user for row in SignIn.objects.running(now)] == [cast.recorder]


def test_who_signed_out_is_told_nothing(cast: Cast) -> None:
    client = enter(cast.member)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post("/logout/")
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    page = page_after(client)
    assert ("已退出" in page, SignIn.objects.get().ended_because) == (False, "out")


@pytest.mark.attack(18)
@pytest.mark.parametrize("how", ["sign-out", "new password", "disabled", "reset", "enabled again"])
def test_an_old_cookie_opens_nothing(cast: Cast, how: str) -> None:
    here = enter(cast.member)
    stolen = Client()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = here.cookies[settings.SESSION_COOKIE_NAME].value
    assert is_in(stolen)
    if how == "sign-out":
        here.post("/logout/")
    elif how == "new password":
        here.post("/me/password/", {"old": PASSWORD, "new": NEW, "again": NEW})
    elif how == "reset":
        actions.give_first_password(cast.member, by=cast.secadmin, at=timezone.now())
    else:
        actions.set_active(cast.member, active=False, by=cast.sysadmin, at=timezone.now())
    if how == "enabled again":
        actions.set_active(cast.member, active=True, by=cast.sysadmin, at=timezone.now())
    assert (is_in(stolen), is_in(here)) == (False, how == "new password")
    assert Session.objects.count() == (how == "new password")


def test_a_new_password_keeps_this_place_on_the_list(cast: Cast) -> None:
    here, there = enter(cast.member), enter(cast.member)
    here.post("/me/password/", {"old": PASSWORD, "new": NEW, "again": NEW})
    assert "这台" in here.get("/me/").content.decode()
    assert "用新密码登录" in page_after(there)


# --- The sign-in before --------------------------------------------------------------------------


def test_the_last_sign_in_and_the_failures_since_are_told(cast: Cast) -> None:
    enter(cast.member, at="10.1.0.7")
    stranger = Client(REMOTE_ADDR="10.6.6.6")
    for _ in range(3):
        stranger.post("/login/", {"username": "member", "password": "wrong"})
    client = enter(cast.member)
    for path in ("/", "/me/"):
        page = client.get(path).content.decode()
        assert ("10.1.0.7" in page, "输错过3次密码" in page) == (True, True)
    page = enter(cast.member).get("/").content.decode()
    assert ("10.1.0.1" in page, "输错过" in page) == (True, False)


def test_the_first_sign_in_of_all_tells_nothing(cast: Cast) -> None:
    page = enter(cast.secadmin).get("/admin/").content.decode()
    assert ("上次登录" in page, "输错过" in page) == (False, False)


# --- Slowing down --------------------------------------------------------------------------------


SPRAYED = "10.6.6.6"
RIGHT = {"username": "member", "password": PASSWORD}


def spray(count: int) -> list[int]:
    """Try a name after the other from one address; return what each was answered."""
    client = Client(REMOTE_ADDR=SPRAYED)
    given = [{"username": f"nobody{n}", "password": "wrong"} for n in range(count)]
    return [client.post("/login/", one).status_code for one in given]


@pytest.mark.attack(16)
def test_a_spray_slows_its_address_down_and_locks_nobody(cast: Cast) -> None:
    # Thirty in five minutes, then ten in ten seconds.
    assert spray(42) == [422] * 40 + [429] * 2
    answer = Client(REMOTE_ADDR=SPRAYED).post("/login/", RIGHT)
    assert (answer.status_code, "等几秒" in answer.content.decode()) == (429, True)
    assert Client(REMOTE_ADDR="10.6.6.7").post("/login/", RIGHT).status_code == 302


@pytest.mark.attack(16)
def test_who_floods_an_address_keeps_no_browser_out_that_is_known_there(cast: Cast) -> None:
    mine, other = enter(cast.member, at=SPRAYED), enter(cast.recorder, at=SPRAYED)
    mine.post("/logout/")
    other.post("/logout/")
    assert spray(41)[-1] == 429
    assert mine.post("/login/", RIGHT).status_code == 302
    # It tries once in two seconds, and takes nothing from another one.
    mine.post("/logout/")
    assert mine.post("/login/", RIGHT).status_code == 429
    assert other.post("/login/", {**RIGHT, "username": "recorder"}).status_code == 302


@pytest.mark.attack(16)
@pytest.mark.parametrize("mark", ["", "recorder", "1:1:forged"])
def test_a_mark_that_the_site_did_not_leave_opens_nothing(cast: Cast, mark: str) -> None:
    client = Client(REMOTE_ADDR=SPRAYED)
    client.cookies["known"] = mark
    assert spray(41)[-1] == 429
    assert client.post("/login/", RIGHT).status_code == 429


def test_what_is_over_is_forgotten_after_30_days(cast: Cast) -> None:
    now = timezone.now()
    enter(cast.member)
    old = now - timedelta(days=31)
    SignIn.objects.create(user=cast.member, session_key="gone", at=old, browser="Chrome")
    SignIn.objects.update(at=old)
    assert sign_ins.forget(at=now) == 1
    assert SignIn.objects.get().session_key != "gone"
