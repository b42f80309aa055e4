"""The log grows in order, cannot be rewritten, and says so when somebody did."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction

from studyapp.audit.actions import differences, record, terminal
from studyapp.audit.checking import check
from studyapp.audit.models import Entry, Operation
from studyapp.branches.models import Unit
from tests.audit.damage import chain
from tests.conftest import Cast

INSERT = """
    {verb} INTO audit_entry (seq, at, user_id, user_name, organization_id, organization, terminal,
      operation, name, target, condition, succeeded, error_code, previous, digest)
    VALUES (%s, CURRENT_TIMESTAMP, '', '', '', '', '', 3, '假', '', '{{}}', {true}, '', %s, 'x')
"""


def insert(seq: int, previous: str, verb: str = "INSERT") -> None:
    true = "1" if connection.vendor == "sqlite" else "TRUE"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT.format(verb=verb, true=true), [seq, previous])


# --- Only growing --------------------------------------------------------------------------------


@pytest.mark.attack(54)
@pytest.mark.parametrize("change", ["update", "delete", "bulk_update"])
def test_the_orm_changes_no_entry(cast: Cast, change: str) -> None:
    entry = chain(cast)[0]
    rows = Entry.objects.all()
    entry.name = "改"
    acts: dict[str, Callable[[], object]] = {
        "update": lambda: rows.update(name="改"),
        "delete": rows.delete,
        "bulk_update": lambda: rows.bulk_update([entry], ["name"]),
    }
    with pytest.raises(DatabaseError), transaction.atomic():
        acts[change]()
    assert [row.name for row in rows.order_by("seq")] == ["第1件", "第2件", "第3件"]


@pytest.mark.attack(54)
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_entry SET name = '改' WHERE seq = 1",
        "UPDATE audit_entry SET seq = seq + 100",
        "DELETE FROM audit_entry WHERE seq = 1",
        "DELETE FROM audit_entry",
    ],
)
def test_plain_sql_changes_no_entry(cast: Cast, sql: str) -> None:
    chain(cast)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert (Entry.objects.count(), check().findings) == (3, [])


@pytest.mark.attack(54)
@pytest.mark.postgres
def test_the_table_is_not_emptied(cast: Cast) -> None:
    chain(cast)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_entry")
    assert Entry.objects.count() == 3


@pytest.mark.attack(54)
@pytest.mark.sqlite
def test_an_entry_is_not_replaced(cast: Cast) -> None:
    """INSERT OR REPLACE would delete the row that it meets, past the triggers of many tables."""
    first, *_, last = chain(cast)
    for seq, previous in ((first.seq, ""), (last.seq, last.previous), (last.seq, last.digest)):
        with pytest.raises(DatabaseError):
            insert(seq, previous, "INSERT OR REPLACE")
    assert (Entry.objects.count(), check().findings) == (3, [])


@pytest.mark.parametrize(
    ("step", "previous"), [(0, "digest"), (2, "digest"), (-2, "digest"), (1, ""), (1, "x" * 64)]
)
def test_an_entry_out_of_order_is_refused(cast: Cast, step: int, previous: str) -> None:
    last = chain(cast)[-1]
    with pytest.raises(DatabaseError):
        insert(last.seq + step, last.digest if previous == "digest" else previous)
    assert (Entry.objects.count(), check().findings) == (3, [])


# --- Writing -------------------------------------------------------------------------------------


def test_a_row_copies_who_where_and_what(cast: Cast) -> None:
    token = terminal.set("10.1.2.3")
    try:
        entry = record(
            "试", operation=Operation.CREATE, by=cast.member, target="长" * 400, unit=cast.branch
        )
    finally:
        terminal.reset(token)
    cast.member.name = "改名"
    cast.member.save(update_fields=["name"])
    stored = Entry.objects.get(pk=entry.pk)
    assert (stored.user_id, stored.user_name, stored.organization, stored.terminal) == (
        "member",
        "王海峰",
        "刑侦支队第一党支部",
        "10.1.2.3",
    )
    assert (stored.operation, stored.target) == (Operation.CREATE, "长" * 300)
    assert check().findings == []


def test_an_entry_falls_away_with_the_change_it_tells_of(cast: Cast) -> None:
    before = Entry.objects.count()
    with transaction.atomic():
        record("试", by=cast.member)
        transaction.set_rollback(True)
    assert Entry.objects.count() == before


def test_a_change_falls_away_with_an_entry_that_cannot_be_stored(cast: Cast) -> None:
    def change() -> None:
        Unit.objects.filter(pk=cast.branch.pk).update(name="改名")
        record("试", by=cast.member, odd=object())

    with pytest.raises(TypeError), transaction.atomic():
        change()
    cast.branch.refresh_from_db()
    assert cast.branch.name == "刑侦支队第一党支部"


@pytest.mark.attack(19)
def test_a_forwarded_address_is_not_believed(cast: Cast, client) -> None:
    forged = {"X-Forwarded-For": "6.6.6.6", "X-Real-IP": "6.6.6.6"}
    client.post("/login/", {"username": "x", "password": "y"}, headers=forged)
    assert Entry.objects.order_by("-seq")[0].terminal == "127.0.0.1"


def test_differences_are_told_in_the_words_of_the_form(cast: Cast) -> None:
    changes = {"political": "none", "post": "民警", "name": cast.member.name}
    assert differences(cast.member, changes) == {
        "政治面貌": "中共党员→群众",
        "职务": "空→民警",
    }
