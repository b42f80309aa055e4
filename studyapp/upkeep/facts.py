"""What a database holds: rows, applied migrations, ends of chains, files that it names.

Asked of the tables themselves, for a backup before an update sees tables that are older than the
models.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections, models
from django.db.migrations.loader import MigrationLoader

FLEETING = {"jobs.Job"}
"""Models whose files are made anew on request and go into no backup."""


@dataclass(frozen=True, slots=True)
class Facts:
    """See ``manifest.Manifest``; ``media`` are names of files."""

    migrations: dict[str, list[str]]
    rows: dict[str, int]
    audit: tuple[int, str]
    heads: dict[str, tuple[int, str]]
    keys: list[str]
    media: list[str]


def gather(alias: str) -> Facts:
    """Ask a database for all of it."""
    loader = MigrationLoader(connections[alias])
    applied = {node for node in loader.applied_migrations if node in loader.graph.nodes}
    past = loader.project_state(list(applied)).apps if applied else apps
    migrations: dict[str, list[str]] = {}
    for app, name in sorted(loader.applied_migrations):
        migrations.setdefault(app, []).append(name)
    tables = set(connections[alias].introspection.table_names())
    return Facts(
        migrations=migrations,
        rows={table: count(alias, table) for table in sorted(tables)},
        audit=_log_end(alias) if "audit_entry" in tables else (0, ""),
        heads=_heads(alias) if "minutes_signedversion" in tables else {},
        keys=_keys(alias) if "minutes_signedversion" in tables else [],
        media=media_names(alias, past.get_models(include_auto_created=True)) if tables else [],
    )


def count(alias: str, table: str) -> int:
    """Return how many rows a table holds."""
    quoted = connections[alias].ops.quote_name(table)
    return int(_rows(alias, f"SELECT count(*) FROM {quoted}")[0][0])  # noqa: S608 - a table's name


def _log_end(alias: str) -> tuple[int, str]:
    found = _rows(alias, "SELECT seq, digest FROM audit_entry ORDER BY seq DESC LIMIT 1")
    return (int(found[0][0]), str(found[0][1])) if found else (0, "")


def _heads(alias: str) -> dict[str, tuple[int, str]]:
    found = _rows(
        alias, "SELECT unit_id, sequence, link FROM minutes_signedversion ORDER BY sequence"
    )
    return {str(unit): (int(place), str(link)) for unit, place, link in found}


def _keys(alias: str) -> list[str]:
    return [
        str(row[0]) for row in _rows(alias, "SELECT DISTINCT key_id FROM minutes_signedversion")
    ]


def _rows(alias: str, question: str) -> list[tuple[Any, ...]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(question)
        return list(cursor.fetchall())


def media_names(alias: str, known: Iterable[type[models.Model]] | None = None) -> list[str]:
    """Return every file that a row names."""
    found: set[str] = set()
    for model in known or apps.get_models():
        if model._meta.label in FLEETING:
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, models.FileField):
                rows = rows_of(model, alias).exclude(**{field.name: ""})
                found.update(filter(None, rows.values_list(field.name, flat=True)))
    return sorted(found)


def rows_of(model: type[models.Model], alias: str) -> models.QuerySet[Any]:
    """Return every row of a table, whatever the model's own manager would hide."""
    return model._base_manager.using(alias)  # noqa: SLF001 - documented by Django


def tables() -> list[type[models.Model]]:
    """Return the models of every table, those that only join two others included."""
    return list(apps.get_models(include_auto_created=True))


def fingerprint(model: type[models.Model], alias: str) -> str:
    """Return a hash over all rows of a table, which is the same on every database."""
    found = hashlib.sha256()
    names = [field.attname for field in model._meta.concrete_fields]
    rows = rows_of(model, alias).order_by("pk").values_list(*names)
    for row in rows.iterator(chunk_size=1000):
        text = json.dumps(row, cls=_Exact, ensure_ascii=False, sort_keys=True)
        found.update(text.encode() + b"\n")
    return found.hexdigest()


class _Exact(DjangoJSONEncoder):
    """Keeps microseconds, which Django's own cuts to thousandths."""

    def default(self, o: Any) -> Any:
        """Return text for what JSON does not know."""
        if hasattr(o, "isoformat"):
            return o.isoformat()
        if isinstance(o, memoryview | bytes):
            return bytes(o).hex()
        return super().default(o)
