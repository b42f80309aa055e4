"""The page of earlier wordings: what it shows, to whom, and how a wording comes back."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.meetings.actions import autosave, sheet
from studyapp.meetings.models import Meeting, Remark, State
from studyapp.saving import actions
from studyapp.saving.models import Reason, Revision, Text
from tests.conftest import Cast
from tests.factories import make_attendance, make_meeting
from tests.minutes import records

SignIn = Callable[[User], Client]
FIRST, SECOND = "把台账对一遍，月底前办完。", "把台账对两遍，月底前办完。"


@pytest.fixture
def meeting(cast: Cast) -> Meeting:
    found = make_meeting(
        cast.branch, chair=cast.secretary, recorder=cast.recorder, state=State.OPEN
    )
    make_attendance(found, cast.member)
    sheet.set_summary(found, text=FIRST, by=cast.recorder, at=timezone.now())
    sheet.set_summary(found, text=SECOND, by=cast.secretary, at=timezone.now())
    return Meeting.objects.get(pk=found.pk)


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def wording(body: str) -> Revision:
    return Revision.objects.filter(body=body).latest("pk")


def test_versions_are_newest_first_with_who_why_and_what_changed(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    page = read(signed_in(cast.recorder), f"/meetings/{meeting.pk}/sheet/summary/history/")
    heads = re.findall(
        r"<h2 class=\"sm\">.*? (\S+)</h2>\s*<span class=\"badge\">(\S+)</span>", page
    )
    assert heads == [("陈卫东", "有删减"), ("孙丽华", "提交")]
    assert "把台账对<del>一</del><ins>两</ins>遍，月底前办完。" in page
    assert page.count("恢复这个写法") == 1
    assert page.count("现在的写法") == 1


def test_the_sheet_leads_there_and_the_summary_comes_back_as_a_new_revision(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.recorder)
    address = f"/meetings/{meeting.pk}/sheet/summary/history/"
    assert f'href="{address}"' in read(client, f"/meetings/{meeting.pk}/sheet/")
    answer = client.post(address, {"wording": wording(FIRST).pk})
    assert answer["Location"] == f"/meetings/{meeting.pk}/sheet/#sheet-summary"
    fresh = Meeting.objects.get(pk=meeting.pk)
    assert (fresh.summary, fresh.version) == (FIRST, meeting.version + 1)
    rows = Revision.objects.filter(text__key=meeting.summary_key).order_by("number")
    assert [row.body for row in rows] == [FIRST, SECOND, FIRST]
    assert Entry.objects.latest("seq").name == "恢复小结以前的写法"


def test_the_words_of_an_item_and_a_remark_come_back_too(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    item = meeting.agenda.create(position=9, kind="other", title="其他")
    remark = sheet.add_remark(
        meeting, text=FIRST, by=cast.recorder, at=timezone.now(), speaker=cast.member
    )
    for text in (FIRST, SECOND):
        sheet.set_item_words(item, text=text, by=cast.recorder, at=timezone.now())
    sheet.edit_remark(remark, text=SECOND, by=cast.recorder, at=timezone.now())
    Remark.objects.filter(pk=remark.pk).update(checked_at=timezone.now())
    client = signed_in(cast.recorder)
    for key, edited in (
        (item.words_key, f"/meetings/{meeting.pk}/sheet/items/{item.pk}/"),
        (remark.text_key, f"/meetings/{meeting.pk}/sheet/remarks/{remark.pk}/"),
    ):
        assert f'href="{edited}history/"' in read(client, edited)
        old = Revision.objects.get(text__key=key, body=FIRST)
        assert client.post(f"{edited}history/", {"wording": old.pk})["Location"] == edited
    remark.refresh_from_db()
    item.refresh_from_db()
    assert (item.words, remark.text, remark.checked_at) == (FIRST, FIRST, None)
    names = list(Entry.objects.order_by("-seq").values_list("name", flat=True)[:2])
    assert names == ["恢复发言以前的写法", "恢复议程记录以前的写法"]


def test_a_part_of_the_record_comes_back_from_its_own_page(cast: Cast, signed_in: SignIn) -> None:
    record = records.opened(cast)
    part = record.parts.get(key="summary")
    first = part.text
    client = signed_in(cast.recorder)
    fields = re.findall(
        rf'name="({part.pk}-base)" value="([^"]*)"', read(client, f"/minutes/{record.pk}/edit/")
    )
    client.post(
        f"/minutes/{record.pk}/edit/",
        {"part": part.pk, "do": "save", f"{part.pk}-text": "改过", **dict(fields)},
    )
    address = f"/minutes/{record.pk}/parts/{part.pk}/history/"
    assert f'href="{address}"' in read(client, f"/minutes/{record.pk}/edit/")
    assert "<del>" in read(client, address)
    answer = client.post(address, {"wording": wording(first).pk})
    part.refresh_from_db()
    assert (answer["Location"], part.text) == (
        f"/minutes/{record.pk}/edit/#part-{part.pk}",
        first,
    )


def test_what_could_not_be_stored_is_marked_and_compared_with_what_stood_there(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    later = timezone.now() + timedelta(minutes=5)
    number = Text.objects.get(key=meeting.summary_key).revision
    autosave.type_summary(
        meeting,
        {"body": SECOND + "再对一遍。", "base": number - 1, "client": "c", "token": "t"},
        by=cast.recorder,
        at=later,
    )
    page = read(signed_in(cast.recorder), f"/meetings/{meeting.pk}/sheet/summary/history/")
    assert Reason.CONFLICT.label in page
    assert "<ins>再对一遍。</ins>" in page
    # The wording that stands is told apart from the one that was refused.
    assert page.count("现在的写法") == 1
    assert page.index("再对一遍") < page.index("现在的写法")


def test_twenty_stand_on_a_page_and_the_last_is_compared_across_it(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    for n in range(20):
        sheet.set_summary(meeting, text=f"第{n}次。", by=cast.recorder, at=timezone.now())
    client = signed_in(cast.recorder)
    address = f"/meetings/{meeting.pk}/sheet/summary/history/"
    first, second = read(client, address), read(client, f"{address}?page=2")
    assert (first.count('id="wording-'), second.count('id="wording-')) == (20, 2)
    assert f"<del>{SECOND}</del>" in first


def test_a_text_that_was_never_changed_says_so(cast: Cast, signed_in: SignIn) -> None:
    found = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder)
    page = read(signed_in(cast.recorder), f"/meetings/{found.pk}/sheet/summary/history/")
    assert "还没有以前的写法" in page


def test_nothing_comes_back_under_the_hands_of_somebody_who_writes(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    actions.hold(meeting.summary_key, by=cast.secretary, client="x", at=timezone.now(), now=SECOND)
    address = f"/meetings/{meeting.pk}/sheet/summary/history/"
    answer = signed_in(cast.recorder).post(address, {"wording": wording(FIRST).pk})
    assert (answer.status_code, "陈卫东正在写这一段" in answer.content.decode()) == (422, True)
    assert Meeting.objects.get(pk=meeting.pk).summary == SECOND


def test_a_signed_meeting_shows_its_wordings_and_takes_none_back(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(signed_at=timezone.now())
    client, address = signed_in(cast.recorder), f"/meetings/{meeting.pk}/sheet/summary/history/"
    assert "恢复这个写法" not in read(client, address)
    assert client.post(address, {"wording": wording(FIRST).pk}).status_code == 422
    assert Meeting.objects.get(pk=meeting.pk).summary == SECOND


@pytest.mark.parametrize(("who", "status"), [("member", 403), ("visitor", 404), ("sysadmin", 404)])
def test_whoever_may_not_write_the_text_does_not_see_its_wordings(
    meeting: Meeting, cast: Cast, signed_in: SignIn, who: str, status: int
) -> None:
    client = signed_in(getattr(cast, who))
    address = f"/meetings/{meeting.pk}/sheet/summary/history/"
    assert client.get(address).status_code == status
    assert client.post(address, {"wording": wording(FIRST).pk}).status_code == status


def test_a_working_copy_has_its_history_for_its_writer_alone(cast: Cast, signed_in: SignIn) -> None:
    who = cast.member
    for base, body in enumerate((FIRST, SECOND)):
        actions.save(
            "new-0-0-0", body=body, base=base, by=who, owner=who, client="c", token=f"t{base}",
            at=timezone.now(),
        )  # fmt: skip
    address = "/copies/new-0-0-0/history/"
    assert signed_in(cast.recorder).get(address).status_code == 404
    client = signed_in(who)
    assert "<ins>两</ins>" in read(client, f"{address}?next=/notes/new/")
    assert f"{address}?next=/notes/new/" in read(client, "/notes/new/")
    answer = client.post(f"{address}?next=/notes/new/", {"wording": wording(FIRST).pk})
    assert (answer["Location"], Text.objects.get().body) == ("/notes/new/", FIRST)


def test_nobodys_own_copy_is_reached_through_a_shared_text_of_the_same_name(
    meeting: Meeting, cast: Cast, signed_in: SignIn
) -> None:
    who = cast.member
    actions.save(
        meeting.summary_key, body="私下写的", base=0, by=who, owner=who, client="c", token="t",
        at=timezone.now(),
    )  # fmt: skip
    address = f"/meetings/{meeting.pk}/sheet/summary/history/"
    answer = signed_in(cast.recorder).post(address, {"wording": wording("私下写的").pk})
    assert (answer.status_code, "没有找到" in answer.content.decode()) == (422, True)
    assert Meeting.objects.get(pk=meeting.pk).summary == SECOND
