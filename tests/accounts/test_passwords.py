"""One-time passwords and the own one: given once, changed first, never logged."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts import actions, passwords
from studyapp.accounts.guessable import is_guessable
from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.saving.models import HeldPost
from tests.conftest import Cast
from tests.factories import make_user

SignIn = Callable[[User], Client]

PASSWORD = "Plum-Blossom-2026"
NEW = "Other-Blossom-2026"

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    """Somebody with a known password."""
    return make_user("林晓燕", username="lin", password=PASSWORD)


def _try(client: Client, name: str, password: str) -> Any:
    return client.post("/login/", {"username": name, "password": password})


def _signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_first_password_must_be_changed_before_anything_else(
    client: Client, person: User, cast: Cast
) -> None:
    first = actions.give_first_password(person, by=cast.sysadmin, at=timezone.now())
    _try(client, "lin", first)
    assert client.get("/me/")["Location"] == "/me/password/?next=%2Fme%2F"
    answer = client.post("/me/password/", {"old": first, "new": NEW, "again": NEW})
    person.refresh_from_db()
    assert (answer["Location"], person.must_change_password, _signed_in(client)) == (
        "/",
        False,
        True,
    )


def test_a_first_password_is_asked_for_aloud_in_a_fragment(
    client: Client, person: User, cast: Cast
) -> None:
    first = actions.give_first_password(person, by=cast.sysadmin, at=timezone.now())
    _try(client, "lin", first)
    answer = client.get("/me/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/me/password/")


def test_a_first_password_opens_once_it_is_changed_no_more(
    client: Client, person: User, cast: Cast
) -> None:
    first = actions.give_first_password(person, by=cast.sysadmin, at=timezone.now())
    _try(client, "lin", first)
    client.post("/me/password/", {"old": first, "new": NEW, "again": NEW})
    client.post("/logout/")
    assert (_try(client, "lin", first).status_code, _signed_in(client)) == (422, False)


def test_an_own_password_set_meanwhile_is_not_written_over(person: User, cast: Cast) -> None:
    waiting = User.objects.create_user("new", "新来的", None, must_change_password=True)
    people = [waiting, person]
    given = actions.give_first_passwords(
        people, passwords.prepare(2), by=cast.sysadmin, at=timezone.now()
    )
    assert [user.username for user, _ in given] == ["new"]
    waiting.refresh_from_db()
    assert waiting.check_password(given[0][1])
    entry = Entry.objects.order_by("-seq")[0]
    assert (entry.name, entry.condition) == ("发放一次性密码", {"usernames": ["new"]})
    assert given[0][1] not in str(entry.__dict__)


def test_a_first_password_runs_out_after_72_hours(client: Client, person: User, cast: Cast) -> None:
    before = timezone.now() - timedelta(hours=72, minutes=1)
    first = actions.give_first_password(person, by=cast.sysadmin, at=before)
    assert (_try(client, "lin", first).status_code, _signed_in(client)) == (422, False)


@pytest.mark.parametrize(
    ("new", "again", "words"),
    [
        ("Short-1", "Short-1", "12"),
        ("alllowercaseletters", "alllowercaseletters", "三类"),
        (PASSWORD, PASSWORD, "新密码要和现在的密码不同。"),
        ("Other-Blossom-2026", "Other-Blossom-2027", "两次输入的新密码不一样。"),
    ],
)
def test_a_bad_new_password_is_refused_with_the_reason(
    client: Client, person: User, new: str, again: str, words: str
) -> None:
    _try(client, "lin", PASSWORD)
    answer = client.post("/me/password/", {"old": PASSWORD, "new": new, "again": again})
    assert (answer.status_code, words in answer.content.decode()) == (422, True)


@pytest.mark.attack(18)
def test_a_new_password_ends_the_other_sign_ins(client: Client, person: User) -> None:
    other = Client()
    _try(client, "lin", PASSWORD)
    _try(other, "lin", PASSWORD)
    new = NEW
    client.post("/me/password/", {"old": PASSWORD, "new": new, "again": new})
    assert (other.get("/me/").status_code, client.get("/feedback/").status_code) == (302, 200)


# --- The policy ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "common",
    [
        "Abc@12345678", "Gongan@123456", "Jingcha@2026!", "Zhangwei@1314520", "Qwer1234!@#$",
        "1qaz@WSX3edc", "P@ssw0rd1234", "Woaini5201314!", "Lixiaoming#19850321",
        "Wang13812345678", "Dangyuan@2026", "Aa123456789!", "Sebastian106",
    ],
)  # fmt: skip
def test_what_is_put_together_as_everybody_does_is_guessable(common: str) -> None:
    assert is_guessable(common)


@pytest.mark.parametrize(
    "own",
    [PASSWORD, "Gongan-83749265x", "wang-baiyun-shan-2026", "Xk7#pQ2m!vR9", "海棠Blossom-2026a"],
)
def test_unrelated_words_are_not_common(own: str) -> None:
    assert not is_guessable(own)


def test_names_figures_of_the_user_name_and_words_of_the_bureau_are_found() -> None:
    person = make_user("单志强", username="yz330101")
    typed = ("ShanZhiqiang-a7", "zhiqiangshan-A7", "x330101-Plumtree", "Plumtree-paichusuo7")
    assert [passwords.problems(one, person) for one in typed] == [
        ["密码里有“shanzhiqiang”，换掉。"],
        ["密码里有“zhiqiangshan”，换掉。"],
        ["密码里有“330101”，换掉。"],
        ["密码里有“paichusuo”，换掉。"],
    ]


def test_an_administrator_needs_all_four_classes(cast: Cast) -> None:
    three = "PlumBlossom2026x"
    assert passwords.problems(three, cast.member) == []
    assert passwords.problems(three, cast.secadmin) == [
        "大写字母、小写字母、数字、符号，四类都要有。"
    ]


def test_64_characters_are_taken_and_129_are_not_hashed(cast: Cast, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["no.such.Hasher"]
    assert passwords.problems("Ax7-" * 33, cast.member) == ["密码不能超过128个字符。"]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    long = "Plum-Blossom-in-the-yard-behind-the-house-where-we-lived-7-years"
    assert (len(long), passwords.problems(long, make_user())) == (64, [])


def test_the_page_says_the_rules_first_and_all_that_is_wrong_at_once(
    client: Client, person: User
) -> None:
    _try(client, "lin", PASSWORD)
    page = client.get("/me/password/").content.decode()
    assert [rule in page for rule in passwords.rules(person)] == [True] * 5
    answer = client.post("/me/password/", {"old": "x", "new": "Jingcha1", "again": "y"})
    found = answer.context["form"].errors
    assert {name: len(errors) for name, errors in found.items()} == {"old": 1, "new": 3, "again": 1}


def test_the_last_five_passwords_are_not_taken_again_and_older_ones_are_forgotten(
    client: Client, person: User, settings: Any
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    person.set_password(PASSWORD)
    person.save()
    at = timezone.now()
    for number in range(6):
        assert passwords.problems(PASSWORD, person) != []
        new = f"Blossom-{number}-orchard"
        actions.change_password(person, new=new, at=at + timedelta(minutes=number))
    assert passwords.problems(PASSWORD, person) == []
    assert passwords.problems("Blossom-0-orchard", person) == ["最近5次用过这个密码，换一个。"]
    assert person.former_passwords.count() == 5


def test_a_reset_does_not_bring_the_own_password_back(person: User, cast: Cast) -> None:
    actions.give_first_password(person, by=cast.secadmin, at=timezone.now())
    assert passwords.problems(PASSWORD, person) == ["最近5次用过这个密码，换一个。"]
    actions.give_first_password(person, by=cast.secadmin, at=timezone.now())
    assert person.former_passwords.count() == 1


# --- Age -----------------------------------------------------------------------------------------


def _aged(user: User, days: int) -> None:
    user.password_changed_at = timezone.now() - timedelta(days=days)
    user.save(update_fields=["password_changed_at"])


def test_the_start_page_warns_14_days_before(cast: Cast, signed_in: SignIn, settings: Any) -> None:
    found = []
    for days in (165, 166, 170):
        _aged(cast.member, days)
        page = signed_in(cast.member).get("/").content.decode()
        found.append([words in page for words in ("密码还有13天到期", "密码还有9天到期")])
    assert found == [[False, False], [True, False], [False, True]]
    _aged(cast.secadmin, 85)
    assert "密码还有4天到期" in signed_in(cast.secadmin).get("/admin/").content.decode()
    settings.PASSWORD_DAYS = 0
    assert "天到期" not in signed_in(cast.member).get("/").content.decode()


def test_a_password_that_ran_out_is_changed_first_and_leads_on(
    client: Client, person: User
) -> None:
    _aged(person, 181)
    _try(client, "lin", PASSWORD)
    assert client.get("/feedback/")["Location"] == "/me/password/?next=%2Ffeedback%2F"
    assert "密码到期了" in client.get("/me/password/").content.decode()
    new = NEW
    posted = {"old": PASSWORD, "new": new, "again": new, "next": "/feedback/"}
    assert client.post("/me/password/", posted)["Location"] == "/feedback/"
    assert client.get("/feedback/").status_code == 200


def test_it_runs_out_for_nobody_who_is_working(client: Client, person: User) -> None:
    _try(client, "lin", PASSWORD)
    _aged(person, 181)
    assert client.get("/feedback/").status_code == 200


def test_words_posted_while_the_password_has_to_be_changed_are_held(
    client: Client, person: User
) -> None:
    _aged(person, 181)
    _try(client, "lin", PASSWORD)
    posted = {"body": "写了很久的一段话。", "page": "/me/"}
    leads_to = client.post("/feedback/", posted)["Location"]
    held = HeldPost.objects.get()
    assert (held.person, leads_to) == (person, f"/me/password/?next=%2Fheld%2F{held.pk}%2F")


def test_wrong_present_passwords_close_the_change_and_no_sign_in(
    client: Client, person: User
) -> None:
    _try(client, "lin", PASSWORD)
    for _ in range(5):
        client.post("/me/password/", {"old": "wrong", "new": "", "again": ""})
    answer = client.post("/me/password/", {"old": PASSWORD, "new": NEW, "again": NEW})
    assert (answer.status_code, "连续输错5次" in answer.content.decode()) == (422, True)
    assert _try(Client(), "lin", PASSWORD).status_code == 302
