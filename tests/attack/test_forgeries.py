"""Requests that no page of the site would send: odd fields, headers, sizes, names."""

import logging
import re
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from lxml import html

from studyapp.accounts.models import Feedback, User
from studyapp.audit.models import Entry
from studyapp.branches.models import Membership
from studyapp.errors import Refused
from studyapp.meetings.actions import roll
from studyapp.meetings.models import Note
from studyapp.speeches.models import Speech, Version
from studyapp.web.errors import server_error
from tests.attack.files import name_in
from tests.attack.pages import missing_headers
from tests.conftest import Cast
from tests.factories import PASSWORD, make_meeting, make_note, make_user

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
EVERY = ("get", "post", "put", "patch", "delete", "trace", "options", "propfind")


def words(page: str) -> str:
    """Return what a reader sees of a page."""
    return re.sub(r"\s+", " ", str(html.fromstring(page).xpath("string()")))


# --- Fields --------------------------------------------------------------------------------------

EXTRA = {
    "status": "signed", "state": "signed", "signed_at": "2026-01-01", "author": "1", "user": "1",
    "by": "1", "is_superuser": "1", "is_staff": "1", "office": "system", "role": "secretary",
    "is_active": "1", "posted_at": "2026-01-01", "deleted_at": "", "id": "1", "pk": "1",
    "version": "9", "revision_number": "9", "created_by": "1",
}  # fmt: skip


@pytest.mark.attack(5)
def test_extra_fields_of_a_form_are_ignored(cast: Cast, signed_in: SignIn) -> None:
    note = make_note(cast.member, cast.branch, posted=False)
    before: dict[str, Any] = {**Note.objects.filter(pk=note.pk).values().get()}
    people = list(User.objects.order_by("pk").values())
    places = list(Membership.objects.order_by("pk").values())
    client = signed_in(cast.member)
    form = {
        "body": "改过的话。",
        "kind": note.kind,
        "unit": cast.branch.pk,
        "revision": note.revision,
    }
    assert client.post(f"/notes/{note.pk}/edit/", EXTRA | form).status_code == 302
    after: dict[str, Any] = {**Note.objects.filter(pk=note.pk).values().get()}
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"body", "revision", "updated_at", "edited_at"}
    assert after["body"] == "改过的话。"
    client.post("/feedback/", EXTRA | {"body": "字太小", "page": "/", "answer": "已办"})
    assert Feedback.objects.values_list("author", "answer").get() == (cast.member.pk, "")
    now = list(User.objects.order_by("pk").values())
    assert [{**one, "last_login": None} for one in now] == [
        {**one, "last_login": None} for one in people
    ]
    assert list(Membership.objects.order_by("pk").values()) == places


@pytest.mark.attack(2)
def test_a_note_of_somebody_else_is_neither_saved_nor_found(cast: Cast, signed_in: SignIn) -> None:
    draft = make_note(cast.member, cast.branch, posted=False, body="只给自己看。")
    form = {"body": "别人的话", "kind": draft.kind, "unit": cast.branch.pk, "revision": 1}
    codes = {}
    for who in ("visitor", "secretary", "inspector", "sysadmin"):
        client = signed_in(cast.people()[who])
        found = [client.post(f"/notes/{draft.pk}/{to}/", form) for to in ("edit", "post", "delete")]
        codes[who] = {answer.status_code for answer in found}
    assert set().union(*codes.values()) == {404}
    assert Note.objects.values_list("body", "posted_at", "deleted_at").get(pk=draft.pk) == (
        "只给自己看。",
        None,
        None,
    )


@pytest.mark.attack(3)
def test_a_note_goes_neither_into_a_foreign_branch_nor_to_a_foreign_meeting(
    cast: Cast, signed_in: SignIn
) -> None:
    who = make_user("治安书记", unit=cast.other_branch, role="secretary")
    foreign = make_meeting(cast.other_branch, chair=who, recorder=who)
    client = signed_in(cast.member)
    form = {"body": "混进去的话", "kind": "study", "then": "post"}
    tried = [
        client.post("/notes/new/", form | {"unit": cast.other_branch.pk}),
        client.post(f"/notes/new/?meeting={foreign.pk}", form | {"unit": cast.branch.pk}),
        client.post(f"/notes/new/?meeting={foreign.pk}", form | {"unit": cast.other_branch.pk}),
    ]
    assert [answer.status_code for answer in tried] == [422, 404, 404]
    assert Note.objects.count() == 0


@pytest.mark.attack(52)
def test_who_was_disabled_is_added_to_no_roll(cast: Cast) -> None:
    meeting = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder)
    User.objects.filter(pk=cast.member.pk).update(is_active=False)
    gone = User.objects.get(pk=cast.member.pk)
    with pytest.raises(Refused):
        roll.add_person(meeting, user=gone, by=cast.recorder, at=meeting.planned_start)
    assert meeting.attendances.count() == 0


@pytest.mark.attack(28)
def test_json_gives_back_what_was_typed(cast: Cast, signed_in: SignIn) -> None:
    typed = '"}],"x":"</script><!--\\u003c{{7*7}}\\"'
    client = signed_in(cast.member)
    save = {"base": "0", "client": "one", "token": "one-1"}
    client.post("/copies/note-new/", {**save, "body": typed})
    stale = {"base": "0", "client": "two", "token": "two-1", "body": "别的"}
    answer = client.post("/copies/note-new/", stale)
    assert (answer.status_code, answer.json()["body"]) == (409, typed)
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Content-Type-Options"] == "nosniff"


# --- Headers -------------------------------------------------------------------------------------


@pytest.mark.attack(19)
def test_nothing_that_a_client_says_of_itself_is_believed(client: Client, cast: Cast) -> None:
    claims = {
        "HTTP_X_FORWARDED_FOR": "6.6.6.6",
        "HTTP_X_REAL_IP": "6.6.6.6",
        "HTTP_FORWARDED": "for=6.6.6.6",
        "HTTP_X_CLIENT_IP": "6.6.6.6",
        "HTTP_X_SSL_CLIENT_DN": "CN=sysadmin",
        "HTTP_X_SSL_CLIENT_VERIFY": "SUCCESS",
        "HTTP_X_REMOTE_USER": "sysadmin",
        "HTTP_REMOTE_USER": "sysadmin",
        "HTTP_AUTHORIZATION": "Basic c3lzYWRtaW46eA==",
    }
    assert client.get("/admin/people/", **claims)["Location"].startswith("/login/")
    client.post("/login/", {"username": "member", "password": PASSWORD}, **claims)
    assert client.get("/admin/people/", **claims).status_code == 404
    assert set(Entry.objects.exclude(terminal="").values_list("terminal", flat=True)) == {
        "127.0.0.1"
    }


@pytest.mark.attack(21)
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost:80@evil"])
def test_a_forged_host_is_refused_and_in_no_link(client: Client, db: None, host: str) -> None:
    with override_settings(ALLOWED_HOSTS=["localhost"]):
        answer = client.get("/login/", headers={"Host": host})
        behind = client.get(
            "/login/", headers={"Host": "localhost", "X-Forwarded-Host": host, "X-Host": host}
        )
    assert (answer.status_code, missing_headers(answer, "/login/")) == (400, [])
    assert (behind.status_code, b"evil" in behind.content) == (200, False)


@pytest.mark.attack(22)
@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "https:evil.example", "https:///evil.example", "javascript:alert(1)",
        "/\\evil.example", "\\\\evil.example", "/%0d%0aSet-Cookie:x=1//", "/\r\nSet-Cookie: x=1",
        "\x00//evil.example", " //evil.example", "///evil.example", "http:/\\evil.example",
    ],
)  # fmt: skip
def test_the_way_back_after_signing_in_stays_here(client: Client, cast: Cast, target: str) -> None:
    form = {"username": "member", "password": PASSWORD, "next": target}
    answer = client.post("/login/", form)
    assert answer.status_code == 302
    assert re.fullmatch(r"/(?![/\\])[^\r\n\\]*", answer["Location"])
    assert "x" not in answer.cookies
    assert client.get(answer["Location"]).wsgi_request.get_host() == "testserver"


@pytest.mark.attack(24)
def test_a_token_of_another_person_or_of_before_the_sign_in_is_refused(cast: Cast) -> None:
    def token_of(client: Client, path: str) -> str:
        page = client.get(path).content.decode()
        return str(re.findall('name="csrfmiddlewaretoken" value="([^"]+)"', page)[0])

    mine, other = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    old = token_of(mine, "/login/")
    for client, name in ((mine, "member"), (other, "visitor")):
        form = {"username": name, "password": PASSWORD}
        token = token_of(client, "/login/")
        assert client.post("/login/", form | {"csrfmiddlewaretoken": token}).status_code == 302
    words = "这一段写了很久，令牌过期的时候也要看得见，一个字都不能少。"
    form = {"body": words, "page": "/"}
    foreign = token_of(other, "/feedback/")
    for token in (old, foreign, "", "x" * 64):
        answer = mine.post("/feedback/", form | {"csrfmiddlewaretoken": token})
        assert (answer.status_code, words in answer.content.decode()) == (403, True)
    assert Feedback.objects.count() == 0
    fresh = token_of(mine, "/feedback/")
    assert mine.post("/feedback/", form | {"csrfmiddlewaretoken": fresh}).status_code == 302
    assert Feedback.objects.get().body == words


# --- Sizes ---------------------------------------------------------------------------------------


@pytest.mark.attack(46)
def test_very_much_text_is_refused_in_words_and_stores_nothing(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.member)
    form = {"kind": "study", "unit": cast.branch.pk, "then": "post"}
    save = {"base": "0", "client": "one", "token": "one-1"}
    found = {
        "10 MB": client.post("/notes/new/", form | {"body": "a" * 10_000_000}).status_code,
        "10 MB saved": client.post(
            "/copies/note-new/", save | {"body": "a" * 10_000_000}, headers={"X-Saving": "1"}
        ).status_code,
        "a million lines": client.post(
            "/notes/new/", form | {"body": "\n" * 1_000_000}
        ).status_code,
        "a million lines of letters": client.post(
            "/notes/new/", form | {"body": "a\n" * 1_000_000}
        ).status_code,
        "nested JSON": client.post(
            "/copies/note-new/", "[" * 10_000 + "]" * 10_000, content_type="application/json"
        ).status_code,
    }
    assert found == {
        "10 MB": 413,
        "10 MB saved": 413,
        "a million lines": 422,
        "a million lines of letters": 422,
        "nested JSON": 422,
    }
    assert Note.objects.count() == 0


@pytest.mark.attack(23)
def test_a_password_of_a_megabyte_is_never_hashed(client: Client, cast: Cast) -> None:
    started = process_time()
    answer = client.post("/login/", {"username": "member", "password": "a" * 1_000_000})
    assert answer.status_code == 422
    # Ten times what is allowed: a guard, not a benchmark.
    assert process_time() - started < 0.5


# --- Addresses and files -------------------------------------------------------------------------

OUTSIDE = (
    "/static/../db.sqlite3", "/static/%2e%2e/db.sqlite3", "/static/..%2fsecret.key", "/db.sqlite3",
    "/static/../../manage.py", "/.git/config", "/.env", "/media/x", "/media/../secret.key",
    "/static//etc/passwd", "/static/css/../../studyapp/settings.py", "/manage.py", "/static/",
    "/static/%00", "/static/..\\secret.key", "/record_keys", "/debug/", "/server-status",
)  # fmt: skip


@pytest.mark.attack(48)
@pytest.mark.parametrize("path", OUTSIDE)
def test_files_that_are_not_the_sites_are_not_found(
    cast: Cast, signed_in: SignIn, path: str
) -> None:
    for client in (Client(), signed_in(cast.member)):
        answer = client.get(path)
        assert (answer.status_code, missing_headers(answer, "/")[1:]) == (404, [])


@pytest.mark.attack(38)
@pytest.mark.parametrize(
    "name",
    ["../../evil.txt", "a\r\nSet-Cookie: x=1.txt", 'a";filename="b.exe.txt', "长" * 300 + ".txt",
     "..\\..\\evil.txt", "\u202etxt.exe.txt", "<x-evil>.txt"],
)  # fmt: skip
def test_a_file_with_any_name_is_kept_under_a_random_one_and_comes_back_as_a_download(
    cast: Cast, signed_in: SignIn, settings: Any, tmp_path: Path, name: str
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    client = signed_in(cast.secretary)
    file = SimpleUploadedFile("x.txt", "一、夯实基础。要抓实。\n二、服务群众。要做细。".encode())
    file._name = name  # type: ignore[attr-defined]
    answer = client.post("/speeches/new/", {"unit": cast.branch.pk, "file": file})
    if answer.status_code == 422:  # a line end cuts the name off, and with it the ending
        assert (Speech.objects.count(), "\r\n" in name) == (0, True)
        return
    version = Version.objects.get()
    kept = Path(version.file.path)
    assert kept.is_relative_to(tmp_path / "media")
    assert re.fullmatch(r"[\w/-]+(?:\.\w+)?", version.file.name)
    got = client.get(f"/speeches/{version.speech_id}/original/")
    list(got.streaming_content)  # type: ignore[attr-defined]
    header = got["Content-Disposition"]
    assert header.startswith("attachment;")
    assert re.fullmatch(r"[^\x00-\x1f\u202e/\\:\"<>]{5,90}", name_in(header))
    assert "x" not in got.cookies
    assert missing_headers(got, "/") == []


@pytest.mark.attack(47)
def test_a_line_end_in_an_address_makes_no_second_line_in_the_log(
    rf: Any, client: Client, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        server_error(rf.get("/copies/a%0aERROR%20forged/"))
        client.get("/nowhere/%0aERROR%20forged")
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) >= 2
    assert [line for line in lines if "\n" in line or "\r" in line] == []


# --- Searches and patterns ---


@pytest.mark.attack(44)
@pytest.mark.parametrize(("typed", "found"), [("%", ["百%"]), ("_", ["a_b"]), ("'", ["d'x"])])
def test_signs_of_like_are_searched_as_letters(
    cast: Cast, signed_in: SignIn, typed: str, found: list[str]
) -> None:
    for name in ("百%", "a_b", "d'x"):
        make_user(name, unit=cast.branch)
    page = signed_in(cast.sysadmin).get("/admin/people/", {"q": typed}).content.decode()
    shown = words(page)
    assert [name for name in ("百%", "a_b", "d'x", "王海峰") if name in shown] == found
