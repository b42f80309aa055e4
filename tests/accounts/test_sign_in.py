"""Sign-in: who gets in, what the refused see."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import authenticate, hashers
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studyapp.accounts import actions
from studyapp.accounts.hashers import TunedArgon2Hasher
from studyapp.accounts.models import Feedback, Office, User
from studyapp.audit.models import Entry, Operation
from tests.accounts.signing_in import PASSWORD, WORDS, WRONG, is_signed_in, try_to_sign_in
from tests.conftest import Cast
from tests.factories import make_user

SignIn = Callable[[User], Client]


class QuickHasher(TunedArgon2Hasher):
    """A tenth of the cost, so that many tries fit into a test."""

    memory_cost = 2 * 1024


pytestmark = pytest.mark.django_db


def test_the_right_password_opens_the_start_page(client: Client, person: User) -> None:
    answer = try_to_sign_in(client, "lin", PASSWORD)
    assert (answer.status_code, answer["Location"], is_signed_in(client)) == (302, "/", True)


def test_the_page_after_the_sign_in_stores_no_session_anew(client: Client, person: User) -> None:
    """Everybody comes at nine, and each change waits for the disk."""
    try_to_sign_in(client, "lin", PASSWORD)
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/me/").status_code == 200
    assert [one["sql"] for one in asked if one["sql"].startswith(("UPDATE", "INSERT"))] == []


def test_unknown_wrong_and_disabled_read_the_same(client: Client, person: User) -> None:
    gone = make_user("离职者", username="gone")
    gone.set_password(PASSWORD)
    gone.is_active = False
    gone.save(update_fields=["password", "is_active"])
    pages = []
    for name, password in (("nobody", "x"), ("lin", "x"), ("gone", PASSWORD)):
        answer = try_to_sign_in(client, name, password)
        text = answer.content.decode()
        pages.append((answer.status_code, WRONG in text, is_signed_in(client)))
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
    try_to_sign_in(client, "lin", PASSWORD)
    person.refresh_from_db()
    assert is_signed_in(client)
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
        try_to_sign_in(client, "lin", "wrong")
    answer = try_to_sign_in(client, "lin", PASSWORD)
    state = (answer.status_code, WRONG in answer.content.decode(), is_signed_in(client))
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
        try_to_sign_in(client, "locked", "wrong")
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
    answer = try_to_sign_in(client, name, password)
    assert (answer.status_code, len(hashed)) == (422, 1)
    assert WRONG in answer.content.decode()


def test_the_log_tells_why_a_sign_in_failed(client: Client, person: User) -> None:
    make_user("离职者", username="gone", password=PASSWORD, is_active=False)
    for _ in range(5):
        try_to_sign_in(client, "lin", "wrong")
    for name, password in (("lin", PASSWORD), ("gone", PASSWORD), ("my-Secret-2026", "x")):
        try_to_sign_in(client, name, password)
    rows = Entry.objects.filter(succeeded=False).order_by("seq")
    assert list(rows.values_list("target", "error_code")) == [
        *[("lin", "wrong")] * 4,
        *[("lin", "locked")] * 2,
        ("gone", "disabled"),
        ("my…（14字）", "unknown"),
    ]


@pytest.mark.parametrize("typed", ["Lin", " lin ", "ＬＩＮ"])
def test_a_name_is_found_however_it_is_typed(client: Client, person: User, typed: str) -> None:
    try_to_sign_in(client, typed, PASSWORD)
    assert is_signed_in(client)


def test_ways_of_typing_a_name_count_as_one(client: Client, person: User) -> None:
    for typed in ("lin", "LIN", "Lin", "ｌｉｎ", "lIN"):
        try_to_sign_in(client, typed, "wrong")
    try_to_sign_in(client, "lin", PASSWORD)
    assert not is_signed_in(client)


@pytest.mark.attack(15)
@pytest.mark.parametrize(
    "name",
    [
        "", " \u3000", "\u202e", "x" * 10_000, "ｘ" * 10_000, "x" * 51, "a\x00b", "lin\x00",
        "admin'--", "' OR '1'='1", "*)(uid=*", "ａｄｍｉｎ", "{{7*7}}", "%00", "lin\r\nmember",
    ],
)  # fmt: skip
def test_odd_names_are_plain_failures_and_lock_nobody_else(
    client: Client, person: User, name: str
) -> None:
    for number in range(6):  # one more than locks a name
        elsewhere = Client(REMOTE_ADDR=f"10.0.{number}.9")
        answer = try_to_sign_in(elsewhere, name, PASSWORD)
        page = answer.content.decode()
        says = WRONG if name.strip() else "填写登录名。"
        assert (answer.status_code, says in page) == (422, True)
        assert not is_signed_in(elsewhere)
    try_to_sign_in(client, "lin", PASSWORD)
    assert is_signed_in(client)


@pytest.mark.attack(23)
def test_a_megabyte_of_password_is_a_plain_failure(client: Client, person: User) -> None:
    try_to_sign_in(client, "lin", "x")
    begun = time.perf_counter()
    answer = try_to_sign_in(client, "lin", "x" * 1_000_000)
    assert (answer.status_code, WRONG in answer.content.decode()) == (422, True)
    assert time.perf_counter() - begun < 0.5  # ten times what security.md allows


def test_a_long_password_of_the_own_works(client: Client, person: User) -> None:
    person.set_password("Long-1" + "x" * 122)
    person.save(update_fields=["password"])
    try_to_sign_in(client, "lin", "Long-1" + "x" * 122)
    assert is_signed_in(client)


def test_empty_fields_are_named(client: Client) -> None:
    page = try_to_sign_in(client, "", "").content.decode()
    assert ("填写登录名。" in page, "填写密码。" in page) == (True, True)


def test_four_failures_do_not_lock(client: Client, person: User) -> None:
    for _ in range(4):
        try_to_sign_in(client, "lin", "wrong")
    try_to_sign_in(client, "lin", PASSWORD)
    assert is_signed_in(client)


def test_the_lock_ends_after_15_minutes(client: Client, person: User) -> None:
    for _ in range(5):
        try_to_sign_in(client, "lin", "wrong")
    before = timezone.now() - timedelta(minutes=15, seconds=1)
    AccessAttempt.objects.update(attempt_time=before)
    try_to_sign_in(client, "lin", PASSWORD)
    assert is_signed_in(client)


def test_a_clock_that_is_set_back_neither_lifts_the_lock_nor_makes_it_longer(
    client: Client, person: User
) -> None:
    for _ in range(5):
        try_to_sign_in(client, "lin", "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() + timedelta(days=1))
    try_to_sign_in(client, "lin", PASSWORD)
    assert not is_signed_in(client)
    assert AccessAttempt.objects.get().attempt_time <= timezone.now()


def test_a_lock_of_one_account_leaves_the_others_open(client: Client, person: User) -> None:
    for _ in range(5):
        try_to_sign_in(client, "someone", "wrong")
    try_to_sign_in(client, "lin", PASSWORD)
    assert is_signed_in(client)


def test_an_administrator_lifts_the_lock(client: Client, person: User) -> None:
    for _ in range(5):
        try_to_sign_in(client, "lin", "wrong")
    actions.unlock(person, by=make_user("系统员", username="sys", office=Office.SYSTEM))
    try_to_sign_in(client, "lin", PASSWORD)
    assert is_signed_in(client)


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
    assert try_to_sign_in(client, "lin", PASSWORD, next=target)["Location"] == leads_to


def test_sign_ins_are_audited_without_the_password(client: Client, person: User) -> None:
    try_to_sign_in(client, "lin", "wrong-secret")
    try_to_sign_in(client, "lin", PASSWORD)
    rows = list(
        Entry.objects.filter(operation=Operation.SIGN_IN)
        .order_by("pk")
        .values_list("succeeded", flat=True)
    )
    assert rows == [False, True]
    assert not any("wrong-secret" in str(row) for row in Entry.objects.values())
