"""Feedback: an entry on every page, answered in the administration, nothing written over unseen."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studyapp.accounts import actions
from studyapp.accounts.models import Feedback, Office, User
from studyapp.errors import Stale
from tests.conftest import Cast
from tests.factories import make_user

SignIn = Callable[[User], Client]


def _wish(cast: Cast, body: str = "字太小。") -> Feedback:
    return actions.send_feedback(by=cast.member, body=body, page="/me/")


def test_the_list_shows_what_waits_and_on_demand_all(cast: Cast, signed_in: SignIn) -> None:
    done = _wish(cast, "已经答复的意见")
    actions.answer_feedback(done, answer="好。", by=cast.sysadmin, at=timezone.now())
    _wish(cast, "还没答复的意见")
    client = signed_in(cast.sysadmin)
    found = [
        [words in client.get(address).content.decode() for words in ("已经答复的", "还没答复的")]
        for address in ("/admin/feedback/", "/admin/feedback/?show=all")
    ]
    assert found == [[False, True], [True, True]]


def test_the_list_is_cut_into_pages_not_off(cast: Cast, signed_in: SignIn) -> None:
    for number in range(60):
        _wish(cast, f"意见{number:02d}号")
    client = signed_in(cast.sysadmin)
    first, second = (
        client.get(f"/admin/feedback/?page={number}").content.decode() for number in (1, 2)
    )
    assert ("意见59号" in first, "意见00号" in first, "意见00号" in second) == (True, False, True)


def test_the_list_asks_as_often_for_three_as_for_one(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.sysadmin)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            _wish(cast)
        client.get("/admin/feedback/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/admin/feedback/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_answer_given_meanwhile_is_shown_before_it_is_replaced(
    cast: Cast, signed_in: SignIn
) -> None:
    entry = _wish(cast)
    client = signed_in(cast.sysadmin)
    address = f"/admin/feedback/{entry.pk}/"
    other = make_user("第二位", username="sys2", office=Office.SYSTEM, political="none")
    actions.answer_feedback(entry, answer="先答的。", by=other, at=timezone.now())
    stale = client.post(address, {"answer": "后答的。", "earlier": ""})
    page = stale.content.decode()
    assert (stale.status_code, "先答的。" in page, "后答的。" in page) == (409, True, True)
    again = stale.context["form"].data
    assert client.post(address, dict(again)).status_code == 302
    entry.refresh_from_db()
    assert (entry.answer, entry.answered_by) == ("后答的。", cast.sysadmin)


def test_a_stale_answer_is_refused(cast: Cast) -> None:
    entry = _wish(cast)
    actions.answer_feedback(entry, answer="一", by=cast.sysadmin, at=timezone.now())
    with pytest.raises(Stale, match="已有人答复"):
        actions.answer_feedback(entry, answer="二", by=cast.sysadmin, at=timezone.now())


@pytest.mark.parametrize("answer", ["", "   ", "\u200b"])
def test_an_empty_answer_is_named(cast: Cast, signed_in: SignIn, answer: str) -> None:
    entry = _wish(cast)
    found = signed_in(cast.sysadmin).post(f"/admin/feedback/{entry.pk}/", {"answer": answer})
    entry.refresh_from_db()
    assert (found.status_code, entry.answer) == (422, "")


@pytest.mark.attack(25)
def test_words_are_shown_as_words(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.member)
    odd = "<script>alert(1)</script>{{7*7}}\u202e𠮷\x07"
    client.post("/feedback/", {"body": odd, "page": "/me/"})
    page = signed_in(cast.sysadmin).get("/admin/feedback/").content.decode()
    assert Feedback.objects.get().body == "<script>alert(1)</script>{{7*7}}𠮷"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}𠮷" in page


def test_a_text_over_the_limit_stays_in_the_form(cast: Cast, signed_in: SignIn) -> None:
    body = "长" * 2001
    answer = signed_in(cast.member).post("/feedback/", {"body": body, "page": "/me/"})
    assert (answer.status_code, body in answer.content.decode()) == (422, True)


def test_an_address_of_elsewhere_is_no_page(cast: Cast, signed_in: SignIn) -> None:
    body = {"body": "字太小。", "page": "javascript:alert(1)"}
    signed_in(cast.member).post("/feedback/", body)
    assert Feedback.objects.get().page == ""


def test_the_counter_below_each_text_knows_its_limit(cast: Cast, signed_in: SignIn) -> None:
    given = Feedback.objects.create(author=cast.member, body="字太小")
    pages = [
        signed_in(cast.member).get("/feedback/").content.decode(),
        signed_in(cast.sysadmin).get(f"/admin/feedback/{given.pk}/").content.decode(),
    ]
    limits = [Feedback._meta.get_field(name).max_length for name in ("body", "answer")]
    assert None not in limits
    assert [f'data-count="{n}"' in page for n, page in zip(limits, pages, strict=True)] == [
        True
    ] * 2
