"""manage.py verify_minutes: nothing to say of what is whole, one sentence for what was done."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from studyapp.audit import triggers
from studyapp.minutes import actions, chain
from studyapp.minutes.models import (
    Capacity,
    Confirmation,
    Record,
    Scan,
    SignedVersion,
    Voided,
)
from studyapp.minutes.verify import Report, find
from studyapp.papers.actions import issue
from studyapp.papers.models import IssuedFile
from tests.conftest import Cast
from tests.minutes.records import NOW, amended, signed, submitted, tamper

BRANCH = "刑侦支队第一党支部"


@pytest.fixture
def record(cast: Cast, settings: Any, tmp_path: Path) -> Record:
    """A corrected record with a scan and an issued file: three rows in all to tamper with."""
    settings.MEDIA_ROOT = tmp_path
    found = amended(cast)
    actions.attach_scan(found, data=b"%PDF-1.7 x", name="签字页.pdf", by=cast.recorder, at=NOW())
    issued(found, found.versions.get(number=1).code)
    return found


def issued(record: Record, code: str) -> IssuedFile:
    return issue(
        unit=record.meeting.unit,
        subject=f"record-{record.pk}",
        paper="会议记录",
        version=1,
        check_code=code,
        file_name="会议记录.pdf",
        sha256="0" * 64,
        size=1,
        by=record.meeting.recorder,
        at=NOW(),
    )


def problems(**more: Any) -> list[str]:
    return list(find(Report(), **more))


def column(name: str, value: str, number: int = 1) -> None:
    tamper(f"UPDATE minutes_signedversion SET {name} = {value} WHERE number = {number}")  # noqa: S608


def test_what_is_whole_gives_one_line_and_its_end(
    cast: Cast, record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    newest = record.versions.get(number=2)
    call_command("verify_minutes", "--heads", unit=cast.branch.pk)
    assert capsys.readouterr().out.splitlines() == [
        f"{cast.branch.pk} {BRANCH} 第2号 {newest.link}",
        "核验了1条链、2个签字版本、1份扫描件、1个导出文件，没有问题。",
    ]
    call_command("verify_minutes", unit=cast.other_branch.pk)
    assert capsys.readouterr().out == (
        "核验了0条链、0个签字版本、0份扫描件、0个导出文件，没有问题。\n"
    )


def test_a_finding_is_a_line_and_the_command_fails(
    record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    column("signed_at", "'2020-01-01 00:00:00+00:00'")
    with pytest.raises(CommandError, match=r"2个签字版本.*有1处问题。保护现场"):
        call_command("verify_minutes")
    assert capsys.readouterr().out.splitlines() == [
        f"{BRANCH} 第1号（记录{record.pk}第1版）：链值与各栏不一致，有栏目被改动"
    ]
    with pytest.raises(CommandError, match="没有编号为 0 的党组织"):
        call_command("verify_minutes", unit=0)


CHANGED = "链值与各栏不一致，有栏目被改动"
LINK = f"'{'0' * 64}'"
MORE = "replace(content, '少跑一趟', '多跑一趟')"
CASES: list[tuple[str, str, list[str]]] = [
    ("content", MORE, ["内容与签字时的 SHA-256 不一致", CHANGED]),
    ("content", "'{'", ["内容与签字时的 SHA-256 不一致", "内容读不出来", CHANGED]),
    (
        "content",
        "content || ' '",
        ["内容与签字时的 SHA-256 不一致", "内容不是规范格式", CHANGED],
    ),
    ("sha256", LINK, ["内容与签字时的 SHA-256 不一致"]),
    ("signatures", "replace(signatures, '孙丽华', '周敏')", ["签字与第2次修订的签字确认不一致", CHANGED]),
    ("objections", "'[1]'", [CHANGED]),
    ("schema", "2", ["内容格式（1）与登记的（2）不一致"]),
    ("seal", LINK, ["封印不对", "校验码与封印不一致"]),
    ("seal", "'乱'", ["封印不对"]),
    ("code", "'0000-0000-0000-0000'", ["校验码与封印不一致"]),
    ("key_id", "'k7'", ["密钥 k7 不在 record.keys 里，封印没法核验"]),
]  # fmt: skip


@pytest.mark.attack(50)
def test_a_changed_column_is_told_by_what_no_longer_fits(record: Record) -> None:
    where = f"{BRANCH} 第1号（记录{record.pk}第1版）："
    for name, value, said in CASES:
        with transaction.atomic():
            column(name, value)
            found = problems()
            transaction.set_rollback(True)
        here = [line.removeprefix(where) for line in found if line.startswith(where)]
        # A code that was handed out or written down is missed elsewhere, too.
        elsewhere = 2 if name == "code" else 0
        assert (name, value, here, len(found)) == (name, value, said, len(said) + elsewhere)
    assert problems() == []


def test_a_changed_link_is_told_of_both_neighbours(record: Record) -> None:
    column("link", LINK)
    assert problems() == [
        f"{BRANCH} 第1号（记录{record.pk}第1版）：{CHANGED}",
        f"{BRANCH} 第1号（记录{record.pk}第1版）：封印不对",
        f"{BRANCH} 第2号（记录{record.pk}第2版）：与上一号不相连",
        next(line for line in problems() if line.startswith("审计记录第")),
    ]


def test_a_version_that_is_cut_out_leaves_a_gap_everywhere(record: Record) -> None:
    code = record.versions.get(number=1).code
    tamper("DELETE FROM minutes_signedversion WHERE number = 1")
    gap, numbers, logged, file = problems()
    assert gap == f"{BRANCH} 第1号到第1号缺失"
    assert numbers == f"记录{record.pk}：版本不连续：2"
    assert f"记录{record.pk}第1版（{code}）签了字，这个版本不在了" in logged
    assert file == f"导出文件“会议记录.pdf”（record-{record.pk}）的校验码 {code} 查不到"


def test_a_version_cut_off_at_the_end_is_missed_by_record_and_log(cast: Cast) -> None:
    found = signed(cast)
    tamper("DELETE FROM minutes_signedversion")
    record, logged = problems()
    assert record == f"记录{found.pk}：已签字，却没有签字版本"
    assert f"记录{found.pk}第1版" in logged


def test_a_chain_that_was_made_again_without_the_key_is_found(record: Record) -> None:
    """Content, hash and both links fit again; the seal, the code and the log do not."""
    first, second = record.versions.order_by("number")
    column("content", MORE)
    first.refresh_from_db()
    first.link = second.previous = chain.link_of(first)
    second.link = chain.link_of(second)
    for version in (first, second):
        column("link", f"'{version.link}'", version.number)
        column("previous", f"'{version.previous}'", version.number)
    found = problems()
    assert [line.partition("：")[2] for line in found[:3]] == [
        "内容与签字时的 SHA-256 不一致",
        "封印不对",
        "封印不对",
    ]
    assert [line[:5] for line in found[3:]] == ["审计记录第"] * 2


def test_a_confirmation_that_says_something_else_is_found(record: Record) -> None:
    tamper(
        "UPDATE minutes_confirmation SET by_name = '周敏' WHERE revision = 2",
        table="minutes_confirmation",
    )
    assert problems() == [
        f"{BRANCH} 第1号（记录{record.pk}第1版）：签字与第2次修订的签字确认不一致",
        f"{BRANCH} 第1号（记录{record.pk}第1版）：审计记录里没有周敏的签字确认",
    ]


def test_a_signature_that_was_slipped_in_before_the_last_one_is_found(cast: Cast) -> None:
    waiting = submitted(cast)
    Confirmation.objects.create(
        record=waiting, revision=waiting.revision, capacity=Capacity.CHAIR,
        by=cast.secretary, by_name=cast.secretary.name, at=NOW(),
    )  # fmt: skip
    actions.confirm(waiting, revision=waiting.revision, by=cast.recorder, at=NOW())
    assert problems() == [
        f"{BRANCH} 第1号（记录{waiting.pk}第1版）：审计记录里没有{cast.secretary.name}的签字确认"
    ]


def test_rows_that_the_log_knows_nothing_of_are_found(record: Record) -> None:
    version = record.versions.get(number=1)
    by = {"by": record.meeting.recorder, "by_name": "孙丽华"}
    IssuedFile.objects.create(
        unit=version.unit, subject="record-1", paper="会议记录", check_code=version.code,
        file_name="改过.pdf", sha256="1" * 64, size=1, **by,
    )  # fmt: skip
    Voided.objects.create(version=version, reason="没开过", at=NOW(), **by)
    Scan.objects.create(
        version=version, file="scans/none", file_name="假.pdf", sha256="2" * 64,
        added_by=record.meeting.recorder,
    )  # fmt: skip
    found = problems()
    for words in (
        f"{version.code} 有作废的声明，审计记录里没有",
        f"记录{record.pk}第1版的扫描件“假.pdf”：审计记录里没有上传",
        "导出文件“改过.pdf”（record-1）在审计记录里没有",
    ):
        assert words in found


@pytest.mark.attack(50)
def test_a_record_that_says_something_else_than_its_version_is_found(record: Record) -> None:
    Record.objects.filter(pk=record.pk).update(content="{}")
    type(record.meeting).objects.filter(pk=record.meeting_id).update(signed_at=None)
    assert problems() == [
        f"记录{record.pk}：与最新的签字版本（第2版）不一致",
        f"记录{record.pk}：会议的签字时间与签字版本不一致",
    ]
    Record.objects.filter(pk=record.pk).update(state="draft")
    assert problems() == [f"记录{record.pk}：有签字版本，状态却是会后整理"]


def test_a_scan_that_changed_or_went_away_is_found(record: Record) -> None:
    scan = record.versions.get(number=2).scans.get()
    where = f"记录{record.pk}第2版的扫描件“签字页.pdf”"
    name = scan.file.name
    scan.file.storage.delete(name)
    assert problems() == [f"{where}：文件打不开"]
    scan.file.storage.save(name, ContentFile(b"%PDF-1.7 y"))
    assert problems() == [f"{where}：文件与上传时的 SHA-256 不一致"]


def test_a_record_that_is_being_corrected_is_in_order(cast: Cast, record: Record) -> None:
    actions.amend(record, reason="又写错", by=cast.recorder, at=NOW())
    assert problems() == []
    submitted(cast, start=NOW() - timedelta(hours=9))
    assert problems() == []


def test_what_an_old_key_sealed_stays_checkable(cast: Cast, settings: Any) -> None:
    first = signed(cast).versions.get()
    settings.RECORD_KEYS = {**settings.RECORD_KEYS, "k2": b"new"}
    second = signed(cast, start=NOW() - timedelta(hours=9)).versions.get()
    assert (second.key_id, first.key_id != "k2") == ("k2", True)
    assert problems() == []
    assert json.loads(SignedVersion.objects.get(pk=first.pk).content)["schema"] == 1
    settings.RECORD_KEYS = {"k2": b"new"}
    assert problems() == [
        f"{BRANCH} 第1号（记录{first.record_id}第1版）：密钥 {first.key_id} 不在 record.keys 里，封印没法核验"
    ]


def test_a_missing_trigger_is_told(record: Record) -> None:
    name = "minutes_signedversion_in_order"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"DROP TRIGGER {name} ON minutes_signedversion")
        else:
            cursor.execute(f"DROP TRIGGER {name}")
    assert problems() == [f"防篡改触发器缺失：{name}。执行 manage.py migrate 重建，并查明原因"]
    triggers.make(triggers.expected(connection.vendor))


@pytest.mark.attack(50)
def test_a_trigger_that_was_disarmed_is_told_and_made_again(record: Record) -> None:
    name = "minutes_scan_no_update" if connection.vendor == "sqlite" else "minutes_scan_frozen"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE minutes_scan DISABLE TRIGGER {name}")
        else:
            cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute(
                f"CREATE TRIGGER {name} BEFORE UPDATE ON minutes_scan WHEN 0 "
                "BEGIN SELECT RAISE(ABORT, 'never'); END"
            )
    assert problems() == [f"防篡改触发器缺失：{name}。执行 manage.py migrate 重建，并查明原因"]
    triggers.make(triggers.expected(connection.vendor))
    assert problems() == []
