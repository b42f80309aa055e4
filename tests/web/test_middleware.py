"""Headers on every answer, closed by default, refusals that keep what was typed."""

import errno
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import include, path
from django.views.decorators.http import require_POST

from studyapp.access.decorators import public
from studyapp.errors import Refused, Stale
from studyapp.web.errors import server_error

LONG = "这一段体会写了很久，被退回的时候还要在页面上看得见<b>。"


@public(reason="test")
def refuse(request: HttpRequest) -> HttpResponse:
    raise Refused("会议已经签字，不能再改。另写一份补充说明。")


@public(reason="test")
def deny(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("x")


@public(reason="test")
def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken")


@public(reason="test")
def full(request: HttpRequest) -> HttpResponse:
    raise OSError(errno.ENOSPC, "no room")


@public(reason="test")
def late(request: HttpRequest) -> HttpResponse:
    raise Stale("别人刚改过。刷新页面再看。")


@public(reason="test")
@require_POST
def button(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.POST.get("body", ""))


def closed(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


urlpatterns = [
    path("refuse/", refuse),
    path("deny/", deny),
    path("fail/", fail),
    path("full/", full),
    path("late/", late),
    path("button/", button),
    path("closed/", closed),
    path("", include("studyapp.urls")),
]
handler400 = "studyapp.web.errors.bad_request"
handler403 = "studyapp.web.errors.forbidden"
handler404 = "studyapp.web.errors.not_found"
handler500 = "studyapp.web.errors.server_error"

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.test_middleware")]


def test_every_answer_carries_the_headers_of_the_content_policy(client: Client) -> None:
    answer = client.get("/login/")
    assert {
        name: answer[name]
        for name in (
            "Content-Security-Policy",
            "X-Content-Type-Options",
            "X-Frame-Options",
            "Referrer-Policy",
            "Cross-Origin-Opener-Policy",
            "Cache-Control",
        )
    } == {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
            "base-uri 'none'; object-src 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": answer["Cache-Control"],
    }
    assert "no-store" in answer["Cache-Control"]


def test_error_pages_carry_the_headers_too(client: Client) -> None:
    assert client.get("/nowhere/")["X-Frame-Options"] == "DENY"


def test_a_stranger_is_sent_to_sign_in_with_the_way_back(client: Client) -> None:
    assert client.get("/closed/?a=1")["Location"] == "/login/?next=%2Fclosed%2F%3Fa%3D1"


def test_a_strangers_post_leads_back_to_the_start(client: Client) -> None:
    assert client.post("/closed/")["Location"] == "/login/?next=%2F"


def test_htmx_of_a_stranger_is_redirected_as_a_whole(client: Client) -> None:
    answer = client.get("/closed/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/login/?next=%2Fclosed%2F")


def test_a_refusal_shows_its_sentence_and_what_was_typed(client: Client) -> None:
    answer = client.post("/refuse/", {"body": LONG, "password": "a" * 30})
    page = answer.content.decode()
    assert answer.status_code == Refused.status
    assert "会议已经签字，不能再改。另写一份补充说明。" in page
    assert "被退回的时候还要在页面上看得见&lt;b&gt;。" in page
    assert "a" * 30 not in page


@pytest.mark.attack(24)
def test_a_form_without_its_token_gives_back_what_was_typed() -> None:
    answer = Client(enforce_csrf_checks=True).post("/refuse/", {"body": LONG})
    assert answer.status_code == 403
    assert "被退回的时候还要在页面上看得见" in answer.content.decode()


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [("/nowhere/", 404, "没有这个页面"), ("/deny/", 403, "这一步不归你办")],
)
def test_error_pages_say_what_happened(
    client: Client, address: str, status: int, words: str
) -> None:
    answer = client.get(address)
    assert (answer.status_code, f"<h1>{words}</h1>" in answer.content.decode()) == (status, True)


@pytest.mark.attack(21)
def test_a_bad_request_says_so(client: Client) -> None:
    with override_settings(ALLOWED_HOSTS=["good.example"]):
        answer = client.get("/login/", headers={"host": "bad.example"})
    assert answer.status_code == 400
    assert "<h1>看不懂这次请求</h1>" in answer.content.decode()


@pytest.mark.attack(46)
@pytest.mark.parametrize(
    ("limit", "fields"),
    [
        ({"DATA_UPLOAD_MAX_MEMORY_SIZE": 1000}, {"body": "字" * 1000}),
        ({"DATA_UPLOAD_MAX_NUMBER_FIELDS": 3}, {f"f{n}": "1" for n in range(9)}),
    ],
)
def test_more_than_is_taken_in_is_answered_with_the_limits(
    client: Client, limit: dict[str, int], fields: dict[str, str]
) -> None:
    with override_settings(**limit):
        answer = client.post("/button/", fields)
    page = answer.content.decode()
    assert answer.status_code == 413
    assert "一次提交的文字不能超过 2 MB" in page


def test_the_limits_told_are_the_limits_set() -> None:
    assert settings.UPLOAD_LIMIT == 20 * 1024 * 1024
    assert settings.TEXT_LIMIT == 2 * 1024 * 1024
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE == 5 * 1024 * 1024


@pytest.mark.attack(12)
def test_the_address_of_a_button_opened_as_a_page_says_what_it_is(client: Client) -> None:
    answer = client.get("/button/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "<h1>这个地址不能直接打开</h1>" in answer.content.decode()


def test_a_fault_shows_an_id_and_what_was_typed(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.raise_request_exception = False
    answer = client.post("/fail/", {"body": "只有十个字也不能丢。", "kind": "reflection"})
    identifier = caplog.text.split("error id ")[1].split()[0]
    page = answer.content.decode()
    assert answer.status_code == 500
    assert f"<b>{identifier}</b>" in page
    assert ("只有十个字也不能丢。" in page, "reflection" in page) == (True, False)


def test_the_fault_page_asks_no_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert server_error(RequestFactory().get("/")).status_code == 500


def test_the_fault_page_comes_even_where_the_form_cannot_be_read() -> None:
    request = RequestFactory().post("/", {"body": "字" * 1000})
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000):
        assert server_error(request).status_code == 500
