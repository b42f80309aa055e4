"""Every migration goes down and up again, and what comes up is what was there."""

from django.core.management import call_command
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from studyapp.audit import triggers
from studyapp.web.management.commands.prepare import migrations_are_due
from tests.upkeep.conftest import Site

COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, column_default,
       character_maximum_length::text
FROM information_schema.columns WHERE table_schema = 'public'
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
"""
INDEXES = "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"
TRIGGERS = """
SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
"""
POSTGRESQL = (COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS)
SQLITE = ("SELECT type, tbl_name, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'",)


def schema() -> set[tuple[object, ...]]:
    """Return tables, columns, constraints, indexes and triggers as the database tells them."""
    found: set[tuple[object, ...]] = set()
    with connection.cursor() as cursor:
        for query in POSTGRESQL if connection.vendor == "postgresql" else SQLITE:
            cursor.execute(query)
            found |= set(cursor.fetchall())
    return found


def test_every_migration_goes_down_and_up_again(site: Site) -> None:
    before = schema()
    assert len(before) > 200
    for app in sorted(MigrationLoader(connection).migrated_apps):
        call_command(DjangoMigrate(), app, "zero", interactive=False, verbosity=0)
    left = (
        {row[1] for row in schema()}
        if connection.vendor == "sqlite"
        else set(connection.introspection.table_names())
    )
    assert left == {"django_migrations"}
    call_command("migrate", interactive=False, verbosity=0)
    assert schema() == before
    assert triggers.missing() == []
    assert not migrations_are_due()
