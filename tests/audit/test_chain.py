"""The log grows in order, cannot be rewritten, and says so when somebody did."""

import pytest
from django.db import DatabaseError, connection, transaction

from studyapp.audit import triggers
from studyapp.audit.actions import record, verify
from studyapp.audit.models import Entry
from tests.conftest import Cast


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_an_entry(cast: Cast, change: str) -> None:
    record("试", by=cast.member)
    rows = Entry.objects.all()
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(name="改") if change == "update" else rows.delete()
    assert rows.order_by("-seq")[0].name == "试"


def test_an_entry_out_of_order_is_refused(cast: Cast) -> None:
    first = record("试", by=cast.member)
    forged = Entry(
        seq=first.seq + 5,
        previous=first.digest,
        name="假",
        digest="0" * 64,
        operation=first.operation,
        at=first.at,
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        forged.save(force_insert=True)
    assert verify() == []


def test_verify_finds_a_changed_entry(cast: Cast) -> None:
    for name in ("一", "二", "三"):
        entry = record(name, by=cast.member)
    with connection.cursor() as cursor:
        for name in triggers.expected(connection.vendor):
            if name.startswith("audit_entry"):
                on = "" if connection.vendor == "sqlite" else " ON audit_entry"
                cursor.execute(f"DROP TRIGGER {name}{on}")
        cursor.execute("UPDATE audit_entry SET target = 'x' WHERE seq = %s", [entry.seq - 1])
    assert verify() == [f"第 {entry.seq - 1} 条被改动"]


def test_an_entry_falls_away_with_the_change_it_tells_of(cast: Cast) -> None:
    before = Entry.objects.count()
    with transaction.atomic():
        record("试", by=cast.member)
        transaction.set_rollback(True)
    assert Entry.objects.count() == before


def test_only_the_auditor_reads_it(cast: Cast, signed_in) -> None:
    record("试", by=cast.member, target="某事")
    page = signed_in(cast.auditor).get("/admin/audit/?user=member")
    assert page.status_code == 200
    assert "某事" in page.content.decode()
    assert signed_in(cast.secretary).get("/admin/audit/").status_code == 404
