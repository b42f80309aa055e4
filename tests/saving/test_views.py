"""The save contract over HTTP."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.saving import actions
from studyapp.saving.models import LocalKey, Text, digest
from tests.conftest import Cast
from tests.losses import Kept

SignIn = Callable[[User], Client]
SAVE = {"body": "窗口那几分钟", "base": "0", "client": "tab", "token": "tab-1"}


def test_a_save_is_answered_with_revision_and_hash(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.member).post("/copies/note-new/", SAVE)
    found = answer.json()
    assert (answer.status_code, found["revision"], found["sha256"]) == (
        200,
        1,
        digest("窗口那几分钟"),
    )
    assert len(found["at"]) == 5


@pytest.mark.attack(2)
def test_a_copy_is_its_writers_alone(cast: Cast, signed_in: SignIn) -> None:
    signed_in(cast.member).post("/copies/note-new/", SAVE)
    other = signed_in(cast.recorder).post("/copies/note-new/", {**SAVE, "body": "别人的"})
    assert other.json()["revision"] == 1
    assert Text.objects.get(owner=cast.member).body == "窗口那几分钟"


def test_a_stale_save_gets_the_stored_words(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.member)
    client.post("/copies/note-new/", SAVE)
    answer = client.post("/copies/note-new/", {**SAVE, "body": "另一个窗口", "token": "b-1"})
    found = answer.json()
    assert (answer.status_code, found["revision"], found["body"], found["by"]) == (
        409,
        1,
        "窗口那几分钟",
        "王海峰",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"base": "x"},
        {"base": "-1"},
        {"base": "9" * 10},
        {"client": ""},
        {"token": ""},
        {"token": "t" * 65},
        {"body": "a\x00b"},
        {"token": "t\x00"},
    ],
)
def test_half_a_request_is_refused_with_a_sentence(
    cast: Cast, signed_in: SignIn, wrong: dict[str, str]
) -> None:
    answer = signed_in(cast.member).post("/copies/note-new/", {**SAVE, **wrong})
    assert (answer.status_code, "没存上" in answer.json()["sentence"]) == (422, True)
    assert not Text.objects.exists()


def test_a_name_longer_than_any_of_ours_is_not_found(cast: Cast, signed_in: SignIn) -> None:
    assert signed_in(cast.member).post(f"/copies/{'n' * 101}/", SAVE).status_code == 404


def test_signed_out_is_told_apart_and_never_a_page(client: Client, db: None) -> None:
    answer = client.post("/copies/note-new/", SAVE, headers={"X-Saving": "1"})
    assert (answer.status_code, answer["HX-Trigger"], answer.content) == (
        401,
        "session-expired",
        b"",
    )


def test_signing_in_again_in_place_says_who_it_is(cast: Cast, client: Client) -> None:
    from tests.factories import PASSWORD

    headers = {"Accept": "application/json"}
    fields = {"username": "member", "password": PASSWORD}
    wrong = client.post("/login/", {**fields, "password": "no"}, headers=headers)
    right = client.post("/login/", fields, headers=headers)
    assert (wrong.status_code, "不对" in wrong.json()["sentence"]) == (422, True)
    assert (right.status_code, right.json()) == (200, {"person": cast.member.pk})


def test_the_key_of_the_machine_is_given_by_post_and_to_its_owner(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.member)
    assert client.get("/local-key/").status_code == 405
    found = client.post("/local-key/").json()
    assert found == {
        "person": cast.member.pk,
        "key": LocalKey.objects.get(person=cast.member).secret,
    }


def test_dropping_empties_the_own_copy(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.member)
    client.post("/copies/note-new/", SAVE)
    assert signed_in(cast.recorder).post("/copies/note-new/drop/").status_code == 302
    assert Text.objects.get().body == "窗口那几分钟"
    assert client.post("/copies/note-new/drop/").status_code == 302
    assert Text.objects.get().body == ""


def test_a_page_made_for_somebody_else_saves_nothing_into_the_copies_of_who_is_signed_in(
    cast: Cast, signed_in: SignIn
) -> None:
    """Both sign in in one browser; the first one's tab still stands open."""
    client = signed_in(cast.recorder)
    headers = {"X-Saving": "1", "X-Person": str(cast.member.pk)}
    for address in ("/copies/note-new/", "/local-key/"):
        answer = client.post(address, SAVE, headers=headers)
        assert (answer.status_code, answer["HX-Trigger"]) == (401, "session-expired")
    assert (Text.objects.exists(), LocalKey.objects.exists()) == (False, False)
    own = {"X-Saving": "1", "X-Person": str(cast.recorder.pk)}
    assert client.post("/copies/note-new/", SAVE, headers=own).status_code == 200


@pytest.mark.loss("shut out")
@pytest.mark.attack(6)
@pytest.mark.parametrize("way", ["disabled", "left"])
def test_who_is_shut_out_while_writing_keeps_the_words(
    cast: Cast, signed_in: SignIn, way: str, kept: Kept
) -> None:
    client = signed_in(cast.member)
    client.post("/copies/note-new/", SAVE)
    if way == "disabled":
        User.objects.filter(pk=cast.member.pk).update(is_active=False)
    else:
        cast.member.memberships.update(ended_on=timezone.localdate())
    more = {**SAVE, "body": "窗口那几分钟，后来", "base": "1", "token": "tab-2"}
    status = client.post("/copies/note-new/", more, headers={"X-Saving": "1"}).status_code
    # Who may not sign in any more saves nothing new; who left the branch keeps writing for himself.
    assert status == (401 if way == "disabled" else 200)
    words = "窗口那几分钟" if way == "disabled" else "窗口那几分钟，后来"
    kept(Text.objects.get(owner=cast.member).body, words)


@pytest.mark.loss("clock")
def test_an_earlier_time_on_the_page_or_the_server_never_lowers_a_revision(cast: Cast) -> None:
    at = timezone.now()
    numbers = []
    for base, back in enumerate((0, 60, 3600)):
        found = actions.save(
            "part-1", body="一" * (base + 1), base=base, by=cast.recorder, client="c",
            token=f"t{base}", at=at - timedelta(minutes=back),
        )  # fmt: skip
        assert isinstance(found, actions.Saved)
        numbers.append(found.revision)
    assert numbers == [1, 2, 3]
    assert Text.objects.get().body == "一一一"
