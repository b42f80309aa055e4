"""List and reading page: who sees what, the private position, quotes found again."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from studyapp.accounts.models import User
from studyapp.speeches import actions
from studyapp.speeches.models import ReadingPosition, Speech, Theme
from tests.conftest import Cast
from tests.factories import make_note, make_speech

SignIn = Callable[[User], Client]
TEXT = """在全市信访工作会议上的讲话
市局党委书记 林远山
（2026年3月5日）
同志们：
今天部署下一步工作。
一、摸清底数。把每一件积案弄明白,建好台账。
二、包案到人。领导干部带头接访，一包到底。
最后，祝大家平安。
"""


@pytest.fixture
def speech(cast: Cast) -> Speech:
    found = actions.import_speech(unit=cast.branch, by=cast.secretary, at=timezone.now(), text=TEXT)
    actions.release(found, by=cast.secretary, at=timezone.now())
    return found


def theme(speech: Speech, title: str) -> Theme:
    return Theme.objects.get(speech=speech, title=title)


def test_the_page_has_its_parts_in_order_each_with_an_address(
    speech: Speech, cast: Cast, signed_in: SignIn
) -> None:
    page = signed_in(cast.member).get(f"/speeches/{speech.pk}/").content.decode()
    places = [page.index(f'<section id="t{number}"') for number in range(4)]
    assert places == sorted(places)
    assert ("林远山" in page, "2026年3月5日" in page, "来源未核实" in page) == (True, True, True)


def test_punctuation_is_made_full_width_for_reading_only(
    speech: Speech, cast: Cast, signed_in: SignIn
) -> None:
    page = signed_in(cast.member).get(f"/speeches/{speech.pk}/").content.decode()
    assert "把每一件积案弄明白，建好台账。" in page
    version = speech.versions.get()
    assert version.passages.filter(text="把每一件积案弄明白,建好台账。").count() == 1


def test_an_unreleased_text_exists_for_who_prepares_it_only(cast: Cast, signed_in: SignIn) -> None:
    speech = make_speech(cast.branch, cast.secretary, released=False)
    statuses = {
        name: signed_in(person).get(f"/speeches/{speech.pk}/").status_code
        for name, person in cast.people().items()
    }
    assert statuses == {name: 200 if name == "secretary" else 404 for name in cast.people()}


def test_a_branch_text_stays_in_the_branch_and_a_sent_one_goes_down(
    cast: Cast, signed_in: SignIn
) -> None:
    own = make_speech(cast.branch, cast.secretary)
    sent = make_speech(cast.organ, cast.inspector, title="在机关党委会上的讲话", sent=True)
    seen = {
        name: set(signed_in(cast.people()[name]).get("/speeches/").context["page"].object_list)
        for name in ("member", "visitor", "inspector")
    }
    assert seen == {
        "member": {own, sent},
        "visitor": {sent},
        "inspector": {sent},
    }


def test_the_list_asks_as_often_for_three_texts_as_for_one(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(cast.member)
    make_speech(cast.branch, cast.secretary)
    client.get("/speeches/")
    with CaptureQueriesContext(connection) as once:
        client.get("/speeches/")
    for number in range(2):
        make_speech(cast.branch, cast.secretary, title=f"第{number}次讲话")
    with django_assert_num_queries(len(once.captured_queries)):
        client.get("/speeches/")


def test_the_reading_position_is_the_readers_own(
    speech: Speech, cast: Cast, signed_in: SignIn
) -> None:
    member = signed_in(cast.member)
    chosen = theme(speech, "包案到人")
    answer = member.post(f"/speeches/{speech.pk}/position/", {"theme": chosen.pk})
    assert answer["Location"] == f"/speeches/{speech.pk}/#t2"
    quiet = member.post(f"/speeches/{speech.pk}/position/", {"theme": chosen.pk, "quiet": "1"})
    assert (quiet.status_code, ReadingPosition.objects.count()) == (204, 1)
    assert "接着读：包案到人" in member.get(f"/speeches/{speech.pk}/").content.decode()
    for other in (cast.secretary, cast.recorder):
        assert "接着读" not in signed_in(other).get(f"/speeches/{speech.pk}/").content.decode()


@pytest.mark.parametrize("asked", ["", "x", "999999", "²"])
def test_a_position_in_no_theme_is_not_found(
    speech: Speech, cast: Cast, signed_in: SignIn, asked: str
) -> None:
    url = f"/speeches/{speech.pk}/position/"
    assert signed_in(cast.member).post(url, {"theme": asked}).status_code == 404


def test_a_note_leads_to_the_words_it_quotes_also_in_a_new_version(
    speech: Speech, cast: Cast, signed_in: SignIn
) -> None:
    quote = {"quote": "领导干部带头接访", "quote_before": "", "quote_after": "，一包到底"}
    chosen = theme(speech, "包案到人")
    make_note(cast.member, cast.branch, theme_id=chosen.pk, **quote)
    changed = TEXT.replace("领导干部带头接访，", "领导干部 带头接访,").replace("二、", "三、")
    changed = changed.replace("三、", "二、回头看。件件有回音。\n三、")
    actions.add_version(speech, by=cast.secretary, at=timezone.now(), text=changed)
    member = signed_in(cast.member)
    notes = member.get(f"/themes/{chosen.pk}/notes/").content.decode()
    query = urlencode({"quote": quote["quote"]})
    assert f"/themes/{chosen.pk}/?{query}" in notes
    jump = member.get(f"/themes/{chosen.pk}/?{query}&after=x")
    assert jump.status_code == 302
    assert jump["Location"].startswith(f"/speeches/{speech.pk}/?theme={chosen.pk}&{query}")
    assert jump["Location"].endswith("#quote")
    page = member.get(jump["Location"]).content.decode()
    assert '<mark id="quote">领导干部 带头接访</mark>' in page
    assert 'id="t3"' in page


def test_a_quote_that_is_gone_is_told_and_the_old_original_offered(
    speech: Speech, cast: Cast, signed_in: SignIn
) -> None:
    changed = TEXT.replace("领导干部带头接访，一包到底。", "谁主管谁负责。")
    actions.add_version(speech, by=cast.secretary, at=timezone.now(), text=changed)
    url = f"/speeches/{speech.pk}/?{urlencode({'quote': '领导干部带头接访'})}"
    page = signed_in(cast.member).get(url).content.decode()
    assert ("找不到了" in page, "original/?version=1" in page) == (True, True)


def test_a_theme_without_a_quote_leads_to_its_place(
    speech: Speech, cast: Cast, signed_in: SignIn
) -> None:
    chosen = theme(speech, "包案到人")
    answer = signed_in(cast.member).get(f"/themes/{chosen.pk}/")
    assert answer["Location"] == f"/speeches/{speech.pk}/#t2"
    assert signed_in(cast.visitor).get(f"/themes/{chosen.pk}/").status_code == 404


def test_a_text_without_themes_has_its_notes_beside_it(cast: Cast, signed_in: SignIn) -> None:
    speech = actions.import_speech(
        unit=cast.branch, by=cast.secretary, at=timezone.now(), text="忆入党\n\n那天下着雨。\n"
    )
    actions.release(speech, by=cast.secretary, at=timezone.now())
    whole = speech.themes.get()
    page = signed_in(cast.member).get(f"/speeches/{speech.pk}/").content.decode()
    assert f'hx-get="/themes/{whole.pk}/notes/"' in page
