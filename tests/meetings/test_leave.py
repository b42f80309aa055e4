"""Leave asked for in advance: by oneself, answered by who keeps the record, marked in the roll."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.dashboards import queries as today
from studyapp.errors import Refused
from studyapp.meetings import leave as questions
from studyapp.meetings.actions import leave, roll, schedule
from studyapp.meetings.models import Answer, LeaveRequest, Meeting, State
from tests.conftest import Cast
from tests.factories import make_meeting, make_user

SignIn = Callable[[User], Client]
NOW = timezone.now()
SOON = NOW + timedelta(days=2)


@pytest.fixture
def meeting(cast: Cast) -> Meeting:
    """Return a meeting that is two days ahead, with three people on its roll."""
    return make_meeting(
        cast.branch,
        chair=cast.secretary,
        recorder=cast.recorder,
        start=SOON,
        attending=(cast.secretary, cast.recorder, cast.member),
    )


def ask(meeting: Meeting, by: User, **more: Any) -> LeaveRequest:
    return leave.ask(meeting, by=by, **{"kind": "出差", "at": NOW, **more})


def marks(meeting: Meeting) -> dict[str, tuple[str, str]]:
    rows = meeting.attendances.values_list("name", "presence", "leave_kind")
    return {name: (presence, kind) for name, presence, kind in rows}


def said(meeting: Meeting, person: User) -> str:
    own = questions.standing(person, meeting)
    return own.words if own else ""


def logged() -> list[str]:
    found = Entry.objects.filter(name__contains="请假").order_by("seq")
    return list(found.values_list("name", flat=True))


def test_a_member_asks_and_the_recorder_accepts(cast: Cast, meeting: Meeting) -> None:
    asked = ask(meeting, cast.member, reason="去省厅")
    assert said(meeting, cast.member) == "申请了请假：出差，等答复"
    assert marks(meeting)["王海峰"] == ("", "")
    leave.accept(asked, by=cast.recorder, at=NOW)
    row = meeting.attendances.get(user=cast.member)
    assert (row.presence, row.leave_kind, row.reason) == ("leave", "出差", "去省厅")
    assert said(meeting, cast.member) == "请假已同意：出差"
    assert logged() == ["申请请假", "同意请假"]


def test_a_decline_needs_words_and_one_may_ask_again(cast: Cast, meeting: Meeting) -> None:
    asked = ask(meeting, cast.member)
    with pytest.raises(Refused, match="写明为什么不同意"):
        leave.decline(asked, words="", by=cast.recorder, at=NOW)
    leave.decline(asked, words="你要领学", by=cast.recorder, at=NOW)
    assert said(meeting, cast.member) == "请假没有同意：你要领学"
    again = ask(meeting, cast.member, kind="病假")
    assert (again.pk != asked.pk, again.answer) == (True, Answer.OPEN)
    assert logged() == ["申请请假", "不同意请假", "申请请假"]


def test_a_second_press_is_one_request_and_another_wish_is_refused(
    cast: Cast, meeting: Meeting
) -> None:
    assert ask(meeting, cast.member).pk == ask(meeting, cast.member).pk
    with pytest.raises(Refused, match="已经申请过，等答复"):
        ask(meeting, cast.member, kind="病假")
    assert LeaveRequest.objects.count() == 1


def test_the_database_holds_one_open_request_a_person(cast: Cast, meeting: Meeting) -> None:
    asked = ask(meeting, cast.member)
    with pytest.raises(IntegrityError), transaction.atomic():
        LeaveRequest.objects.create(attendance=asked.attendance, kind="病假")


def test_answering_twice_is_answering_once_and_never_otherwise(
    cast: Cast, meeting: Meeting
) -> None:
    asked = ask(meeting, cast.member)
    leave.accept(asked, by=cast.recorder, at=NOW)
    leave.accept(asked, by=cast.secretary, at=NOW + timedelta(minutes=1))
    with pytest.raises(Refused, match="王海峰的请假已同意，不用再答复"):
        leave.decline(asked, words="不行", by=cast.secretary, at=NOW)
    asked.refresh_from_db()
    assert (asked.answer, asked.answered_by) == (Answer.ACCEPTED, cast.recorder)
    assert logged() == ["申请请假", "同意请假"]


def test_only_a_kind_of_the_list_is_a_kind(cast: Cast, meeting: Meeting) -> None:
    with pytest.raises(Refused, match="选一个请假类别"):
        ask(meeting, cast.member, kind="有事")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"state": State.CANCELLED, "cancel_reason": "合并"}, "会议已取消，不用请假。"),
        ({"state": State.OPEN}, "现在请假要直接告诉记录人孙丽华"),
        ({"state": State.ENDED}, "现在请假要直接告诉记录人孙丽华"),
        ({"planned_start": NOW - timedelta(minutes=1)}, "现在请假要直接告诉记录人孙丽华"),
        ({"signed_at": NOW, "state": State.ENDED}, "现在请假要直接告诉记录人孙丽华"),
    ],
)
def test_it_is_asked_in_advance(
    cast: Cast, meeting: Meeting, changes: dict[str, Any], sentence: str
) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(**changes)
    with pytest.raises(Refused, match=sentence):
        ask(meeting, cast.member)
    assert LeaveRequest.objects.count() == 0


def test_who_is_not_expected_does_not_ask(cast: Cast, meeting: Meeting) -> None:
    guest = make_user("列席的", unit=cast.branch)
    roll.add_observer(meeting, user=guest, by=cast.recorder, at=NOW)
    row = meeting.attendances.get(user=cast.member)
    roll.excuse(row, reason="长期病休", by=cast.recorder, at=NOW)
    for person in (guest, cast.member, make_user("不在名单", unit=cast.branch)):
        with pytest.raises(Refused, match="你不在这次会的应到名单上"):
            ask(meeting, person)


def test_a_mark_in_the_roll_settles_it(cast: Cast, meeting: Meeting) -> None:
    asked = ask(meeting, cast.member)
    roll.mark(asked.attendance, presence="present", by=cast.recorder, at=NOW)
    assert questions.waiting(meeting) == {}
    assert said(meeting, cast.member) == "已到"
    with pytest.raises(Refused, match="点名时王海峰已标为“已到”"):
        leave.accept(asked, by=cast.recorder, at=NOW)
    with pytest.raises(Refused, match="名单上你已标为“已到”"):
        ask(meeting, cast.member, kind="病假")
    assert marks(meeting)["王海峰"] == ("present", "")


def test_the_rest_present_leaves_out_who_waits_for_an_answer(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    ask(meeting, cast.member)
    schedule.move(meeting, to="check_in", by=cast.recorder, at=NOW)
    client = signed_in(cast.recorder)
    page = client.post(f"/meetings/{meeting.pk}/roll/rest/", follow=True).content.decode()
    assert "1人请假等答复，没有标。" in page
    assert marks(meeting) == {
        "陈卫东": ("present", ""),
        "孙丽华": ("present", ""),
        "王海峰": ("", ""),
    }


def test_a_request_is_withdrawn_also_after_it_was_accepted(cast: Cast, meeting: Meeting) -> None:
    ask(meeting, cast.member)
    leave.withdraw(meeting, by=cast.member, at=NOW)
    asked = ask(meeting, cast.member)
    leave.accept(asked, by=cast.recorder, at=NOW)
    leave.withdraw(meeting, by=cast.member, at=NOW)
    assert marks(meeting)["王海峰"] == ("", "")
    assert said(meeting, cast.member) == "应到"
    with pytest.raises(Refused, match="没有可以撤回的请假"):
        leave.withdraw(meeting, by=cast.member, at=NOW)
    with pytest.raises(Refused, match="王海峰的请假已撤回，不用再答复"):
        leave.accept(asked, by=cast.recorder, at=NOW)
    assert logged() == ["申请请假", "撤回请假", "申请请假", "同意请假", "撤回请假"]


def test_an_accepted_leave_is_not_taken_back_once_the_meeting_began(
    cast: Cast, meeting: Meeting
) -> None:
    leave.accept(ask(meeting, cast.member), by=cast.recorder, at=NOW)
    with pytest.raises(Refused, match="没有可以撤回的请假"):
        leave.withdraw(meeting, by=cast.member, at=SOON + timedelta(minutes=1))
    assert marks(meeting)["王海峰"] == ("leave", "出差")


def test_a_gathering_has_one_request_and_one_answer(cast: Cast) -> None:
    first, second = (
        schedule.schedule(
            unit=cast.branch,
            kind=kind,
            title=kind,
            planned_start=SOON,
            planned_end=SOON + timedelta(hours=1),
            place="三楼",
            chair=cast.secretary,
            recorder=cast.recorder,
            by=cast.secretary,
            at=NOW,
        )
        for kind in ("theme_day", "lecture")
    )
    with transaction.atomic():
        second.gathering = first.gathering = cast.branch.gatherings.create(held_on=SOON)
        first.save()
        second.save()
    asked = ask(first, cast.member)
    assert said(second, cast.member) == "申请了请假：出差，等答复"
    with pytest.raises(Refused, match="已经申请过，等答复"):
        ask(second, cast.member, kind="病假")
    assert roll.rest_present(second, by=cast.recorder, at=NOW) == 2
    leave.accept(asked, by=cast.recorder, at=NOW)
    assert [marks(each)["王海峰"] for each in (first, second)] == [("leave", "出差")] * 2


def test_asking_makes_no_open_form_old(cast: Cast, meeting: Meeting) -> None:
    ask(meeting, cast.member)
    fresh = Meeting.objects.get(pk=meeting.pk)
    assert (fresh.version, fresh.news) == (meeting.version, meeting.news + 1)


def test_the_page_asks_and_shows_the_answer(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    client, address = signed_in(cast.member), f"/meetings/{meeting.pk}/leave/"
    assert address in client.get(f"/meetings/{meeting.pk}/").content.decode()
    assert "健康信息不要写在这里" in client.get(address).content.decode()
    assert client.post(address, {"kind": "", "reason": "去省厅"}).status_code == 422
    assert client.post(address, {"kind": "出差", "reason": "去省厅"}).status_code == 302
    assert "等答复" in client.get(address).content.decode()
    again = client.post(address, {"kind": "病假"})
    assert (again.status_code, "先撤回再申请" in again.content.decode()) == (422, True)
    leave.decline(LeaveRequest.objects.get(), words="你要领学", by=cast.recorder, at=NOW)
    for page in ("/", f"/meetings/{meeting.pk}/", address):
        assert "请假没有同意：你要领学" in client.get(page).content.decode()


def test_nobody_asks_for_somebody_else(cast: Cast, signed_in: SignIn, meeting: Meeting) -> None:
    other = meeting.attendances.get(user=cast.secretary)
    values = {
        "kind": "出差",
        "attendance": other.pk,
        "user": cast.secretary.pk,
        "by": cast.secretary.pk,
        "answer": "accepted",
    }
    signed_in(cast.member).post(f"/meetings/{meeting.pk}/leave/", values)
    asked = LeaveRequest.objects.get()
    assert (asked.attendance.user, asked.answer) == (cast.member, Answer.OPEN)


def test_one_click_accepts_where_it_waits(cast: Cast, signed_in: SignIn, meeting: Meeting) -> None:
    asked = ask(meeting, cast.member, reason="去省厅")
    client = signed_in(cast.recorder)
    page = client.get(f"/meetings/{meeting.pk}/").content.decode()
    address = f"/meetings/{meeting.pk}/leave/{asked.pk}/"
    assert f'action="{address}"' in page
    back = f"/meetings/{meeting.pk}/"
    answer = client.post(address, {"do": "accept", "next": back})
    assert (answer.status_code, answer.headers["Location"]) == (302, back)
    assert marks(meeting)["王海峰"] == ("leave", "出差")
    assert client.post(address, {"do": "accept", "next": back}).status_code == 302


def test_the_roll_accepts_and_keeps_what_else_was_marked(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    asked = ask(meeting, cast.member, reason="去省厅")
    schedule.move(meeting, to="check_in", by=cast.recorder, at=NOW)
    client, address = signed_in(cast.recorder), f"/meetings/{meeting.pk}/roll/"
    page = client.get(address).content.decode()
    assert ("申请请假：出差" in page, f'value="{asked.pk}"' in page) == (True, True)
    chair = meeting.attendances.get(user=cast.secretary).pk
    mine = asked.attendance_id
    form = {f"p-{chair}": "present", f"was-{chair}": "", f"p-{mine}": "", f"was-{mine}": ""}
    assert client.post(address, form | {"accept": asked.pk}).status_code == 302
    assert marks(meeting) == {
        "陈卫东": ("present", ""),
        "孙丽华": ("", ""),
        "王海峰": ("leave", "出差"),
    }


def test_a_member_answers_nothing(cast: Cast, signed_in: SignIn, meeting: Meeting) -> None:
    asked = ask(meeting, cast.member)
    address = f"/meetings/{meeting.pk}/leave/{asked.pk}/"
    assert signed_in(cast.member).post(address, {"do": "accept"}).status_code == 403
    assert signed_in(cast.visitor).post(address, {"do": "accept"}).status_code == 404
    asked.refresh_from_db()
    assert asked.answer == Answer.OPEN


def test_a_request_of_another_meeting_is_not_there(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    other = make_meeting(
        cast.other_branch,
        chair=cast.visitor,
        recorder=cast.visitor,
        start=SOON,
        attending=(cast.visitor,),
    )
    asked = ask(other, cast.visitor)
    client = signed_in(cast.recorder)
    for data in ({"do": "accept"}, {"words": "不行"}):
        answer = client.post(f"/meetings/{meeting.pk}/leave/{asked.pk}/", data)
        assert answer.status_code == 404
    assert client.post(f"/meetings/{meeting.pk}/roll/", {"accept": asked.pk}).status_code == 404
    asked.refresh_from_db()
    assert asked.answer == Answer.OPEN


def test_the_task_waits_for_who_may_answer(cast: Cast, meeting: Meeting) -> None:
    ask(meeting, cast.member)
    ask(meeting, cast.recorder, kind="值班")
    told = {
        name: [t.text for t in today.tasks(person) if "请假" in t.text]
        for name, person in cast.people().items()
    }
    assert {name: lines for name, lines in told.items() if lines} == {
        "secretary": ["2人请假，等答复"],
        "recorder": ["2人请假，等答复"],
    }


def test_reasons_are_for_who_keeps_the_record(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    ask(meeting, cast.member, reason="带孩子看病")
    other = make_user("同事", unit=cast.branch)
    page = signed_in(other).get(f"/meetings/{meeting.pk}/").content.decode()
    assert "带孩子看病" not in page
    assert "带孩子看病" in (
        signed_in(cast.secretary).get(f"/meetings/{meeting.pk}/").content.decode()
    )
