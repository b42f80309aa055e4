"""The oldest entries leave for a checked file, by the owner's command alone, and not too early."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit import anchors, export
from studyapp.audit.actions import SEALED, record
from studyapp.audit.checking import Kind, check
from studyapp.audit.models import Entry, Operation, Segment
from studyapp.audit.queries import DEMO, holds_demo_data
from studyapp.minutes.verify import Told
from tests.audit.damage import chain, drop, old, said, without_triggers
from tests.conftest import Cast

ROLES = Path(__file__).resolve().parents[2] / "docs/postgresql-roles.sql"


def ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def seal(to: Path, days: int = 200) -> str:
    out = StringIO()
    call_command("seal_audit", before=ago(days), to=to, stdout=out)
    return out.getvalue().strip()


def refused(to: Path, days: int) -> str:
    with pytest.raises(CommandError) as caught:
        seal(to, days)
    return str(caught.value)


def execute(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_oldest_entries_leave_for_a_file_that_checks_itself(cast: Cast, tmp_path: Path) -> None:
    last = old(3, days=300)[-1]
    chain(cast, 2)
    file = tmp_path / "old.jsonl"
    said = seal(file)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    assert said == (
        f"第 1 条到第 3 条（3条）已封存到 {file}，SHA-256 {sha256}，末条摘要 {last.digest}"
    )
    command = [sys.executable, "-I", str(export.VERIFIER), str(file)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.stdout.splitlines()[0] == "第 1 条到第 3 条，共 3 条，连续，全部一致。"
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    assert list(Entry.objects.order_by("seq").values_list("seq", "name")) == [
        (4, "第1件"), (5, "第2件"), (6, SEALED),
    ]  # fmt: skip
    entry, segment = Entry.objects.get(seq=6), Segment.objects.get()
    assert (entry.operation, entry.target) == (Operation.DELETE, "old.jsonl")
    assert entry.condition == {
        "span": "1—3",
        "rows": 3,
        "digest": last.digest,
        "sha256": sha256,
        "os_user": segment.sealed_by,
    }
    assert (segment.number, segment.first_seq, segment.last_seq, segment.count) == (1, 1, 3, 3)
    assert (segment.previous, segment.last_digest, segment.sha256) == ("", last.digest, sha256)
    assert check().findings == []


def test_the_next_segment_goes_on_where_the_last_one_ended(
    cast: Cast, tmp_path: Path, signed_in
) -> None:
    old(2, days=400)
    old(2, days=300)
    chain(cast, 1)
    seal(tmp_path / "a.jsonl", 350)
    seal(tmp_path / "b.jsonl", 250)
    first, second = Segment.objects.order_by("number")
    assert (second.first_seq, second.last_seq, second.previous) == (3, 4, first.last_digest)
    head = json.loads((tmp_path / "b.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert head["first"] == {"seq": 3, "previous": first.last_digest}
    record("又一件", by=cast.member)
    report = check()
    assert (report.findings, report.first, report.last) == ([], 5, 8)
    page = signed_in(cast.auditor).get("/admin/audit/verify/").content.decode()
    shown = ("第 5 条到第 8 条，共 4 条", "1—2", "3—4", second.sha256, "b.jsonl")
    assert [word for word in shown if word not in page] == []
    assert "只核验最新" not in page


def test_nobody_seals_what_is_younger_than_190_days(cast: Cast, tmp_path: Path) -> None:
    old(2, days=180)
    file = tmp_path / "old.jsonl"
    assert refused(file, 185) == "审计记录至少保存190天。换一个更早的日期。"
    assert refused(file, 200) == f"没有 {ago(200)} 以前的审计记录，不用封存。"
    assert (file.exists(), Entry.objects.count()) == (False, 2)
    # Three years where no day is given.
    with pytest.raises(CommandError, match=str(ago(1095))):
        call_command("seal_audit", to=file)


def test_a_log_in_which_something_is_wrong_is_not_sealed(cast: Cast, tmp_path: Path) -> None:
    old(3, days=300)
    chain(cast)
    without_triggers("UPDATE audit_entry SET name = 'x' WHERE seq = 5")
    assert refused(tmp_path / "a.jsonl", 200).startswith(
        "审计记录有问题，没有封存：第 5 条被改动。"
    )
    assert (Entry.objects.count(), Segment.objects.count()) == (6, 0)


def test_no_file_is_written_over_and_demo_data_stays(cast: Cast, tmp_path: Path) -> None:
    old(1, days=300)
    file = tmp_path / "old.jsonl"
    file.write_text("anderes", encoding="utf-8")
    assert refused(file, 200) == f"{file} 已经有了，不覆盖。换一个文件名。"
    assert refused(tmp_path / "no/where", 200).startswith(f"{tmp_path}/no/where 写不进去")
    assert (file.read_text(encoding="utf-8"), Entry.objects.count()) == ("anderes", 1)


def test_the_mark_of_a_demo_is_not_taken_away(cast: Cast, tmp_path: Path) -> None:
    record(DEMO)
    holds_demo_data.cache_clear()
    try:
        assert refused(tmp_path / "a.jsonl", 200) == "演示数据不封存。"
    finally:
        holds_demo_data.cache_clear()


# --- What the database itself refuses ------------------------------------------------------------


def put_segment(**changed: object) -> None:
    """Put a segment of the first two entries on record, or something like it."""
    first, last = Entry.objects.get(seq=1), Entry.objects.get(seq=2)
    values = {
        "number": 1,
        "first_seq": 1,
        "last_seq": 2,
        "count": 2,
        "previous": first.previous,
        "last_digest": last.digest,
        "last_at": last.at,
        "file_name": "x",
        "sha256": "x",
        "sealed_by": "x",
        "sealed_at": timezone.now(),
        **changed,
    }
    with transaction.atomic():
        Segment.objects.create(**values)


@pytest.mark.attack(54)
@pytest.mark.parametrize(
    "changed",
    [
        {"number": 2},
        {"first_seq": 2},
        {"last_seq": 1},
        {"count": 3},
        {"previous": "x"},
        {"last_digest": "x"},
        {"last_at": timezone.now() - timedelta(days=400)},
    ],
)
def test_a_segment_that_is_not_what_lies_in_the_log_is_refused(
    cast: Cast, changed: dict[str, object]
) -> None:
    old(3, days=300)
    with pytest.raises(DatabaseError):
        put_segment(**changed)
    assert Segment.objects.count() == 0


@pytest.mark.attack(54)
def test_the_database_lets_only_sealed_and_old_entries_go(cast: Cast) -> None:
    old(3, days=300)
    with pytest.raises(DatabaseError):
        execute("DELETE FROM audit_entry WHERE seq <= 2")
    put_segment()
    with pytest.raises(DatabaseError):
        execute("DELETE FROM audit_entry WHERE seq <= 3")
    for sql in ("UPDATE audit_segment SET last_seq = 3", "DELETE FROM audit_segment"):
        with pytest.raises(DatabaseError):
            execute(sql)
    execute("DELETE FROM audit_entry WHERE seq <= 2")
    assert Entry.objects.get().seq == 3
    # It went past the command, so the log does not know of it.
    assert said() == [(Kind.GAP, "第 1—2 条已取走，审计记录里没有这次封存。")]


@pytest.mark.attack(54)
def test_the_database_keeps_young_entries_whatever_a_segment_says(cast: Cast) -> None:
    old(2, days=189)
    with pytest.raises(DatabaseError):
        put_segment()
    assert Entry.objects.count() == 2


@pytest.mark.attack(54)
def test_an_anchor_finds_a_segment_that_was_made_up(cast: Cast, tmp_path: Path) -> None:
    old(2, days=300)
    chain(cast, 1)
    noted = anchors.anchor(2, "0" * 64, timezone.now())
    seal(tmp_path / "a.jsonl")
    [finding] = check([noted]).findings
    assert (finding.kind, finding.seq) == (Kind.ANCHOR, 2)


def test_an_anchor_inside_a_sealed_part_is_said_not_to_have_been_compared(
    cast: Cast, tmp_path: Path, signed_in: Callable[[User], Client]
) -> None:
    gone, file = [*old(2, days=400), *old(2, days=300)], tmp_path / "anchors.txt"
    [kept] = chain(cast, 1)
    seal(tmp_path / "a.jsonl", 350)
    seal(tmp_path / "b.jsonl")
    known = [anchors.anchor(row.seq, row.digest, timezone.now()) for row in [*gone, kept]]
    file.write_text("".join(f"{one}\n" for one in known), encoding="utf-8")
    out = StringIO()
    call_command("verify_audit", anchors=file, stdout=out)
    # Rows 2 and 4 ended a part: their digests are on record here.
    assert "和3个锚点一致；另有2个锚点在封存的部分里，没有比对" in out.getvalue()
    told = []
    for own in (known[0], known[-1]):
        anchors.note(own)
        page = signed_in(cast.auditor).get("/admin/audit/verify/").content.decode()
        told.append(("首尾相连" in page, "这里没有比对" in page))
    assert told == [(True, True), (True, False)]
    [finding] = check([anchors.anchor(2, "0" * 64, timezone.now())]).findings
    assert (finding.kind, finding.seq) == (Kind.ANCHOR, 2)
    two = [anchors.anchor(1, digest * 64, timezone.now()) for digest in "01"]
    [finding] = check(two).findings
    assert (finding.kind, finding.seq) == (Kind.ANCHOR, 1)


def test_signed_records_are_not_missed_in_a_log_that_was_sealed(cast: Cast, tmp_path: Path) -> None:
    old(1, days=300)
    chain(cast, 1)
    assert Told().covers(timezone.now() - timedelta(days=400)) is True
    seal(tmp_path / "a.jsonl")
    told = Told()
    assert told.covers(timezone.now() - timedelta(days=400)) is False
    assert told.covers(timezone.now()) is True


def test_a_sealed_log_is_copied_into_an_empty_database(cast: Cast, tmp_path: Path) -> None:
    old(3, days=300)
    chain(cast, 2)
    seal(tmp_path / "a.jsonl")
    segments, entries = list(Segment.objects.all()), list(Entry.objects.order_by("seq"))
    without_triggers("DELETE FROM audit_entry", "DELETE FROM audit_segment")
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.bulk_create(entries)
    Segment.objects.bulk_create(segments)
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.bulk_create(entries[1:])
    Entry.objects.bulk_create(entries)
    assert check().findings == []


def test_segments_come_before_the_entries_that_follow_them() -> None:
    """Who copies tables one after another takes them in this order."""
    assert list(apps.get_app_config("audit").get_models()) == [Segment, Entry]


@pytest.mark.attack(54)
@pytest.mark.postgres
def test_the_role_of_the_program_can_add_to_the_log_and_nothing_more(
    cast: Cast, tmp_path: Path
) -> None:
    old(2, days=300)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'study_app'")
        if cursor.fetchone() is None:
            pytest.skip("optional: this server has no role study_app")
        cursor.execute(ROLES.read_text(encoding="utf-8"))
        cursor.execute("SET LOCAL ROLE study_app")
    record("试", by=cast.member)
    assert check().findings == []
    for sql in (
        "DELETE FROM audit_entry WHERE seq = 1",
        "UPDATE audit_entry SET name = 'x'",
        "TRUNCATE audit_entry",
        "INSERT INTO audit_segment DEFAULT VALUES",
        "DROP TRIGGER audit_entry_no_delete ON audit_entry",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
    ):
        with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
            execute(sql)
    file = tmp_path / "a.jsonl"
    assert "数据库账号 study_app 不能取走审计记录，没有封存。换属主的账号再来" in refused(file, 200)
    assert not file.exists()
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@pytest.mark.attack(54)
def test_a_missing_guard_of_the_segments_is_told(cast: Cast) -> None:
    chain(cast)
    drop("audit_segment_fits", table="audit_segment")
    [(kind, words)] = said()
    assert (kind, "audit_segment_fits" in words) == (Kind.TRIGGER, True)
