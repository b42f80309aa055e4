"""The pages: who gets in, what a refused form keeps, how many queries a list takes."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.documents.blocks import plain_text
from studyapp.meetings import papers
from studyapp.meetings.actions import schedule, sheet
from studyapp.meetings.actions.locking import stamp
from studyapp.meetings.models import AgendaItem, Meeting
from tests.conftest import Cast
from tests.factories import make_attendance, make_meeting, make_note, make_speech, make_user

SignIn = Callable[[User], Client]
NOW = timezone.now()


@pytest.fixture
def meeting(cast: Cast) -> Meeting:
    """Return a planned assembly with a text."""
    return schedule.schedule(
        unit=cast.branch,
        kind="assembly",
        title="学习推进会讲话",
        place="三楼会议室",
        planned_start=NOW + timedelta(days=1),
        planned_end=NOW + timedelta(days=1, hours=1),
        chair=cast.secretary,
        recorder=cast.recorder,
        by=cast.secretary,
        at=NOW,
        speeches=[make_speech(cast.branch, cast.secretary, document_number="云公发〔2026〕5号")],
        lead_readers=[cast.member],
    )


READ = ["", "notice/", "notice.pdf", "notice.docx"]
PLAN = ["edit/", "postpone/", "cancel/", "agenda/", "sittings/"]
RECORD = ["roll/", "sheet/", "sheet/paste/", "sheet/votes/", "times/"]


@pytest.mark.parametrize("path", READ)
def test_a_member_reads(cast: Cast, signed_in: SignIn, meeting: Meeting, path: str) -> None:
    assert signed_in(cast.member).get(f"/meetings/{meeting.pk}/{path}").status_code == 200


@pytest.mark.parametrize("path", PLAN + RECORD)
def test_a_member_neither_plans_nor_records(
    cast: Cast, signed_in: SignIn, meeting: Meeting, path: str
) -> None:
    assert signed_in(cast.member).get(f"/meetings/{meeting.pk}/{path}").status_code == 403
    assert signed_in(cast.recorder).get(f"/meetings/{meeting.pk}/{path}").status_code == 200


@pytest.mark.attack(1)
@pytest.mark.parametrize("path", READ + PLAN + RECORD + ["stream/"])
@pytest.mark.parametrize("who", ["visitor", "inspector", "sysadmin", "secadmin", "auditor"])
def test_it_does_not_exist_for_others(
    cast: Cast, signed_in: SignIn, meeting: Meeting, path: str, who: str
) -> None:
    client = signed_in(cast.people()[who])
    assert client.get(f"/meetings/{meeting.pk}/{path}").status_code == 404


def test_only_who_leads_a_unit_plans(cast: Cast, signed_in: SignIn) -> None:
    answers = {
        who: signed_in(cast.people()[who]).get("/meetings/new/").status_code
        for who in ("secretary", "recorder", "member", "visitor", "inspector", "sysadmin")
    }
    assert answers == {
        "secretary": 200,
        "recorder": 403,
        "member": 403,
        "visitor": 403,
        "inspector": 403,
        "sysadmin": 404,
    }


@pytest.mark.attack(3)
def test_an_other_units_id_is_not_taken(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.secretary)
    assert client.get(f"/meetings/new/?unit={cast.other_branch.pk}").status_code == 404
    assert client.get(f"/meetings/new/?unit={cast.group.pk}").status_code == 200


def test_a_refused_plan_keeps_what_was_typed(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.secretary).post(
        "/meetings/new/", {"kind": "study", "title": "没有时间的会", "place": "三楼"}
    )
    assert answer.status_code == 422
    assert "没有时间的会" in answer.content.decode()
    assert Meeting.objects.count() == 0


def test_settings_come_from_the_last_meeting_and_words_do_not(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    page = signed_in(cast.secretary).get("/meetings/new/?kind=assembly").content.decode()
    assert "三楼会议室" in page
    assert 'value="学习推进会讲话"' not in page


@pytest.mark.parametrize("show", ["coming", "held", "cancelled"])
def test_the_list_takes_as_many_queries_for_three_as_for_one(
    cast: Cast, signed_in: SignIn, show: str
) -> None:
    states = {"coming": "preparing", "held": "ended", "cancelled": "cancelled"}
    client = signed_in(cast.secretary)

    def count() -> int:
        make_meeting(
            cast.branch,
            chair=cast.secretary,
            recorder=cast.recorder,
            state=states[show],
            attending=(cast.member, cast.recorder),
            cancel_reason="出警",
        )
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(f"/meetings/?show={show}").status_code == 200
        return len(captured)

    client.get("/meetings/")
    one = count()
    count()
    assert count() == one


def test_the_list_shows_own_units_only(cast: Cast, signed_in: SignIn, meeting: Meeting) -> None:
    assert "学习推进会讲话" in signed_in(cast.member).get("/meetings/").content.decode()
    assert "学习推进会讲话" not in signed_in(cast.visitor).get("/meetings/").content.decode()


def test_a_life_meeting_has_no_stream(cast: Cast, signed_in: SignIn) -> None:
    life = make_meeting(
        cast.branch,
        chair=cast.secretary,
        recorder=cast.recorder,
        kind="life",
        state="open",
        actual_start=NOW,
    )
    make_note(cast.recorder, cast.branch, meeting=life, body="不该出现的一条")
    page = signed_in(cast.member).get(f"/meetings/{life.pk}/").content.decode()
    assert "不该出现的一条" not in page
    assert "hx-trigger" not in page


def test_the_roll_form_keeps_what_was_entered_when_refused(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    row = meeting.attendances.get(user=cast.member)
    answer = signed_in(cast.recorder).post(
        f"/meetings/{meeting.pk}/roll/",
        {f"p-{row.pk}": "leave", f"was-{row.pk}": "", f"reason-{row.pk}": "出差在途"},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "王海峰请假要选类别" in page
    assert "出差在途" in page
    assert re.search(r'value="leave"\s+checked', page) is not None


def test_the_roll_page_saves_and_marks_the_rest(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    row = meeting.attendances.get(user=cast.member)
    signed_in(cast.recorder).post(
        f"/meetings/{meeting.pk}/roll/",
        {f"p-{row.pk}": "leave", f"leave-{row.pk}": "值班", f"was-{row.pk}": "", "rest": "1"},
    )
    marks = {a.name: a.presence for a in meeting.attendances.all()}
    assert marks == {"陈卫东": "present", "孙丽华": "present", "王海峰": "leave"}


def test_a_guest_is_added_and_taken_off_on_the_roll_page(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    client, address = signed_in(cast.recorder), f"/meetings/{meeting.pk}/roll/"
    client.post(f"{address}observers/", {"name": "何局", "title": "机关党委", "purpose": "督导"})
    guest = meeting.attendances.get(name="何局")
    assert f"{address}{guest.pk}/remove/" in client.get(address).content.decode()
    client.post(f"{address}{guest.pk}/remove/")
    assert meeting.attendances.filter(name="何局").count() == 0


@pytest.mark.attack(4)
def test_a_row_of_an_other_meeting_is_not_found(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    other = make_meeting(cast.branch, chair=cast.secretary, recorder=cast.recorder)
    row = make_attendance(other, cast.member)
    client = signed_in(cast.recorder)
    assert client.get(f"/meetings/{meeting.pk}/roll/{row.pk}/excuse/").status_code == 404


@pytest.mark.parametrize(
    ("typed", "status", "speaker"),
    [("王海峰", 302, "王海峰"), ("whf", 302, "王海峰"), ("王海锋", 422, ""), ("zzz", 422, "")],
)
def test_a_speaker_is_found_by_name_or_initials(
    cast: Cast, signed_in: SignIn, meeting: Meeting, typed: str, status: int, speaker: str
) -> None:
    answer = signed_in(cast.recorder).post(
        f"/meetings/{meeting.pk}/sheet/", {"speaker": typed, "text": "要少跑一趟。"}
    )
    assert answer.status_code == status
    assert [r.speaker_name for r in meeting.remarks.all()] == [speaker] * (status == 302)
    if status == 422:
        assert "要少跑一趟。" in answer.content.decode()


def test_pasted_lines_are_previewed_before_they_are_stored(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    client, address = signed_in(cast.recorder), f"/meetings/{meeting.pk}/sheet/paste/"
    text = "王海峰：甲\n李大山：乙\n陈卫东：丙"
    page = client.post(address, {"text": text, "preview": "1"}).content.decode()
    assert "李大山：乙" in page
    assert meeting.remarks.count() == 0
    assert client.post(address, {"text": text, "store": "1"}).status_code == 302
    assert [r.speaker_name for r in meeting.remarks.all()] == ["王海峰", "陈卫东"]


def test_remarks_move_up_and_down_from_the_sheet(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    client, address = signed_in(cast.recorder), f"/meetings/{meeting.pk}/sheet/"
    for name in ("王海峰", "陈卫东"):
        client.post(address, {"speaker": name, "text": "话"})
    last = meeting.remarks.last()
    assert 'name="to" value="up"' in client.get(address).content.decode()
    client.post(f"{address}remarks/{last.pk}/shift/", {"to": "up"})
    assert [r.speaker_name for r in meeting.remarks.all()] == ["陈卫东", "王海峰"]


@pytest.mark.attack(51)
def test_a_stale_remark_shows_both_texts(cast: Cast, signed_in: SignIn, meeting: Meeting) -> None:
    remark = sheet.add_remark(meeting, speaker=cast.member, text="第一稿", by=cast.recorder, at=NOW)
    base = stamp("第一稿")
    sheet.edit_remark(remark, text="书记改的一稿", by=cast.secretary, at=NOW)
    answer = signed_in(cast.recorder).post(
        f"/meetings/{meeting.pk}/sheet/remarks/{remark.pk}/", {"text": "我改的一稿", "base": base}
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "书记改的一稿" in page
    assert "我改的一稿" in page
    assert stamp("书记改的一稿") in page


def test_a_stale_plan_is_answered_with_409(cast: Cast, signed_in: SignIn, meeting: Meeting) -> None:
    client, address = signed_in(cast.secretary), f"/meetings/{meeting.pk}/edit/"
    form = {
        "title": "改过的主题",
        "ordinal": 1,
        "chair": cast.secretary.pk,
        "recorder": cast.recorder.pk,
        "version": meeting.version,
    }
    assert client.post(address, form).status_code == 302
    answer = client.post(address, form | {"title": "晚到的主题"})
    assert answer.status_code == 409
    assert "晚到的主题" in answer.content.decode()
    assert "改过的主题" in answer.content.decode()


def test_notice_agenda_and_sign_in_sheet_are_one_paper(cast: Cast, meeting: Meeting) -> None:
    text = plain_text(papers.notice(meeting))
    for words in (
        "关于召开支部党员大会的通知",
        "三楼会议室",
        "云公发〔2026〕5号，全文，领学人：王海峰",
        "1\t陈卫东\t党支部书记\t正式",
        "不得代签",
        "记录人：孙丽华",
    ):
        assert words in text


def test_the_agenda_page_adds_moves_and_removes(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    client, address = signed_in(cast.recorder), f"/meetings/{meeting.pk}/agenda/"
    client.post(address, {"kind": "other", "title": "通报经费", "extent": "全文"})
    item = AgendaItem.objects.get(title="通报经费")
    client.post(f"{address}{item.pk}/", {"title": "通报经费使用", "extent": "全文"})
    client.post(f"{address}{item.pk}/shift/", {"to": "up"})
    titles = [each.title for each in meeting.agenda.all()]
    assert titles[-4:] == ["通报经费使用", "表决", "主持人小结", "散会"]
    client.post(f"{address}{item.pk}/remove/")
    assert "通报经费使用" not in [each.title for each in meeting.agenda.all()]


def test_one_sitting_shows_its_own_people_and_those_without_one(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    day = {"start": NOW, "end": NOW + timedelta(hours=1)}
    shift_a = meeting.sittings.create(name="A班", **day)
    shift_b = meeting.sittings.create(name="B班", **day)
    meeting.attendances.filter(user=cast.member).update(sitting=shift_a)
    meeting.attendances.filter(user=cast.secretary).update(sitting=shift_b)
    client, address = signed_in(cast.recorder), f"/meetings/{meeting.pk}/roll/"
    page = client.get(f"{address}?sitting={shift_a.pk}").content.decode()
    assert [name in page for name in ("王海峰", 'aria-label="孙丽华"', 'aria-label="陈卫东"')] == [
        True,
        True,
        False,
    ]
    assert client.get(f"{address}?sitting=abc").status_code == 404


def test_a_note_is_written_only_about_what_its_writer_sees(
    cast: Cast, signed_in: SignIn, meeting: Meeting
) -> None:
    own, foreign = (make_speech(unit, cast.secretary) for unit in (cast.branch, cast.other_branch))
    unreleased = make_speech(cast.branch, cast.secretary, released=False)
    theirs = make_meeting(cast.other_branch, chair=cast.visitor, recorder=cast.visitor)
    client = signed_in(cast.member)
    found = {
        f"{name} {of}": client.get(f"/notes/new/?{name}={one.pk}").status_code
        for of, speech, place in (
            ("own", own, meeting),
            ("foreign", foreign, theirs),
            ("unreleased", unreleased, theirs),
        )
        for name, one in (("speech", speech), ("theme", speech.themes.first()), ("meeting", place))
    }
    own_things = {"speech own": 200, "theme own": 200, "meeting own": 200}
    assert found == dict.fromkeys(found, 404) | own_things


def test_who_writes_in_no_unit_or_not_in_that_of_the_meeting_gets_no_form(
    cast: Cast, signed_in: SignIn
) -> None:
    people = (cast.member, cast.inspector, make_user("未编入"), cast.sysadmin)
    assert [signed_in(who).get("/notes/new/").status_code for who in people] == [200] + [404] * 3
    of_group = make_meeting(cast.group, chair=cast.secretary, recorder=cast.secretary)
    client = signed_in(cast.secretary)
    addresses = (f"/meetings/{of_group.pk}/", f"/notes/new/?meeting={of_group.pk}")
    assert [client.get(address).status_code for address in addresses] == [200, 404]


def test_there_are_three_lists_of_meetings_and_no_other(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.member)
    shows = ("coming", "held", "cancelled", "signed")
    found = [client.get("/meetings/", {"show": show}).status_code for show in shows]
    assert found == [200, 200, 200, 404]
