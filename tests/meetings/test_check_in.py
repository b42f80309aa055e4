"""Checking in by the code: the own row, once, in time; the recorder confirms."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from studyapp.audit.models import Entry
from studyapp.errors import Refused
from studyapp.meetings import claims, codes
from studyapp.meetings.actions import check_in as actions
from studyapp.meetings.models import CheckIn, Gathering, Meeting, Sitting, WrongCodes
from tests.conftest import Cast
from tests.factories import make_attendance, make_meeting, make_user

NOW = timezone.now()


def fresh(meeting: Meeting) -> Meeting:
    return Meeting.objects.get(pk=meeting.pk)


@pytest.fixture
def meeting(cast: Cast) -> Meeting:
    """Return a meeting where people arrive and the code is on the screen."""
    return make_meeting(
        cast.branch,
        chair=cast.secretary,
        recorder=cast.recorder,
        state="check_in",
        title="只此一次会",
        uses_code=True,
        attending=(cast.secretary, cast.recorder, cast.member),
    )


def said(meeting: Meeting, **more: Any) -> dict[str, Any]:
    return {"how": CheckIn.SCAN, "moment": NOW, "at": NOW} | more


def row(meeting: Meeting, person: Any) -> tuple[str, datetime | None, str]:
    found = meeting.attendances.get(user=person)
    return found.presence, found.checked_in_at, found.checked_in_by


# --- The action ----------------------------------------------------------------------------------


def test_who_checks_in_is_noted_and_not_yet_present(cast: Cast, meeting: Meeting) -> None:
    actions.check_in(meeting, by=cast.member, **said(meeting))
    assert row(meeting, cast.member) == ("", NOW, "scan")
    assert row(meeting, cast.secretary) == ("", None, "")
    assert (fresh(meeting).version, fresh(meeting).news) == (meeting.version, meeting.news + 1)
    entry = Entry.objects.order_by("-seq")[0]
    assert (entry.name, entry.user_id, entry.target, entry.condition) == (
        "签到",
        "member",
        "王海峰",
        {"meeting": meeting.pk, "method": "扫码"},
    )


def test_the_first_time_counts(cast: Cast, meeting: Meeting) -> None:
    actions.check_in(meeting, by=cast.member, **said(meeting))
    later = NOW + timedelta(minutes=5)
    again = actions.check_in(
        meeting, by=cast.member, **said(meeting, how=CheckIn.TYPED, moment=later)
    )
    assert (again.checked_in_at, again.checked_in_by) == (NOW, "scan")
    assert Entry.objects.filter(name="签到").count() == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"state": "preparing"}, "还没有开始签到"),
        ({"state": "ended"}, "已散会，不能再签到。到了会的，找记录人孙丽华补上"),
        ({"uses_code": False}, "不用签到码，由记录人孙丽华点名"),
        ({"kind": "life"}, "不用签到码"),
        ({"state": "cancelled", "cancel_reason": "改期"}, "会议已取消"),
        ({"signed_at": NOW}, "已签字"),
    ],
)
def test_too_early_too_late_and_not_here_say_what_to_do(
    cast: Cast, meeting: Meeting, change: dict[str, Any], sentence: str
) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(**change)
    with pytest.raises(Refused, match=sentence):
        actions.check_in(meeting, by=cast.member, **said(meeting))
    assert row(meeting, cast.member) == ("", None, "")


def test_who_is_not_on_the_roll_is_sent_to_the_recorder(cast: Cast, meeting: Meeting) -> None:
    with pytest.raises(Refused, match="不在这次会议的名单上。找记录人孙丽华加上"):
        actions.check_in(meeting, by=cast.visitor, **said(meeting))
    assert not meeting.attendances.filter(user=cast.visitor).exists()


def test_one_gathering_knows_it_in_all_its_meetings(cast: Cast, meeting: Meeting) -> None:
    gathering = Gathering.objects.create(unit=cast.branch, held_on=timezone.localdate())
    other = make_meeting(
        cast.branch, chair=cast.secretary, recorder=cast.recorder, attending=(cast.member,)
    )
    Meeting.objects.filter(pk__in=[meeting.pk, other.pk]).update(gathering=gathering)
    actions.check_in(fresh(meeting), by=cast.member, **said(meeting))
    assert row(other, cast.member) == ("", NOW, "scan")
    actions.confirm_check_ins(fresh(meeting), seen=everybody(meeting), by=cast.recorder, at=NOW)
    assert row(other, cast.member) == ("present", NOW, "scan")


def everybody(meeting: Meeting) -> list[int]:
    """Return what the recorder saw: all that checked in."""
    rows = meeting.attendances.filter(checked_in_at__isnull=False)
    return list(rows.values_list("pk", flat=True))


# --- The recorder confirms -----------------------------------------------------------------------


def test_who_checked_in_and_is_not_called_yet_becomes_present_or_late(
    cast: Cast, meeting: Meeting
) -> None:
    start = datetime(2026, 11, 26, 6, 30, 20, tzinfo=UTC)
    young, ill = make_user("李明远", unit=cast.branch), make_user("丁一", unit=cast.branch)
    make_attendance(meeting, young)
    make_attendance(meeting, ill, presence="leave", leave_kind="病假")
    Meeting.objects.filter(pk=meeting.pk).update(state="open", actual_start=start)
    for person, after in ((cast.member, 30), (young, 400), (ill, 0)):
        moment = start + timedelta(seconds=after)
        actions.check_in(meeting, by=person, **said(meeting, moment=moment, at=moment))
    seen = everybody(meeting)
    assert actions.confirm_check_ins(meeting, seen=seen, by=cast.recorder, at=NOW) == 2
    found = {a.name: (a.presence, a.arrived_at) for a in meeting.attendances.all()}
    assert found == {
        "陈卫东": ("", None),
        "孙丽华": ("", None),
        "王海峰": ("present", None),  # in the minute in which it began
        "李明远": ("late", time(14, 37)),
        "丁一": ("leave", None),
    }
    assert Entry.objects.order_by("-seq")[0].condition == {"meeting": meeting.pk, "count": 2}


def test_late_is_by_the_own_sitting(cast: Cast, meeting: Meeting) -> None:
    second = Sitting.objects.create(
        meeting=meeting, name="B班", start=NOW, end=NOW + timedelta(hours=1)
    )
    meeting.attendances.filter(user=cast.member).update(sitting=second)
    early = NOW - timedelta(hours=2)
    Meeting.objects.filter(pk=meeting.pk).update(state="open", actual_start=early)
    for person in (cast.member, cast.secretary):
        actions.check_in(meeting, by=person, **said(meeting, moment=NOW - timedelta(minutes=1)))
    actions.confirm_check_ins(fresh(meeting), seen=everybody(meeting), by=cast.recorder, at=NOW)
    assert row(meeting, cast.member)[0] == "present"
    assert row(meeting, cast.secretary)[0] == "present"  # put to no sitting yet


def test_nothing_is_confirmed_once_the_record_is_signed(cast: Cast, meeting: Meeting) -> None:
    actions.check_in(meeting, by=cast.member, **said(meeting))
    Meeting.objects.filter(pk=meeting.pk).update(signed_at=NOW)
    with pytest.raises(Refused, match="已签字"):
        actions.confirm_check_ins(meeting, seen=everybody(meeting), by=cast.recorder, at=NOW)
    assert row(meeting, cast.member)[0] == ""


def test_the_button_names_how_many_and_how_many_late(
    cast: Cast, meeting: Meeting, signed_in
) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(
        state="open", actual_start=NOW - timedelta(minutes=9)
    )
    for person in (cast.member, cast.secretary):
        actions.check_in(meeting, by=person, **said(meeting))
    recorder = signed_in(cast.recorder)
    clock = f"{timezone.localtime(NOW):%H:%M}"
    for path in ("roll/", ""):
        page = recorder.get(f"/meetings/{meeting.pk}/{path}").content.decode()
        assert "确认 2 人签到（2 人迟到）" in page
        assert f"王海峰 {clock}" in page
    assert f"{clock} 扫码" in recorder.get(f"/meetings/{meeting.pk}/roll/").content.decode()
    form = {"next": f"/meetings/{meeting.pk}/", "seen": everybody(meeting)}
    answer = recorder.post(f"/meetings/{meeting.pk}/roll/check-ins/", form)
    assert (answer.status_code, answer["Location"]) == (302, f"/meetings/{meeting.pk}/")
    assert "人签到（" not in recorder.get(f"/meetings/{meeting.pk}/roll/").content.decode()
    assert row(meeting, cast.member)[0] == "late"
    entries = Entry.objects.count()
    for again in (form, {}):  # by somebody else meanwhile; by a form that names nobody
        answer = recorder.post(f"/meetings/{meeting.pk}/roll/check-ins/", again)
        assert answer.status_code == 422
        assert "没有等确认的签到，可能已点过名。刷新页面" in answer.content.decode()
    assert Entry.objects.count() == entries
    member = signed_in(cast.member)
    assert member.post(f"/meetings/{meeting.pk}/roll/check-ins/").status_code == 403
    visitor = signed_in(cast.visitor)
    assert visitor.post(f"/meetings/{meeting.pk}/roll/check-ins/").status_code == 404


# --- Scanning ------------------------------------------------------------------------------------


def scan(client: Client, meeting: Meeting, token: str = "") -> Any:
    return client.get(
        f"/check-in/{meeting.pk}/{token or codes.current(meeting.pk, timezone.now()).token}/"
    )


def test_a_scan_leads_through_the_sign_in_to_one_button(
    cast: Cast, meeting: Meeting, client: Client, signed_in
) -> None:
    before = timezone.now().replace(microsecond=0)
    claim = scan(client, meeting)["Location"]
    answer = client.get(claim)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/?next=%2Fcheck-in%2Fclaim%2F")
    member = signed_in(cast.member)
    assert "只此一次会" in member.get(claim).content.decode()
    assert row(meeting, cast.member) == ("", None, "")
    said = member.post(claim, follow=True).content.decode()
    presence, moment, how = row(meeting, cast.member)
    assert (presence, how) == ("", "scan")
    assert moment is not None
    assert before <= moment <= timezone.now()
    clock = f"{timezone.localtime(moment):%H:%M}"
    assert f"已签到，{clock}。" in said
    assert f"你{clock}已签过到，不用再签。" in member.get(claim).content.decode()


def test_an_old_or_made_up_code_says_how_to_go_on_and_nothing_of_the_meeting(
    meeting: Meeting, client: Client
) -> None:
    old = codes.current(meeting.pk, timezone.now() - timedelta(minutes=5)).token
    foreign = codes.current(meeting.pk + 1, timezone.now()).token
    for token in (old, foreign, "x", codes.current(meeting.pk, timezone.now()).figures):
        answer = scan(client, meeting, token)
        page = answer.content.decode()
        assert answer.status_code == 410
        assert "这个码已换新的，再扫一次屏幕上的码。" in page
        assert 'href="/check-in/"' in page
        assert "只此一次会" not in page
    assert client.get("/check-in/999999/abc/").status_code == 410


def test_a_scan_by_somebody_from_elsewhere_names_no_meeting(
    cast: Cast, meeting: Meeting, signed_in
) -> None:
    for person in (cast.visitor, cast.inspector, cast.sysadmin):
        client = signed_in(person)
        claim = scan(client, meeting)["Location"]
        for answer in (client.get(claim), client.post(claim)):
            assert answer.status_code == 404
            assert "只此一次会" not in answer.content.decode()


def test_a_member_who_is_not_on_the_roll_is_told_so(
    cast: Cast, meeting: Meeting, signed_in
) -> None:
    meeting.attendances.filter(user=cast.member).delete()
    client = signed_in(cast.member)
    claim = scan(client, meeting)["Location"]
    page = client.get(claim).content.decode()
    assert "找记录人孙丽华加上" in page
    assert '<form class="mt" method="post">' not in page
    assert client.post(claim).status_code == 422


@pytest.mark.parametrize("old", [False, True])
def test_a_claim_that_ran_out_or_was_forged_leads_to_the_typed_code(
    cast: Cast,
    meeting: Meeting,
    signed_in,
    old: bool,  # noqa: FBT001 -- a parameter of the test
) -> None:
    claim = claims.give(meeting.pk, timezone.now() - timedelta(minutes=10)) if old else "a:b:c"
    client = signed_in(cast.member)
    for answer in (
        client.get(f"/check-in/claim/{claim}/"),
        client.post(f"/check-in/claim/{claim}/"),
    ):
        assert answer.status_code == 410
        assert "再扫一次屏幕上的码" in answer.content.decode()
    assert row(meeting, cast.member) == ("", None, "")


def test_looking_writes_nothing(cast: Cast, meeting: Meeting, signed_in) -> None:
    client = signed_in(cast.member)
    claim = scan(client, meeting)["Location"]
    version, entries = fresh(meeting).version, Entry.objects.count()
    for path in (claim, "/check-in/"):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    assert (fresh(meeting).version, Entry.objects.count()) == (version, entries)
    assert row(meeting, cast.member) == ("", None, "")
    assert not WrongCodes.objects.exists()


def test_the_meeting_page_leads_to_it_only_while_a_code_is_on_the_screen(
    cast: Cast, meeting: Meeting, signed_in
) -> None:
    client, address = signed_in(cast.member), f"/meetings/{meeting.pk}/"
    assert 'href="/check-in/"' in client.get(address).content.decode()
    actions.check_in(meeting, by=cast.member, **said(meeting))
    page = client.get(address).content.decode()
    assert 'href="/check-in/"' not in page
    assert f"{timezone.localtime(NOW):%H:%M} 已签到" in page
    Meeting.objects.filter(pk=meeting.pk).update(uses_code=False)
    assert "已签到" not in client.get(address).content.decode()


# --- Planning ------------------------------------------------------------------------------------


def test_the_organiser_decides_and_never_for_a_life_meeting(
    cast: Cast, meeting: Meeting, signed_in
) -> None:
    client, address = signed_in(cast.secretary), f"/meetings/{meeting.pk}/edit/"
    assert "用签到码签到" in client.get(address).content.decode()
    form = {
        "version": meeting.version,
        "title": meeting.title,
        "ordinal": 1,
        "chair": cast.secretary.pk,
        "recorder": cast.recorder.pk,
    }
    assert client.post(address, form).status_code == 302
    assert fresh(meeting).uses_code is False
    assert client.post(address, form | {"version": meeting.version + 1, "uses_code": "on"})
    assert fresh(meeting).uses_code is True
    Meeting.objects.filter(pk=meeting.pk).update(kind="life", uses_code=False)
    assert "用签到码签到" not in client.get(address).content.decode()
    client.post(address, form | {"version": meeting.version + 2, "uses_code": "on"})
    assert fresh(meeting).uses_code is False
