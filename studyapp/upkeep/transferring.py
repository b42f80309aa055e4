"""Moving to another database: every row with its key, in one transaction, proved before it counts.

The site's own database is only read. Files stay where they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.core.management import call_command
from django.core.management.color import no_style
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import DataError, OperationalError, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from studyapp.audit import triggers
from studyapp.errors import Refused
from studyapp.upkeep import facts
from studyapp.upkeep.checking import chains, scratch
from studyapp.upkeep.databases import connected, working_in
from studyapp.upkeep.engines import engine
from studyapp.web.management.commands.prepare import migrations_are_due
from studyapp.web.occupied import alone

_SOURCE, _TARGET = "snapshot", "target"
_BATCH = 500
_MADE_BY_MIGRATE = ("auth_permission", "django_content_type")


@dataclass(frozen=True, slots=True)
class Moved:
    """What stands on the other side."""

    tables: int
    rows: int
    audit: tuple[int, str]


def transfer(target: dict[str, Any]) -> Moved:
    """Copy the site's database into an empty one; Refused leaves that empty again."""
    with alone(), scratch() as folder:
        if migrations_are_due():
            raise Refused("数据库结构不是最新的，先执行 manage.py prepare。")
        kind = engine()
        kind.refuse_if_in_use()
        with kind.snapshot(folder), connected(_TARGET, {**target, "CONN_MAX_AGE": 0}) as there:
            _refuse_unless_empty(there)
            # All or nothing: PostgreSQL takes tables and rows in one transaction.
            try:
                with transaction.atomic(_TARGET):
                    return _all(there)
            except (DataError, ValueError) as error:
                raise Refused(f"有一行放不进新的数据库：{error}。新库没有动。") from error


def _refuse_unless_empty(there: BaseDatabaseWrapper) -> None:
    try:
        there.ensure_connection()
    except OperationalError as error:
        raise Refused(f"连不上新的数据库：{str(error).strip()}") from error
    if there.vendor != "postgresql":
        raise Refused("只能转到 PostgreSQL：postgres://用户:密码@主机:5432/库名。")
    if found := there.introspection.table_names():
        raise Refused(
            f"新的数据库不是空的，已有 {len(found)} 张表（{'、'.join(sorted(found)[:3])}）。"
            "换一个新建的空库。"
        )


def _all(there: BaseDatabaseWrapper) -> Moved:
    with working_in(there):
        call_command(DjangoMigrate(), interactive=False, verbosity=0)
    moved = facts.tables()
    with there.cursor() as cursor:
        # Kinds of rows and permissions were made anew; those of the site keep their keys.
        for table in _MADE_BY_MIGRATE:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - two names of our own
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    rows = sum(_copy(model) for model in moved)
    with there.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in there.ops.sequence_reset_sql(no_style(), moved):
            cursor.execute(statement)
    _prove(moved, there)
    return Moved(len(moved), rows, facts.gather(_TARGET).audit)


def _copy(model: type[models.Model]) -> int:
    """Copy a table in the order in which its chains grow; values as they are stored."""
    order = next(
        (one for one in triggers.IN_ORDER if one.table == model._meta.db_table),
        None,
    )
    by = (*filter(None, (order.within,)), order.number) if order else ("pk",)
    source = facts.rows_of(model, _SOURCE).order_by(*by).iterator(chunk_size=_BATCH)
    fields = list(model._meta.local_concrete_fields)
    count = 0
    for batch in _batches(source):
        # Raw: no field may put in a time or a file of its own.
        query = models.sql.InsertQuery(model)
        query.insert_values(fields, batch, raw=True)
        query.get_compiler(_TARGET).execute_sql()
        count += len(batch)
    return count


def _batches(rows: Iterator[models.Model]) -> Iterator[list[models.Model]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _prove(moved: list[type[models.Model]], there: BaseDatabaseWrapper) -> None:
    """Compare every table, and check log and signed versions where they stand now."""
    different = [
        model._meta.db_table
        for model in moved
        if facts.fingerprint(model, _SOURCE) != facts.fingerprint(model, _TARGET)
    ]
    if different:
        raise Refused(f"转过去的内容不一样：{'、'.join(different)}。新库没有动，报告开发人员。")
    with working_in(there):
        triggers.remake()
        problems = chains(facts.gather("default").rows, here=True)
    if problems:
        told = "；".join(problems[:5])
        raise Refused(f"数据有问题，没有转：{told}。先查明原因。新库没有动。")
