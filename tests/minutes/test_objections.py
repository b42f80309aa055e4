"""Who attended may object to a passage; the signers see what is open, the paper on request."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.documents.blocks import fold
from studyapp.errors import Refused
from studyapp.meetings.actions import checking
from studyapp.meetings.models import Attendance, Meeting
from studyapp.minutes import actions, queries
from studyapp.minutes.actions import objections
from studyapp.minutes.content import gather
from studyapp.minutes.models import Objection, Record
from studyapp.minutes.passages import Passage, passages
from studyapp.minutes.unsettled import unsettled
from studyapp.text.marks import stamp
from tests.conftest import Cast
from tests.documents.papers import docx_text, pdf_text
from tests.factories import make_attendance, make_user
from tests.minutes.records import NOW, opened, sign, signed, submitted

SignIn = Callable[[User], Client]
WORDS = "少记了一句：下周就改。"
RIGHT = "窗口要少跑两趟。"


@pytest.fixture
def record(cast: Cast) -> Record:
    """A record that waits for signatures, of a meeting whose attendees may object."""
    found = submitted(cast)
    Meeting.objects.filter(pk=found.meeting_id).update(may_object=True)
    return Record.objects.get(pk=found.pk)


def passage(record: Record, heading: str = "王海峰的发言") -> Passage:
    return next(p for p in passages(gather(record)) if p.heading == heading)


def raised(record: Record, by: User, text: str = WORDS) -> Objection:
    return objections.object_to(record, passage(record), text=text, by=by, at=NOW())


def correct(record: Record, cast: Cast) -> None:
    remark = record.meeting.remarks.get()
    checking.correct_remark(remark, text=RIGHT, base=None, by=cast.member, at=NOW())


# --- Objecting and answering ---------------------------------------------------------------------


def test_who_attended_objects_and_the_recorder_answers(record: Record, cast: Cast) -> None:
    objection = raised(record, cast.member)
    assert (objection.heading, objection.passage, objection.revision, objection.by_name) == (
        "王海峰的发言", "窗口要少跑一趟。", record.revision, "王海峰",
    )  # fmt: skip
    assert Entry.objects.latest("seq").name == "对会议记录提出意见"
    with pytest.raises(Refused, match="写一句答复"):
        objections.answer_objection(objection, answer=" ", by=cast.recorder, at=NOW())
    objections.answer_objection(objection, answer="下次补。", by=cast.recorder, at=NOW())
    assert Entry.objects.latest("seq").name == "答复对会议记录的意见"
    with pytest.raises(Refused, match="已答复"):
        objections.answer_objection(objection, answer="再答。", by=cast.recorder, at=NOW())
    stored = Objection.objects.get()
    assert (stored.text, stored.answer, stored.answered_by) == (WORDS, "下次补。", cast.recorder)


def test_an_objection_has_words_and_a_limit(record: Record, cast: Cast) -> None:
    with pytest.raises(Refused, match="写下哪里不对"):
        raised(record, cast.member, " \n")
    with pytest.raises(Refused, match="超过2000字"):
        raised(record, cast.member, "长" * 2001)
    assert Objection.objects.count() == 0


def test_the_setting_is_off_until_the_meeting_is_opened_to_objections(cast: Cast) -> None:
    record = submitted(cast)
    with pytest.raises(Refused, match="没有开放"):
        raised(record, cast.member)


@pytest.mark.parametrize(
    ("presence", "may"),
    [("present", 1), ("late", 1), ("left", 1), ("leave", 0), ("absent", 0), ("", 0)],
)
def test_only_who_was_in_the_room_objects(
    record: Record, cast: Cast, presence: str, may: int
) -> None:
    Attendance.objects.filter(user=cast.member).update(
        presence=presence, leave_kind="值班" if presence == "leave" else ""
    )
    assert queries.heard(record, cast.member) == may
    if not may:
        with pytest.raises(Refused, match="到会的人"):
            raised(record, cast.member)


def test_a_guest_of_the_branch_on_the_roll_objects_too(record: Record, cast: Cast) -> None:
    guest = make_user("郭振", unit=cast.branch)
    assert not queries.heard(record, guest)
    make_attendance(record.meeting, guest, is_observer=True, has_vote=False, presence="present")
    assert raised(record, guest).by_name == "郭振"


def test_objections_are_heard_from_submitting_to_the_last_signature(
    cast: Cast, record: Record
) -> None:
    objection = raised(record, cast.member)
    actions.return_record(record, opinion="补", by=cast.secretary, at=NOW())
    raised(record, cast.member, "退回以后也能提。")
    again = sign(actions.submit(record, by=cast.recorder, at=NOW()))
    acts: list[Callable[[], object]] = [
        lambda: raised(again, cast.member),
        lambda: objections.withdraw(objection, by=cast.member, at=NOW()),
        lambda: objections.answer_objection(objection, answer="晚了", by=cast.recorder, at=NOW()),
    ]
    for act in acts:
        with pytest.raises(Refused, match="记录已签字"):
            act()
    draft = opened(cast)
    Meeting.objects.filter(pk=draft.meeting_id).update(may_object=True)
    with pytest.raises(Refused, match="还在整理"):
        raised(draft, cast.member)


def test_only_the_own_objection_is_taken_back_and_once(record: Record, cast: Cast) -> None:
    objection = raised(record, cast.member)
    with pytest.raises(Refused, match="只能撤回自己的"):
        objections.withdraw(objection, by=cast.recorder, at=NOW())
    objections.withdraw(objection, by=cast.member, at=NOW())
    with pytest.raises(Refused, match="已撤回"):
        objections.withdraw(objection, by=cast.member, at=NOW())
    with pytest.raises(Refused, match="不用答复"):
        objections.answer_objection(objection, answer="好", by=cast.recorder, at=NOW())
    assert unsettled(record) == []
    assert Entry.objects.latest("seq").name == "撤回对会议记录的意见"


# --- What is open, and signing -------------------------------------------------------------------


def test_what_is_open_is_told_with_who_on_what_and_words(record: Record, cast: Cast) -> None:
    correct(record, cast)
    objection = raised(record, cast.secretary)
    told = [(one.who, one.about, one.words) for one in unsettled(record)]
    assert told == [
        ("王海峰", "本人发言，应当写成", RIGHT),
        ("陈卫东", "“王海峰的发言”", WORDS),
    ]
    objections.answer_objection(objection, answer="补了。", by=cast.recorder, at=NOW())
    remark = record.meeting.remarks.get()
    checking.answer_remark(remark, answer="会上说的是一趟。", by=cast.recorder, at=NOW())
    assert [(one.who, one.answer, one.answered_by) for one in unsettled(record)] == [
        ("王海峰", "会上说的是一趟。", "孙丽华")
    ]


def test_objections_change_nothing_that_was_signed_and_block_no_signature(
    record: Record, cast: Cast
) -> None:
    by = cast.recorder
    actions.confirm(record, revision=record.revision, by=by, at=NOW())
    correct(record, cast)
    raised(record, cast.member)
    assert actions.moved_on(record) is False
    version = actions.confirm(record, revision=record.revision, by=cast.secretary, at=NOW())
    assert version is not None
    assert WORDS not in version.content
    assert WORDS in version.objections


def test_a_signed_version_keeps_the_objections_it_was_signed_with(
    record: Record, cast: Cast
) -> None:
    raised(record, cast.member)
    done = sign(record)
    Objection.objects.update(text="改过的话", withdrawn_at=NOW())
    first = queries.reading(done, number=1)
    assert first
    assert [one.words for one in queries.objections(done, first)] == [WORDS]
    version = done.versions.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        type(version).objects.filter(pk=version.pk).update(objections="[]")
    again = actions.amend(done, reason="补一句", by=cast.recorder, at=NOW())
    sign(actions.submit(again, by=cast.recorder, at=NOW()))
    assert [v.objections for v in done.versions.order_by("number")] == [version.objections, "[]"]


def test_the_signers_read_them_above_the_button_and_others_do_not(
    record: Record, cast: Cast, signed_in: SignIn
) -> None:
    raised(record, cast.secretary)
    page = signed_in(cast.secretary).get(f"/minutes/{record.pk}/").content.decode()
    assert page.index("这些意见还没有了结") < page.index('name="password"')
    assert page.count(WORDS) == 2  # above the button, and among the objections to answer
    assert WORDS not in signed_in(cast.member).get(f"/minutes/{record.pk}/").content.decode()


# --- Pages ---------------------------------------------------------------------------------------


def test_the_page_offers_passages_and_keeps_what_was_typed(
    record: Record, cast: Cast, signed_in: SignIn
) -> None:
    client, address = signed_in(cast.member), f"/minutes/{record.pk}/"
    found = passage(record)
    key = f"{found.key}.{stamp(found.text)}"
    assert f'<option value="{key}">' in client.get(address).content.decode()
    answer = client.post(f"{address}objections/", {"passage": "", "text": WORDS})
    assert (answer.status_code, WORDS in answer.content.decode()) == (422, True)
    answer = client.post(f"{address}objections/", {"passage": key, "text": WORDS})
    assert answer.status_code == 302
    assert WORDS in client.get(address).content.decode()
    # Pressed twice it is one; made from words that are no longer there it is none.
    assert client.post(f"{address}objections/", {"passage": key, "text": WORDS}).status_code == 302
    older = {"passage": f"{found.key}.{stamp('旧的')}", "text": "另一句"}
    stale = client.post(f"{address}objections/", older)
    page = stale.content.decode()
    assert (stale.status_code, "刚改过" in page, "另一句" in page) == (422, True, True)
    assert Objection.objects.count() == 1
    sign(record)
    answer = client.post(f"{address}objections/", {"passage": key, "text": "晚到的话"})
    page = answer.content.decode()
    assert (answer.status_code, "记录已签字" in page, "晚到的话" in page) == (422, True, True)


def test_who_was_away_gets_403_and_strangers_404(
    record: Record, cast: Cast, signed_in: SignIn
) -> None:
    away = make_user("丁一", unit=cast.branch)
    address = f"/minutes/{record.pk}/objections/"
    form = {"passage": passage(record).key, "text": WORDS}
    people = (away, cast.visitor, cast.inspector, cast.sysadmin)
    assert [signed_in(p).post(address, form).status_code for p in people] == [403, 404, 404, 404]
    assert "对记录提意见" not in signed_in(away).get(f"/minutes/{record.pk}/").content.decode()
    cast.member.memberships.update(ended_on=timezone.localdate() + timedelta(days=1))
    assert signed_in(cast.member).post(address, form).status_code == 404
    assert Objection.objects.count() == 0


def test_recorder_or_chair_answers_on_the_page_and_the_objector_reads_it(
    record: Record, cast: Cast, signed_in: SignIn
) -> None:
    objection = raised(record, cast.member)
    address = f"/minutes/{record.pk}/objections/{objection.pk}/"
    assert signed_in(cast.member).post(f"{address}answer/", {"answer": "x"}).status_code == 403
    client = signed_in(cast.recorder)
    assert client.post(f"{address}answer/", {"answer": " "}).status_code == 422
    long = client.post(f"{address}answer/", {"answer": "长" * 2001})
    assert (long.status_code, "长" * 2001 in long.content.decode()) == (422, True)
    assert client.post(f"{address}answer/", {"answer": "已经补上。"}).status_code == 302
    assert "已经补上。" in signed_in(cast.member).get(f"/minutes/{record.pk}/").content.decode()
    assert signed_in(cast.recorder).post(f"{address}withdraw/").status_code == 404
    assert signed_in(cast.member).post(f"{address}withdraw/").status_code == 302


def test_words_that_are_still_being_written_are_offered_to_nobody(
    record: Record, cast: Cast, signed_in: SignIn
) -> None:
    actions.return_record(record, opinion="补", by=cast.secretary, at=NOW())
    part = record.parts.get(heading="王海峰")
    part.text = "正在改的话。"
    part.save()
    page = signed_in(cast.member).get(f"/minutes/{record.pk}/").content.decode()
    assert ("正在改的话" in page, "对记录提意见" in page) == (False, True)


def test_the_setting_is_in_both_forms_of_a_meeting(
    record: Record, cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.secretary)
    pages = ("/meetings/new/", f"/meetings/{record.meeting_id}/edit/")
    assert ['name="may_object"' in client.get(p).content.decode() for p in pages] == [True, True]


# --- Printed on request --------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["docx", "pdf"])
def test_a_file_has_them_on_request_only(
    record: Record, cast: Cast, signed_in: SignIn, suffix: str
) -> None:
    raised(record, cast.member)
    sign(record)
    client, address = signed_in(cast.secretary), f"/minutes/{record.pk}/export.{suffix}"
    read = {"docx": docx_text, "pdf": pdf_text}[suffix]
    plain = fold(read(client.get(address).content))
    flat = fold(read(client.get(f"{address}?objections=1&version=1").content))
    assert ("未答复的意见" in plain, "未答复的意见" in flat) == (False, True)
    assert flat.index("王海峰对“王海峰的发言”：少记了一句") < flat.rindex("主持人：陈卫东")


def test_the_print_view_and_the_command_have_them_on_request(
    record: Record, cast: Cast, signed_in: SignIn, tmp_path: Path
) -> None:
    correct(record, cast)
    remark = record.meeting.remarks.get()
    checking.answer_remark(remark, answer="会上说的是一趟。", by=cast.recorder, at=NOW())
    client, address = signed_in(cast.recorder), f"/minutes/{record.pk}/print/"
    title = "未答复和保留的意见"
    assert title not in client.get(address).content.decode()
    page = client.get(f"{address}?objections=1").content.decode()
    assert [words in page for words in (title, RIGHT, "孙丽华答复：会上说的是一趟。")] == [True] * 3
    target = tmp_path / "记录.html"
    for more, there in (((), False), (("--objections",), True)):
        call_command("export_minutes", str(record.pk), "--format=html", f"--output={target}", *more)
        assert (title in target.read_text(encoding="utf-8")) == there


def test_members_and_the_organ_above_cannot_ask_for_them(cast: Cast, signed_in: SignIn) -> None:
    record = signed(cast)
    address = f"/minutes/{record.pk}/print/?objections=1"
    statuses = [signed_in(p).get(address).status_code for p in (cast.member, cast.inspector)]
    assert statuses == [403, 403]
    page = signed_in(cast.inspector).get(f"/minutes/{record.pk}/").content.decode()
    assert ("附上意见的记录" in page, "核对和意见" in page) == (False, False)
