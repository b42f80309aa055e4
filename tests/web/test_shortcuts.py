"""Rendering a page or one partial, and where a form may lead."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from django_htmx.middleware import HtmxMiddleware

from studyapp.web.shortcuts import render_page, safe_next, typed_texts

_PAGE = "head {% partialdef roll inline %}roll{% endpartialdef %} {% partialdef secret inline %}s{% endpartialdef %}"
_TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [("django.template.loaders.locmem.Loader", {"page.html": _PAGE})],
                )
            ],
            "builtins": ["template_partials.templatetags.partials"],
        },
    }
]


def _render(**headers: str) -> HttpResponse:
    request = RequestFactory().get("/", headers=headers)
    HtmxMiddleware(lambda _: HttpResponse())(request)
    with override_settings(TEMPLATES=_TEMPLATES):
        return render_page(request, "page.html", {}, partials=("roll",))


def test_a_plain_request_gets_the_whole_page() -> None:
    assert _render().content.decode() == "head roll s"


def test_htmx_gets_the_partial_its_target_names() -> None:
    answer = _render(**{"HX-Request": "true", "HX-Target": "roll"})
    assert answer.content.decode() == "roll"


def test_a_partial_off_the_whitelist_gives_the_whole_page() -> None:
    answer = _render(**{"HX-Request": "true", "HX-Target": "secret"})
    assert answer.content.decode() == "head roll s"


def test_a_boosted_request_gets_the_whole_page() -> None:
    answer = _render(**{"HX-Request": "true", "HX-Target": "roll", "HX-Boosted": "true"})
    assert answer.content.decode() == "head roll s"


def test_every_page_varies_by_what_htmx_sent() -> None:
    assert _render()["Vary"] == "HX-Request, HX-Target"


@pytest.mark.attack(22)
@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/speeches/", "/speeches/"),
        ("/speeches/?page=2#t1", "/speeches/?page=2#t1"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("speeches/", "/"),
        ("", "/"),
    ],
)
def test_next_never_leaves_the_site(target: str, leads_to: str) -> None:
    assert safe_next(RequestFactory().get("/", {"next": target}), "/") == leads_to


def test_typed_texts_are_words_and_never_a_password() -> None:
    words = {
        "body": "一段写了很久、不想再写一遍的体会，超过二十个字。",
        "place": "三楼",
        "english": "Words of more than twenty letters.",
    }
    choices = {"kind": "reflection", "theme": "12", "day": "2026-11-26", "then": "post"}
    choices["next"] = "/meetings/7/?view=notes&theme=1#compose"
    secrets = {"password": "密" * 30, "old": "y" * 30, "new": "z" * 30, "again": "z" * 30}
    request = RequestFactory().post("/", {**words, **choices, **secrets})
    assert typed_texts(request) == list(words.values())
