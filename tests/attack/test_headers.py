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
        (409, "/late/", {}),
        (411, "/login/", {"HTTP_TRANSFER_ENCODING": "chunked"}),
        (413, "/login/", {"CONTENT_LENGTH": "9" * 12}),
        (422, "/refuse/", {}),
        (500, "/fail/", {}),
        (503, "/full/", {}),
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


def test_every_static_file_carries_them_and_opens_to_no_other_site(client: Client) -> None:
    paths = {f"/static/{name}" for finder in get_finders() for name, _ in finder.list([])}
    wrong = {}
    for path in paths:
        first = client.get(path)
        body_of(first)
        again = client.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]})
        missing = client.get(f"{path}x")
        found = [
            (answer.status_code, missing_headers(answer, path), "Access-Control-Allow-Origin")
            for answer in (first, again, missing)
            if missing_headers(answer, path) or "Access-Control-Allow-Origin" in answer.headers
        ]
        if found or [first.status_code, again.status_code, missing.status_code] != [200, 304, 404]:
            wrong[path] = [first.status_code, again.status_code, missing.status_code, *found]
    assert wrong == {}
    assert {"css", "js", "svg"} <= {path.rpartition(".")[2] for path in paths}


def test_plain_http_leads_to_https_with_them_and_https_binds_itself(client: Client) -> None:
    with override_settings(SECURE_SSL_REDIRECT=True, SECURE_HSTS_SECONDS=31_536_000):
        away = client.get("/login/")
        answer = client.get("/login/", secure=True)
    assert (away.status_code, away["Location"]) == (301, "https://testserver/login/")
    assert missing_headers(away, "/login/") == []
    assert answer["Strict-Transport-Security"] == "max-age=31536000"
