"""Deleted notes: 30 days in the bin, undone by one button, then gone for good."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.models import Entry, Operation
from studyapp.errors import Refused
from studyapp.meetings.actions import notes, sheet
from studyapp.meetings.models import Meeting, Note, State
from studyapp.saving import actions as saving
from studyapp.saving.models import HeldPost, Text
from tests.conftest import Cast
from tests.factories import make_attendance, make_meeting, make_note
from tests.minutes import records

SignIn = Callable[[User], Client]
DAYS = timedelta(days=30)


def deleted(cast: Cast, at: datetime, **more: object) -> Note:
    return make_note(cast.member, cast.branch, deleted_at=at, **more)


@pytest.mark.loss("deleted")
def test_the_page_after_a_deletion_undoes_it_by_one_button(cast: Cast, signed_in: SignIn) -> None:
    note = make_note(cast.member, cast.branch)
    client = signed_in(cast.member)
    page = client.post(f"/notes/{note.pk}/delete/", follow=True)
    address = f"/notes/{note.pk}/restore/"
    assert f'method="post" action="{address}"' in page.content.decode()
    assert "撤销" in page.content.decode()
    client.post(address)
    assert Note.objects.get().deleted_at is None


def test_the_list_says_until_when_and_leaves_out_what_is_past(
    cast: Cast, signed_in: SignIn
) -> None:
    now = timezone.now()
    deleted(cast, now - timedelta(days=29), body="还能恢复的")
    deleted(cast, now - timedelta(days=31), body="过了期的")
    page = signed_in(cast.member).get("/notes/?show=deleted").content.decode()
    until = timezone.localtime(now + timedelta(days=1))
    assert f"{until.month}月{until.day}日 {until:%H:%M} 前可以恢复" in page
    assert ("还能恢复的" in page, "过了期的" in page) == (True, False)


def test_the_own_notes_are_in_three_lists_and_in_no_other(cast: Cast, signed_in: SignIn) -> None:
    deleted(cast, timezone.now(), body="删了的")
    make_note(cast.member, cast.branch, body="交了的")
    make_note(cast.member, cast.branch, body="没交的", posted=False)
    make_note(cast.recorder, cast.branch, body="别人的")
    client, bodies = signed_in(cast.member), ("没交的", "交了的", "删了的", "别人的")
    for show, own in zip(("drafts", "posted", "deleted"), bodies, strict=False):
        page = client.get("/notes/", {"show": show}).content.decode()
        assert [body for body in bodies if f">{body}" in page] == [own]
    assert client.get("/notes/", {"show": "all"}).status_code == 404


@pytest.mark.loss("deleted")
@pytest.mark.parametrize(("late", "restored"), [(-1, True), (0, False)])
def test_thirty_days_to_the_second(cast: Cast, *, late: int, restored: bool) -> None:
    now = timezone.now()
    note = deleted(cast, now)
    at = now + DAYS + timedelta(seconds=late)
    if restored:
        assert notes.restore(note, by=cast.member, at=at).deleted_at is None
        assert Entry.objects.latest("seq").name == "恢复笔记"
    else:
        with pytest.raises(Refused, match="超过30天"):
            notes.restore(note, by=cast.member, at=at)
        assert Note.objects.get().deleted_at == now


def test_only_the_author_restores(cast: Cast, signed_in: SignIn) -> None:
    note = deleted(cast, timezone.now())
    answer = signed_in(cast.recorder).post(f"/notes/{note.pk}/restore/")
    assert (answer.status_code, Note.objects.get().deleted_at) == (404, note.deleted_at)


def test_the_bin_is_emptied_of_what_is_past_and_the_log_tells(cast: Cast) -> None:
    now = timezone.now()
    old = deleted(cast, now - DAYS)
    key = old.pk
    saving.save(
        f"note-{key}", body="x", base=0, by=cast.member, owner=cast.member, client="c", token="t",
        at=now,
    )  # fmt: skip
    kept = [deleted(cast, now - DAYS + timedelta(seconds=1)), make_note(cast.member, cast.branch)]
    assert notes.empty_bin(at=now) == 1
    assert list(Note.objects.order_by("pk")) == kept
    assert not Text.objects.exists()
    entry = Entry.objects.latest("seq")
    assert (entry.operation, entry.target) == (Operation.DELETE, f"笔记{key}")


@pytest.mark.loss("deleted")
def test_a_note_that_a_record_holds_is_never_removed(cast: Cast) -> None:
    now = timezone.now()
    meeting = make_meeting(
        cast.branch, chair=cast.secretary, recorder=cast.recorder, state=State.OPEN
    )
    make_attendance(meeting, cast.member)
    note = make_note(cast.member, cast.branch, meeting=meeting)
    sheet.take_note(meeting, note, by=cast.recorder, at=now)
    Note.objects.filter(pk=note.pk).update(deleted_at=now - DAYS)
    assert notes.empty_bin(at=now) == 0
    # Nor one that was marked, or one that a remark names, without the other.
    Note.objects.filter(pk=note.pk).update(in_record=False)
    assert notes.empty_bin(at=now) == 0


def test_a_note_of_a_meeting_with_a_signed_record_stays_even_while_it_is_corrected(
    cast: Cast,
) -> None:
    now = timezone.now()
    record = records.signed(cast)
    deleted(cast, now - DAYS, meeting=record.meeting)
    assert notes.empty_bin(at=now) == 0
    Meeting.objects.filter(pk=record.meeting_id).update(signed_at=None)
    assert notes.empty_bin(at=now) == 0


def test_the_command_removes_what_is_past_its_time_and_says_how_much(
    cast: Cast, signed_in: SignIn
) -> None:
    now = timezone.now()
    deleted(cast, now - DAYS)
    saving.hold_post(cast.member, path="/", fields=[("a", "b")], at=now - timedelta(days=2))
    signed_in(cast.member)
    signed_in(cast.recorder)
    Session.objects.filter(pk=Session.objects.first().pk).update(
        expire_date=now - timedelta(seconds=1)
    )
    out = StringIO()
    call_command("tidy", stdout=out)
    assert out.getvalue().splitlines()[:-1] == [
        "删除满30天的笔记：1",
        "过期的登录：1",
        "满30天的登录记载：0",
        "没人取回的表单：1",
        "过期的本机密钥：0",
        "用过的保存回执：0",
        "后台任务的过期文件：0",
    ]
    assert (Note.objects.count(), Session.objects.count(), HeldPost.objects.count()) == (0, 1, 0)
