"""Sign-in: who gets in, what the refused see, how long it lasts."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate, hashers
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.utils import timezone

from studyapp.accounts import actions
from studyapp.accounts.hashers import TunedArgon2Hasher
from studyapp.accounts.middleware import POLLS
from studyapp.accounts.models import Feedback, Office, User
from studyapp.audit.models import Entry, Operation
from tests.conftest import Cast
from tests.factories import make_meeting, make_user

SignIn = Callable[[User], Client]


class QuickHasher(TunedArgon2Hasher):
    """A tenth of the cost, so that many tries fit into a test."""

    memory_cost = 2 * 1024


PASSWORD = "Plum-Blossom-2026"
WORDS = "写了很久的一段话，" * 4
WRONG = "登录名或密码不对。连续输错 5 次将锁定 15 分钟；忘了密码，找单位的管理员重置。"

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    """Somebody with a known password."""
    user = make_user("林晓燕", username="lin")
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user


def _try(client: Client, name: str, password: str, **more: str) -> Any:
    return client.post("/login/", {"username": name, "password": password, **more})


def _signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_right_password_opens_the_start_page(client: Client, person: User) -> None:
    answer = _try(client, "lin", PASSWORD)
    assert (answer.status_code, answer["Location"], _signed_in(client)) == (302, "/", True)


def test_unknown_wrong_and_disabled_read_the_same(client: Client, person: User) -> None:
    gone = make_user("离职者", username="gone")
    gone.set_password(PASSWORD)
    gone.is_active = False
    gone.save(update_fields=["password", "is_active"])
    pages = []
    for name, password in (("nobody", "x"), ("lin", "x"), ("gone", PASSWORD)):
        answer = _try(client, name, password)
        text = answer.content.decode()
        pages.append((answer.status_code, WRONG in text, _signed_in(client)))
    assert pages == [(422, True, False)] * 3


@pytest.mark.attack(13)
def test_the_time_of_a_refusal_does_not_tell_who_exists(
    client: Client, person: User, settings: Any
) -> None:
    """200 tries, in turns, so that what else the machine does hits both alike."""
    settings.AXES_ENABLED = False  # a lock in between would be measured instead
    settings.PASSWORD_HASHERS = ["tests.accounts.test_sign_in.QuickHasher"]
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    request = RequestFactory().post("/login/")
    took: dict[str, list[float]] = {"lin": [], "nobody": []}
    for number in range(200):
        name = "lin" if number % 2 else "nobody"
        begun = time.perf_counter()
        authenticate(request, username=name, password="wrong")
        took[name].append(time.perf_counter() - begun)
    known, unknown = (sorted(times)[len(times) // 2] for times in took.values())
    assert 0.8 < known / unknown < 1.25


@pytest.mark.parametrize("old", ["pbkdf2", "argon2 of other cost"])
def test_an_older_hash_is_renewed_at_sign_in(client: Client, person: User, old: str) -> None:
    weaker = {"pbkdf2": hashers.PBKDF2PasswordHasher(), "argon2 of other cost": QuickHasher()}[old]
    person.password = weaker.encode(PASSWORD, weaker.salt())
    person.save(update_fields=["password"])
    _try(client, "lin", PASSWORD)
    person.refresh_from_db()
    assert _signed_in(client)
    assert person.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.attack(24)
@pytest.mark.parametrize("token", ["none", "another's", "an old one"])
def test_a_form_without_its_own_token_is_refused_and_its_words_are_shown(
    person: User, token: str
) -> None:
    client = Client(enforce_csrf_checks=True)

    def fresh(asker: Client) -> str:
        asker.get("/login/")
        return asker.cookies["csrf"].value

    def enter(asker: Client, *, proof: str) -> None:
        posted = {"username": "lin", "password": PASSWORD, "csrfmiddlewaretoken": proof}
        assert asker.post("/login/", posted).status_code == 302

    old = fresh(client)
    enter(client, proof=old)
    given = {"none": "", "another's": fresh(Client()), "an old one": old}[token]
    answer = client.post("/feedback/", {"body": WORDS, "csrfmiddlewaretoken": given})
    assert (answer.status_code, WORDS in answer.content.decode()) == (403, True)
    assert not Feedback.objects.exists()
    good = {"body": WORDS, "csrfmiddlewaretoken": client.cookies["csrf"].value}
    assert client.post("/feedback/", good).status_code == 302


@pytest.mark.attack(14)
def test_five_failures_lock_the_account_and_read_the_same(client: Client, person: User) -> None:
    for _ in range(5):
        _try(client, "lin", "wrong")
    answer = _try(client, "lin", PASSWORD)
    state = (answer.status_code, WRONG in answer.content.decode(), _signed_in(client))
    assert state == (422, True, False)


@pytest.mark.attack(13)
@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("lin", "wrong"),
        ("nobody", "wrong"),
        ("gone", PASSWORD),
        ("new", "wrong"),
        ("late", "wrong"),
        ("locked", PASSWORD),
        ("locked", "wrong"),
    ],
)
def test_every_refusal_hashes_one_password(
    client: Client,
    person: User,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    password: str,
) -> None:
    """The same time: hashing is what costs, the rest is lost in it."""
    make_user("离职者", username="gone", password=PASSWORD, is_active=False)
    User.objects.create_user("new", "从没发过密码", None)
    late = make_user("过期者", username="late")
    actions.give_first_password(late, by=None, at=timezone.now() - timedelta(days=9))
    for _ in range(5):
        _try(client, "locked", "wrong")
    hashed: list[str] = []
    hasher = hashers.get_hasher()
    encode, verify = type(hasher).encode, type(hasher).verify

    def counted_encode(self: Any, password: str, *args: Any) -> str:
        hashed.append("encode")
        return encode(self, password, *args)

    def counted_verify(self: Any, password: str, encoded: str) -> bool:
        hashed.append("verify")
        return verify(self, password, encoded)

    monkeypatch.setattr(type(hasher), "encode", counted_encode)
    monkeypatch.setattr(type(hasher), "verify", counted_verify)
    answer = _try(client, name, password)
    assert (answer.status_code, len(hashed)) == (422, 1)
    assert WRONG in answer.content.decode()


def test_the_log_tells_why_a_sign_in_failed(client: Client, person: User) -> None:
    make_user("离职者", username="gone", password=PASSWORD, is_active=False)
    for _ in range(5):
        _try(client, "lin", "wrong")
    for name, password in (("lin", PASSWORD), ("gone", PASSWORD), ("my-Secret-2026", "x")):
        _try(client, name, password)
    rows = Entry.objects.filter(succeeded=False).order_by("seq")
    assert list(rows.values_list("target", "error_code")) == [
        *[("lin", "wrong")] * 4,
        *[("lin", "locked")] * 2,
        ("gone", "disabled"),
        ("my…（14字）", "unknown"),
    ]


@pytest.mark.parametrize("typed", ["Lin", " lin ", "ＬＩＮ"])
def test_a_name_is_found_however_it_is_typed(client: Client, person: User, typed: str) -> None:
    _try(client, typed, PASSWORD)
    assert _signed_in(client)


def test_ways_of_typing_a_name_count_as_one(client: Client, person: User) -> None:
    for typed in ("lin", "LIN", "Lin", "ｌｉｎ", "lIN"):
        _try(client, typed, "wrong")
    _try(client, "lin", PASSWORD)
    assert not _signed_in(client)


@pytest.mark.attack(15)
@pytest.mark.parametrize(
    "name", ["x" * 10_000, "x" * 51, "a\x00b", "admin'--", "*)(uid=*", "ａｄｍｉｎ", "{{7*7}}"]
)
def test_odd_names_are_plain_failures(client: Client, person: User, name: str) -> None:
    answer = _try(client, name, PASSWORD)
    assert (answer.status_code, WRONG in answer.content.decode()) == (422, True)
    _try(client, "lin", PASSWORD)
    assert _signed_in(client)


@pytest.mark.attack(23)
def test_a_megabyte_of_password_is_a_plain_failure(client: Client, person: User) -> None:
    _try(client, "lin", "x")
    begun = time.perf_counter()
    answer = _try(client, "lin", "x" * 1_000_000)
    assert (answer.status_code, WRONG in answer.content.decode()) == (422, True)
    assert time.perf_counter() - begun < 0.5  # ten times what security.md allows


def test_a_long_password_of_the_own_works(client: Client, person: User) -> None:
    person.set_password("Long-1" + "x" * 122)
    person.save(update_fields=["password"])
    _try(client, "lin", "Long-1" + "x" * 122)
    assert _signed_in(client)


def test_empty_fields_are_named(client: Client) -> None:
    page = _try(client, "", "").content.decode()
    assert ("填写登录名。" in page, "填写密码。" in page) == (True, True)


def test_four_failures_do_not_lock(client: Client, person: User) -> None:
    for _ in range(4):
        _try(client, "lin", "wrong")
    _try(client, "lin", PASSWORD)
    assert _signed_in(client)


def test_the_lock_ends_after_15_minutes(client: Client, person: User) -> None:
    for _ in range(5):
        _try(client, "lin", "wrong")
    before = timezone.now() - timedelta(minutes=15, seconds=1)
    AccessAttempt.objects.update(attempt_time=before)
    _try(client, "lin", PASSWORD)
    assert _signed_in(client)


def test_a_lock_of_one_account_leaves_the_others_open(client: Client, person: User) -> None:
    for _ in range(5):
        _try(client, "someone", "wrong")
    _try(client, "lin", PASSWORD)
    assert _signed_in(client)


def test_an_administrator_lifts_the_lock(client: Client, person: User) -> None:
    for _ in range(5):
        _try(client, "lin", "wrong")
    actions.unlock(person, by=make_user("系统员", username="sys", office=Office.SYSTEM))
    _try(client, "lin", PASSWORD)
    assert _signed_in(client)


@pytest.mark.attack(22)
@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/feedback/", "/feedback/"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example", "/"),
        ("https:elsewhere.example", "/"),
        ("///elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
        ("%0d%0aSet-Cookie:sid=1", "/"),
        ("/\r\nSet-Cookie:sid=1", "/"),
    ],
)
def test_sign_in_leads_back_but_never_off_the_site(
    client: Client, person: User, target: str, leads_to: str
) -> None:
    assert _try(client, "lin", PASSWORD, next=target)["Location"] == leads_to


@pytest.mark.attack(17)
def test_the_session_key_changes_at_sign_in(client: Client, person: User) -> None:
    session = client.session
    session["planted"] = "yes"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    before = session.session_key
    _try(client, "lin", PASSWORD)
    after = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert (after != before, Session.objects.filter(session_key=before).exists()) == (True, False)


@pytest.mark.attack(18)
def test_sign_out_is_a_post(client: Client, person: User) -> None:
    _try(client, "lin", PASSWORD)
    assert (client.get("/logout/").status_code, _signed_in(client)) == (405, True)
    assert (client.post("/logout/")["Location"], _signed_in(client)) == ("/login/", False)


def test_an_idle_sign_in_ends_after_30_minutes(client: Client, person: User) -> None:
    _try(client, "lin", PASSWORD)
    assert client.session.get_expiry_age() == 30 * 60
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get("/me/")["Location"] == "/login/?next=%2Fme%2F"


def _in_a_minute_the_session_was_kept(
    client: Client, address: str, posted: dict[str, str] | None = None
) -> bool:
    """Ask for a page 20 minutes after the last one; tell whether the 30 minutes begin again."""
    session = client.session
    session["started"] = session["seen"] = int(time.time()) - 20 * 60
    session.save()
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=10))
    if posted:
        assert client.post(address, posted, headers={"X-Saving": "1"}).status_code == 200
    else:
        client.get(address, headers={"HX-Request": "true"})
    left = Session.objects.get().expire_date - timezone.now()
    return left > timedelta(minutes=29)


def test_a_page_and_a_save_extend_the_sign_in_and_a_poll_does_not(
    client: Client, cast: Cast, signed_in: SignIn
) -> None:
    meeting = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder)
    client = signed_in(cast.member)
    polled = _in_a_minute_the_session_was_kept(client, f"/meetings/{meeting.pk}/live/")
    opened = _in_a_minute_the_session_was_kept(client, f"/meetings/{meeting.pk}/")
    posted = {"body": "写到一半", "base": "0", "client": "tab", "token": "tab-1"}
    saved = _in_a_minute_the_session_was_kept(client, "/copies/note-new/", posted)
    assert (polled, opened, saved) == (False, True, True)


def test_every_address_that_a_page_polls_is_known_as_one() -> None:
    folder = settings.BASE_DIR / "templates"
    pages = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.html"))
    polled = re.findall(r"""data-parts="\{% url '([\w:]+)'""", pages)
    every = re.findall(r"""hx-get="\{% url '([\w:]+)'[^"]*" hx-trigger="every""", pages)
    # The screen asks at its own signed address, which knows no sign-in.
    alone = pages.count('data-parts="{{ request.path }}"')
    assert pages.count("data-parts=") == len(polled) + alone
    assert pages.count('hx-trigger="every') == len(every)
    assert {*polled, *every} == set(POLLS)


def test_a_sign_in_ends_after_12_hours_of_work(client: Client, person: User) -> None:
    _try(client, "lin", PASSWORD)
    for header, status in ((None, 302), ({"HX-Request": "true"}, 401)):
        _try(client, "lin", PASSWORD)
        session = client.session
        session["started"] = int(time.time()) - 12 * 3600 - 1
        session.save()
        answer = client.get("/me/", headers=header)
        leads_to = answer.headers.get("HX-Redirect") or answer["Location"]
        assert (answer.status_code, leads_to) == (status, "/login/?next=%2Fme%2F")
        assert not _signed_in(client)


@pytest.mark.parametrize("how", ["12 hours", "disabled"])
def test_words_posted_after_the_sign_in_ended_are_shown_to_be_kept(
    client: Client, person: User, how: str
) -> None:
    _try(client, "lin", PASSWORD)
    if how == "disabled":
        User.objects.filter(pk=person.pk).update(is_active=False)
    else:
        session = client.session
        session["started"] = int(time.time()) - 12 * 3600 - 1
        session.save()
    came_from = {"Referer": "http://testserver/feedback/?page=/me/"}
    answer = client.post(
        "/feedback/",
        {"body": WORDS, "page": "/me/", "password": "never-shown-2026-x"},
        headers=came_from,
    )
    page = answer.content.decode()
    found = [words in page for words in ("登录已过期", WORDS, "/login/?next=%2Ffeedback%2F")]
    assert (answer.status_code, found) == (401, [True, True, True])
    assert ("never-shown" in page, Feedback.objects.exists()) == (False, False)


@pytest.mark.attack(22)
def test_the_way_back_never_leads_off_the_site(client: Client, db: None) -> None:
    for page in ("https://elsewhere.example/x", "//elsewhere.example", "javascript:x", ""):
        answer = client.post("/feedback/", {"body": "x"}, headers={"Referer": page})
        assert answer["Location"] == "/login/?next=%2F"


@pytest.mark.attack(18)
def test_a_disabled_account_is_signed_out_at_once(client: Client, person: User, cast: Cast) -> None:
    _try(client, "lin", PASSWORD)
    actions.set_active(person, active=False, by=cast.sysadmin)
    assert client.get("/me/")["Location"] == "/login/?next=%2Fme%2F"


def test_sign_ins_are_audited_without_the_password(client: Client, person: User) -> None:
    _try(client, "lin", "wrong-secret")
    _try(client, "lin", PASSWORD)
    rows = list(
        Entry.objects.filter(operation=Operation.SIGN_IN)
        .order_by("pk")
        .values_list("succeeded", flat=True)
    )
    assert rows == [False, True]
    assert not any("wrong-secret" in str(row) for row in Entry.objects.values())
