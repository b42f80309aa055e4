"""Signed versions, confirmations and scans are frozen by the database itself."""

import pytest
from django.db import DatabaseError, connection, transaction

from studyapp.minutes.models import Confirmation, Scan, SignedVersion, Voided
from tests.conftest import Cast
from tests.minutes.records import NOW, signed

FROZEN = [SignedVersion, Confirmation, Scan, Voided]


@pytest.fixture
def stored(cast: Cast) -> None:
    version = signed(cast).versions.get()
    Scan.objects.create(
        version=version, file="scans/x", file_name="签字页.pdf", sha256="0" * 64,
        added_by=cast.recorder, added_at=NOW(),
    )  # fmt: skip
    Voided.objects.create(version=version, reason="没开成", by=cast.secretary, by_name="陈卫东")


@pytest.mark.attack(50)
@pytest.mark.parametrize("model", FROZEN)
@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_orm_changes_and_deletes_no_frozen_row(
    stored: None, model: type[SignedVersion], change: str
) -> None:
    before = list(model.objects.values())
    rows = model.objects.filter(pk=before[0]["id"])
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(id=before[0]["id"]) if change == "update" else rows._raw_delete("default")
    assert list(model.objects.values()) == before


@pytest.mark.attack(50)
@pytest.mark.parametrize("change", ["save", "delete"])
def test_a_loaded_version_is_neither_saved_nor_deleted(stored: None, change: str) -> None:
    version = SignedVersion.objects.get()
    content, version.content = version.content, "{}"
    with pytest.raises(DatabaseError), transaction.atomic():
        version.save() if change == "save" else Scan.objects.get().delete()
    assert SignedVersion.objects.get().content == content
    assert Scan.objects.count() == 1


@pytest.mark.loss("deleted")
@pytest.mark.attack(50)
@pytest.mark.parametrize("model", FROZEN)
@pytest.mark.parametrize("sql", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_plain_sql_changes_and_deletes_no_frozen_row(
    stored: None, model: type[SignedVersion], sql: str
) -> None:
    before = list(model.objects.values())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(model._meta.db_table))
    assert list(model.objects.values()) == before


@pytest.mark.attack(50)
@pytest.mark.postgres
@pytest.mark.parametrize("model", FROZEN)
def test_no_frozen_table_is_emptied(stored: None, model: type[SignedVersion]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")
    assert model.objects.count() > 0
