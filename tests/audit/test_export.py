"""The log leaves whole, checks itself without this system, and its leaving is logged."""

import csv
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from studyapp.access import again
from studyapp.accounts.models import User
from studyapp.audit import export
from studyapp.audit.actions import record
from studyapp.audit.models import Entry, Operation
from studyapp.audit.police import as_police
from studyapp.audit.queries import Filter
from studyapp.errors import Refused
from tests.audit.damage import chain, old
from tests.conftest import Cast

SignIn = Callable[[User], Client]
EXPORT = "/admin/audit/export/"
LONG = timedelta(days=30)
POLICE = [
    "NUM_ID", "REG_ID", "USER_ID", "ORGANIZATION", "ORGANIZATION_ID", "USER_NAME", "TERMINAL_ID",
    "OPERATE_TIME", "OPERATE_TYPE", "OPERATE_RESULT", "ERROR_CODE", "OPERATE_NAME",
    "OPERATE_CONDITION",
]  # fmt: skip


@pytest.fixture
def auditor(cast: Cast, signed_in: SignIn) -> Client:
    """The auditor, who typed the password just now."""
    client = signed_in(cast.auditor)
    session = client.session
    session["password_again"] = timezone.now().timestamp()
    session.save()
    return client


def body(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def written(folder: Path, wanted: Filter | None = None) -> Path:
    """Put an export into a file and return it."""
    file = folder / "log.jsonl"
    chosen = export.select(wanted or Filter())
    file.write_bytes(b"".join(export.json_lines(chosen, by="审计员", at=timezone.now())))
    return file


def verified(file: Path, *more: Path) -> tuple[int, list[str]]:
    """Run the program that goes along, as somebody without this system would."""
    command = [sys.executable, "-I", str(export.VERIFIER), str(file), *map(str, more)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


# --- The fields ----------------------------------------------------------------------------------


def test_an_entry_has_the_fields_of_the_police_in_their_order(cast: Cast) -> None:
    entry = record(
        "授予角色",
        operation=Operation.CREATE,
        by=cast.member,
        target="王\n海峰",
        unit=cast.branch,
        role="书记",
        succeeded=False,
        error_code="wrong",
    )
    fields = as_police(entry, "A1234")
    assert list(fields) == POLICE
    assert fields == {
        "NUM_ID": str(entry.seq),
        "REG_ID": "A1234",
        "USER_ID": "member",
        "ORGANIZATION": "刑侦支队第一党支部",
        "ORGANIZATION_ID": str(cast.branch.pk),
        "USER_NAME": "王海峰",
        "TERMINAL_ID": "",
        "OPERATE_TIME": timezone.localtime(entry.at).strftime("%Y%m%d%H%M%S"),
        "OPERATE_TYPE": "2",
        "OPERATE_RESULT": "0",
        "ERROR_CODE": "wrong",
        "OPERATE_NAME": "授予角色",
        "OPERATE_CONDITION": '{"role": "书记", "target": "王\\n海峰"}',
    }


# --- What leaves ---------------------------------------------------------------------------------


def test_the_zip_checks_itself_and_its_hash_is_logged(
    cast: Cast, auditor: Client, tmp_path: Path
) -> None:
    chain(cast)
    data = body(auditor.post(EXPORT, {"suffix": "zip"}))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", "verify.py"],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    last = Entry.objects.get(seq=3)
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        ["第 1 条到第 3 条，共 3 条，连续，全部一致。", f"末条摘要 {last.digest}"],
    )
    begun, ended = Entry.objects.filter(seq__gt=3).order_by("seq")
    assert (begun.name, begun.user_id, begun.condition) == (
        "导出审计记录",
        "auditor",
        {"rows": 3, "span": "1—3"},
    )
    assert (ended.name, ended.user_id, ended.succeeded, ended.terminal) == (
        "导出审计记录完成",
        "auditor",
        True,
        "127.0.0.1",
    )
    assert ended.condition == {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


def closed(response: StreamingHttpResponse) -> None:
    """Close it as the server does in every case; the connection of the test stays open."""
    request_finished.disconnect(close_old_connections)
    try:
        response.close()
    finally:
        request_finished.connect(close_old_connections)


@pytest.mark.parametrize(("blocks", "size"), [(0, 0), (1, 0), (2, 2), (4, 4)])
def test_an_export_that_is_broken_off_is_logged_as_such_wherever_that_was(
    cast: Cast, blocks: int, size: int
) -> None:
    """A block counts as gone once the server asks for the next one."""
    made = export.handed_out(iter([b"ab", b"c", b"d", b"e"]), by=cast.auditor, target="x.csv")
    response = StreamingHttpResponse(made)
    sent = iter(response)
    assert [next(sent) for _ in range(blocks)] == [b"ab", b"c", b"d", b"e"][:blocks]
    closed(response)
    [begun, ended] = Entry.objects.order_by("seq")
    assert (begun.name, ended.name) == ("导出审计记录", "导出审计记录完成")
    assert (ended.succeeded, ended.error_code, ended.user_id) == (False, "broken_off", "auditor")
    assert ended.condition["sha256"] == hashlib.sha256(b"abcde"[:size]).hexdigest()
    assert ended.condition["size"] == size


def test_an_export_that_arrived_is_closed_once(cast: Cast) -> None:
    response = StreamingHttpResponse(
        export.handed_out(iter([b"ab"]), by=cast.auditor, target="x.csv")
    )
    assert b"".join(response) == b"ab"
    closed(response)
    ended = Entry.objects.filter(name="导出审计记录完成").values_list("succeeded", "error_code")
    assert list(ended) == [(True, "")]


def test_an_export_that_fails_in_the_middle_says_so(cast: Cast) -> None:
    def failing() -> Iterator[bytes]:
        yield b"ab"
        raise OSError

    response = StreamingHttpResponse(export.handed_out(failing(), by=cast.auditor, target="x.csv"))
    with pytest.raises(OSError, match=r"^$"):
        list(response)
    closed(response)
    ended = Entry.objects.filter(name="导出审计记录完成").values_list("succeeded", "error_code")
    assert list(ended) == [(False, "broken_off")]


@pytest.mark.attack(32, 47)
def test_the_table_runs_no_formula_and_keeps_each_entry_on_its_line(
    cast: Cast, auditor: Client
) -> None:
    names = ["=HYPERLINK(1)", "@SUM", "王\r\n海峰\n2", "\t-1", "＝1", '说"好"']
    for name in names:
        cast.member.name = name
        record("试", by=cast.member)
    data = body(auditor.post(EXPORT, {"suffix": "csv"}))
    assert data.startswith(b"\xef\xbb\xbf")
    lines = data.decode("utf-8-sig").splitlines()
    head, *rows = csv.reader(lines)
    assert (len(lines), head) == (7, POLICE)
    assert [row[5] for row in rows] == [
        "'=HYPERLINK(1)", "'@SUM", "王 海峰 2", "'-1", "'＝1", '说"好"',
    ]  # fmt: skip


@pytest.mark.attack(47)
def test_a_line_end_in_a_name_makes_no_second_line(cast: Cast, tmp_path: Path) -> None:
    cast.member.name = '王\n{"end": true}\u2028\r'
    record("试\n假", by=cast.member, target="甲\n乙")
    lines = written(tmp_path).read_bytes().split(b"\n")
    assert (len(lines), Entry.objects.count()) == (4, 1)
    assert verified(tmp_path / "log.jsonl")[0] == 0


def test_a_choice_of_entries_is_checked_with_its_holes(cast: Cast, tmp_path: Path) -> None:
    for name in ("甲", "乙", "丙", "丁"):
        record(name, by=cast.recorder if name == "乙" else cast.member)
    file = written(tmp_path, Filter(user="member"))
    code, words = verified(file)
    assert (code, words[0]) == (0, "第 1 条到第 4 条，共 3 条，按条件挑选，全部一致。")


def test_days_alone_leave_no_hole(cast: Cast, tmp_path: Path) -> None:
    chain(cast)
    today = timezone.localdate().isoformat()
    chosen = export.select(Filter(day=today))
    assert (chosen.whole, chosen.count) == (True, 3)
    with pytest.raises(Refused, match="没有符合条件的记录"):
        export.select(Filter(day="2020-01-01"))


# --- What was done to the file afterwards --------------------------------------------------------


def changed(lines: list[str], number: int, **values: object) -> None:
    lines[number] = json.dumps({**json.loads(lines[number]), **values}, ensure_ascii=False)


def entry_changed(lines: list[str], number: int, **values: object) -> None:
    changed(lines, number, entry={**json.loads(lines[number])["entry"], **values})


def exchange(lines: list[str]) -> None:
    lines[2], lines[3] = lines[3], lines[2]


@pytest.mark.attack(54)
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda lines: entry_changed(lines, 2, user_id="x"), "第 2 条被改动"),
        (lambda lines: changed(lines, 2, USER_ID="x"), "第 2 条的公安审计字段和内容不一致"),
        (lambda lines: changed(lines, 2, digest="0" * 64), "第 3 条与上一条不相连"),
        (lambda lines: lines.pop(2), "第 2 条到第 2 条缺失"),
        (lambda lines: lines.pop(1), "第一条应是第 1 条，却是第 2 条"),
        (lambda lines: lines.pop(4), "应有 4 条，实有 3 条"),
        (lambda lines: lines.pop(), "没有结尾：文件不完整"),
        (exchange, "第 2 条不在自己的位置"),
        (lambda lines: changed(lines, 0, made_by="x"), "文件和导出时不一致"),
        (lambda lines: lines.append(lines[1]), "结尾后面还有内容"),
        (lambda lines: changed(lines, 0, schema="x"), "不认识的格式：x"),
    ],
)
def test_the_program_finds_what_was_done_to_the_file(
    cast: Cast, tmp_path: Path, damage: Callable[[list[str]], None], said: str
) -> None:
    chain(cast, 4)
    file = written(tmp_path)
    lines = file.read_text(encoding="utf-8").splitlines()
    damage(lines)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    code, words = verified(file)
    assert (code, said in words) == (1, True)


@pytest.mark.parametrize("text", ["", "{}", "[1]\n", '{"schema": "studyapp-audit-1"}', "\x00"])
def test_the_program_says_when_a_file_is_no_export(tmp_path: Path, text: str) -> None:
    file = tmp_path / "log.jsonl"
    file.write_text(text, encoding="utf-8")
    assert verified(file)[0] == 1


WRONG = "0" * 64


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ([(3, "")], 0, "和 1 个锚点一致。"),
        # The row before the first one is known by what follows it.
        ([(2, ""), (4, "")], 0, "和 2 个锚点一致。"),
        (
            [(1, ""), (3, ""), (3, ""), (9, WRONG)],
            0,
            "和 1 个锚点一致；不在这份文件里、没有比对的锚点 2 个。",
        ),
        ([(9, WRONG)], 0, "和 0 个锚点一致；不在这份文件里、没有比对的锚点 1 个。"),
        ([(3, WRONG)], 1, "第 3 条和锚点不一致"),
        ([(2, WRONG)], 1, "第 2 条和锚点不一致"),
        ([(3, ""), (3, WRONG)], 1, "第 3 条和锚点不一致"),
        ([(3, WRONG), (3, "")], 1, "第 3 条和锚点不一致"),
        ([(9, WRONG), (9, "1" * 64)], 1, "第 9 条有互相矛盾的锚点"),
    ],
)
def test_the_program_compares_with_anchors_and_counts_those_alone(
    cast: Cast, tmp_path: Path, given: list[tuple[int, str]], code: int, said: str
) -> None:
    digests = {entry.seq: entry.digest for entry in chain(cast, 2)}
    digests |= {entry.seq: entry.digest for entry in old(2, days=40)}
    file, noted = tmp_path / "log.jsonl", tmp_path / "anchors.txt"
    chosen = export.select(
        Filter(day="2000-01-01", until=f"{timezone.localdate() - LONG:%Y-%m-%d}")
    )
    file.write_bytes(b"".join(export.json_lines(chosen, by="审计员", at=timezone.now())))
    lines = [f"2026-11-26T12:00:00+08:00 {seq} {digest or digests[seq]}\n" for seq, digest in given]
    noted.write_text("".join(lines), encoding="utf-8")
    found, words = verified(file, noted)
    assert (found, said in words) == (code, True)


# --- The page ------------------------------------------------------------------------------------


def test_the_password_is_asked_first(cast: Cast, signed_in: SignIn) -> None:
    chain(cast)
    client = signed_in(cast.auditor)
    answer = client.post(f"{EXPORT}?user=member", {"suffix": "csv"})
    assert answer.status_code == 302
    assert answer["Location"] == again.ask(f"{EXPORT}?user=member")["Location"]
    assert "输入密码" in client.get(EXPORT).content.decode()
    assert not Entry.objects.filter(name__startswith="导出").exists()


def test_the_page_tells_what_will_leave(cast: Cast, auditor: Client) -> None:
    chain(cast)
    page = auditor.get(f"{EXPORT}?user=MEMBER").content.decode()
    assert ("登录名 member" in page, "共 3 条，第 1 条到第 3 条" in page) == (True, True)
    assert "没有符合条件的记录" in auditor.get(f"{EXPORT}?user=nobody").content.decode()
    assert auditor.post(EXPORT, {"suffix": "exe"}).status_code == 422
    assert auditor.post(f"{EXPORT}?user=nobody", {"suffix": "csv"}).status_code == 422
