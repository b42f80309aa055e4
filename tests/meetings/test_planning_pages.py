"""The forms around a meeting: what they keep from the last one, and what they refuse."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.meetings.actions import checking, roll, sheet
from studyapp.meetings.actions.locking import stamp
from studyapp.meetings.models import AgendaItem, Meeting
from tests.conftest import Cast
from tests.factories import make_meeting, make_note

SignIn = Callable[[User], Client]
NOW = timezone.now()


def plan(cast: Cast, **more: Any) -> dict[str, Any]:
    tomorrow = timezone.localdate() + timedelta(days=1)
    return {
        "kind": "study",
        "day": tomorrow.isoformat(),
        "start": "14:30",
        "end": "16:00",
        "place": "三楼",
        "chair": cast.secretary.pk,
        "recorder": cast.recorder.pk,
        "audience": "all",
        **more,
    }


@pytest.fixture
def meeting(cast: Cast) -> Meeting:
    """Return a running meeting with two items under which people speak."""
    made = make_meeting(
        cast.branch,
        chair=cast.secretary,
        recorder=cast.recorder,
        state="open",
        attending=(cast.secretary, cast.recorder, cast.member),
        actual_start=NOW,
    )
    for position, kind in enumerate(("discussion", "other"), 1):
        AgendaItem.objects.create(meeting=made, position=position, kind=kind, title=kind)
    return made


@pytest.mark.parametrize("day", ["0001-01-01", "0026-11-25", "9999-12-31", "明天", ""])
def test_an_impossible_day_is_a_sentence_and_keeps_the_rest(
    cast: Cast, signed_in: SignIn, day: str
) -> None:
    answer = signed_in(cast.secretary).post("/meetings/new/", plan(cast, day=day, title="我的会"))
    assert (answer.status_code, "我的会" in answer.content.decode()) == (422, True)
    assert Meeting.objects.count() == 0


@pytest.mark.parametrize("value", ["0001-01-01T00:00", "9999-12-31T23:59", "x"])
def test_an_impossible_actual_time_is_a_sentence(
    cast: Cast, signed_in: SignIn, meeting: Meeting, value: str
) -> None:
    client = signed_in(cast.recorder)
    answer = client.post(f"/meetings/{meeting.pk}/times/", {"start": value, "end": ""})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("audience", "expected"),
    [("all", "all"), ("party", "party"), ("chosen", "chosen")],
)
def test_who_was_asked_last_time_is_asked_again(
    cast: Cast, signed_in: SignIn, audience: str, expected: str
) -> None:
    User.objects.filter(pk=cast.member.pk).update(political="none")
    client = signed_in(cast.secretary)
    more = {"audience": audience, "people": [cast.member.pk] if audience == "chosen" else []}
    assert client.post("/meetings/new/", plan(cast, **more)).status_code == 302
    page = client.get("/meetings/new/?kind=study").content.decode()
    chosen = page.split('name="audience"')
    checked = [part.split('"')[1] for part in chosen[1:] if "checked" in part.split(">")[0]]
    assert checked == [expected]
    ticked = f'value="{cast.member.pk}" id="id_people_2" checked' in page
    assert ticked is (audience == "chosen")


def test_meetings_of_these_days_are_offered_for_holding_together(
    cast: Cast, signed_in: SignIn
) -> None:
    for number, days in enumerate((0, 5, -30)):
        make_meeting(
            cast.branch,
            chair=cast.secretary,
            recorder=cast.recorder,
            title=f"第{number}次",
            start=NOW + timedelta(days=days),
        )
    page = signed_in(cast.secretary).get("/meetings/new/").content.decode()
    assert [f"第{number}次" in page for number in range(3)] == [True, True, False]


def test_held_together_from_the_form(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.secretary)
    client.post("/meetings/new/", plan(cast, kind="theme_day", title="主题党日"))
    day = Meeting.objects.get()
    client.post("/meetings/new/", plan(cast, kind="assembly", title="大会", gathering=day.pk))
    assembly = Meeting.objects.get(title="大会")
    day.refresh_from_db()
    assert (day.gathering_id is None, day.gathering_id) == (False, assembly.gathering_id)
    page = client.get(f"/meetings/{assembly.pk}/roll/").content.decode()
    assert "合用一份到会情况" in page
    assert f'<a href="/meetings/{day.pk}/">主题党日</a>' in page


def test_the_roll_of_a_signed_meeting_is_for_reading(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    client, address = signed_in(cast.recorder), f"/meetings/{meeting.pk}/roll/"
    assert "保存，其余全部到会" in client.get(address).content.decode()
    Meeting.objects.update(signed_at=NOW)
    page = client.get(address).content.decode()
    assert ("保存，其余全部到会" in page, "到会情况不再改动" in page) == (False, True)


def test_the_ordinal_can_be_mended(cast: Cast, signed_in: SignIn, meeting: Meeting) -> None:
    values = {
        "title": meeting.title,
        "ordinal": 7,
        "chair": cast.secretary.pk,
        "recorder": cast.recorder.pk,
        "version": meeting.version,
    }
    client = signed_in(cast.recorder)
    assert client.post(f"/meetings/{meeting.pk}/edit/", values).status_code == 302
    meeting.refresh_from_db()
    assert meeting.ordinal == 7
    wrong = values | {"version": meeting.version, "ordinal": 0}
    assert client.post(f"/meetings/{meeting.pk}/edit/", wrong).status_code == 422


def test_the_next_meeting_of_the_kind_is_one_click_away(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    link = f"/meetings/new/?unit={cast.branch.pk}&amp;kind=study"
    page = signed_in(cast.secretary).get(f"/meetings/{meeting.pk}/").content.decode()
    assert link in page
    page = signed_in(cast.member).get(f"/meetings/{meeting.pk}/").content.decode()
    assert link not in page


def test_who_is_excused_comes_back_with_one_button(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    row = meeting.attendances.get(user=cast.member)
    client, address = signed_in(cast.recorder), f"/meetings/{meeting.pk}/roll/{row.pk}/excuse/"
    values = {"reason": "", "approver": cast.secretary.pk}
    assert client.post(address, values).status_code == 422
    assert client.post(address, values | {"approver": cast.member.pk}).status_code == 422
    assert client.post(address, values | {"reason": "长期病休"}).status_code == 302
    row.refresh_from_db()
    assert (row.should_attend, row.excused_by) == (False, cast.secretary)
    assert "恢复计入应到" in client.get(address).content.decode()
    client.post(address, {"restore": "1"})
    row.refresh_from_db()
    assert (row.should_attend, row.excused_reason, row.excused_by) == (True, "", None)


def test_somebody_is_added_on_the_roll_page(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    meeting.attendances.filter(user=cast.member).delete()
    client, address = signed_in(cast.recorder), f"/meetings/{meeting.pk}/roll/observers/"
    answer = client.post(address, {"name": "何局", "as_what": "expected"})
    assert (answer.status_code, "外来人员只能列席" in answer.content.decode()) == (422, True)
    values = {"person": cast.member.pk, "as_what": "expected"}
    assert client.post(address, values).status_code == 302
    assert meeting.attendances.get(user=cast.member).should_attend is True


def test_who_is_called_up_at_a_sitting_was_at_it(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    shift = meeting.sittings.create(name="A班", start=NOW, end=NOW + timedelta(hours=1))
    here, away = (meeting.attendances.get(user=u) for u in (cast.member, cast.recorder))
    signed_in(cast.recorder).post(
        f"/meetings/{meeting.pk}/roll/",
        {f"p-{here.pk}": "present", f"p-{away.pk}": "", "sitting": shift.pk},
    )
    here.refresh_from_db()
    away.refresh_from_db()
    assert (here.sitting, away.sitting) == (shift, None)


def test_a_remark_moves_to_who_said_it_and_to_its_item(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    remark = sheet.add_remark(meeting, speaker=cast.member, text="要改。", by=cast.recorder, at=NOW)
    checking.check_remark(remark, by=cast.member, at=NOW)
    other = meeting.agenda.get(kind="other")
    values = {"text": "要改。", "base": stamp("要改。"), "speaker": "陈卫东", "item": other.pk}
    client = signed_in(cast.recorder)
    address = f"/meetings/{meeting.pk}/sheet/remarks/{remark.pk}/"
    assert client.post(address, values | {"speaker": "外人"}).status_code == 422
    assert client.post(address, values).status_code == 302
    remark.refresh_from_db()
    assert (remark.speaker, remark.item, remark.checked_at) == (cast.secretary, other, None)


def test_a_members_own_note_never_gets_another_speaker(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    note = make_note(cast.member, cast.branch, meeting=meeting)
    remark = sheet.take_note(meeting, note, by=cast.recorder, at=NOW)
    client = signed_in(cast.recorder)
    address = f"/meetings/{meeting.pk}/sheet/remarks/{remark.pk}/"
    assert 'name="speaker"' not in client.get(address).content.decode()
    values = {"text": note.body, "base": stamp(note.body), "speaker": "陈卫东"}
    assert client.post(address, values).status_code == 302
    remark.refresh_from_db()
    assert remark.speaker == cast.member


def test_every_note_is_offered_whole_on_the_sheet(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    for number in range(25):
        make_note(cast.member, cast.branch, meeting=meeting, body=f"第{number:02}条" + "长" * 200)
    page = signed_in(cast.recorder).get(f"/meetings/{meeting.pk}/sheet/").content.decode()
    assert [f"第{number:02}条" in page for number in (0, 24)] == [True, True]
    assert "长" * 200 in page


def test_what_is_missing_stands_beside_the_button_that_ends_the_meeting(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    roll.rest_present(meeting, by=cast.recorder, at=NOW)
    page = signed_in(cast.recorder).get(f"/meetings/{meeting.pk}/sheet/").content.decode()
    assert page.index("“discussion”还没有记录发言") < page.index("散会，整理记录")
