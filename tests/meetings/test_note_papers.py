"""学习笔记 for its author alone; 专题汇编 for the branch; both of posted words only."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.documents.blocks import Document, plain_text
from studyapp.meetings import note_papers
from studyapp.meetings.models import AgendaItem, ItemKind, Meeting, Note, NoteKind, Presence
from studyapp.papers.models import IssuedFile
from studyapp.speeches.models import Speech
from tests.conftest import Cast
from tests.factories import make_attendance, make_meeting, make_note, make_speech, make_user

SignIn = Callable[[User], Client]
HELD = datetime(2026, 3, 5, 9, 0, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def text(cast: Cast) -> Speech:
    return make_speech(cast.branch, cast.secretary, document_number="云公发〔2026〕3号")


@pytest.fixture
def meeting(cast: Cast, text: Speech) -> Meeting:
    meeting = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder, start=HELD)
    AgendaItem.objects.create(
        meeting=meeting, position=1, kind=ItemKind.STUDY, title=text.title, speech=text,
        lead_reader=cast.recorder,
    )  # fmt: skip
    return meeting


def lines(document: Document) -> list[str]:
    return plain_text(document).splitlines()


def own_paper(cast: Cast, meeting: Meeting) -> Document:
    return note_papers.study_notes(
        Note.objects.filter(author=cast.member).order_by("pk"),
        name="王海峰",
        organisation=cast.branch.full_name,
        scope="2026年",
        attended={row.meeting_id: row for row in meeting.attendances.all()},
    )


def test_study_notes_tell_day_way_text_reader_excerpt_and_own_words(
    cast: Cast, text: Speech, meeting: Meeting
) -> None:
    make_attendance(meeting, cast.member, presence=Presence.PRESENT)
    theme = text.themes.get(number=1)
    make_note(
        cast.member, cast.branch, meeting=meeting, theme=theme, quote="要把“首问负责”做在平时",
        kind=NoteKind.REFLECTION, body="一、台账先理清。\n每周看一次。",
    )  # fmt: skip
    make_note(cast.member, cast.branch, meeting=meeting, kind=NoteKind.STUDY, body="记下三点。")
    alone = make_note(cast.member, cast.branch, speech=text, body="又读了一遍。")
    Note.objects.filter(pk=alone.pk).update(created_at=HELD.replace(month=2, day=1))
    assert lines(own_paper(cast, meeting)) == [
        "学习笔记",
        "姓名：王海峰",
        "党组织：中共云州市公安局刑侦支队第一党支部",
        "范围：2026年",
        "一、2026年2月1日（自学）",
        "学习内容：《在全市公安政治工作会议上的讲话》（云公发〔2026〕3号，来源未核实）",
        "体会：又读了一遍。",
        "二、2026年3月5日（集中学习）",
        "会议：集中学习（2026年第1次）",
        "主题：学习全市公安政治工作会议精神",
        "学习内容：《在全市公安政治工作会议上的讲话》（云公发〔2026〕3号，来源未核实）",
        "领学人：孙丽华",
        "夯实基础",
        "摘录：“要把‘首问负责’做在平时”",
        "体会：",
        "一、台账先理清。",
        "每周看一次。",
        "学习笔记：记下三点。",
    ]


def test_who_was_away_made_it_up_or_read_alone(cast: Cast, meeting: Meeting) -> None:
    row = make_attendance(meeting, cast.member, presence=Presence.ABSENT)
    make_note(cast.member, cast.branch, meeting=meeting)
    assert "一、2026年3月5日（自学）" in lines(own_paper(cast, meeting))
    row.made_up_at = timezone.now()
    row.save(update_fields=["made_up_at"])
    assert "一、2026年3月5日（补学）" in lines(own_paper(cast, meeting))


def test_the_own_page_prints_the_own_posted_notes_of_a_year_or_a_meeting(
    cast: Cast, meeting: Meeting, signed_in: SignIn
) -> None:
    make_note(cast.member, cast.branch, meeting=meeting, body="我的话。")
    make_note(cast.member, cast.branch, meeting=meeting, body="还没想好。", posted=False)
    make_note(cast.recorder, cast.branch, meeting=meeting, body="别人的话。")
    client, address = signed_in(cast.member), "/me/study-notes/"
    page = client.get(f"{address}?meeting={meeting.pk}").text
    assert ["我的话。" in page, "还没想好。" in page, "别人的话。" in page] == [True, False, False]
    year = f"{address}?year=2026"
    assert "我的话。" in client.get(year).text
    answers = [client.get(f"/me/study-notes.{each}?year=2026") for each in ("pdf", "docx")]
    assert [a.status_code for a in answers] == [200, 200]
    assert [f.subject for f in IssuedFile.objects.all()] == [f"notes-{cast.member.pk}"] * 2
    assert signed_in(cast.visitor).get(f"{address}?meeting={meeting.pk}").status_code == 404
    assert "我的话。" not in signed_in(cast.secretary).get(address).text
    assert client.get(f"{address}?year=1999").status_code == 404


def test_a_collection_goes_by_the_order_of_the_branch_and_takes_posted_notes_alone(
    cast: Cast, text: Speech, signed_in: SignIn
) -> None:
    theme = text.themes.get(number=1)
    gone = make_user("郑已调", unit=cast.other_branch)
    for author, body, posted in (
        (gone, "走前写的。", True),
        (cast.member, "海峰的话。", True),
        (cast.secretary, "书记的话。", True),
        (cast.recorder, "草稿。", False),
    ):
        make_note(author, cast.branch, theme=theme, body=body, posted=posted)
    make_note(cast.visitor, cast.other_branch, theme=theme, body="另一个支部的话。")
    order = [cast.secretary.pk, cast.recorder.pk, cast.member.pk]
    document = note_papers.theme_collection(
        theme,
        Note.objects.posted().filter(unit=cast.branch),
        organisation="中共某支部",
        order=order,
        day=HELD.date(),
    )
    assert lines(document) == [
        "“夯实基础”专题学习体会汇编",
        "学习内容：《在全市公安政治工作会议上的讲话》（云公发〔2026〕3号，来源未核实）",
        "编印单位：中共某支部",
        "编印日期：2026年3月5日",
        "一、陈卫东", "体会：书记的话。", "二、王海峰", "体会：海峰的话。", "三、郑已调",
        "体会：走前写的。",
    ]  # fmt: skip
    address = f"/themes/{theme.pk}/collection/"
    page = signed_in(cast.member).get(address).text
    assert page.index("书记的话。") < page.index("海峰的话。") < page.index("走前写的。")
    assert ["草稿。" in page, "另一个支部的话。" in page] == [False, False]
    assert signed_in(cast.member).get(f"/themes/{theme.pk}/collection.docx").status_code == 200
    assert signed_in(cast.visitor).get(address).status_code == 404
    units = (cast.branch, cast.other_branch)
    answers = [signed_in(cast.member).get(f"{address}?unit={unit.pk}") for unit in units]
    assert [answer.status_code for answer in answers] == [200, 404]
    notes = signed_in(cast.member).get(f"/themes/{theme.pk}/notes/").text
    assert address in notes


def test_a_name_no_face_can_draw_is_named_before_a_pdf_and_docx_stays_possible(
    cast: Cast, text: Speech, signed_in: SignIn
) -> None:
    make_note(cast.member, cast.branch, theme=text.themes.get(number=1), body="学习𪚥字。")
    client, place = signed_in(cast.member), f"/themes/{text.themes.get(number=1).pk}/collection"
    said = "“体会”这一段里的“𪚥”"
    assert said in client.get(f"{place}/").text
    refused = client.get(f"{place}.pdf")
    assert (refused.status_code, said in refused.text) == (422, True)
    assert client.get(f"{place}.docx").status_code == 200
