"""投屏: what the room sees, who opens it, and what ends it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from studyapp.accounts.actions import change_password
from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.errors import Refused
from studyapp.meetings import codes, screen, screen_address
from studyapp.meetings.actions.check_in import check_in
from studyapp.meetings.actions.screen import show_on_screen
from studyapp.meetings.models import CheckIn, Meeting
from studyapp.speeches.models import Passage, Speech, Theme
from tests.conftest import Cast
from tests.factories import make_meeting, make_note, make_speech

NOW = timezone.now()
OVER = "投屏已结束"


@pytest.fixture
def speech(cast: Cast) -> Speech:
    return make_speech(cast.branch, cast.secretary, themes=("夯实基础", "服务群众"))


@pytest.fixture
def meeting(cast: Cast, speech: Speech) -> Meeting:
    """Return a running meeting that studies a text of two themes."""
    made = make_meeting(
        cast.branch,
        chair=cast.secretary,
        recorder=cast.recorder,
        state="open",
        title="只此一次会",
        uses_code=True,
        actual_start=NOW - timedelta(minutes=5),
        attending=(cast.secretary, cast.recorder, cast.member),
    )
    made.agenda.create(position=1, kind="attendance", title="通报到会情况")
    made.agenda.create(position=2, kind="study", title="学习讲话", speech=speech)
    made.agenda.create(position=3, kind="discussion", title="交流发言")
    return made


def opened(meeting: Meeting, client: Client) -> str:
    """Return the address that the person's button leads to."""
    answer = client.get(f"/meetings/{meeting.pk}/projector/")
    assert answer.status_code == 302
    return answer["Location"]


def seen(address: str) -> str:
    """Return what a machine without any sign-in sees there."""
    answer = Client().get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def at(meeting: Meeting) -> screen.Picture:
    return screen.picture(screen.with_agenda(meeting), NOW)


def theme(speech: Speech, number: int) -> Theme:
    return speech.themes.get(number=number)


# --- What it shows -------------------------------------------------------------------------------


def test_a_running_meeting_begins_with_the_first_theme_of_its_first_text(
    cast: Cast, meeting: Meeting, speech: Speech, signed_in
) -> None:
    Theme.objects.filter(pk=theme(speech, 1).pk).update(question="基础差在哪里？")
    meeting.attendances.filter(user=cast.member).update(presence="present")
    page = seen(opened(meeting, signed_in(cast.secretary)))
    for words in (
        cast.branch.full_name,
        "集中学习　只此一次会",
        '<span class="screen__no">一、</span>夯实基础',
        "围绕夯实基础，要把工作做在平时，落到每一个岗位。",
        "研讨题：基础差在哪里？",
        "1<small>/3</small>",
        codes.current(meeting.pk, timezone.now()).figures,
        "本系统为非涉密系统",
    ):
        assert words in page
    assert "<form" not in page
    assert "<button" not in page
    Theme.objects.filter(pk=theme(speech, 1).pk).update(question="问一句？" + "再问下去" * 40)
    assert at(meeting).question == "问一句？"
    assert [s.title for s in at(meeting).steps] == ["夯实基础", "服务群众"]


def test_what_is_chosen_is_shown_and_marked(cast: Cast, meeting: Meeting, speech: Speech) -> None:
    study, talk = meeting.agenda.get(kind="study"), meeting.agenda.get(kind="discussion")
    show_on_screen(meeting, item=study, theme=theme(speech, 2), by=cast.recorder, at=NOW)
    picture = at(meeting)
    assert picture.step is not None
    assert (picture.step.numeral, picture.step.title) == ("二", "服务群众")
    assert [s.is_current for s in picture.steps] == [False, True]
    show_on_screen(meeting, item=talk, by=cast.recorder, at=NOW)
    picture = at(meeting)
    assert picture.step is not None
    assert (picture.step.numeral, picture.step.title, picture.quote) == ("三", "交流发言", "")
    # A text is one place among the items of the agenda.
    assert [s.item.title for s in picture.steps] == ["通报到会情况", "学习讲话", "交流发言"]


def test_what_left_the_agenda_is_not_shown(cast: Cast, meeting: Meeting) -> None:
    show_on_screen(meeting, item=meeting.agenda.get(position=3), by=cast.recorder, at=NOW)
    meeting.agenda.filter(position=3).delete()
    picture = at(meeting)
    assert picture.step is not None
    assert picture.step.title == "夯实基础"
    meeting.agenda.all().delete()
    assert at(meeting).step is None


def test_the_newest_three_notes_are_shown_when_the_chair_wants_them(
    cast: Cast, meeting: Meeting, speech: Speech, signed_in
) -> None:
    first = theme(speech, 1)
    for number in range(4):
        make_note(cast.member, cast.branch, meeting=meeting, theme=first, body=f"要点{number}")
    make_note(cast.member, cast.branch, meeting=meeting, theme=theme(speech, 2), body="别的专题")
    make_note(cast.member, cast.branch, meeting=meeting, theme=first, body="草稿", posted=False)
    assert at(meeting).points == []
    show_on_screen(meeting, points=True, by=cast.secretary, at=NOW)
    assert [(p.name, p.words) for p in at(meeting).points] == [
        ("王海峰", "要点3"),
        ("王海峰", "要点2"),
        ("王海峰", "要点1"),
    ]
    page = seen(opened(meeting, signed_in(cast.secretary)))
    assert "要点3" in page
    assert "草稿" not in page
    show_on_screen(meeting, points=False, by=cast.secretary, at=NOW)
    assert at(meeting).points == []


def test_words_are_cut_after_a_sentence(speech: Speech) -> None:
    first = theme(speech, 1)
    body = Passage.objects.filter(theme=first, kind="body")
    for words, shown in (
        ("前一句。" + "很长的后一句" * 30 + "。", "前一句。"),
        ("没有句号，" * 30, "没有句号，" * 19 + "没有句号……"),
        ("就这么短", "就这么短"),
    ):
        body.update(text=words)
        assert screen.opening(first) == shown


def test_each_state_has_its_own_picture(cast: Cast, meeting: Meeting, signed_in) -> None:
    address = opened(meeting, signed_in(cast.secretary))

    def become(**change: Any) -> str:
        Meeting.objects.filter(pk=meeting.pk).update(**change)
        return seen(address)

    page = become(state="preparing", actual_start=None)
    assert "三楼会议室" in page
    assert '<span class="screen__no">三、</span><span>交流发言</span>' in page
    assert "签到用的二维码" not in page
    page = become(state="check_in")
    assert "签到用的二维码" in page
    page = become(uses_code=False)
    assert "签到用的二维码" not in page
    assert "已到 / 应到" in page
    page = become(state="ended", actual_start=NOW, actual_end=NOW + timedelta(hours=1))
    assert "已散会" in page
    assert "夯实基础" not in page
    page = become(state="cancelled", cancel_reason="改期")
    assert "会议已取消" in page


def test_who_checked_in_stands_beside_the_code_and_nobody_who_did_not(
    cast: Cast, meeting: Meeting, signed_in
) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(state="check_in", actual_start=None)
    check_in(meeting, how=CheckIn.SCAN, moment=NOW, by=cast.member, at=NOW)
    page = seen(opened(meeting, signed_in(cast.recorder)))
    assert "1<small>/3</small>" in page
    assert "<li>王海峰</li>" in page
    assert "陈卫东" not in page


def test_telephones_are_led_to_the_public_address(
    cast: Cast, meeting: Meeting, signed_in, settings
) -> None:
    address = opened(meeting, signed_in(cast.secretary))
    token = codes.current(meeting.pk, timezone.now()).token
    way = f"/check-in/{meeting.pk}/{token}/"
    assert codes.square(f"http://testserver{way}").path in seen(address)
    settings.PUBLIC_ADDRESS = "https://study.example"
    assert codes.square(f"https://study.example{way}").path in seen(address)


def test_the_screen_asks_as_often_for_many_people_as_for_one(
    cast: Cast, meeting: Meeting, signed_in, django_assert_max_num_queries
) -> None:
    address = opened(meeting, signed_in(cast.secretary))
    with django_assert_max_num_queries(22):
        seen(address)


# --- Choosing ------------------------------------------------------------------------------------


def test_who_runs_the_meeting_chooses_by_buttons(
    cast: Cast, meeting: Meeting, speech: Speech, signed_in
) -> None:
    client = signed_in(cast.recorder)
    study, second = meeting.agenda.get(kind="study"), theme(speech, 2)
    page = client.get(f"/meetings/{meeting.pk}/").content.decode()
    assert f'value="{study.pk}-{second.pk}"' in page
    assert f"/meetings/{meeting.pk}/projector/" in page
    address = f"/meetings/{meeting.pk}/show/"
    assert client.post(address, {"place": f"{study.pk}-{second.pk}"}).status_code == 302
    assert client.post(address, {"points": "yes"}).status_code == 302
    stored = Meeting.objects.get(pk=meeting.pk)
    assert (stored.screen_item, stored.screen_theme, stored.screen_points) == (study, second, True)
    entry = Entry.objects.filter(name="调整投屏").order_by("seq")[0]
    assert (entry.user_id, entry.target) == ("recorder", "服务群众")
    assert client.post(address, {"place": "999999"}).status_code == 404
    assert signed_in(cast.member).post(address, {"points": "no"}).status_code == 403
    assert signed_in(cast.visitor).post(address, {"points": "no"}).status_code == 404
    assert Meeting.objects.get(pk=meeting.pk).screen_points is True


def test_members_have_no_button(cast: Cast, meeting: Meeting, signed_in) -> None:
    page = signed_in(cast.member).get(f"/meetings/{meeting.pk}/").content.decode()
    assert "/projector/" not in page


@pytest.mark.attack(3)
def test_a_foreign_item_or_theme_is_refused(cast: Cast, meeting: Meeting, speech: Speech) -> None:
    other = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder)
    item = other.agenda.create(position=1, kind="other", title="别的会")
    with pytest.raises(Refused, match="没有这一项了"):
        show_on_screen(meeting, item=item, by=cast.recorder, at=NOW)
    talk = meeting.agenda.get(kind="discussion")
    with pytest.raises(Refused, match="没有这一项了"):
        show_on_screen(meeting, item=talk, theme=theme(speech, 1), by=cast.recorder, at=NOW)
    assert Meeting.objects.get(pk=meeting.pk).version == meeting.version


# --- Who opens it, and what ends it --------------------------------------------------------------


def test_it_opens_to_who_runs_the_meeting(cast: Cast, meeting: Meeting, signed_in) -> None:
    people = ("secretary", "recorder", "member", "visitor", "inspector", "sysadmin")
    address = f"/meetings/{meeting.pk}/projector/"
    found = [signed_in(getattr(cast, who)).get(address).status_code for who in people]
    assert found == [302, 302, 403, 404, 404, 404]
    Meeting.objects.filter(pk=meeting.pk).update(signed_at=NOW)
    assert signed_in(cast.secretary).get(address).status_code == 404


def shown(meeting: Meeting, person: User) -> tuple[Meeting, User] | None:
    """Return what the address of a picture opens that ``person`` was given."""
    found = screen_address.read(screen_address.address(meeting, person, NOW)[8:-1])
    assert found is not None
    return screen_address.allowed(found, NOW)


def test_an_address_opens_its_own_meeting_for_who_sees_it_and_runs_it(
    cast: Cast, meeting: Meeting
) -> None:
    # Their branch is above the group, whose meetings they do not see, whoever named them.
    of_group = make_meeting(cast.group, chair=cast.member, recorder=cast.recorder)
    later = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.member)
    found = {
        one: {who: shown(one, user) for who, user in cast.people().items() if shown(one, user)}
        for one in (meeting, of_group, later)
    }
    secretary, recorder, member = cast.secretary, cast.recorder, cast.member
    assert found == {
        meeting: {"secretary": (meeting, secretary), "recorder": (meeting, recorder)},
        of_group: {"secretary": (of_group, secretary)},
        later: {"secretary": (later, secretary), "member": (later, member)},
    }


def test_a_life_meeting_is_never_on_the_wall(cast: Cast, meeting: Meeting, signed_in) -> None:
    client = signed_in(cast.secretary)
    address = opened(meeting, client)
    Meeting.objects.filter(pk=meeting.pk).update(kind="life")
    assert client.get(f"/meetings/{meeting.pk}/projector/").status_code == 404
    assert "打开投屏" not in client.get(f"/meetings/{meeting.pk}/").content.decode()
    page = seen(address)
    assert OVER in page
    assert "只此一次会" not in page
    with pytest.raises(Refused, match="组织生活会不投屏"):
        show_on_screen(meeting, points=True, by=cast.secretary, at=NOW)


def _disable(cast: Cast, meeting: Meeting) -> None:
    type(cast.recorder).objects.filter(pk=cast.recorder.pk).update(is_active=False)


def _change_password(cast: Cast, meeting: Meeting) -> None:
    change_password(cast.recorder, new="Another-night-2027", at=NOW)


def _another_recorder(cast: Cast, meeting: Meeting) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(recorder=cast.member)


def _leave(cast: Cast, meeting: Meeting) -> None:
    cast.recorder.memberships.update(ended_on=timezone.localdate())


def _sign(cast: Cast, meeting: Meeting) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(signed_at=NOW)


@pytest.mark.parametrize(
    "end", [_disable, _change_password, _another_recorder, _leave, _sign], ids=lambda e: e.__name__
)
def test_the_picture_ends_with_the_right_of_who_opened_it(
    cast: Cast, meeting: Meeting, signed_in, end
) -> None:
    address = opened(meeting, signed_in(cast.recorder))
    assert "只此一次会" in seen(address)
    end(cast, meeting)
    page = seen(address)
    assert OVER in page
    assert "只此一次会" not in page
    assert cast.branch.full_name not in page


def test_it_ends_two_hours_after_the_planned_end_and_not_before_four_hours(
    cast: Cast, meeting: Meeting
) -> None:
    def until(now: datetime) -> datetime:
        found = screen_address.read(screen_address.address(meeting, cast.recorder, now)[8:-1])
        assert found is not None
        assert screen_address.allowed(found, now) is not None
        moment = datetime.fromtimestamp(found.until, timezone.get_fixed_timezone(0))
        assert screen_address.allowed(found, moment) is None
        return moment

    end = meeting.planned_end
    assert until(end - timedelta(hours=9)) == end + timedelta(hours=2)
    assert until(end) == end + timedelta(hours=4)


def test_a_forged_address_opens_nothing(cast: Cast, meeting: Meeting, signed_in) -> None:
    token = opened(meeting, signed_in(cast.recorder))[8:-1]
    content = signing.loads(token, salt="studyapp.meetings.screen")
    elsewhere = signing.dumps(content, salt="studyapp.meetings.claims")
    for forged in ("x", token[:-2], token[:5] + "A" + token[6:], elsewhere):
        assert Client().get(f"/screen/{forged}/").status_code == 404


def test_it_needs_no_sign_in_makes_none_and_writes_nothing(
    cast: Cast, meeting: Meeting, signed_in
) -> None:
    address = opened(meeting, signed_in(cast.recorder))
    entries = Entry.objects.count()
    room = Client()
    assert room.get(address).status_code == 200
    assert room.head(address).status_code == 200
    assert room.post(address).status_code == 405
    assert "sid" not in room.cookies
    assert Entry.objects.count() == entries
    assert Meeting.objects.get(pk=meeting.pk).version == meeting.version


def test_it_does_not_keep_alive_a_sign_in(cast: Cast, meeting: Meeting, signed_in) -> None:
    client = signed_in(cast.recorder)
    address = opened(meeting, client)
    session = client.session
    session["seen"] = 0
    session.save()
    client.get(address)
    assert client.session["seen"] == 0
