"""组织生活会: no stream, and nothing of it is seen from above (product.md, Kinds)."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.meetings import queries, stream
from studyapp.meetings.actions import sheet
from studyapp.meetings.models import Meeting
from studyapp.minutes.actions import open_record, submit
from studyapp.minutes.models import Record
from tests.conftest import Cast
from tests.factories import make_note
from tests.minutes.records import held, sign

SignIn = Callable[[User], Client]
NOW = timezone.now


@pytest.fixture
def life(cast: Cast) -> Meeting:
    return held(cast, kind="life", title="年度组织生活会", text="我遇事急躁，虚心接受批评。")


def test_what_people_say_stands_under_criticism(life: Meeting) -> None:
    assert [r.item.title for r in life.remarks.all() if r.item] == ["开展批评和自我批评"]
    assert queries.missing(life) == []


def test_there_is_no_stream(cast: Cast, signed_in: SignIn, life: Meeting) -> None:
    make_note(cast.member, cast.branch, meeting=life, body="不该出现的一条")
    assert stream.notes_of(life).count() == 0
    for who in ("member", "recorder"):
        client = signed_in(cast.people()[who])
        page = client.get(f"/meetings/{life.pk}/?view=notes").content.decode()
        assert ("不该出现的一条" in page, 'id="compose"' in page) == (False, False)
    page = signed_in(cast.recorder).get(f"/meetings/{life.pk}/sheet/").content.decode()
    assert "不该出现的一条" not in page


def test_nothing_of_it_is_seen_from_above(cast: Cast, signed_in: SignIn, life: Meeting) -> None:
    record = submit(open_record(life, by=cast.recorder, at=NOW()), by=cast.recorder, at=NOW())
    record = sign(record)
    client = signed_in(cast.inspector)
    assert Record.objects.visible_to(cast.inspector).count() == 0
    for path in ("", "export.pdf?paper=record"):
        assert client.get(f"/minutes/{record.pk}/{path}").status_code == 404
    assert client.get(f"/meetings/{life.pk}/").status_code == 404
    for page in ("/", "/minutes/"):
        assert "年度组织生活会" not in client.get(page).content.decode()
    # The branch itself reads it.
    assert signed_in(cast.member).get(f"/minutes/{record.pk}/").status_code == 200


def test_a_lecture_takes_questions_under_its_item(cast: Cast) -> None:
    lecture = held(cast, kind="lecture", lecturer="陈卫东", lecture_topic="严在平时")
    assert [r.item.title for r in lecture.remarks.all() if r.item] == ["讲党课"]
    sheet.add_remark(lecture, speaker=cast.secretary, text="答。", by=cast.recorder, at=NOW())
    assert {r.item_id for r in lecture.remarks.all()} == {lecture.agenda.get(title="讲党课").pk}
