"""The headers of security.md on every answer that is no page: files, errors, redirects."""

import pytest
from django.contrib.staticfiles.finders import get_finders
from django.test import Client, override_settings

from tests.attack.pages import body_of, missing_headers

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.test_middleware")]


@pytest.mark.parametrize(
    ("status", "path", "more"),
    [
        (301, "/login", {}),
        (302, "/closed/", {}),
        (400, "/login/", {"HTTP_HOST": "evil.example"}),
        (401, "/closed/", {"HTTP_HX_REQUEST": "true"}),
        (403, "/deny/", {}),
        (404, "/nowhere/", {}),
        (405, "/button/", {}),
        (422, "/refuse/", {}),
        (500, "/fail/", {}),
    ],
)
def test_every_error_and_redirect_carries_them(
    client: Client, status: int, path: str, more: dict[str, str]
) -> None:
    client.raise_request_exception = False
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        answer = client.get(path, **more)
    assert (answer.status_code, missing_headers(answer, path)) == (status, [])


def test_what_is_too_much_or_carries_no_token_gets_them_too() -> None:
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000):
        large = Client().post("/button/", {"body": "a" * 2000})
    unsigned = Client(enforce_csrf_checks=True).post("/refuse/", {"body": "x"})
    found = [(one.status_code, missing_headers(one, "/button/")) for one in (large, unsigned)]
    assert found == [(413, []), (403, [])]


def test_every_kind_of_static_file_carries_them_and_opens_to_no_other_site(client: Client) -> None:
    every = [name for finder in get_finders() for name, _ in finder.list([])]
    kinds = {name.rpartition(".")[2]: f"/static/{name}" for name in every}
    wrong = {}
    for path in kinds.values():
        answer = client.get(path)
        body_of(answer)
        found = missing_headers(answer, path)
        if answer.status_code != 200 or found or "Access-Control-Allow-Origin" in answer.headers:
            wrong[path] = [answer.status_code, *found]
    assert wrong == {}
    assert {"css", "js", "svg"} <= kinds.keys()


def test_plain_http_leads_to_https_with_them_and_https_binds_itself(client: Client) -> None:
    with override_settings(SECURE_SSL_REDIRECT=True, SECURE_HSTS_SECONDS=31_536_000):
        away = client.get("/login/")
        answer = client.get("/login/", secure=True)
    assert (away.status_code, away["Location"]) == (301, "https://testserver/login/")
    assert missing_headers(away, "/login/") == []
    assert answer["Strict-Transport-Security"] == "max-age=31536000"
