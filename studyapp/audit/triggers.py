"""Database triggers that keep the audit log append-only, on both databases.

Django rebuilds SQLite tables on some migrations and drops their triggers with them, so they are
made again after every migration and checked by /healthz.
"""

from typing import Any

from django.db import connections

SQLITE = {
    "audit_entry_no_update": """
        CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    "audit_entry_no_delete": """
        CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    "audit_entry_in_order": """
        CREATE TRIGGER audit_entry_in_order BEFORE INSERT ON audit_entry
        WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit_entry)
          OR NEW.previous IS NOT COALESCE(
             (SELECT digest FROM audit_entry ORDER BY seq DESC LIMIT 1), '')
        BEGIN SELECT RAISE(ABORT, 'the audit log must grow in order'); END""",
}
POSTGRESQL_FUNCTION = """
    CREATE OR REPLACE FUNCTION studyapp_frozen() RETURNS trigger AS $$
    BEGIN
      RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
    END $$ LANGUAGE plpgsql"""
POSTGRESQL_ORDER = """
    CREATE OR REPLACE FUNCTION audit_entry_in_order() RETURNS trigger AS $$
    DECLARE last_seq bigint; last_digest text;
    BEGIN
      SELECT seq, digest INTO last_seq, last_digest FROM audit_entry ORDER BY seq DESC LIMIT 1;
      IF NEW.seq <> COALESCE(last_seq, 0) + 1 OR NEW.previous <> COALESCE(last_digest, '') THEN
        RAISE EXCEPTION 'the audit log must grow in order';
      END IF;
      RETURN NEW;
    END $$ LANGUAGE plpgsql"""


def freeze_table_sql(vendor: str, table: str) -> dict[str, str]:
    """Return the triggers (by name) that refuse UPDATE and DELETE on ``table``."""
    if vendor == "sqlite":
        return {
            f"{table}_no_{event.lower()}": (
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
            for event in ("UPDATE", "DELETE")
        }
    return {
        f"{table}_frozen": (
            f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION studyapp_frozen()"
        ),
        f"{table}_no_truncate": (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION studyapp_frozen()"
        ),
    }


FROZEN: list[str] = []
"""Tables of other apps whose rows never change; an app adds its own when it is ready."""


def expected(vendor: str) -> dict[str, str]:
    """Return by name the triggers of the audit table and of the frozen tables."""
    found = (
        dict(SQLITE)
        if vendor == "sqlite"
        else freeze_table_sql(vendor, "audit_entry")
        | {
            "audit_entry_order": (
                "CREATE TRIGGER audit_entry_order BEFORE INSERT ON audit_entry "
                "FOR EACH ROW EXECUTE FUNCTION audit_entry_in_order()"
            )
        }
    )
    for table in FROZEN:
        found |= freeze_table_sql(vendor, table)
    return found


def present(using: str = "default") -> set[str]:
    """Return the names of the triggers that the database has."""
    connection = connections[using]
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {row[0] for row in cursor.fetchall()}


def make(triggers: dict[str, str], using: str = "default") -> None:
    """Create those of ``triggers`` (name → SQL) that are missing."""
    connection = connections[using]
    there = present(using)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_FUNCTION)
            cursor.execute(POSTGRESQL_ORDER)
        for name, sql in triggers.items():
            if name not in there:
                cursor.execute(sql)


def remake(using: str = "default", **kwargs: Any) -> None:
    """Make the triggers again after a migration, when all their tables are there."""
    connection = connections[using]
    if {"audit_entry", *FROZEN} <= set(connection.introspection.table_names()):
        make(expected(connection.vendor), using)
