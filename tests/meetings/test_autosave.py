"""The shared words of the record sheet save themselves, and never over each other."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.meetings.actions import checking, sheet
from studyapp.meetings.actions.locking import stamp
from studyapp.meetings.models import AgendaItem, ItemKind, Meeting, State
from studyapp.saving.models import Text, digest
from studyapp.saving.queries import history
from tests.conftest import Cast
from tests.factories import make_attendance, make_meeting

SignIn = Callable[[User], Client]


@pytest.fixture
def meeting(cast: Cast) -> Meeting:
    found = make_meeting(
        cast.branch, chair=cast.secretary, recorder=cast.recorder, state=State.OPEN
    )
    make_attendance(found, cast.member)
    return found


def save(client: Client, url: str, body: str, base: int, *, token: str = "") -> tuple[int, dict]:
    answer = client.post(
        url,
        {"body": body, "base": base, "client": "tab", "token": token or f"{base}-{stamp(body)}"},
    )
    return answer.status_code, answer.json()


def test_the_summary_saves_itself_and_its_button_still_works(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.recorder)
    url = f"/meetings/{meeting.pk}/sheet/summary/"
    status, found = save(client, f"{url}save/", "讲得实在。", 0)
    meeting.refresh_from_db()
    assert (status, found["sha256"], meeting.summary) == (200, digest("讲得实在。"), "讲得实在。")
    answer = client.post(url, {"s-text": "讲得实在。下次先汇报。", "s-base": found["form_base"]})
    meeting.refresh_from_db()
    assert (answer.status_code, meeting.summary) == (302, "讲得实在。下次先汇报。")
    assert [row.body for row in history(Text.objects.get(key=meeting.summary_key))] == [
        "讲得实在。下次先汇报。",
        "讲得实在。",
    ]


def test_typing_is_not_audited_and_handing_in_is(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    before = Entry.objects.count()
    client = signed_in(cast.recorder)
    url = f"/meetings/{meeting.pk}/sheet/summary/"
    save(client, f"{url}save/", "讲得实在。", 0)
    assert Entry.objects.count() == before
    client.post(url, {"s-text": "讲得实在。", "s-base": stamp("讲得实在。")})
    assert Entry.objects.count() == before + 1


def test_words_under_an_item_save_themselves(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    item = AgendaItem.objects.create(
        meeting=meeting, position=9, kind=ItemKind.OTHER, title="其他", words="原来的"
    )
    url = f"/meetings/{meeting.pk}/sheet/items/{item.pk}/save/"
    status, _ = save(signed_in(cast.recorder), url, "原来的，加一句", 0)
    item.refresh_from_db()
    assert (status, item.words) == (200, "原来的，加一句")


def test_typing_into_a_checked_remark_asks_its_speaker_again(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    now = timezone.now()
    remark = sheet.add_remark(
        meeting, speaker=cast.member, text="首接负责", by=cast.recorder, at=now
    )
    checking.check_remark(remark, by=cast.member, at=now)
    url = f"/meetings/{meeting.pk}/sheet/remarks/{remark.pk}/save/"
    client = signed_in(cast.recorder)
    save(client, url, "首接负责，盯到底", 0)
    remark.refresh_from_db()
    assert (remark.text, remark.checked_at) == ("首接负责，盯到底", None)
    # An emptied field keeps the words on the sheet until there are others.
    assert save(client, url, "", 1)[0] == 422
    remark.refresh_from_db()
    assert remark.text == "首接负责，盯到底"
    assert save(client, url, "重新写", 1)[0] == 200


def test_an_empty_line_at_the_end_is_no_change_by_another_road(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.recorder)
    url = f"/meetings/{meeting.pk}/sheet/summary/save/"
    save(client, url, "第一行\n", 0)
    assert save(client, url, "第一行\n第二行", 1)[1]["revision"] == 2


def test_words_that_came_by_another_road_are_not_overwritten(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.recorder)
    url = f"/meetings/{meeting.pk}/sheet/summary/save/"
    save(client, url, "第一稿", 0)
    Meeting.objects.filter(pk=meeting.pk).update(summary="从别处来的")
    status, found = save(client, url, "第一稿，接着写", 1)
    assert (status, found["body"]) == (409, "从别处来的")
    kept = [row.body for row in history(Text.objects.get(key=meeting.summary_key))]
    assert kept == ["第一稿，接着写", "从别处来的", "第一稿"]


def test_two_who_write_one_text_see_each_other(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    first, second = signed_in(cast.recorder), signed_in(cast.secretary)
    url = f"/meetings/{meeting.pk}/sheet/summary/save/"
    save(first, url, "记录人在写", 0)
    held = second.post(url, {"hold": "take", "client": "other"})
    assert (held.status_code, held.json()) == (423, {"by": "孙丽华"})
    assert save(second, url, "书记也写", 1)[0] == 423
    assert first.post(url, {"hold": "give", "client": "tab"}).status_code == 204
    free = second.post(url, {"hold": "take", "client": "other"})
    assert free.json() == {"revision": 1, "body": "记录人在写"}


@pytest.mark.attack(51)
def test_a_stale_form_shows_both_texts_and_who_wrote(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    first, second = signed_in(cast.recorder), signed_in(cast.secretary)
    url = f"/meetings/{meeting.pk}/sheet/summary/"
    save(first, f"{url}save/", "记录人的小结", 0)
    answer = second.post(url, {"s-text": "书记的小结", "s-base": stamp("")})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert [words in page for words in ("记录人的小结", "书记的小结", "孙丽华")] == [True] * 3
    meeting.refresh_from_db()
    assert meeting.summary == "记录人的小结"


def test_an_older_form_that_says_the_same_is_no_conflict(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.recorder)
    url = f"/meetings/{meeting.pk}/sheet/summary/"
    save(client, f"{url}save/", "一样的话", 0)
    assert client.post(url, {"s-text": "一样的话", "s-base": stamp("")}).status_code == 302


def test_after_signing_nothing_is_stored_and_the_sentence_says_why(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(signed_at=timezone.now())
    url = f"/meetings/{meeting.pk}/sheet/summary/save/"
    status, found = save(signed_in(cast.recorder), url, "晚了", 0)
    assert (status, "已签字" in found["sentence"]) == (422, True)
    assert not Text.objects.filter(body="晚了").exists()


@pytest.mark.attack(2)
def test_a_member_and_another_branch_cannot_save(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    url = f"/meetings/{meeting.pk}/sheet/summary/save/"
    fields = {"body": "x", "base": 0, "client": "c", "token": "t"}
    codes = [signed_in(p).post(url, fields).status_code for p in (cast.member, cast.visitor)]
    assert codes == [403, 404]


def test_the_remark_being_written_is_its_recorders_until_it_is_put_down(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.recorder)
    save(client, f"/copies/{meeting.remark_copy}/", "写到一半的发言", 0)
    assert "写到一半的发言" in client.get(f"/meetings/{meeting.pk}/sheet/").content.decode()
    other = signed_in(cast.secretary).get(f"/meetings/{meeting.pk}/sheet/").content.decode()
    assert "写到一半的发言" not in other
    client.post(
        f"/meetings/{meeting.pk}/sheet/", {"speaker": "王海峰", "text": "写到一半的发言，写完了"}
    )
    again = client.get(f"/meetings/{meeting.pk}/sheet/")
    assert again.context["remark_form"]["text"].value() in (None, "")
