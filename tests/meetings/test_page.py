"""The page of one meeting: each person's first thing, the stream of notes, the polling."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.errors import Refused
from studyapp.meetings import stream
from studyapp.meetings.actions import notes, sheet
from studyapp.meetings.models import AgendaItem, Meeting, Note
from studyapp.speeches.models import Speech, Theme
from tests.conftest import Cast
from tests.factories import make_meeting, make_note, make_speech, make_user

SignIn = Callable[[User], Client]
NOW = timezone.now()


@pytest.fixture
def speech(cast: Cast) -> Speech:
    return make_speech(cast.branch, cast.secretary)


@pytest.fixture
def theme(speech: Speech) -> Theme:
    """Return the first theme, with a question."""
    found = speech.themes.get(number=1)
    found.question = "哪一次学习让工作变了？"
    found.save(update_fields=["question"])
    return found


@pytest.fixture
def meeting(cast: Cast, speech: Speech) -> Meeting:
    """Return a running 集中学习 on one text."""
    made = make_meeting(
        cast.branch,
        chair=cast.secretary,
        recorder=cast.recorder,
        state="open",
        attending=(cast.secretary, cast.recorder, cast.member),
        actual_start=NOW - timedelta(minutes=20),
    )
    for position, (kind, title, text) in enumerate(
        [
            ("study", "学习讲话", speech),
            ("discussion", "交流发言", None),
            ("summary", "小结", None),
        ],
        1,
    ):
        AgendaItem.objects.create(
            meeting=made, position=position, kind=kind, title=title, speech=text
        )
    return made


def html(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_member_sees_where_to_write(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme
) -> None:
    page = html(signed_in(cast.member), f"/meetings/{meeting.pk}/")
    words = ['id="compose"', "提交到支部", "哪一次学习让工作变了？", "围绕夯实基础", "服务群众"]
    assert [word for word in words if word not in page] == []
    # The record sheet is not theirs.
    assert 'id="id_speaker"' not in page


@pytest.mark.parametrize("who", ["recorder", "secretary"])
def test_who_keeps_the_record_sees_the_sheet_first_and_the_notes_beside_it(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme, who: str
) -> None:
    client = signed_in(cast.people()[who])
    page = html(client, f"/meetings/{meeting.pk}/")
    assert ('id="id_speaker"' in page, 'id="compose"' in page) == (True, False)
    page = html(client, f"/meetings/{meeting.pk}/?view=notes")
    assert ('id="id_speaker"' in page, 'id="compose"' in page) == (False, True)


@pytest.mark.parametrize(
    ("state", "words"),
    [("preparing", "打印通知、议程和空白签到表"), ("check_in", "去点名"), ("ended", "完整记录单")],
)
def test_the_first_thing_follows_the_state(
    cast: Cast, signed_in: SignIn, meeting: Meeting, state: str, words: str
) -> None:
    Meeting.objects.update(state=state)
    assert words in html(signed_in(cast.recorder), f"/meetings/{meeting.pk}/")
    assert words not in html(signed_in(cast.member), f"/meetings/{meeting.pk}/")


def test_a_note_written_on_the_page_stands_under_its_theme(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme
) -> None:
    client, here = signed_in(cast.member), f"/meetings/{meeting.pk}/?view=notes&theme={theme.pk}"
    answer = client.post(
        f"/notes/new/?meeting={meeting.pk}&theme={theme.pk}",
        {
            "body": "回访要打电话。",
            "kind": "remark",
            "theme": theme.pk,
            "unit": cast.branch.pk,
            "then": "post",
            "next": f"{here}#compose",
        },
    )
    assert (answer.status_code, answer["Location"]) == (302, f"{here}#compose")
    assert "回访要打电话。" in html(client, here)
    assert "回访要打电话。" not in html(client, f"/meetings/{meeting.pk}/?view=notes&theme=0")


def test_a_remark_written_on_the_page_comes_back_to_it(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme
) -> None:
    item = meeting.agenda.get(kind="discussion")
    answer = signed_in(cast.recorder).post(
        f"/meetings/{meeting.pk}/sheet/",
        {
            "speaker": "whf",
            "text": "要改。",
            "item": item.pk,
            "theme": theme.pk,
            "next": f"/meetings/{meeting.pk}/?view=task",
        },
    )
    assert answer["Location"] == (
        f"/meetings/{meeting.pk}/?view=task&item={item.pk}&on={theme.pk}#id_speaker"
    )
    page = html(signed_in(cast.recorder), answer["Location"])
    assert "要改。" in page
    assert f'value="{theme.pk}" selected' in page


def test_the_recorder_takes_a_note_in_where_it_stands(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme
) -> None:
    note = make_note(cast.member, cast.branch, meeting=meeting, theme=theme)
    here, take = f"/meetings/{meeting.pk}/?view=notes", f"sheet/notes/{note.pk}/take/"
    assert take not in html(signed_in(cast.member), here)
    client = signed_in(cast.recorder)
    assert take in html(client, here)
    answer = client.post(f"/meetings/{meeting.pk}/{take}", {"next": here})
    assert (answer["Location"], meeting.remarks.get().text) == (here, note.body)
    page = html(client, here)
    assert (take in page, "已列入记录" in page) == (False, True)


def test_what_was_written_before_the_meeting_is_there(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme
) -> None:
    speech = theme.speech
    make_note(cast.recorder, cast.branch, theme=theme, speech=speech, body="会前写的")
    make_note(cast.visitor, cast.other_branch, theme=theme, speech=speech, body="别的支部写的")
    taken = make_note(cast.member, cast.branch, theme=theme, speech=speech, body="别的会用过的")
    other = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder)
    AgendaItem.objects.create(meeting=other, position=1, kind="study", title="学", speech=speech)
    sheet.take_note(other, taken, by=cast.recorder, at=NOW)
    page = html(signed_in(cast.member), f"/meetings/{meeting.pk}/")
    shown = [words in page for words in ("会前写的", "别的支部写的", "别的会用过的")]
    assert shown == [True, False, False]
    with pytest.raises(Refused, match="不能列入记录"):
        sheet.take_note(meeting, taken, by=cast.recorder, at=NOW)


def test_what_was_written_after_the_end_for_no_meeting_is_not_of_this_one(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme
) -> None:
    Meeting.objects.update(state="ended", actual_end=NOW - timedelta(minutes=1))
    note = make_note(cast.recorder, cast.branch, theme=theme, speech=theme.speech, body="后来写的")
    client = signed_in(cast.member)
    assert "后来写的" not in html(client, f"/meetings/{meeting.pk}/?view=notes")
    Note.objects.filter(pk=note.pk).update(meeting=meeting)
    assert "后来写的" in html(client, f"/meetings/{meeting.pk}/?view=notes")


def test_a_draft_is_on_the_writers_page_only(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme
) -> None:
    make_note(cast.member, cast.branch, meeting=meeting, posted=False, theme=theme, body="没想好")
    address = f"/meetings/{meeting.pk}/?view=notes"
    who = ("member", "recorder", "secretary")
    shown = {name: "没想好" in html(signed_in(cast.people()[name]), address) for name in who}
    assert shown == {"member": True, "recorder": False, "secretary": False}


def test_none_of_many_notes_is_left_out_silently(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme
) -> None:
    for number in range(stream.SHOWN + 2):
        make_note(cast.member, cast.branch, meeting=meeting, theme=theme, body=f"第{number:02}条")
    client, address = signed_in(cast.member), f"/meetings/{meeting.pk}/?theme={theme.pk}"
    page = html(client, address)
    assert ("更早的 2 条" in page, "第01条" in page, "第31条" in page) == (True, False, True)
    page = html(client, address + "&all=1")
    assert ("更早的" in page, page.index("第01条") < page.index("第31条")) == (False, True)


def test_two_texts_are_two_rows_of_themes(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme
) -> None:
    second = make_speech(cast.branch, cast.secretary, title="第二篇", themes=("常抓不懈",))
    AgendaItem.objects.create(meeting=meeting, position=4, kind="study", title="学", speech=second)
    client = signed_in(cast.member)
    first = html(client, f"/meetings/{meeting.pk}/")
    assert ("第二篇" in first, "常抓不懈" in first) == (True, False)
    page = html(client, f"/meetings/{meeting.pk}/?theme={second.themes.get(number=1).pk}")
    assert ("常抓不懈" in page, "研讨题" in page) == (True, False)


def test_a_meeting_without_a_text_takes_general_notes(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    meeting.agenda.filter(kind="study").delete()
    page = html(signed_in(cast.member), f"/meetings/{meeting.pk}/")
    assert ('id="kind-study"' in page, 'name="theme"' in page) == (True, False)


def test_the_words_of_the_theme_are_read_beside_the_field(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme
) -> None:
    page = html(signed_in(cast.member), f"/meetings/{meeting.pk}/?theme={theme.pk}")
    topic = page.split('data-live="topic"')[1].split('data-live="stream"')[0]
    fold = topic.split("<details")[1]
    assert ("围绕夯实基础，要把工作做在平时" in fold, "第1部分" in topic) == (True, False)
    assert "围绕服务群众" not in topic


def test_the_page_takes_as_many_queries_for_many_people_and_notes_as_for_one(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme
) -> None:
    client = signed_in(cast.recorder)

    def count(view: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/meetings/{meeting.pk}/?view={view}").status_code == 200
        return len(captured)

    make_note(cast.member, cast.branch, meeting=meeting, theme=theme)
    sheet.add_remark(meeting, speaker=cast.member, text="话", by=cast.recorder, at=NOW)
    client.get("/meetings/")
    before = count("task"), count("notes")
    for _ in range(3):
        person = make_user(unit=cast.branch)
        meeting.attendances.create(user=person, name=person.name)
        make_note(person, cast.branch, meeting=meeting, theme=theme)
        sheet.add_remark(meeting, speaker=person, text="话", by=cast.recorder, at=NOW)
    assert (count("task"), count("notes")) == before


def test_a_signed_meeting_is_for_reading(cast: Cast, signed_in: SignIn, meeting: Meeting) -> None:
    Meeting.objects.update(state="ended", signed_at=NOW)
    page = html(signed_in(cast.recorder), f"/meetings/{meeting.pk}/")
    assert ('id="compose"' in page, ">点名<" in page, 'id="id_speaker"' in page) == (
        False,
        False,
        False,
    )


LIMIT = 20_000


def test_a_note_over_the_limit_comes_back_whole(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme
) -> None:
    client, address = signed_in(cast.member), f"/notes/new/?meeting={meeting.pk}&theme={theme.pk}"
    # A browser with maxlength would cut the paste without a word.
    assert "maxlength" not in html(client, address).split("<textarea")[1].split(">")[0]
    words = "长" * (LIMIT + 1)
    form = {"body": words, "kind": "reflection", "theme": theme.pk, "unit": cast.branch.pk}
    answer = client.post(address, form)
    page = answer.content.decode()
    assert (answer.status_code, words in page, Note.objects.count()) == (422, True, 0)
    assert "写了20001字，超过20000字" in page
    assert client.post(address, form | {"body": words[:-1]}).status_code == 302


def test_a_line_end_is_one_character(cast: Cast, signed_in: SignIn, meeting: Meeting) -> None:
    body = "\r\n".join(["字"] * (LIMIT // 2))
    answer = signed_in(cast.member).post(
        f"/notes/new/?meeting={meeting.pk}",
        {"body": body, "kind": "study", "unit": cast.branch.pk, "then": "post"},
    )
    assert (answer.status_code, len(Note.objects.get().body)) == (302, LIMIT - 1)


@pytest.mark.attack(25, 30, 33)
@pytest.mark.parametrize(
    "body", ["<script>alert(1)</script>", "{{7*7}}", "好\x00\x07字", "a" * 3000]
)
def test_odd_words_are_shown_as_words(
    cast: Cast, signed_in: SignIn, meeting: Meeting, body: str
) -> None:
    client = signed_in(cast.member)
    client.post(
        f"/notes/new/?meeting={meeting.pk}",
        {"body": body, "kind": "study", "unit": cast.branch.pk, "then": "post"},
    )
    page = html(client, f"/meetings/{meeting.pk}/?theme=0")
    shown = {"<script>alert(1)</script>": "&lt;script&gt;alert(1)", "好\x00\x07字": "好字"}
    assert shown.get(body, body) in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("name", ["meeting", "theme", "speech"])
@pytest.mark.parametrize("value", ["²", "-1", "x", "9" * 40])
def test_an_impossible_address_is_no_fault(
    cast: Cast, signed_in: SignIn, name: str, value: str
) -> None:
    assert signed_in(cast.member).get("/notes/new/", {name: value}).status_code in {200, 404}


def test_no_note_is_written_for_a_life_meeting(cast: Cast) -> None:
    life = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder, kind="life")
    with pytest.raises(Refused, match="组织生活会不设笔记交流"):
        notes.write(
            by=cast.member, unit=cast.branch, body="批评", kind="remark", meeting=life, at=NOW
        )
    assert Note.objects.count() == 0


def test_what_can_no_longer_be_changed_is_not_offered(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme
) -> None:
    note = make_note(cast.member, cast.branch, meeting=meeting, theme=theme)
    client, edit = signed_in(cast.member), f"/notes/{note.pk}/edit/"
    pages = (f"/notes/{note.pk}/", f"/meetings/{meeting.pk}/?view=notes")
    assert [edit in html(client, page) for page in pages] == [True, True]
    Meeting.objects.update(state="ended", signed_at=timezone.now())
    assert [edit in html(client, page) for page in pages] == [False, False]
    answer = client.get(edit)
    assert (answer.status_code, "可以另写一条" in answer.content.decode()) == (422, True)


def test_a_note_in_a_signed_record_no_longer_changes(
    cast: Cast, meeting: Meeting, theme: Theme
) -> None:
    note = make_note(cast.member, cast.branch, theme=theme, speech=theme.speech, body="会前写的")
    sheet.take_note(meeting, note, by=cast.recorder, at=NOW)
    Meeting.objects.update(signed_at=NOW)
    with pytest.raises(Refused, match="已签字"):
        notes.edit(note, body="改", kind="remark", theme=theme, revision=1, by=cast.member, at=NOW)
