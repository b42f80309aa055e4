"""Kept HTML of notes: right after every change, and the same page as without it."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.meetings.actions import notes, sheet
from studyapp.meetings.models import AgendaItem, Meeting, Note
from studyapp.meetings.views import pieces
from studyapp.speeches.models import Theme
from tests.conftest import Cast
from tests.factories import make_meeting, make_note, make_speech

SignIn = Callable[[User], Client]
NOW = timezone.now()
TEMPLATE = Path(__file__).resolve().parents[2] / "templates" / pieces.TEMPLATE


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    caches["pieces"].clear()


@pytest.fixture
def theme(cast: Cast) -> Theme:
    return make_speech(cast.branch, cast.secretary).themes.get(number=1)


@pytest.fixture
def meeting(cast: Cast, theme: Theme) -> Meeting:
    made = make_meeting(
        cast.branch,
        chair=cast.secretary,
        recorder=cast.recorder,
        state="open",
        actual_start=NOW - timedelta(minutes=20),
    )
    AgendaItem.objects.create(
        meeting=made, position=1, kind="study", title="学习", speech=theme.speech
    )
    AgendaItem.objects.create(meeting=made, position=2, kind="discussion", title="交流发言")
    return made


@pytest.fixture
def note(cast: Cast, meeting: Meeting, theme: Theme) -> Note:
    return make_note(cast.member, cast.branch, meeting=meeting, theme=theme, body="回访要打电话。")


def pages(client: Client, meeting: Meeting, theme: Theme) -> list[str]:
    addresses = (
        f"/meetings/{meeting.pk}/?view=notes&theme={theme.pk}",
        f"/themes/{theme.pk}/notes/",
    )
    return [client.get(address).content.decode() for address in addresses]


def reworded(note: Note, cast: Cast) -> None:
    notes.edit(
        note, body="要上门。", kind="remark", theme=note.theme, revision=1, by=cast.member, at=NOW
    )


def taken(note: Note, cast: Cast) -> None:
    assert note.meeting
    sheet.take_note(note.meeting, note, by=cast.recorder, at=NOW)


def renamed(note: Note, cast: Cast) -> None:
    User.objects.filter(pk=note.author_id).update(name="王海峰峰")


def of_another_kind(note: Note, cast: Cast) -> None:
    Note.objects.filter(pk=note.pk).update(kind="question")


def quoting(note: Note, cast: Cast) -> None:
    Note.objects.filter(pk=note.pk).update(quote="原话")


def of_last_year(note: Note, cast: Cast) -> None:
    Note.objects.filter(pk=note.pk).update(created_at=NOW - timedelta(days=400))


@pytest.mark.parametrize(
    ("change", "new", "old"),
    [
        (reworded, "要上门。", "回访要打电话。"),
        (taken, "已列入记录", "no such words"),
        (renamed, "王海峰峰", "no such words"),
        (of_another_kind, "问题建议</span>", "no such words"),
        (quoting, "<blockquote", "no such words"),
        (of_last_year, f"{timezone.localtime(NOW - timedelta(days=400)).year}年", "no such words"),
    ],
)
def test_a_change_is_on_the_next_page(
    cast: Cast,
    signed_in: SignIn,
    meeting: Meeting,
    theme: Theme,
    note: Note,
    change: Callable[[Note, Cast], None],
    new: str,
    old: str,
) -> None:
    client = signed_in(cast.secretary)
    before = pages(client, meeting, theme)
    shown = [page.split('class="stream"')[1] for page in before]
    assert [new in page for page in shown] == [False, False]
    change(note, cast)
    shown = [page.split('class="stream"')[1] for page in pages(client, meeting, theme)]
    assert [(new in page, old in page) for page in shown] == [(True, False)] * 2


def test_a_deleted_note_is_gone_from_the_next_page(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme, note: Note
) -> None:
    client = signed_in(cast.recorder)
    assert [note.body in page for page in pages(client, meeting, theme)] == [True, True]
    notes.delete(note, by=cast.member, at=NOW)
    assert [note.body in page for page in pages(client, meeting, theme)] == [False, False]


def test_the_theme_above_the_notes_has_its_new_title(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme, note: Note
) -> None:
    client = signed_in(cast.recorder)
    pages(client, meeting, theme)
    Theme.objects.filter(pk=theme.pk).update(title="改过的专题")
    assert ["改过的专题" in page for page in pages(client, meeting, theme)] == [True, True]


def test_a_reader_gets_own_buttons_and_nobody_elses(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme, note: Note
) -> None:
    own, take = f"/notes/{note.pk}/edit/", f"/sheet/notes/{note.pk}/take/"

    def shown(who: str) -> list[tuple[bool, bool]]:
        found = pages(signed_in(cast.people()[who]), meeting, theme)
        return [(own in page, take in page) for page in found]

    # Whoever came first, each gets what is theirs: asked twice, in both orders.
    members, recorders = [(True, False)] * 2, [(False, True), (False, False)]
    turns = ("member", "recorder", "recorder", "member")
    assert [shown(who) for who in turns] == [members, recorders, recorders, members]


def test_no_draft_and_no_token_is_kept(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme, note: Note
) -> None:
    make_note(cast.member, cast.branch, meeting=meeting, theme=theme, posted=False, body="没想好")
    for person in (cast.member, cast.recorder, cast.secretary):
        pages(signed_in(person), meeting, theme)
    found = Note.objects.order_by("pk")
    kept = pieces.with_pieces(found, reader=cast.member.pk)
    assert [bool(piece) for _, piece in kept] == [True, False]
    assert [piece for _, piece in pieces.with_pieces(found, reader=0, may_take=True)] == ["", ""]
    assert "csrf" not in kept[0][1]


def test_kept_and_fresh_are_the_same_page(
    cast: Cast, signed_in: SignIn, meeting: Meeting, theme: Theme, note: Note
) -> None:
    client = signed_in(cast.member)
    address = f"/themes/{theme.pk}/notes/"

    def page() -> str:
        text = client.get(address).content.decode()
        return re.sub(r'(csrf[^"]*"[^"]*"[^"]*"|X-CSRFToken": ")[^"]*', "", text)

    fresh = page()
    assert (page() == fresh, note.body in fresh) == (True, True)


def test_the_key_holds_all_that_the_template_reads() -> None:
    read = set(re.findall(r"note\.([a-z_]+)", TEMPLATE.read_text(encoding="utf-8")))
    # The label of the kind; the name in the key; what a kept note is never; what `about` shows.
    besides = {
        "restorable_until",
        "get_kind_display",
        "author",
        "is_draft",
        "deleted_at",
        "theme",
        "meeting",
        "speech",
    }
    assert read - besides == set(pieces.READ)
