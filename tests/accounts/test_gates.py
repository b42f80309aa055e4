"""What stands between a sign-in and the pages, and that nothing a request says opens it.

A password that ran out, a demanded second factor, an office given meanwhile, twelve hours.
"""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from studyapp.accounts import actions as account_actions
from studyapp.accounts import sign_ins
from studyapp.accounts.models import Feedback, SecondFactor, SignIn, User
from studyapp.audit.models import Entry, Operation
from studyapp.saving.models import HeldPost, Text
from tests.accounts.test_second_factor import code_of
from tests.conftest import Cast
from tests.factories import PASSWORD, make_meeting, make_user

SAVING = {"X-Saving": "1", "Accept": "application/json"}
SAVE = {"body": "窗口那几分钟", "base": "0", "client": "tab", "token": "tab-1"}
WORDS = "写了很久的一段话。"


def enter(user: User, *, days: int = 0) -> Client:
    """Sign in with a password that was set so many days ago."""
    changed = timezone.now() - timedelta(days=days)
    User.objects.filter(pk=user.pk).update(password_changed_at=changed)
    client = Client()
    client.post("/login/", {"username": user.username, "password": PASSWORD})
    return client


def saving_views() -> set[str]:
    """Return the names of all addresses whose views say that they save what is typed."""

    def walk(patterns: list[Any], space: str) -> set[str]:
        found = set()
        for one in patterns:
            if isinstance(one, URLResolver):
                found |= walk(one.url_patterns, f"{one.namespace}:" if one.namespace else space)
            elif isinstance(one, URLPattern) and getattr(one.callback, "saves_typing", False):
                found.add(f"{space}{one.name}")
        return found

    return walk(get_resolver().url_patterns, "")


# --- A password that ran out ---------------------------------------------------------------------


def test_only_what_saves_typing_is_open_before_an_aged_password_is_changed(cast: Cast) -> None:
    meeting = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder)
    client = enter(cast.recorder, days=181)
    saved = client.post("/copies/note-new/", SAVE, headers=SAVING)
    key = client.post("/local-key/", headers=SAVING)
    assert (saved.status_code, saved.json()["revision"], key.status_code) == (200, 1, 200)
    for address in ("/", "/me/", "/notes/", f"/meetings/{meeting.pk}/"):
        answer = client.get(address, headers=SAVING)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/me/password/")
    posted = {"body": WORDS, "page": "/me/"}
    assert client.post("/feedback/", posted, headers=SAVING).status_code == 302
    assert not Feedback.objects.exists()


def test_the_views_that_save_typing_are_these(db: None) -> None:
    assert saving_views() == {
        "saving:copy",
        "saving:local_key",
        "meetings:summary_save",
        "meetings:words_save",
        "meetings:remark_save",
        "minutes:part_save",
    }


def test_a_first_password_lets_no_save_pass(cast: Cast) -> None:
    User.objects.filter(pk=cast.member.pk).update(must_change_password=True)
    client = enter(cast.member)
    assert client.post("/copies/note-new/", SAVE, headers=SAVING).status_code == 302
    assert not Text.objects.exists()


def test_the_dialog_is_told_what_comes_before_all_saving(cast: Cast, settings: Any) -> None:
    settings.SECOND_FACTOR = "offices"
    User.objects.filter(pk=cast.member.pk).update(must_change_password=True)
    said = []
    for user in (cast.member, cast.secadmin, cast.recorder):
        posted = {"username": user.username, "password": PASSWORD}
        answer = Client().post("/login/", posted, headers={"Accept": "application/json"})
        found = answer.json()
        assert (answer.status_code, found["person"]) == (200, user.pk)
        said.append((found.get("sentence"), found.get("address")))
    assert said == [
        ("先改密码，再接着写。写的内容都在这一页。", "/me/password/"),
        ("先设两步验证，再接着写。写的内容都在这一页。", "/me/second-factor/"),
        (None, None),
    ]


def test_a_fragment_is_led_to_the_form_that_is_held_for_it(cast: Cast) -> None:
    """As the whole page: htmx would put the page of the password into the fragment."""
    client = enter(cast.member, days=181)
    answer = client.post("/feedback/", {"body": WORDS}, headers={"HX-Request": "true"})
    leads_to = f"/me/password/?next=%2Fheld%2F{HeldPost.objects.get().pk}%2F"
    assert (answer.status_code, answer.headers.get("HX-Redirect")) == (401, leads_to)


# --- A demanded second factor --------------------------------------------------------------------


@pytest.mark.parametrize("days", [0, 91])
def test_no_header_passes_by_a_demanded_second_factor(cast: Cast, settings: Any, days: int) -> None:
    settings.SECOND_FACTOR = "offices"
    client = enter(cast.secadmin, days=days)
    gate = "/me/password/" if days else "/me/second-factor/"
    for address in ("/admin/roles/", "/feedback/"):
        answer = client.get(address, headers=SAVING)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, gate)
    for address, posted in (
        (f"/admin/roles/{cast.member.pk}/second-factor/", {"password": PASSWORD}),
        ("/copies/note-new/", SAVE),
        ("/local-key/", {}),
        ("/feedback/", {"body": WORDS}),
    ):
        answer = client.post(address, posted, headers=SAVING)
        assert (address, answer.status_code) == (address, 302)
        assert answer["Location"].startswith(gate)
    assert (Text.objects.exists(), Feedback.objects.exists()) == (False, False)


def test_words_posted_before_the_second_factor_is_set_up_are_held_and_led_to(
    cast: Cast, settings: Any
) -> None:
    settings.SECOND_FACTOR = "offices"
    client = enter(cast.secadmin)
    way = client.post("/feedback/", {"body": WORDS, "page": ""})["Location"]
    held = f"/held/{HeldPost.objects.get().pk}/"
    assert way == f"/me/second-factor/?next=%2Fheld%2F{HeldPost.objects.get().pk}%2F"
    assert client.get(held)["Location"].startswith("/me/second-factor/?next=")
    asked = client.get(way)["Location"]
    assert client.post(asked, {"password": PASSWORD})["Location"] == way
    assert client.post("/me/second-factor/begin/", {"next": held})["Location"] == way
    assert f'name="next" value="{held}"' in client.get(way).content.decode()
    posted = {"code": code_of(SecondFactor.objects.get()), "next": held}
    page = client.post("/me/second-factor/confirm/", posted).content.decode()
    assert f'href="{held}"' in page
    assert WORDS in client.get(held).content.decode()


# --- An office given or taken while somebody is signed in ----------------------------------------


def give(user: User, office: str, cast: Cast) -> None:
    """Give or take an office as the 安全管理员 does, on the page."""
    client = enter(cast.secadmin)
    posted = {"office": office, "password": PASSWORD}
    assert client.post(f"/admin/roles/{user.pk}/office/", posted).status_code == 302


def is_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


@pytest.mark.attack(18)
@pytest.mark.parametrize(
    ("before", "after"), [("", "audit"), ("audit", "system"), ("audit", ""), ("audit", "audit")]
)
def test_an_office_given_or_taken_ends_the_running_sign_ins_and_says_why(
    cast: Cast, before: str, after: str
) -> None:
    person = make_user("郑立", username="zheng", political="none", office=before)
    here, there, other = enter(person), enter(person), enter(cast.member)
    give(person, after, cast)
    stays = before == after
    assert [is_in(one) for one in (here, there, other)] == [stays, stays, True]
    if not stays:
        page = here.get("/me/", follow=True).content.decode()
        assert "你的管理员身份变了，这里的登录已退出" in page
        answer = there.post("/copies/note-new/", SAVE, headers=SAVING)
        assert (answer.status_code, answer["HX-Trigger"]) == (401, "session-expired")


@pytest.mark.parametrize(
    ("days", "demand", "gate"),
    [(0, "offices", "/me/second-factor/"), (91, "no", "/me/password/"), (0, "no", "")],
)
def test_an_office_given_meanwhile_asks_for_all_that_it_asks_at_a_sign_in(
    cast: Cast, settings: Any, days: int, demand: str, gate: str
) -> None:
    settings.SECOND_FACTOR = demand
    person = make_user("郑立", username="zheng", political="none")
    client = enter(person, days=days)
    account_actions.grant_office(person, office="audit", by=cast.secadmin, at=timezone.now())
    assert client.get("/me/")["Location"] == "/login/?next=%2Fme%2F"
    client.post("/login/", {"username": "zheng", "password": PASSWORD})
    answer = client.get("/me/")
    assert answer.headers.get("Location", "").split("?")[0] == gate


def test_an_office_given_between_the_password_and_the_sign_in_counts(cast: Cast) -> None:
    person = make_user("郑立", username="zheng", political="none")
    now = timezone.now()
    account_actions.grant_office(
        User.objects.get(pk=person.pk), office="audit", by=cast.secadmin, at=now
    )
    fresh, _ = sign_ins.begin(person, session_key="key", browser="Chrome", at=now)
    assert (person.office, fresh.office) == ("", "audit")


# --- Twelve hours --------------------------------------------------------------------------------


def twelve_hours_later(client: Client) -> Client:
    session = client.session
    session["started"] = int(time.time()) - 12 * 3600 - 1
    session.save()
    return client


def test_a_form_posted_after_12_hours_is_held_and_posted_after_signing_in(cast: Cast) -> None:
    client = twelve_hours_later(enter(cast.member))
    way = client.post("/feedback/", {"body": WORDS, "page": "/me/"})["Location"]
    held = HeldPost.objects.get()
    assert (held.person, way) == (cast.member, f"/login/?next=%2Fheld%2F{held.pk}%2F")
    page = client.get(way).content.decode()
    assert "登录满12小时，这里的登录已退出" in page
    posted = {"username": "member", "password": PASSWORD, "next": f"/held/{held.pk}/"}
    page = client.post("/login/", posted, follow=True).content.decode()
    assert WORDS in page
    client.post(held.path, dict(held.fields))
    assert [(one.author, one.body) for one in Feedback.objects.all()] == [(cast.member, WORDS)]


def test_the_end_after_12_hours_is_written_down_once(cast: Cast) -> None:
    client = enter(cast.member)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    twelve_hours_later(client).get("/me/")
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    client.get("/me/")
    row = SignIn.objects.get()
    rows = Entry.objects.filter(name="登录满12小时，退出").values_list("user_id", "operation")
    assert (row.ended_because, list(rows)) == ("time", [("member", Operation.SIGN_OUT)])


@pytest.mark.parametrize("how", ["save", "fragment", "form in a fragment"])
def test_after_12_hours_script_is_answered_as_after_half_an_hour(cast: Cast, how: str) -> None:
    client = twelve_hours_later(enter(cast.member))
    htmx = {"HX-Request": "true"}
    if how == "save":
        answer = client.post("/copies/note-new/", SAVE, headers=SAVING)
        said = (answer["HX-Trigger"], answer.content)
        assert said == ("session-expired", b"")
    elif how == "fragment":
        answer = client.get("/me/", headers=htmx)
        assert answer["HX-Redirect"] == "/login/?next=%2Fme%2F"
    else:
        answer = client.post("/feedback/", {"body": WORDS}, headers=htmx)
        assert answer["HX-Redirect"] == f"/login/?next=%2Fheld%2F{HeldPost.objects.get().pk}%2F"
    assert (answer.status_code, Text.objects.exists(), Feedback.objects.exists()) == (
        401,
        False,
        False,
    )
    assert client.get("/me/").status_code == 302


def test_signing_in_again_begins_the_12_hours_anew(cast: Cast) -> None:
    client = enter(cast.member)
    session = client.session
    session["started"] = int(time.time()) - 12 * 3600 + 60
    session.save()
    client.post("/login/", {"username": "member", "password": PASSWORD})
    client.get("/me/")
    assert time.time() - client.session["started"] < 60
