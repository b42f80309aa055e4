"""A log that was tampered with says so, and says how: each kind is told apart."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from studyapp.audit import anchors, triggers
from studyapp.audit.actions import record
from studyapp.audit.anchors import Anchor
from studyapp.audit.chain import digest
from studyapp.audit.checking import Kind, check
from studyapp.audit.models import Entry
from studyapp.errors import Refused
from tests.audit.damage import chain, drop, said, without_triggers
from tests.conftest import Cast

NOON = datetime(2026, 11, 26, 4, tzinfo=UTC)


def noted(entry: Entry) -> Anchor:
    return anchors.anchor(entry.seq, entry.digest, NOON)


def exit_code(*arguments: str) -> int:
    """Run the command and return what a timer would see."""
    try:
        call_command("verify_audit", *arguments, stdout=StringIO(), stderr=StringIO())
    except CommandError as error:
        return error.returncode
    return 0


def exit_code_for(given: list[Anchor]) -> int:
    settings.AUDIT_ANCHOR.write_text("".join(f"{one}\n" for one in given), encoding="utf-8")
    return exit_code()


def made_again_from(seq: int) -> None:
    """Change a row and make every digest after it again, as somebody who knows the code would."""
    statements, previous = [], ""
    for entry in Entry.objects.order_by("seq"):
        if entry.seq == seq:
            entry.target = "另一个"
        entry.previous = previous
        previous = entry.digest = digest(entry)
        statements.append(
            f"UPDATE audit_entry SET target = '{entry.target}', previous = '{entry.previous}', "  # noqa: S608
            f"digest = '{entry.digest}' WHERE seq = {entry.seq}"
        )
    without_triggers(*statements)


@pytest.mark.attack(54)
@pytest.mark.parametrize(
    "column",
    ["user_id", "user_name", "organization", "terminal", "name", "target", "error_code"],
)
def test_a_changed_column_is_found(cast: Cast, column: str) -> None:
    chain(cast)
    without_triggers(f"UPDATE audit_entry SET {column} = 'x' WHERE seq = 2")  # noqa: S608
    assert said() == [(Kind.ALTERED, "第 2 条被改动。")]
    assert exit_code() == Kind.ALTERED


@pytest.mark.attack(54)
def test_a_replaced_row_does_not_fit_the_one_after_it(cast: Cast) -> None:
    chain(cast)
    other = Entry.objects.get(seq=2)
    other.target = "另一个"
    without_triggers(
        f"UPDATE audit_entry SET target = '另一个', digest = '{digest(other)}' WHERE seq = 2"  # noqa: S608
    )
    assert said() == [(Kind.ALTERED, "第 3 条与上一条不相连。")]


@pytest.mark.attack(54)
@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ("seq = 2", (Kind.GAP, "第 2 条到第 2 条缺失。")),
        ("seq <= 2", (Kind.GAP, "第 1 条到第 2 条缺失。")),
        ("seq > 0", (Kind.TRUNCATED, "一条记录也没有：登录都会记录，可能被清空。")),
    ],
)
def test_a_gap_is_told_apart_from_a_change(cast: Cast, gone: str, told: tuple[Kind, str]) -> None:
    chain(cast)
    without_triggers(f"DELETE FROM audit_entry WHERE {gone}")  # noqa: S608
    assert said() == [told]
    assert exit_code() == told[0]


@pytest.mark.attack(54)
def test_an_end_that_was_cut_off_is_found_by_its_anchor(cast: Cast) -> None:
    last = chain(cast)[-1]
    without_triggers("DELETE FROM audit_entry WHERE seq > 1")
    assert check().findings == []
    [finding] = check([noted(last)]).findings
    assert (finding.kind, finding.seq) == (Kind.TRUNCATED, 3)
    assert finding.sentence == "锚点记到第 3 条，现在只到第 1 条：末尾的记录没有了。"


@pytest.mark.attack(54)
def test_an_end_that_grew_again_after_the_cut_does_not_fit_its_anchor(cast: Cast) -> None:
    last = chain(cast)[-1]
    without_triggers("DELETE FROM audit_entry WHERE seq > 1")
    chain(cast)
    [finding] = check([noted(last)]).findings
    assert (finding.kind, finding.seq) == (Kind.ANCHOR, 3)


@pytest.mark.attack(54)
def test_a_chain_that_was_made_again_does_not_fit_its_anchor(cast: Cast) -> None:
    first, *_, last = chain(cast)
    made_again_from(2)
    assert check().findings == []
    [finding] = check([noted(first), noted(last)]).findings
    assert (finding.kind, finding.seq) == (Kind.ANCHOR, 3)
    assert finding.sentence == ("第 3 条和锚点（2026-11-26）记下的不一致：从这以前被整个改写过。")


@pytest.mark.attack(54)
def test_a_trigger_that_is_gone_is_named_and_comes_back_after_a_migration(cast: Cast) -> None:
    chain(cast)
    name = min(n for n in triggers.expected(connection.vendor) if "audit_entry" in n)
    drop(name)
    assert said() == [
        (
            Kind.TRIGGER,
            f"防篡改触发器缺失或失效：{name}。执行 manage.py migrate 重建，并查明原因。",
        )
    ]
    assert exit_code() == Kind.TRIGGER
    triggers.remake(sender=apps.get_app_config("audit"))
    assert check().findings == []


@pytest.mark.attack(54)
@pytest.mark.sqlite
def test_a_trigger_that_was_made_to_do_nothing_is_as_good_as_none(cast: Cast) -> None:
    drop("audit_entry_no_update")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry WHEN 0 "
            "BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END"
        )
    assert triggers.missing() == ["audit_entry_no_update"]
    triggers.remake()
    assert triggers.missing() == []


@pytest.mark.attack(54)
@pytest.mark.postgres
@pytest.mark.parametrize(
    "disarm",
    [
        "ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_in_order",
        (
            "CREATE OR REPLACE FUNCTION audit_entry_in_order() RETURNS trigger AS "
            "$$ BEGIN RETURN NEW; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE OR REPLACE TRIGGER audit_entry_in_order BEFORE INSERT ON audit_entry "
            "FOR EACH ROW WHEN (false) EXECUTE FUNCTION audit_entry_in_order()"
        ),
    ],
)
def test_a_trigger_that_is_passed_over_is_as_good_as_none(cast: Cast, disarm: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(disarm)
    assert triggers.missing() == ["audit_entry_in_order"]
    triggers.remake()
    assert triggers.missing() == []


def test_the_worst_kind_decides_and_all_are_counted(cast: Cast) -> None:
    chain(cast, 150)
    without_triggers(
        "UPDATE audit_entry SET name = 'x' WHERE seq > 10", "DELETE FROM audit_entry WHERE seq = 5"
    )
    report = check()
    assert (report.worst, report.total, len(report.findings)) == (Kind.ALTERED, 141, 100)
    assert report.numbers == {Kind.GAP: 1, Kind.ALTERED: 140}


def test_a_check_of_the_newest_rows_begins_where_it_says(cast: Cast) -> None:
    chain(cast, 5)
    without_triggers("UPDATE audit_entry SET name = 'x' WHERE seq IN (1, 4)")
    report = check(newest=2)
    assert [finding.seq for finding in report.findings] == [4]
    assert (report.first, report.last, report.rows) == (4, 5, 2)
    assert check(newest=5).first == 1


# --- Anchors -------------------------------------------------------------------------------------


def test_anchors_pile_up_in_a_file_and_the_log_is_compared_with_all_of_them(
    cast: Cast, tmp_path: Path
) -> None:
    file = tmp_path / "anchors.txt"
    chain(cast)
    call_command("anchor_audit", to=file, stdout=StringIO())
    chain(cast)
    call_command("anchor_audit", to=file, stdout=StringIO())
    assert [anchor.seq for anchor in anchors.read(file)] == [3, 6]
    # An editor, or a copy by hand, may have taken the last line its end.
    file.write_text(file.read_text(encoding="utf-8").rstrip("\n"), encoding="utf-8")
    call_command("anchor_audit", to=file, stdout=StringIO())
    assert [anchor.seq for anchor in anchors.read(file)] == [3, 6, 6]
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    out = StringIO()
    call_command("verify_audit", anchors=file, stdout=out)
    last = Entry.objects.get(seq=6)
    assert out.getvalue().strip() == (
        f"共6条，首尾相连，没有改动，和2个锚点一致。最新一条 6 {last.digest}"
    )
    made_again_from(2)
    assert exit_code("--anchors", str(file)) == Kind.ANCHOR


@pytest.mark.attack(54)
@pytest.mark.parametrize("seq", [2, 9])
def test_two_anchors_that_contradict_each_other_never_agree(cast: Cast, seq: int) -> None:
    chain(cast)
    true = Entry.objects.filter(seq=seq).values_list("digest", flat=True).first() or "a" * 64
    right, other = (
        Anchor(f"2026-11-{day}T12:00:00+08:00", seq, digest)
        for day, digest in ((26, true), (27, "0" * 64))
    )
    for given in ([right, other], [other, right]):
        report = check(given)
        assert (report.numbers[Kind.ANCHOR], report.agreeing) == (1, int(seq == 2))
        assert exit_code_for(given) == Kind.ANCHOR


def test_an_anchor_of_a_row_that_was_not_read_is_not_said_to_agree(cast: Cast) -> None:
    first, *_, last = chain(cast)
    report = check([noted(first), noted(last), noted(last)], newest=2)
    assert (report.agreeing, report.unread, report.total) == (1, 1, 0)
    report = check([noted(first), noted(last)])
    assert (report.agreeing, report.unread) == (2, 0)


def test_a_log_in_which_something_is_wrong_gets_no_anchor(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "anchors.txt"
    chain(cast)
    call_command("anchor_audit", to=file, stdout=StringIO())
    made_again_from(2)
    with pytest.raises(CommandError, match="没有记锚点") as caught:
        call_command("anchor_audit", to=file, stdout=StringIO(), stderr=StringIO())
    assert (caught.value.returncode, len(list(anchors.read(file)))) == (Kind.ANCHOR, 1)


def test_a_line_that_is_no_anchor_stops_the_check(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "anchors.txt"
    [entry] = chain(cast, 1)
    file.write_text(f"{noted(entry)}\n2026-11-26 7 {'x' * 64}\n", encoding="utf-8")
    with pytest.raises(Refused, match="第2行不是锚点"):
        list(anchors.read(file))
    assert exit_code("--anchors", str(file)) == 1
    assert exit_code("--anchors", str(tmp_path / "nowhere")) == 1


def test_the_daily_run_notes_the_end_and_the_next_one_misses_what_was_cut_off(
    cast: Cast, settings
) -> None:
    chain(cast)
    call_command("tidy", stdout=StringIO())
    assert [anchor.seq for anchor in anchors.own()] == [3]
    assert oct(settings.AUDIT_ANCHOR.stat().st_mode & 0o777) == "0o600"
    without_triggers("DELETE FROM audit_entry WHERE seq = 3")
    with pytest.raises(CommandError) as caught:
        call_command("tidy", stdout=StringIO(), stderr=StringIO())
    assert caught.value.returncode == Kind.TRUNCATED
    # Nothing is noted over it.
    assert [anchor.seq for anchor in anchors.own()] == [3]
    record("又一件", by=cast.member)
    assert exit_code() == Kind.ANCHOR
