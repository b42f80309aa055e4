"""The list, the record's page and the editor, as people open them."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from studyapp.accounts.models import User
from studyapp.meetings.actions import sheet
from studyapp.meetings.models import Meeting
from studyapp.minutes import actions
from studyapp.minutes.assembly import rows
from studyapp.minutes.content import digest
from studyapp.minutes.models import Record, RecordState
from tests.conftest import Cast
from tests.minutes.records import NOW, amended, held, opened, signed, submitted

SignIn = Callable[[User], Client]


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def test_the_list_costs_the_same_for_one_and_three_records(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(cast.secretary)
    opened(cast)
    page(client, "/minutes/")  # the first page of a sign-in notes the time
    with CaptureQueriesContext(connection) as one:
        assert page(client, "/minutes/").count('<th scope="row">') == 1
    opened(cast, title="第二次")
    opened(cast, title="第三次")
    with django_assert_num_queries(len(one)):
        assert page(client, "/minutes/").count('<th scope="row">') == 3


@pytest.mark.parametrize("name", ["edit/", "", "copy/", "print/"])
def test_a_page_costs_the_same_for_one_and_three_remarks(
    cast: Cast,
    signed_in: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
    name: str,
) -> None:
    client = signed_in(cast.recorder)
    record = opened(cast)
    page(client, f"/minutes/{record.pk}/{name}")
    with CaptureQueriesContext(connection) as one:
        page(client, f"/minutes/{record.pk}/{name}")
    for text in ("再说一句。", "又说一句。"):
        by = cast.recorder
        sheet.add_remark(record.meeting, speaker=cast.secretary, text=text, by=by, at=NOW())
    actions.open_record(record.meeting, by=cast.recorder, at=NOW())
    with django_assert_num_queries(len(one)):
        assert "又说一句。" in page(client, f"/minutes/{record.pk}/{name}")


def test_the_list_shows_a_state_and_each_person_what_is_theirs(
    cast: Cast, signed_in: SignIn
) -> None:
    opened(cast, title="还没写完的")
    submitted(cast, title="等签字的")
    seen = {
        name: [title in page(signed_in(user), "/minutes/") for title in ("还没写完的", "等签字的")]
        for name, user in cast.people().items()
        if not user.office
    }
    assert seen == {
        "secretary": [True, True],
        "recorder": [True, True],
        "member": [False, True],
        "visitor": [False, False],
        "inspector": [False, False],
    }
    draft = page(signed_in(cast.recorder), "/minutes/?state=draft")
    assert ("还没写完的" in draft, "等签字的" in draft) == (True, False)
    assert signed_in(cast.sysadmin).get("/minutes/").status_code == 404


def test_the_organ_reads_signed_records_only_and_no_draft_of_a_correction(
    cast: Cast, signed_in: SignIn
) -> None:
    record = submitted(cast)
    client = signed_in(cast.inspector)
    address = f"/minutes/{record.pk}/"
    page(client, address, 404)
    for person in (cast.recorder, cast.secretary):
        actions.confirm(record, revision=record.revision, by=person, at=NOW())
    assert "讲得实在。" in page(client, address)
    record = actions.amend(record, reason="写错", by=cast.recorder, at=NOW())
    part = record.parts.get(key="summary")
    actions.edit_part(part, text="改写中", base=digest(part.text), by=cast.recorder, at=NOW())
    assert ["改写中" in page(signed_in(p), address) for p in (cast.inspector, cast.recorder)] == [
        False,
        True,
    ]


def test_an_old_version_is_read_on_the_page_and_says_that_it_was_corrected(
    cast: Cast, signed_in: SignIn
) -> None:
    record = amended(cast)
    client = signed_in(cast.member)
    old, new = (page(client, f"/minutes/{record.pk}/?version={n}") for n in (1, 2))
    assert ["已更正。" in old, '<p class="paper-mark">已更正</p>' in old] == [True, True]
    assert "paper-mark" not in new
    assert f"export.pdf?paper=record&amp;version={1}" in old


@pytest.mark.parametrize("version", ["0", "3", "²", "-1", "x", "9" * 40, "1.0"])
def test_a_version_that_is_not_is_not_found(cast: Cast, signed_in: SignIn, version: str) -> None:
    record = signed(cast)
    client = signed_in(cast.member)
    for name in ("", "export.pdf", "export.docx", "print/", "copy/"):
        page(client, f"/minutes/{record.pk}/{name}?version={version}", 404)


def test_the_meeting_page_leads_to_the_editor_and_later_to_the_record(
    cast: Cast, signed_in: SignIn
) -> None:
    meeting = held(cast)
    client = signed_in(cast.recorder)
    answer = client.post(f"/meetings/{meeting.pk}/record/")
    record = Record.objects.get()
    assert answer["Location"] == f"/minutes/{record.pk}/edit/"
    actions.submit(record, by=cast.recorder, at=NOW())
    answer = client.post(f"/meetings/{meeting.pk}/record/")
    assert answer["Location"] == f"/minutes/{record.pk}/"
    assert client.get(f"/minutes/{record.pk}/edit/").status_code == 302


def test_a_part_is_saved_alone_and_cleaned(cast: Cast, signed_in: SignIn) -> None:
    record = opened(cast)
    part = record.parts.get(key="summary")
    values = {
        "part": part.pk,
        f"{part.pk}-text": "讲得\x0b实在，\r\n<script>{{7*7}}\u202e",
        f"{part.pk}-base": digest(part.text),
    }
    answer = signed_in(cast.recorder).post(f"/minutes/{record.pk}/edit/", values)
    assert answer["Location"] == f"/minutes/{record.pk}/edit/#part-{part.pk}"
    part.refresh_from_db()
    assert part.text == "讲得\n实在，\n<script>{{7*7}}"
    assert "&lt;script&gt;{{7*7}}" in page(signed_in(cast.recorder), f"/minutes/{record.pk}/")


@pytest.mark.parametrize(
    ("text", "base", "status", "sentence"),
    [
        ("别的话", "0" * 64, 409, "两份内容不一样"),
        ("字" * 20_001, "", 422, "超过20000字"),
    ],
)
def test_words_that_are_not_taken_stay_in_the_form(
    cast: Cast, signed_in: SignIn, text: str, base: str, status: int, sentence: str
) -> None:
    record = opened(cast)
    part = record.parts.get(key="summary")
    values = {
        "part": part.pk,
        f"{part.pk}-text": text,
        f"{part.pk}-base": base or digest(part.text),
    }
    answer = signed_in(cast.recorder).post(f"/minutes/{record.pk}/edit/", values)
    body = answer.content.decode()
    assert (answer.status_code, sentence in body, text in body) == (status, True, True)
    part.refresh_from_db()
    assert part.text == "讲得实在。"


@pytest.mark.parametrize("key", ["", "²", "999999", "9" * 30])
def test_a_part_of_another_record_is_not_found(cast: Cast, signed_in: SignIn, key: str) -> None:
    record = opened(cast)
    answer = signed_in(cast.recorder).post(f"/minutes/{record.pk}/edit/", {"part": key})
    assert answer.status_code == 404


def test_the_editor_shows_a_source_only_where_it_differs(cast: Cast, signed_in: SignIn) -> None:
    record = opened(cast)
    client = signed_in(cast.recorder)
    address = f"/minutes/{record.pk}/edit/"
    assert page(client, address).count("piece__source") == 0
    remark = record.meeting.remarks.get()
    sheet.edit_remark(remark, text="窗口要少跑两趟。", by=cast.recorder, at=NOW())
    body = page(client, address)
    assert re.sub("</?ins>|<del>.*?</del>", "", body).count("窗口要少跑两趟。") == 1
    assert body.count("piece__source") == 1
    row = rows(record)[0]
    values = {"part": row.part.pk, "do": "take", "seen": digest(row.now)}
    assert client.post(address, values).status_code == 302
    assert page(client, address).count("piece__source") == 0
    row.part.refresh_from_db()
    assert row.part.text == "窗口要少跑两趟。"


def test_later_entries_are_offered_and_taken_in(cast: Cast, signed_in: SignIn) -> None:
    record = opened(cast)
    client = signed_in(cast.recorder)
    by = cast.recorder
    sheet.add_remark(record.meeting, speaker=cast.secretary, text="补一句。", by=by, at=NOW())
    assert "会议页新记了，还没有列入记录" in page(client, f"/minutes/{record.pk}/edit/")
    client.post(f"/meetings/{record.meeting_id}/record/")
    body = page(client, f"/minutes/{record.pk}/edit/")
    assert ("补一句。" in body, "还没有列入记录" in body) == (True, False)


def test_facts_of_the_paper_are_saved_and_a_wrong_date_stays_in_the_form(
    cast: Cast, signed_in: SignIn
) -> None:
    record = opened(cast)
    client = signed_in(cast.recorder)
    address = f"/minutes/{record.pk}/edit/"
    values = {"attachments": "签到表\n学习材料", "issue_number": "3", "issuer": "陈卫东"}
    assert client.post(address, {**values, "issued_on": "2026-02-30"}).status_code == 422
    record.refresh_from_db()
    assert record.attachments == ""
    answer = client.post(address, {**values, "issued_on": "2026-11-30", "distribution": "机关党委"})
    assert answer.status_code == 302
    record.refresh_from_db()
    assert (record.issue_number, record.issuer, record.distribution) == (3, "陈卫东", "机关党委")
    assert record.attachments == "签到表\n学习材料"


def test_a_refused_submission_shows_the_editor_with_what_is_in_the_way(
    cast: Cast, signed_in: SignIn
) -> None:
    record = opened(cast, summary="")
    answer = signed_in(cast.recorder).post(f"/minutes/{record.pk}/submit/")
    assert answer.status_code == 422
    assert "还不能送签：还差：主持人小结。" in answer.content.decode()
    record.refresh_from_db()
    assert record.state == RecordState.DRAFT


def test_placeholders_are_confirmed_by_a_tick(cast: Cast, signed_in: SignIn) -> None:
    record = opened(cast, text="材料里写的是XX局长讲话。")
    client = signed_in(cast.recorder)
    address = f"/minutes/{record.pk}/submit/"
    assert client.post(address).status_code == 422
    assert client.post(address, {"as_it_is": "yes"}).status_code == 302


def test_only_those_who_keep_the_record_edit_and_submit_it(cast: Cast, signed_in: SignIn) -> None:
    record = submitted(cast)
    actions.return_record(record, opinion="改", by=cast.secretary, at=NOW())
    client = signed_in(cast.member)
    for name in ("edit", "submit", "amend", "scans"):
        assert client.post(f"/minutes/{record.pk}/{name}/").status_code == 403, name
    assert Meeting.objects.get().signed_at is None
