"""The review page: one click for each mend, with htmx the structure alone comes back."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.speeches import actions
from studyapp.speeches.models import Passage, Speech, Theme
from tests.conftest import Cast

SignIn = Callable[[User], Client]
HTMX = {"HX-Request": "true", "HX-Target": "structure"}
TEXT = """在全市信访工作会议上的讲话
同志们：
今天部署下一步工作。
一、摸清底数
把每一件积案弄明白。建好台账。
二、包案到人
领导干部带头接访。
点击：302
"""


@pytest.fixture
def speech(cast: Cast) -> Speech:
    return actions.import_speech(unit=cast.branch, by=cast.secretary, at=timezone.now(), text=TEXT)


@pytest.fixture
def secretary(cast: Cast, signed_in: SignIn) -> Client:
    return signed_in(cast.secretary)


def passage(speech: Speech, start: str) -> Passage:
    return Passage.objects.get(version__speech=speech, text__startswith=start)


def test_a_click_with_htmx_brings_the_structure_back(speech: Speech, secretary: Client) -> None:
    found = passage(speech, "把每一件")
    url = f"/speeches/{speech.pk}/passages/{found.pk}/"
    answer = secretary.post(url, {"verb": "begin"}, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.strip().startswith('<div class="cols cols--main-aside" id="structure">')
    assert page.count('class="review__theme"') == 4


def test_a_click_without_script_returns_to_the_same_passage(
    speech: Speech, secretary: Client
) -> None:
    found = passage(speech, "把每一件")
    url = f"/speeches/{speech.pk}/passages/{found.pk}/"
    answer = secretary.post(url, {"verb": "begin"})
    assert answer.status_code == 302
    assert answer["Location"] == f"/speeches/{speech.pk}/review/#p{found.pk}"


def test_a_refused_name_stays_in_its_field_and_nothing_else_moves(
    speech: Speech, secretary: Client
) -> None:
    theme = Theme.objects.get(speech=speech, title="包案到人")
    typed = {"verb": "save", "title": "长" * 201, "question": "我的岗位上有哪几件积案？"}
    answer = secretary.post(f"/speeches/{speech.pk}/themes/{theme.pk}/", typed)
    page = answer.content.decode()
    theme.refresh_from_db()
    assert answer.status_code == 422
    assert (typed["title"] in page, typed["question"] in page) == (True, True)
    assert 'value="摸清底数"' in page
    assert (theme.title, theme.question) == ("包案到人", "")


def test_the_cut_page_offers_each_later_sentence(speech: Speech, secretary: Client) -> None:
    found = passage(speech, "把每一件")
    url = f"/speeches/{speech.pk}/passages/{found.pk}/cut/"
    page = secretary.get(url).content.decode()
    assert page.count("从这句断开") == 1
    assert "建好台账。" in page
    at = found.text.index("建好")
    assert secretary.post(url, {"at": at}).status_code == 302
    assert passage(speech, "建好").text == "建好台账。"


def test_a_removed_line_is_shown_with_its_reason_and_comes_back(
    speech: Speech, secretary: Client
) -> None:
    found = passage(speech, "点击")
    page = secretary.get(f"/speeches/{speech.pk}/review/").content.decode()
    assert found.reason
    assert found.reason in page
    url = f"/speeches/{speech.pk}/passages/{found.pk}/"
    secretary.post(url, {"verb": "restore"}, headers=HTMX)
    assert passage(speech, "点击").kind == "body"


def test_a_passage_of_another_speech_is_not_found(
    speech: Speech, cast: Cast, secretary: Client
) -> None:
    other = actions.import_speech(
        unit=cast.branch, by=cast.secretary, at=timezone.now(), text=TEXT.replace("302", "303")
    )
    foreign = passage(other, "把每一件")
    url = f"/speeches/{speech.pk}/passages/{foreign.pk}/"
    assert secretary.post(url, {"verb": "remove"}).status_code == 404
