"""A form made from older words: both texts are shown, and a person decides."""

import html
import re
from collections.abc import Callable

import pytest
from django.test import Client

from studyapp.accounts.models import User
from studyapp.meetings.models import Note
from tests.conftest import Cast
from tests.factories import make_note

SignIn = Callable[[User], Client]
OLD = "第一段\n第二段\n第三段"
THEIRS = "第一段\n第二段，另一个窗口写的\n第三段"
MINE = "第一段\n第二段，这个窗口写的\n第三段"


@pytest.fixture
def note(cast: Cast) -> Note:
    return make_note(cast.member, cast.branch, body=OLD)


def edit(client: Client, note: Note, body: str, revision: int, **more: str) -> tuple[int, str]:
    fields = {"body": body, "kind": "study", "unit": note.unit_id, "revision": revision, **more}
    answer = client.post(f"/notes/{note.pk}/edit/", fields)
    return answer.status_code, html.unescape(answer.content.decode())


def clash(client: Client, note: Note) -> str:
    edit(client, note, THEIRS, 1)
    status, page = edit(client, note, MINE, 1)
    assert status == 409
    return page


def forms(page: str) -> list[dict[str, str]]:
    """The fields of each form of the page, as a browser would send them."""
    found = []
    for form in re.findall(r"<form[^>]*>(.*?)</form>", page, re.DOTALL):
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
        fields |= dict(
            re.findall(r'<textarea hidden name="([^"]+)">\n(.*?)</textarea>', form, re.DOTALL)
        )
        found.append(fields)
    return found


def test_both_texts_are_shown_and_nothing_is_overwritten(
    note: Note, cast: Cast, signed_in: SignIn
) -> None:
    page = clash(signed_in(cast.member), note)
    note.refresh_from_db()
    assert (THEIRS in page, MINE in page, note.body) == (True, True, THEIRS)
    assert "<ins>" in page
    assert '<p class="pre mute">第一段</p>' in page


def test_mine_is_taken_by_one_button(note: Note, cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.member)
    mine = next(f for f in forms(clash(client, note)) if f.get("body") == MINE)
    assert mine["revision"] == "2"
    client.post(f"/notes/{note.pk}/edit/", mine)
    note.refresh_from_db()
    assert (note.body, [r.body for r in note.revisions.all()]) == (MINE, [THEIRS, OLD])


@pytest.mark.parametrize(
    ("pick", "middle"),
    [
        ("mine", "第二段，这个窗口写的"),
        ("theirs", "第二段，另一个窗口写的"),
        ("both", "第二段，另一个窗口写的\n第二段，这个窗口写的"),
    ],
)
def test_paragraphs_are_merged_as_picked(
    note: Note, cast: Cast, signed_in: SignIn, pick: str, middle: str
) -> None:
    client = signed_in(cast.member)
    merge = next(f for f in forms(clash(client, note)) if "merge-mine" in f)
    client.post(f"/notes/{note.pk}/edit/", {**merge, "pick-1": pick})
    note.refresh_from_db()
    assert note.body == f"第一段\n{middle}\n第三段"


def test_a_third_wording_meanwhile_is_shown_too(note: Note, cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.member)
    merge = next(f for f in forms(clash(client, note)) if "merge-mine" in f)
    edit(client, note, "全改了", 2)
    answer = client.post(f"/notes/{note.pk}/edit/", {**merge, "pick-1": "mine"})
    page = html.unescape(answer.content.decode())
    note.refresh_from_db()
    assert (answer.status_code, MINE in page, note.body) == (409, True, "全改了")
