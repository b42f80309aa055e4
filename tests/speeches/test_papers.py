"""讲话 as a paper: its own words in order, the version, and what nobody vouched for."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.branches.models import Unit
from studyapp.documents.blocks import plain_text
from studyapp.papers.models import IssuedFile
from studyapp.speeches import papers
from studyapp.speeches.models import Passage, PassageKind, Speech, Theme, Zone
from tests.conftest import Cast
from tests.factories import make_speech

SignIn = Callable[[User], Client]


@pytest.fixture
def speech(cast: Cast) -> Speech:
    speech = make_speech(
        cast.branch, cast.secretary, speaker="某领导", source="市局办公室", given_on="2026年3月1日",
        document_number="云公发〔2026〕3号",
    )  # fmt: skip
    version = speech.versions.get()
    closing = Theme.objects.create(speech=speech, zone=Zone.CLOSING, number=9, title="结语")
    for position, kind, theme, text in (
        (0, PassageKind.SALUTATION, None, "同志们:"),
        (90, PassageKind.BODY, closing, "让我们一起努力。"),
        (91, PassageKind.REMOVED, None, "— 3 —"),
    ):
        Passage.objects.create(
            version=version, position=position, kind=kind, theme=theme, text=text
        )
    return speech


def test_a_speech_keeps_its_words_and_tells_where_they_come_from(speech: Speech) -> None:
    document = papers.speech(speech, speech.versions.get())
    assert plain_text(document).splitlines() == [
        "在全市公安政治工作会议上的讲话",
        "讲话人：某领导",
        "时间：2026年3月1日",
        "文号：云公发〔2026〕3号",
        "来源：市局办公室（未核实）",
        "稿次：第1稿",
        "同志们：",
        "第1部分、夯实基础",
        "围绕夯实基础，要把工作做在平时，落到每一个岗位。",
        "第2部分、服务群众",
        "围绕服务群众，要把工作做在平时，落到每一个岗位。",
        "让我们一起努力。",
    ]
    assert (document.mark, document.version) == ("来源未核实", "第1稿")


def test_who_vouches_is_named_and_no_page_is_marked(cast: Cast, speech: Speech) -> None:
    speech.vouched_by = cast.secretary
    document = papers.speech(speech, speech.versions.get())
    assert "来源：市局办公室（陈卫东核实）" in plain_text(document)
    assert document.mark == ""


def test_a_text_sent_down_is_printed_in_the_layout_of_who_reads_it(
    cast: Cast, signed_in: SignIn
) -> None:
    text = make_speech(cast.organ, cast.inspector, sent=True)
    client = signed_in(cast.member)
    assert client.get(f"/speeches/{text.pk}/paper.pdf").status_code == 200
    issued = IssuedFile.objects.get()
    assert (issued.unit, issued.paper, issued.subject) == (
        Unit.objects.get(pk=cast.branch.pk), "学习材料", f"speech-{text.pk}",
    )  # fmt: skip


def test_the_reading_page_offers_it_and_a_withdrawn_text_is_for_who_prepares_it(
    cast: Cast, speech: Speech, signed_in: SignIn
) -> None:
    client, address = signed_in(cast.member), f"/speeches/{speech.pk}/paper/"
    assert address in client.get(f"/speeches/{speech.pk}/").text
    assert "第1部分、夯实基础" in client.get(address).text
    assert client.get(f"{address}?version=2").status_code == 404
    assert signed_in(cast.visitor).get(address).status_code == 404
    speech.withdrawn_at, speech.withdrawn_by = timezone.now(), cast.secretary
    speech.withdrawn_reason = "录错了"
    speech.save()
    assert [signed_in(p).get(address).status_code for p in (cast.member, cast.secretary)] == [
        404, 200,
    ]  # fmt: skip
