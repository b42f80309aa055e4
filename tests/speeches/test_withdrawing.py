"""Taking a text back: hidden words, kept notes, and the way back."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.dashboards.queries import reading, texts
from studyapp.errors import Refused
from studyapp.meetings.models import Note
from studyapp.meetings.queries import texts_for
from studyapp.speeches import actions
from studyapp.speeches.models import Passage, Speech, passages_below
from tests.conftest import Cast
from tests.factories import make_note, make_speech

SignIn = Callable[[User], Client]


@pytest.fixture
def speech(cast: Cast) -> Speech:
    """A released text of the branch with a note on its first theme."""
    found = make_speech(cast.branch, cast.secretary)
    if not found.released_at:
        actions.release(found, by=cast.secretary, at=timezone.now())
    theme = found.themes.in_use().first()
    assert theme is not None
    make_note(cast.member, cast.branch, theme_id=theme.pk)
    return found


def withdraw(speech: Speech, cast: Cast, reason: str = "录错了文件") -> None:
    actions.withdraw(speech, reason=reason, by=cast.secretary, at=timezone.now())


def test_a_withdrawn_text_says_who_and_why_and_hides_its_words(
    speech: Speech, cast: Cast, signed_in: SignIn
) -> None:
    theme = speech.themes.get(number=1)
    shown = [passage.text for passage in passages_below(theme)]
    words = [p.text for p in Passage.objects.filter(version__speech=speech, kind="body")]
    assert (set(shown) <= set(words), len(shown), len(words)) == (True, 1, 2)
    withdraw(speech, cast)
    member = signed_in(cast.member)
    page = member.get(f"/speeches/{speech.pk}/")
    text = page.content.decode()
    assert page.status_code == 200
    assert ("陈卫东于" in text, "撤回：录错了文件" in text) == (True, True)
    assert [word for word in words if word in text] == []
    assert passages_below(speech.themes.get(number=1)) == []
    assert member.get(f"/speeches/{speech.pk}/original/").status_code == 404


def test_a_withdrawn_text_is_offered_to_no_meeting_and_to_nobody_today(
    speech: Speech, cast: Cast
) -> None:
    now = timezone.now()
    theme = speech.themes.in_use().get(number=1)
    actions.remember(speech, theme=theme, by=cast.member, at=now)
    withdraw(speech, cast)
    offered = [list(texts_for(cast.branch)), list(texts(cast.member)), reading(cast.member)]
    assert offered == [[], [], None]


def test_a_withdrawn_text_leaves_the_list_and_keeps_its_notes(
    speech: Speech, cast: Cast, signed_in: SignIn
) -> None:
    withdraw(speech, cast)
    for person in (cast.member, cast.secretary):
        shown = signed_in(person).get("/speeches/").context["page"].object_list
        assert list(shown) == []
    assert Note.objects.count() == 1
    secretary = signed_in(cast.secretary)
    old = secretary.get("/speeches/?withdrawn=1").context["page"].object_list
    assert list(old) == [speech]
    assert list(signed_in(cast.member).get("/speeches/?withdrawn=1").context["page"]) == []


def test_who_prepares_texts_still_reads_a_withdrawn_one_and_reinstates_it(
    speech: Speech, cast: Cast, signed_in: SignIn
) -> None:
    released = speech.released_at
    withdraw(speech, cast)
    secretary = signed_in(cast.secretary)
    assert secretary.get(f"/speeches/{speech.pk}/original/").status_code == 200
    assert "恢复这份材料" in secretary.get(f"/speeches/{speech.pk}/review/").content.decode()
    answer = secretary.post(f"/speeches/{speech.pk}/reinstate/")
    speech.refresh_from_db()
    assert (answer.status_code, speech.is_withdrawn, speech.released_at) == (302, False, released)
    shown = signed_in(cast.member).get("/speeches/").context["page"].object_list
    assert list(shown) == [speech]


def test_withdrawing_and_reinstating_are_audited(speech: Speech, cast: Cast) -> None:
    withdraw(speech, cast)
    actions.reinstate(speech, by=cast.secretary)
    names = list(Entry.objects.order_by("-seq").values_list("name", flat=True)[:2])
    assert names == ["恢复学习材料", "撤回学习材料"]


def test_a_reason_is_asked_for_and_what_was_typed_stays(
    speech: Speech, cast: Cast, signed_in: SignIn
) -> None:
    secretary = signed_in(cast.secretary)
    url = f"/speeches/{speech.pk}/withdraw/"
    assert secretary.get(url).status_code == 200
    empty = secretary.post(url, {"reason": "  "})
    assert (empty.status_code, "写明撤回原因" in empty.content.decode()) == (422, True)
    endless = secretary.post(url, {"reason": "长" * 301})
    assert (endless.status_code, "长" * 301 in endless.content.decode()) == (422, True)
    speech.refresh_from_db()
    assert speech.is_withdrawn is False
    answer = secretary.post(url, {"reason": "来源有误"})
    speech.refresh_from_db()
    assert (answer.status_code, speech.withdrawn_reason) == (302, "来源有误")


def test_a_member_and_another_branch_withdraw_nothing(
    speech: Speech, cast: Cast, signed_in: SignIn
) -> None:
    url = f"/speeches/{speech.pk}/withdraw/"
    statuses = [
        signed_in(person).post(url, {"reason": "不要"}).status_code
        for person in (cast.member, cast.visitor, cast.sysadmin)
    ]
    speech.refresh_from_db()
    assert (statuses, speech.is_withdrawn) == ([403, 404, 404], False)


@pytest.mark.parametrize("reason", ["", " \n", "长" * 301])
def test_without_a_fitting_reason_nothing_is_withdrawn(
    speech: Speech, cast: Cast, reason: str
) -> None:
    before = Entry.objects.count()
    with pytest.raises(Refused, match="撤回原因"):
        withdraw(speech, cast, reason)
    speech.refresh_from_db()
    assert (speech.is_withdrawn, Entry.objects.count()) == (False, before)


def test_a_text_is_withdrawn_once_and_neither_released_nor_sent_meanwhile(cast: Cast) -> None:
    speech = make_speech(cast.branch, cast.secretary)
    Speech.objects.filter(pk=speech.pk).update(released_at=None, vouched_by=cast.secretary)
    withdraw(speech, cast)
    with pytest.raises(Refused, match="已经撤回"):
        withdraw(speech, cast)
    for act in (actions.release, actions.send_down):
        with pytest.raises(Refused, match="已经撤回。先恢复"):
            act(speech, by=cast.inspector, at=timezone.now())
    actions.reinstate(speech, by=cast.secretary)
    with pytest.raises(Refused, match="没有撤回"):
        actions.reinstate(speech, by=cast.secretary)


def test_the_database_wants_a_person_and_a_reason(speech: Speech, cast: Cast) -> None:
    row = Speech.objects.filter(pk=speech.pk)
    for fields in (
        {"withdrawn_at": timezone.now()},
        {"withdrawn_at": timezone.now(), "withdrawn_by": cast.secretary},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**fields)
