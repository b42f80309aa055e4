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
    assert page.strip().startswith('<div class="stack" id="structure">')
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


def test_the_page_shows_title_and_salutation_and_can_put_them_into_the_text(
    speech: Speech, secretary: Client
) -> None:
    page = secretary.get(f"/speeches/{speech.pk}/review/").content.decode()
    found = passage(speech, "同志们")
    assert ("正文之前：标题、称谓等 2 行" in page, f'id="p{found.pk}"' in page) == (True, True)
    secretary.post(f"/speeches/{speech.pk}/passages/{found.pk}/", {"verb": "body"}, headers=HTMX)
    found.refresh_from_db()
    assert (found.kind, found.theme.zone if found.theme else "") == ("body", "opening")


def test_a_passage_of_one_sentence_is_cut_at_a_clause(speech: Speech, secretary: Client) -> None:
    found = passage(speech, "今天部署")
    Passage.objects.filter(pk=found.pk).update(text="今天开会，部署工作。")
    page = secretary.get(f"/speeches/{speech.pk}/passages/{found.pk}/cut/").content.decode()
    assert (page.count("从这句断开"), "部署工作。" in page) == (1, True)


def test_a_warning_is_put_away_by_one_click(speech: Speech, secretary: Client) -> None:
    version = speech.versions.get()
    version.warnings = ["原文说讲五点，找到两个专题，请核对。"]
    version.save(update_fields=["warnings"])
    url = f"/speeches/{speech.pk}/dismiss/"
    answer = secretary.post(url, {"warning": version.warnings[0]}, headers=HTMX)
    assert (answer.status_code, "原文说讲五点" in answer.content.decode()) == (200, False)


def test_every_version_has_its_own_original(speech: Speech, cast: Cast, secretary: Client) -> None:
    changed = TEXT.replace("建好台账", "建好账本")
    actions.add_version(speech, by=cast.secretary, at=timezone.now(), text=changed)
    page = secretary.get(f"/speeches/{speech.pk}/review/").content.decode()
    for number, text in ((1, TEXT), (2, changed)):
        url = f"/speeches/{speech.pk}/original/?version={number}"
        assert url in page
        assert secretary.get(url).content.decode() == text


def test_releasing_twice_is_answered_by_a_sentence(speech: Speech, secretary: Client) -> None:
    url = f"/speeches/{speech.pk}/release/"
    assert secretary.post(url).status_code == 302
    second = secretary.post(url)
    assert (second.status_code, "已经发布" in second.content.decode()) == (422, True)
