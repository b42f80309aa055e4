"""An open page: the number it asks for rises with all it shows, its parts bring the rest."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.meetings import news
from studyapp.meetings.actions import autosave, checking, notes, roll, sheet
from studyapp.meetings.actions.locking import stamp
from studyapp.meetings.actions.screen import show_on_screen
from studyapp.meetings.models import AgendaItem, Meeting, Note
from studyapp.saving.actions import Posted
from studyapp.speeches.models import Theme
from tests.conftest import Cast
from tests.factories import make_meeting, make_note, make_speech

SignIn = Callable[[User], Client]
NOW = timezone.now()
HTMX = {"HX-Request": "true"}


@pytest.fixture
def meeting(cast: Cast) -> Meeting:
    made = make_meeting(
        cast.branch,
        chair=cast.secretary,
        recorder=cast.recorder,
        state="open",
        attending=(cast.secretary, cast.recorder, cast.member),
    )
    AgendaItem.objects.create(
        meeting=made,
        position=1,
        kind="study",
        title="学习",
        speech=make_speech(cast.branch, cast.secretary),
    )
    return made


def number(meeting: Meeting) -> int:
    cache.clear()
    return news.newest(meeting.pk)


def write(cast: Cast, **about: Any) -> Note:
    given: dict[str, Any] = {"kind": "reflection", "post": True, "body": "一点体会"}
    return notes.write(by=cast.member, unit=cast.branch, at=NOW, **given | about)


def test_nothing_new_is_204_and_news_are_the_number_alone(
    client: Client, cast: Cast, meeting: Meeting
) -> None:
    address = news.address(meeting, cast.member, NOW)
    now = news.number(meeting)
    quiet = client.get(f"{address}?v={now}")
    told = client.get(f"{address}?v={now - 1}")
    assert (quiet.status_code, quiet.content) == (204, b"")
    assert (told.status_code, told.content.decode()) == (200, str(now))
    assert told.headers["Content-Type"] == "text/plain"


def test_it_asks_for_no_person_and_the_database_twice_a_second_at_most(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    client, address = signed_in(cast.member), news.address(meeting, cast.member, NOW)
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        for _ in range(5):
            client.get(f"{address}?v=1")
    # The number and nothing else: no session, no person.
    assert [query["sql"].count("meetings_meeting") > 0 for query in captured] == [True]


@pytest.mark.parametrize(
    "token", ["x", "1-1-9999999999", "1-1-9999999999:forged", "%00", "²-1-1:x"]
)
def test_a_forged_address_is_gone(client: Client, meeting: Meeting, token: str) -> None:
    assert client.get(f"/news/{token}/?v=1").status_code == 410


def test_an_old_address_is_gone(client: Client, cast: Cast, meeting: Meeting) -> None:
    old = news.address(meeting, cast.member, NOW - news.LASTS - timedelta(seconds=1))
    assert client.get(f"{old}?v=1").status_code == 410
    assert client.post(news.address(meeting, cast.member, NOW)).status_code == 405


def test_another_meetings_number_cannot_be_asked_with_this_address(
    client: Client, cast: Cast, meeting: Meeting
) -> None:
    address = news.address(meeting, cast.member, NOW)
    other = address.replace(f"/{meeting.pk}-", f"/{meeting.pk + 1}-")
    assert (other != address, client.get(other).status_code) == (True, 410)


def test_every_note_that_the_page_shows_makes_the_number_rise(cast: Cast, meeting: Meeting) -> None:
    seen = [number(meeting)]
    note = write(cast, meeting=meeting)
    seen.append(number(meeting))
    note = notes.edit(note, body="改过", kind="reflection", revision=1, by=cast.member, at=NOW)
    seen.append(number(meeting))
    notes.delete(note, by=cast.member, at=NOW)
    seen.append(number(meeting))
    notes.restore(note, by=cast.member, at=NOW)
    seen.append(number(meeting))
    draft = write(cast, meeting=meeting, post=False, body="草稿")
    # A draft is nobody else's news.
    assert number(meeting) == seen[-1]
    notes.post(draft, by=cast.member, at=NOW)
    seen.append(number(meeting))
    assert seen == sorted(set(seen))


def test_a_note_on_the_text_alone_is_news_for_the_coming_meeting(
    cast: Cast, meeting: Meeting
) -> None:
    speech = meeting.agenda.get().speech
    elsewhere = make_meeting(cast.other_branch, chair=cast.visitor, recorder=cast.visitor)
    before = number(meeting), number(elsewhere)
    write(cast, speech=speech)
    assert (number(meeting), number(elsewhere)) == (before[0] + 1, before[1])
    Meeting.objects.filter(pk=meeting.pk).update(state="ended")
    write(cast, speech=speech, body="另一条")
    assert number(meeting) == before[0] + 1


def test_the_roll_the_sheet_and_the_summary_are_news(cast: Cast, meeting: Meeting) -> None:
    seen = [number(meeting)]
    roll.rest_present(meeting, by=cast.recorder, at=NOW)
    seen.append(number(meeting))
    sheet.add_remark(meeting, speaker=cast.member, text="话", by=cast.recorder, at=NOW)
    seen.append(number(meeting))
    sheet.set_summary(meeting, text="小结", by=cast.recorder, at=NOW)
    seen.append(number(meeting))
    assert seen == sorted(set(seen))


def test_notes_do_not_make_forms_of_the_meeting_stale(cast: Cast, meeting: Meeting) -> None:
    make_note(cast.member, cast.branch, meeting=meeting)
    before = Meeting.objects.get(pk=meeting.pk).version
    write(cast, meeting=meeting)
    assert Meeting.objects.get(pk=meeting.pk).version == before


def test_what_speakers_say_about_their_words_and_the_wall_make_no_form_stale(
    cast: Cast, meeting: Meeting
) -> None:
    remark = sheet.add_remark(meeting, speaker=cast.member, text="话", by=cast.recorder, at=NOW)
    item, by = meeting.agenda.get(), cast.member
    before = Meeting.objects.get(pk=meeting.pk)
    acts: list[Callable[[], object]] = [
        lambda: checking.correct_remark(remark, text="原话", base=None, by=by, at=NOW),
        lambda: checking.object_to_remark(remark, objection="不全", by=by, at=NOW),
        lambda: checking.withdraw_dispute(remark, by=by, at=NOW),
        lambda: checking.check_remark(remark, by=by, at=NOW),
        lambda: show_on_screen(meeting, item=item, points=True, by=cast.recorder, at=NOW),
    ]
    for told, act in enumerate(acts, 1):
        act()
        after = Meeting.objects.get(pk=meeting.pk)
        assert (after.version, after.news) == (before.version, before.news + told)
    assert (after.screen_item, after.screen_points) == (item, True)
    checking.correct_remark(remark, text="原话", base=None, by=by, at=NOW)
    seen = stamp("原话")
    checking.take_over(remark, seen=seen, by=cast.recorder, at=NOW)
    assert Meeting.objects.get(pk=meeting.pk).version == before.version + 1


def test_words_that_are_typed_are_told_now_and_then_and_make_no_form_stale(
    cast: Cast, meeting: Meeting
) -> None:
    before = Meeting.objects.get(pk=meeting.pk)
    words = ""
    for base, part in enumerate(("一", "二", "三")):
        words += part
        save: Posted = {"body": words, "base": base, "client": "a", "token": f"t{base}"}
        autosave.type_summary(meeting, save, by=cast.recorder, at=NOW)
    after = Meeting.objects.get(pk=meeting.pk)
    assert (after.summary, after.version - before.version) == ("一二三", 0)
    assert after.news - before.news == 1


def test_a_meeting_that_is_gone_has_no_number(cast: Cast) -> None:
    assert news.newest(10**9) == 0


def test_the_open_page_gets_its_parts_and_never_the_field_one_types_in(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    client, theme = signed_in(cast.member), Theme.objects.get(number=1)
    address = f"/meetings/{meeting.pk}/live/?view=notes&theme={theme.pk}"
    make_note(cast.recorder, cast.branch, meeting=meeting, theme=theme, body="新写的一条")
    page = client.get(address, headers=HTMX).content.decode()
    named = re.findall(r'data-live="(\w+)"', page)
    assert named == ["head", "views", "themes", "topic", "stream", "roll", "mine", "aside"]
    parts = ("新写的一条", "data-news=", 'id="compose"', "<html")
    assert [part in page for part in parts] == [True, True, False, False]
    whole = client.get(f"/meetings/{meeting.pk}/?theme={theme.pk}").content.decode()
    assert re.findall(r'data-live="(\w+)"', whole) == named
    assert client.get(address).headers["Location"] == f"/meetings/{meeting.pk}/"


def test_the_recorders_open_page_gets_the_sheet_and_no_field(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    client = signed_in(cast.recorder)
    page = client.get(f"/meetings/{meeting.pk}/live/?view=task", headers=HTMX).content.decode()
    named = re.findall(r'data-live="(\w+)"', page)
    assert named == ["head", "views", "leave", "items", "roll", "mine", "aside"]
    assert (page.count("data-key="), "<textarea" in page) == (1, False)


def test_an_open_page_does_not_keep_anybody_signed_in(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    client = signed_in(cast.member)
    long_ago = int(time.time()) - 1200
    session = client.session
    session["seen"] = session["started"] = long_ago
    session.save()
    client.get(f"/meetings/{meeting.pk}/live/", headers=HTMX)
    assert client.session["seen"] == long_ago
    client.get(f"/meetings/{meeting.pk}/")
    assert client.session["seen"] > long_ago


@pytest.mark.parametrize(
    ("state", "hours", "asks"),
    [("open", 0, 1), ("preparing", 2, 1), ("preparing", 5, 0), ("ended", 0, 0)],
)
def test_a_page_asks_for_news_while_something_may_happen(
    cast: Cast, signed_in: SignIn, meeting: Meeting, state: str, hours: int, asks: int
) -> None:
    start = NOW + timedelta(hours=hours)
    Meeting.objects.update(state=state, planned_start=start, planned_end=start + timedelta(hours=1))
    page = signed_in(cast.member).get(f"/meetings/{meeting.pk}/")
    assert page.content.decode().count("data-news") == asks
