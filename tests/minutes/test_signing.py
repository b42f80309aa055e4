"""Signing on the page: the password again, returning, correcting, the scan."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.meetings.models import Meeting
from studyapp.minutes import actions, verify
from studyapp.minutes.models import Record, RecordState, Scan, Voided
from tests.conftest import Cast
from tests.factories import PASSWORD, make_user
from tests.minutes.records import NOW, sign, signed, submitted, tamper

SignIn = Callable[[User], Client]


def confirm(
    client: Client, record: Record, password: str = PASSWORD, **more: object
) -> tuple[int, str]:
    values = {"password": password, "revision": record.revision, **more}
    answer = client.post(f"/minutes/{record.pk}/confirm/", values)
    return answer.status_code, answer.content.decode()


def test_both_sign_with_their_password_and_the_record_is_signed(
    cast: Cast, signed_in: SignIn
) -> None:
    record = submitted(cast)
    assert confirm(signed_in(cast.recorder), record)[0] == 302
    record.refresh_from_db()
    assert record.state == RecordState.SUBMITTED
    assert confirm(signed_in(cast.secretary), record)[0] == 302
    record.refresh_from_db()
    assert record.state == RecordState.SIGNED
    names = record.confirmations.order_by("pk").values_list("capacity", "by_name")
    assert list(names) == [("recorder", "孙丽华"), ("chair", "陈卫东")]


def test_a_wrong_password_signs_nothing_and_is_logged(cast: Cast, signed_in: SignIn) -> None:
    record = submitted(cast)
    status, body = confirm(signed_in(cast.recorder), record, "Wrong-2026")
    assert (status, "密码不对，没有签字" in body, "Wrong-2026" in body) == (422, True, False)
    assert record.confirmations.count() == 0
    entry = Entry.objects.order_by("-seq")[0]
    assert (entry.name, entry.succeeded, entry.user_name) == ("签字确认", False, "孙丽华")


def test_the_fifth_wrong_password_locks_signing_for_this_person_alone(
    cast: Cast, signed_in: SignIn
) -> None:
    record = submitted(cast)
    recorder = signed_in(cast.recorder)
    for _ in range(5):
        assert confirm(recorder, record, "Wrong-2026")[0] == 422
    status, body = confirm(recorder, record)
    assert (status, "密码连续输错5次，没有签字。15分钟后再来" in body) == (422, True)
    assert record.confirmations.count() == 0
    assert confirm(signed_in(cast.secretary), record)[0] == 302


@pytest.mark.attack(14)
def test_who_types_wrong_passwords_at_the_sign_in_keeps_nobody_from_signing(
    cast: Cast, signed_in: SignIn, client: Client
) -> None:
    record, recorder = submitted(cast), signed_in(cast.recorder)
    for _ in range(6):
        client.post("/login/", {"username": "recorder", "password": "Wrong-2026"})
    assert confirm(recorder, record)[0] == 302
    new = {"old": PASSWORD, "new": "Plum-Blossom-2026", "again": "Plum-Blossom-2026"}
    assert recorder.post("/me/password/", new).status_code == 302
    # Signing opens nothing for whoever stands at the sign-in.
    again = client.post("/login/", {"username": "recorder", "password": "Plum-Blossom-2026"})
    assert again.status_code == 422


@pytest.mark.attack(49)
@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30])
def test_an_odd_revision_signs_nothing(cast: Cast, signed_in: SignIn, revision: str) -> None:
    record = submitted(cast)
    assert confirm(signed_in(cast.recorder), record, revision=revision)[0] == 422
    assert record.confirmations.count() == 0


@pytest.mark.attack(49)
def test_a_stale_page_shows_the_new_words_and_asks_again(cast: Cast, signed_in: SignIn) -> None:
    record = submitted(cast)
    old = record.revision
    record = actions.return_record(record, opinion="改", by=cast.secretary, at=NOW())
    record = actions.submit(record, by=cast.recorder, at=NOW())
    status, body = confirm(signed_in(cast.recorder), record, revision=old)
    assert (status, "记录在你打开之后改过" in body) == (409, True)
    assert f'name="revision" value="{record.revision}"' in body


@pytest.mark.attack(49)
def test_who_looks_at_an_old_version_does_not_sign_the_new_one_unseen(
    cast: Cast, signed_in: SignIn
) -> None:
    record = actions.amend(signed(cast), reason="写错", by=cast.recorder, at=NOW())
    record = actions.submit(record, by=cast.recorder, at=NOW())
    client = signed_in(cast.secretary)
    pages = [client.get(f"/minutes/{record.pk}/{query}") for query in ("", "?version=1")]
    assert ['name="password"' in page.content.decode() for page in pages] == [True, False]


@pytest.mark.attack(49)
def test_a_second_signing_is_refused_with_a_sentence(cast: Cast, signed_in: SignIn) -> None:
    record = submitted(cast)
    client = signed_in(cast.recorder)
    confirm(client, record)
    status, body = confirm(client, record)
    assert (status, "你已经签过" in body) == (422, True)


@pytest.mark.attack(49)
def test_a_member_neither_signs_nor_returns(cast: Cast, signed_in: SignIn) -> None:
    record = submitted(cast)
    client = signed_in(cast.member)
    assert confirm(client, record)[0] == 422
    answer = client.post(f"/minutes/{record.pk}/return/", {"text": "改"})
    assert answer.status_code == 403
    record.refresh_from_db()
    assert (record.state, record.confirmations.count()) == (RecordState.SUBMITTED, 0)


def test_the_page_warns_a_signer_when_the_meeting_moved_on(cast: Cast, signed_in: SignIn) -> None:
    record = submitted(cast)
    record.meeting.attendances.filter(user=cast.member).update(name="王海风")
    answer = signed_in(cast.recorder).get(f"/minutes/{record.pk}/")
    assert "送签以后会议页改过" in answer.content.decode()


def test_a_record_is_returned_with_an_opinion_only(cast: Cast, signed_in: SignIn) -> None:
    record = submitted(cast)
    client = signed_in(cast.secretary)
    assert client.post(f"/minutes/{record.pk}/return/", {"text": " "}).status_code == 422
    answer = client.post(f"/minutes/{record.pk}/return/", {"text": "补上领学人"})
    assert answer.status_code == 302
    body = signed_in(cast.recorder).get(f"/minutes/{record.pk}/edit/").content.decode()
    assert "补上领学人" in body
    assert confirm(signed_in(cast.recorder), record)[0] == 422


def test_a_correction_starts_with_a_reason(cast: Cast, signed_in: SignIn) -> None:
    record = signed(cast)
    client = signed_in(cast.recorder)
    assert client.post(f"/minutes/{record.pk}/amend/", {"text": ""}).status_code == 422
    answer = client.post(f"/minutes/{record.pk}/amend/", {"text": "发言人写错"})
    assert answer["Location"] == f"/minutes/{record.pk}/edit/"
    body = client.get(f"/minutes/{record.pk}/edit/").content.decode()
    assert ("更正中" in body, "发言人写错" in body) == (True, True)


# With a script that would run when it is opened: it is never opened here, only handed out.
SCRIPT = b"1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"
SCAN = b"%PDF-1.7\n" + SCRIPT


@pytest.mark.attack(42)
@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("签字页.pdf", SCAN, 302),
        ("签字页.PDF", SCAN, 302),
        ("签字页.exe", SCAN, 422),
        ("签字页.pdf", b"<html>", 422),
        ("签字页.png", SCAN, 422),
        ("签字页.pdf", b"", 422),
    ],
)
def test_a_scan_is_what_its_name_says(
    cast: Cast,
    signed_in: SignIn,
    settings: object,
    tmp_path: Path,
    name: str,
    data: bytes,
    status: int,
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    record = signed(cast)
    client = signed_in(cast.recorder)
    file = SimpleUploadedFile(name, data)
    answer = client.post(f"/minutes/{record.pk}/scans/", {"file": file})
    assert answer.status_code == status
    assert Scan.objects.count() == (status == 302)
    if status == 302:
        scan = Scan.objects.get()
        got = signed_in(cast.member).get(f"/minutes/{record.pk}/scans/{scan.pk}/")
        assert b"".join(got.streaming_content) == data  # type: ignore[attr-defined]
        assert got["Content-Disposition"].startswith("attachment;")
        assert got["X-Content-Type-Options"] == "nosniff"
        assert name not in str(scan.file.name)
        assert (
            signed_in(cast.visitor).get(f"/minutes/{record.pk}/scans/{scan.pk}/").status_code == 404
        )


def test_the_same_scan_is_kept_once(
    cast: Cast, signed_in: SignIn, settings: object, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    record = signed(cast)
    client = signed_in(cast.recorder)
    statuses = [
        client.post(
            f"/minutes/{record.pk}/scans/", {"file": SimpleUploadedFile("签字页.pdf", SCAN)}
        ).status_code
        for _ in range(2)
    ]
    assert (statuses, Scan.objects.count()) == ([302, 422], 1)


@pytest.mark.attack(31, 38)
@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("..\\..\\签字页.pdf", "签字页.pdf"),
        ("../../etc/签字页.pdf", "签字页.pdf"),
        ("\u202efdp.exe.\u200b签字页.pdf", "fdp.exe.签字页.pdf"),
        ("<x-evil>.pdf", "<x-evil>.pdf"),
        ("签" * 300 + ".pdf", None),
    ],
)
def test_a_scan_of_any_name_is_kept_under_a_clean_one(
    cast: Cast,
    signed_in: SignIn,
    settings: object,
    tmp_path: Path,
    name: str,
    kept: str | None,
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    record = signed(cast)
    file = SimpleUploadedFile("x.pdf", SCAN)
    file._name = name  # type: ignore[attr-defined]
    client = signed_in(cast.recorder)
    assert client.post(f"/minutes/{record.pk}/scans/", {"file": file}).status_code == 302
    scan = Scan.objects.get()
    assert scan.file_name == (kept or scan.file_name)
    assert (scan.file_name[-4:], len(scan.file_name) <= 300) == (".pdf", True)
    assert Path(scan.file.path).is_relative_to(tmp_path)
    page = client.get(f"/minutes/{record.pk}/").content.decode()
    assert ("<x-evil>" in page, "\u202e" in page) == (False, False)
    got = client.get(f"/minutes/{record.pk}/scans/{scan.pk}/")
    assert b"".join(got.streaming_content) == SCAN  # type: ignore[attr-defined]
    header = got["Content-Disposition"]
    assert header.startswith("attachment;")
    assert not re.search("[\r\n\u202e\u200b/\\\\]", header)


def test_a_scan_waits_for_the_signatures(cast: Cast, signed_in: SignIn) -> None:
    record = submitted(cast)
    file = SimpleUploadedFile("签字页.pdf", SCAN)
    answer = signed_in(cast.recorder).post(f"/minutes/{record.pk}/scans/", {"file": file})
    assert answer.status_code == 422
    assert "签字完成后再上传扫描件。" in answer.content.decode()


def test_the_reviewing_secretary_finds_the_form(cast: Cast, signed_in: SignIn) -> None:
    deputy = make_user("李明远", unit=cast.branch, role="deputy", rank=3)
    record = submitted(cast, chair=deputy)
    body = signed_in(cast.secretary).get(f"/minutes/{record.pk}/").content.decode()
    assert "你以审阅的身份签字" in body


def test_pages_that_change_a_submitted_meeting_say_what_follows(
    cast: Cast, signed_in: SignIn
) -> None:
    record = submitted(cast)
    meeting, words = record.meeting_id, "记录已送签，改这里要先退回记录再送签。"
    link = f'<a href="/minutes/{record.pk}/">打开记录</a>'
    client = signed_in(cast.recorder)
    pages = [f"/meetings/{meeting}/{page}" for page in ("", "sheet/", "roll/")]

    def said() -> list[bool]:
        return [words + link in client.get(page).content.decode() for page in pages]

    assert said() == [True, True, True]
    # Who changes nothing is not told.
    assert words not in signed_in(cast.member).get(pages[0]).content.decode()
    actions.return_record(record, opinion="补写", by=cast.secretary, at=NOW())
    assert said() == [False, False, False]


def declare_void(client: Client, record: Record, **more: object) -> tuple[int, str]:
    values = {"reason": "会没有开成", "password": PASSWORD, **more}
    answer = client.post(f"/minutes/{record.pk}/void/", values)
    return answer.status_code, answer.content.decode()


def test_a_signed_version_is_declared_void_and_says_so_everywhere(
    cast: Cast, signed_in: SignIn, client: Client
) -> None:
    other = signed(cast, title="别的会")
    record = signed(cast)
    version = record.versions.get()
    assert declare_void(signed_in(cast.secretary), record)[0] == 302
    entry = Entry.objects.order_by("-seq")[0]
    assert (entry.name, entry.condition["code"], entry.condition["reason"]) == (
        "作废签字版本",
        version.code,
        "会没有开成",
    )
    page = signed_in(cast.member).get(f"/minutes/{record.pk}/").content.decode()
    assert "第1版已作废，原因：会没有开成。" in page
    paper = signed_in(cast.member).get(f"/minutes/{record.pk}/print/").content.decode()
    assert "已作废" in paper
    rows = signed_in(cast.member).get("/minutes/").context["page"].object_list
    assert {row.pk: row.is_void for row in rows} == {record.pk: True, other.pk: False}
    assert "已作废" in signed_in(cast.member).get("/minutes/").content.decode()
    assert "已作废</p>" in client.get(f"/v/{version.code}").content.decode()
    record.meeting.refresh_from_db()
    assert record.meeting.void_at == version.voided.at
    meeting = signed_in(cast.member).get(f"/meetings/{record.meeting_id}/")
    assert meeting.context["stage"].label == meeting.context["steps"][-1] == "已作废"
    assert f'不计学时和到会。<a href="/minutes/{record.pk}/">看原因</a>' in meeting.content.decode()
    assert list(verify.find(verify.Report())) == []


def test_a_correction_follows_a_void_version_which_stays_void(
    cast: Cast, signed_in: SignIn, client: Client
) -> None:
    record = signed(cast)
    actions.void(record, reason="会没有开成", by=cast.secretary, at=NOW())
    record = actions.amend(record, reason="改到下周开", by=cast.recorder, at=NOW())
    assert Meeting.objects.get(pk=record.meeting_id).void_at is not None
    record = sign(actions.submit(record, by=cast.recorder, at=NOW()))
    first, second = record.versions.order_by("number")
    words = [client.get(f"/v/{v.code}").content.decode() for v in (first, second)]
    assert ["已作废</p>" in words[0], "有效</p>" in words[1]] == [True, True]
    page = signed_in(cast.member).get("/minutes/").content.decode()
    assert "已作废" not in page
    # What was signed anew counts again.
    assert Meeting.objects.get(pk=record.meeting_id).void_at is None
    assert list(verify.find(verify.Report())) == []


def test_void_is_said_once_with_a_reason_and_the_password_by_who_leads(
    cast: Cast, signed_in: SignIn
) -> None:
    record = signed(cast)
    secretary = signed_in(cast.secretary)
    for wrong, said in (
        ({"reason": " "}, "写明作废原因。"),
        ({"password": "Wrong-2026"}, "密码不对，没有作废。"),
        ({"password": ""}, "作废要再输一次密码。"),
    ):
        status, page = declare_void(secretary, record, **wrong)
        assert (status, said in page) == (422, True)
    assert declare_void(signed_in(cast.member), record)[0] == 403
    assert Voided.objects.count() == 0
    assert declare_void(secretary, record)[0] == 302
    status, page = declare_void(secretary, record)
    assert (status, "这一版已经作废" in page, Voided.objects.count()) == (422, True, 1)
    open_one = submitted(cast, title="另一个会")
    assert "只有已签字的记录才能作废" in declare_void(secretary, open_one)[1]


def test_a_void_declaration_that_was_taken_away_is_found(cast: Cast) -> None:
    record = signed(cast)
    actions.void(record, reason="会没有开成", by=cast.secretary, at=NOW())
    tamper("DELETE FROM minutes_voided", table="minutes_voided")
    meeting, log = sorted(verify.find(verify.Report()), key=lambda words: "声明不在" in words)
    code = record.versions.get().code
    assert meeting == f"记录{record.pk}：会议的作废时间与作废的声明不一致"
    assert log.endswith(f"条记着 {code} 作废，作废的声明不在了")
