"""How long a sign-in lasts, and what becomes of words that are posted after it."""

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from studyapp.accounts import actions
from studyapp.accounts.middleware import POLLS
from studyapp.accounts.models import Feedback, SignIn, User
from studyapp.audit.models import Entry
from studyapp.meetings.models import AgendaItem
from studyapp.saving.models import Text
from tests.accounts.signing_in import PASSWORD, WORDS, is_signed_in, try_to_sign_in
from tests.conftest import Cast
from tests.factories import PASSWORD as FACTORY_PASSWORD
from tests.factories import make_meeting
from tests.minutes import records

Enter = Callable[[User], Client]


pytestmark = pytest.mark.django_db


@pytest.mark.attack(17)
def test_the_session_key_changes_at_sign_in(client: Client, person: User) -> None:
    session = client.session
    session["planted"] = "yes"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    before = session.session_key
    try_to_sign_in(client, "lin", PASSWORD)
    after = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert (after != before, Session.objects.filter(session_key=before).exists()) == (True, False)


@pytest.mark.attack(18)
def test_sign_out_is_a_post(client: Client, person: User) -> None:
    try_to_sign_in(client, "lin", PASSWORD)
    assert (client.get("/logout/").status_code, is_signed_in(client)) == (405, True)
    assert (client.post("/logout/")["Location"], is_signed_in(client)) == ("/login/", False)


def test_an_idle_sign_in_ends_after_30_minutes(client: Client, person: User) -> None:
    try_to_sign_in(client, "lin", PASSWORD)
    assert client.session.get_expiry_age() == 30 * 60
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get("/me/")["Location"] == "/login/?next=%2Fme%2F"


def _in_a_minute_the_session_was_kept(
    client: Client, address: str, posted: dict[str, str] | None = None, *, status: int = 200
) -> bool:
    """Ask for a page 20 minutes after the last one; tell whether the 30 minutes begin again."""
    session = client.session
    session["started"] = session["seen"] = int(time.time()) - 20 * 60
    session.save()
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=10))
    if posted:
        assert client.post(address, posted, headers={"X-Saving": "1"}).status_code == status
    else:
        client.get(address, headers={"HX-Request": "true"})
    left = Session.objects.get().expire_date - timezone.now()
    return left > timedelta(minutes=29)


def test_a_page_and_a_save_extend_the_sign_in_and_a_poll_does_not(
    client: Client, cast: Cast, signed_in: Enter
) -> None:
    meeting = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder)
    client = signed_in(cast.member)
    polled = _in_a_minute_the_session_was_kept(client, f"/meetings/{meeting.pk}/live/")
    opened = _in_a_minute_the_session_was_kept(client, f"/meetings/{meeting.pk}/")
    posted = {"body": "写到一半", "base": "0", "client": "tab", "token": "tab-1"}
    saved = _in_a_minute_the_session_was_kept(client, "/copies/note-new/", posted)
    assert (polled, opened, saved) == (False, True, True)


@pytest.fixture
def shared(cast: Cast) -> list[str]:
    """The four kinds of addresses at which a shared text is saved."""
    record = records.opened(cast)
    meeting = records.held(cast, ends=False)
    sheet = f"/meetings/{meeting.pk}/sheet"
    item, part = AgendaItem.objects.filter(meeting=meeting).first(), record.parts.first()
    assert item is not None
    assert part is not None
    return [
        f"{sheet}/summary/save/",
        f"{sheet}/items/{item.pk}/save/",
        f"{sheet}/remarks/{meeting.remarks.get().pk}/save/",
        f"/minutes/{record.pk}/parts/{part.pk}/save/",
    ]


def test_a_cursor_that_rests_in_a_shared_text_does_not_extend_the_sign_in(
    cast: Cast, signed_in: Enter, shared: list[str]
) -> None:
    client = signed_in(cast.recorder)
    lease = {"hold": "take", "client": "tab", "body": "不算数"}
    kept = [_in_a_minute_the_session_was_kept(client, one, lease) for one in shared]
    assert kept == [False] * 4
    Text.objects.update(held_by=cast.secretary, held_until=timezone.now() + timedelta(seconds=20))
    save = {"body": "写到一半", "base": "0", "client": "tab", "token": "tab-1"}
    # Somebody else is writing: the page tries again by itself, every ten seconds.
    waits = [_in_a_minute_the_session_was_kept(client, one, save, status=423) for one in shared]
    assert waits == [False] * 4
    Text.objects.update(held_by=None)
    # As for words that clash with newer ones: somebody typed them.
    typed = [
        _in_a_minute_the_session_was_kept(client, one, save | {"base": "99"}, status=409)
        for one in shared
    ]
    assert typed == [True] * 4


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
    try_to_sign_in(client, "lin", PASSWORD)
    for header, status in ((None, 302), ({"HX-Request": "true"}, 401)):
        try_to_sign_in(client, "lin", PASSWORD)
        session = client.session
        session["started"] = int(time.time()) - 12 * 3600 - 1
        session.save()
        answer = client.get("/me/", headers=header)
        leads_to = answer.headers.get("HX-Redirect") or answer["Location"]
        assert (answer.status_code, leads_to) == (status, "/login/?next=%2Fme%2F")
        assert not is_signed_in(client)


def test_a_sign_in_by_a_clock_that_was_set_back_goes_on_and_lasts_no_longer(
    client: Client, person: User
) -> None:
    try_to_sign_in(client, "lin", PASSWORD)
    session = client.session
    session["started"] = session["seen"] = int(time.time()) + 24 * 3600
    session.save()
    Session.objects.update(expire_date=timezone.now() + timedelta(days=1))
    assert client.get("/me/").status_code == 200
    now = time.time()
    assert (client.session["started"] <= now, client.session["seen"] <= now) == (True, True)
    last = Session.objects.get().expire_date
    assert last <= timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)


def test_words_posted_by_somebody_disabled_meanwhile_are_shown_to_be_kept(
    client: Client, person: User
) -> None:
    try_to_sign_in(client, "lin", PASSWORD)
    User.objects.filter(pk=person.pk).update(is_active=False)
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
    try_to_sign_in(client, "lin", PASSWORD)
    actions.set_active(person, active=False, by=cast.sysadmin, at=timezone.now())
    assert client.get("/me/")["Location"] == "/login/?next=%2Fme%2F"


def test_another_person_who_signs_in_over_an_open_sign_in_ends_it_on_record(
    client: Client, cast: Cast
) -> None:
    for name in ("member", "member", "recorder"):
        try_to_sign_in(client, name, FACTORY_PASSWORD)
    rows = Entry.objects.order_by("seq").values_list("name", "user_id")
    assert list(rows) == [
        ("登录", "member"),
        ("登录", "member"),
        ("退出", "member"),
        ("登录", "recorder"),
    ]
    ended = SignIn.objects.order_by("pk").values_list("user__username", "ended_because")
    assert list(ended) == [("member", "out"), ("recorder", "")]
