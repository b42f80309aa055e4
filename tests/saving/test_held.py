"""Without script: a form that comes after the sign-in has ended is not lost."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from django.utils.module_loading import import_string

from studyapp.access.checks import walk
from studyapp.accounts.models import User
from studyapp.meetings.models import Note
from studyapp.saving.held import AS_CHOSEN, FORMS, Form, said
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
    held = HeldPost.objects.get()
    assert back == f"/held/{held.pk}/"
    assert page_of(client, held)[1] == [
        ("要提交的", "新笔记"),
        ("内容", "改起来。"),
        ("按下的", "存为草稿"),
    ]


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


def too_late(client: Client, path: str, **fields: str) -> Any:
    """Sign in, let it end, post; return the answer."""
    sign_in(client, "sysadmin" if path.startswith("/admin/") else "member")
    del client.cookies["sid"]
    return client.post(path, fields)


def test_no_form_that_acts_on_people_is_held(cast: Cast, client: Client) -> None:
    path = f"/admin/people/{cast.member.pk}/active/"
    answer = too_late(client, path, active="0", x=BODY)
    assert (answer.status_code, BODY in answer.content.decode()) == (401, True)
    assert HeldPost.objects.count() == 0


def test_the_forms_that_are_held_exist_and_are_no_administrators(db: None) -> None:
    views = {name: (route, view) for route, name, view in walk(get_resolver().url_patterns)}
    assert FORMS.keys() - views.keys() == set()
    for name in FORMS:
        route, view = views[name]
        assert (name, route.startswith("admin/"), view.access.kind == "office") == (
            name,
            False,
            False,
        )


def page_of(client: Client, held: HeldPost) -> tuple[str, list[tuple[str, str]]]:
    """Return the page of a held form, and what it shows: each label with its words."""
    page = client.get(f"/held/{held.pk}/").content.decode()
    shown = re.findall(r"<dt>(.*?)</dt>\s*<dd>\s*(.*?)\s*</dd>", page, re.DOTALL)
    boxes = re.findall(
        r"<label[^>]*>(.*?)</label>\s*<textarea[^>]*>\s*(.*?)</textarea>", page, re.DOTALL
    )
    return page, shown + boxes


def test_the_page_says_what_is_sent_in_words(cast: Cast, client: Client) -> None:
    write(client, cast)
    held = HeldPost.objects.get()
    sign_in(client, "member")
    page, shown = page_of(client, held)
    assert shown == [
        ("要提交的", "新笔记"),
        ("内容", BODY),
        ("类型", "学习笔记"),
        ("党组织", AS_CHOSEN),
        ("按下的", "存为草稿"),
    ]
    assert f'name="unit" value="{cast.branch.pk}"' in page


_MARK = "0123456789abcdef" * 4
ODD = ("next", "held_form", "base", "7-base", "revision", "part", "seen", "at", "page", "pick-3")
"""What pages put into their forms for programs alone."""


@pytest.mark.parametrize("name", FORMS)
def test_no_held_form_shows_a_name_that_programs_use(cast: Cast, client: Client, name: str) -> None:
    form = FORMS[name]
    fields = {
        key: asked for path in form.reads for key, asked in import_string(path).base_fields.items()
    }
    posted = [
        *((key, _typed(asked)) for key, asked in fields.items() if key not in form.more),
        *((key.replace("#", "12"), "写下的") for key in form.more),
        *form.buttons,
        *((key, _MARK) for key in ODD),
    ]
    held = HeldPost.objects.create(
        person=cast.member, path=_path(name), fields=posted, at=timezone.now()
    )
    sign_in(client, "member")
    _, shown = page_of(client, held)
    assert shown[0] == ("要提交的", form.what)
    visible = {str(asked.label) for asked in fields.values() if not asked.widget.is_hidden}
    assert visible - {label for label, _ in shown} == set()
    read = " ".join(f"{label} {words}" for label, words in shown)
    assert re.findall(r"[A-Za-z_]{2,}", read) == []


def _typed(asked: Any) -> str:
    """Return what somebody might give: a choice as a page sends it, or words."""
    if isinstance(asked, forms.ChoiceField):
        choices: Any = asked.choices
        return next((str(value) for value, _ in choices if value), "7")
    if isinstance(asked, forms.IntegerField):
        return "7"
    if isinstance(asked, forms.BooleanField):
        return "on"
    return _MARK if asked.widget.is_hidden else "写下的话"


def _path(name: str) -> str:
    found = next(route for route, known, _ in walk(get_resolver().url_patterns) if known == name)
    return "/" + re.sub(r"<int:\w+>", "1", found)


def test_a_form_of_several_on_a_page_is_called_by_the_same_words(cast: Cast) -> None:
    fields = [
        ("7-text", "甲"),
        ("7-base", _MARK),
        ("name2", "丁一"),
        ("ayes2", "8"),
        ("is_other2", "on"),
    ]
    part = [(one.label, one.value) for one in said(FORMS["minutes:edit"], fields[:2])]
    vote = [(one.label, one.value) for one in said(FORMS["meetings:vote"], fields[2:])]
    assert part == [("记录用文字", "甲")]
    assert vote == [("候选人2", "丁一"), ("候选人2得赞成票", "8"), ("候选人2是另选他人", "是")]


def test_words_in_a_field_that_nothing_is_known_of_are_shown(cast: Cast) -> None:
    assert [one.label for one in said(FORMS["meetings:summary"], [("merge-mine", "甲")])] == [
        "你写的"
    ]
    assert [one.label for one in said(Form(""), [("merge-theirs", "乙")])] == ["存着的"]


def test_ten_forms_of_a_person_are_held_and_not_too_many_from_one_address(
    cast: Cast, client: Client
) -> None:
    for _ in range(21):
        answer = too_late(client, "/feedback/", body=BODY, page="/")
    assert (HeldPost.objects.count(), answer.status_code) == (10, 401)
    assert BODY in answer.content.decode()


def test_what_is_no_words_is_not_held(cast: Cast, client: Client) -> None:
    too_late(client, "/feedback/", body="\x00" * 40, page="/")
    assert HeldPost.objects.count() == 0


def test_words_too_long_to_be_held_are_shown_before_a_password_is_changed(
    cast: Cast, client: Client
) -> None:
    User.objects.filter(pk=cast.member.pk).update(must_change_password=True)
    sign_in(client, "member")
    answer = client.post("/feedback/", {"body": "字" * 200_001, "page": "/"})
    page = answer.content.decode()
    assert (answer.status_code, "字" * 200_001 in page, 'href="/me/password/"' in page) == (
        401,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("came_from", "leads_to"),
    [
        ("http://testserver/notes/?own=1", "/notes/?own=1"),
        ("http://testserver//evil.example/", "/"),
        ("http://evil.example/notes/", "/"),
        ("", "/"),
    ],
)
@pytest.mark.attack(22)
def test_who_does_not_send_is_led_back_to_the_page_of_the_form(
    cast: Cast, client: Client, came_from: str, leads_to: str
) -> None:
    sign_in(client, "member")
    del client.cookies["sid"]
    headers = {"Referer": came_from} if came_from else {}
    client.post("/feedback/", {"body": BODY, "page": "/"}, headers=headers)
    address = f"/held/{HeldPost.objects.get().pk}/"
    sign_in(client, "member")
    answer = client.post(address)
    assert (answer["Location"], HeldPost.objects.count()) == (leads_to, 0)


def test_a_form_that_was_taken_is_not_taken_twice(cast: Cast, client: Client) -> None:
    write(client, cast)
    held = HeldPost.objects.get()
    sign_in(client, "member")
    page = client.get(f"/held/{held.pk}/").content.decode()
    name, value = re.findall(r'name="(held_\w+)" value="(\d+)"', page)[0]
    fields = {**dict(held.fields), name: value}
    refused = client.post(held.path, {**fields, "kind": "no such kind"})
    assert (refused.status_code, HeldPost.objects.count()) == (422, 1)
    client.post(held.path, fields)
    again = client.post(held.path, fields, follow=True).content.decode()
    assert (Note.objects.count(), HeldPost.objects.count()) == (1, 0)
    assert "提交过了" in again
