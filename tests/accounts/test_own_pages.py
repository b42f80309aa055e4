"""The own page, text size, feedback and the navigation."""

from collections.abc import Callable

import pytest
from django.test import Client

from studyapp.accounts.models import Feedback, User
from tests.conftest import Cast

SignIn = Callable[[User], Client]


def test_the_navigation_leads_to_every_part(cast: Cast, signed_in: SignIn) -> None:
    context = signed_in(cast.member).get("/feedback/").context
    assert [item.label for item in context["nav_items"]] == [
        "今日",
        "学习材料",
        "学习会",
        "记录",
        "支部",
    ]


def test_a_page_is_marked_under_the_entry_where_it_is_found(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.secretary)
    pages = ("/archive/batch/", f"/branches/{cast.branch.pk}/archive/")
    found = [client.get(page).context["nav_items"] for page in pages]
    assert [[item.label for item in items if item.current] for items in found] == [
        ["记录"], ["支部"],
    ]  # fmt: skip


def test_an_administrator_sees_the_administration_only(cast: Cast, signed_in: SignIn) -> None:
    context = signed_in(cast.sysadmin).get("/feedback/").context
    assert [item.label for item in context["nav_items"]] == ["管理"]


def test_the_own_page_shows_the_own_branch(cast: Cast, signed_in: SignIn) -> None:
    page = signed_in(cast.member).get("/me/").content.decode()
    assert ("刑侦支队第一党支部" in page, "治安支队党支部" in page) == (True, False)


def test_the_text_size_is_stored_and_written_on_the_page(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.member)
    answer = client.post("/me/text-size/", {"size": "xl", "next": "/feedback/"})
    page = client.get("/feedback/").content.decode()
    assert (answer["Location"], 'data-text="xl"' in page) == ("/feedback/", True)


def test_an_unknown_text_size_changes_nothing(cast: Cast, signed_in: SignIn) -> None:
    signed_in(cast.member).post("/me/text-size/", {"size": "xxl"})
    cast.member.refresh_from_db()
    assert cast.member.text_size == "md"


def test_feedback_is_answered_and_read_by_its_author_only(cast: Cast, signed_in: SignIn) -> None:
    member = signed_in(cast.member)
    member.post("/feedback/", {"body": "字太小。", "page": "/speeches/"})
    entry = Feedback.objects.get()
    signed_in(cast.sysadmin).post(f"/admin/feedback/{entry.pk}/", {"answer": "可以调大。"})
    entry.refresh_from_db()
    assert (entry.page, entry.answer, entry.answered_by) == (
        "/speeches/",
        "可以调大。",
        cast.sysadmin,
    )
    assert "可以调大。" in member.get("/me/").content.decode()
    assert "可以调大。" not in signed_in(cast.recorder).get("/me/").content.decode()


def test_only_the_office_sees_and_answers_feedback(cast: Cast, signed_in: SignIn) -> None:
    entry = Feedback.objects.create(author=cast.member, body="字太小。")
    address = f"/admin/feedback/{entry.pk}/"
    found = [
        signed_in(person).get(where).status_code
        for person, where in (
            (cast.sysadmin, "/admin/feedback/"),
            (cast.sysadmin, address),
            (cast.auditor, "/admin/feedback/"),
            (cast.member, "/admin/feedback/"),
            (cast.member, address),
            (cast.visitor, address),
        )
    ]
    assert found == [200, 200, 404, 404, 403, 404]


def test_empty_feedback_comes_back_with_the_field_named(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.member).post("/feedback/", {"body": "  "})
    page = answer.content.decode()
    assert (answer.status_code, 'href="#id_body"' in page) == (422, True)


@pytest.mark.parametrize("page", ["/feedback/", "/me/", "/me/password/"])
def test_every_page_offers_feedback_about_itself(cast: Cast, signed_in: SignIn, page: str) -> None:
    text = signed_in(cast.member).get(page).content.decode()
    assert f"/feedback/?page={page.replace('/', '%2F')}" in text
