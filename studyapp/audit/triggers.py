"""Database triggers that keep logs and signed rows as they are, on both databases.

Django rebuilds SQLite tables on some migrations and drops their triggers with them, so they are
made again after every migration and checked by /healthz.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connections

from studyapp.audit import release


@dataclass(frozen=True, slots=True)
class Order:
    """A table whose rows form chains: each follows the last one by number and by hash.

    ``within`` is the column that tells the chains apart; empty for one chain. ``start`` is SQL for
    number and hash that the first row follows, where these may be others than 0 and "".
    """

    table: str
    number: str
    hash: str
    previous: str = "previous"
    within: str = ""
    start: tuple[str, str] = ("0", "''")

    def _last(self, columns: str) -> str:
        where = f"WHERE {self.within} = NEW.{self.within} " if self.within else ""
        tail = f"{where}ORDER BY {self.number} DESC LIMIT 1"
        return f"SELECT {columns} FROM {self.table} {tail}"  # noqa: S608 -- names of our own

    @property
    def sqlite(self) -> str:
        """A trigger that refuses a row out of order, INSERT OR REPLACE included."""
        return f"""
            CREATE TRIGGER {self.table}_in_order BEFORE INSERT ON {self.table}
            WHEN NEW.{self.number} IS NOT
                COALESCE(({self._last(self.number)}), {self.start[0]}, 0) + 1
              OR NEW.{self.previous} IS NOT
                COALESCE(({self._last(self.hash)}), {self.start[1]}, '')
            BEGIN SELECT RAISE(ABORT, '{self.table} must grow in order'); END"""

    @property
    def postgresql(self) -> str:
        """The trigger; what it does stands in :attr:`function`."""
        return (
            f"CREATE TRIGGER {self.table}_in_order BEFORE INSERT ON {self.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {self.table}_in_order()"
        )

    @property
    def function(self) -> str:
        """Body of the function that the trigger of PostgreSQL calls."""
        return f"""
            DECLARE last_number bigint; last_hash text;
            BEGIN
              {self._last(f"{self.number}, {self.hash} INTO last_number, last_hash")};
              IF NEW.{self.number} <> COALESCE(last_number, {self.start[0]}, 0) + 1
                OR NEW.{self.previous} <> COALESCE(last_hash, {self.start[1]}, '') THEN
                RAISE EXCEPTION '{self.table} must grow in order';
              END IF;
              RETURN NEW;
            END"""


@dataclass(frozen=True, slots=True)
class Guard:
    """A rule between two tables, which no constraint can hold: rows that ``when`` are refused.

    ``when`` is a condition on the row that is written, ``NEW``; it may ask other tables.
    """

    name: str
    table: str
    when: str
    words: str

    def triggers(self, vendor: str) -> dict[str, str]:
        """Return the triggers by name."""
        if vendor == "sqlite":
            return {
                f"{self.name}_{event.lower()}": (
                    f"CREATE TRIGGER {self.name}_{event.lower()} BEFORE {event} ON {self.table} "
                    f"WHEN {self.when} BEGIN SELECT RAISE(ABORT, '{self.words}'); END"
                )
                for event in ("INSERT", "UPDATE")
            }
        return {
            self.name: (
                f"CREATE TRIGGER {self.name} BEFORE INSERT OR UPDATE ON {self.table} "
                f"FOR EACH ROW EXECUTE FUNCTION {self.name}()"
            )
        }

    @property
    def function(self) -> str:
        """Body of the function that the trigger of PostgreSQL calls."""
        return f"""
            BEGIN
              IF {self.when} THEN
                RAISE EXCEPTION '{self.words}' USING ERRCODE = 'integrity_constraint_violation';
              END IF;
              RETURN NEW;
            END"""


GUARDS: list[Guard] = []
"""Rules between tables; an app adds its own when it is ready."""
FROZEN = ["audit_entry", "audit_segment"]
"""Tables whose rows never change; an app adds its own when it is ready."""
IN_ORDER = [
    Order("audit_entry", number="seq", hash="digest", start=release.START),
    Order("audit_segment", number="number", hash="last_digest"),
]
"""Tables that only grow in order; an app adds its own when it is ready."""

_FROZEN_FUNCTION = """
    BEGIN
      RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
    END"""


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
            f"CREATE TRIGGER {table}_frozen BEFORE DELETE OR UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION studyapp_frozen()"
        ),
        f"{table}_no_truncate": (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION studyapp_frozen()"
        ),
    }


def expected(vendor: str) -> dict[str, str]:
    """Return by name the triggers of the frozen tables and of those that grow in order."""
    found: dict[str, str] = {}
    for table in FROZEN:
        found |= freeze_table_sql(vendor, table)
    for order in IN_ORDER:
        found[f"{order.table}_in_order"] = order.sqlite if vendor == "sqlite" else order.postgresql
    for guard in GUARDS:
        found |= guard.triggers(vendor)
    return found | release.triggers(vendor)


def functions() -> dict[str, str]:
    """Return by name the bodies of the functions that the triggers of PostgreSQL call."""
    orders = {f"{order.table}_in_order": order.function for order in IN_ORDER}
    guards = {guard.name: guard.function for guard in GUARDS}
    return {"studyapp_frozen": _FROZEN_FUNCTION} | orders | guards | release.functions()


def _there(using: str) -> dict[str, tuple[str, bool]]:
    """Return by name each trigger's table, and whether it does what it should.

    One that was made again under its name to do nothing is as good as none. So is one that
    PostgreSQL was told to pass over, or whose function was emptied.
    """
    connection = connections[using]
    wanted = {name: sql.split() for name, sql in expected(connection.vendor).items()}
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
            return {
                name: (table, sql.split() == wanted.get(name, sql.split()))
                for name, table, sql in cursor.fetchall()
            }
        cursor.execute(
            "SELECT tgname, tgrelid::regclass::text, tgenabled IN ('O', 'A'), "
            "pg_get_triggerdef(pg_trigger.oid, true), proname, prosrc "
            "FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal"
        )
        bodies = functions()
        return {
            name: (
                table,
                armed
                and sql.split() == wanted.get(name, sql.split())
                and body == bodies.get(function, body),
            )
            for name, table, armed, sql, function, body in cursor.fetchall()
        }


def present(using: str = "default") -> set[str]:
    """Return the names of the triggers that the database has and that do what they should."""
    return {name for name, (_, armed) in _there(using).items() if armed}


def missing(using: str = "default") -> list[str]:
    """Return the names of the triggers that should be there and are not, or do nothing."""
    return sorted(expected(connections[using].vendor).keys() - present(using))


def make(triggers: dict[str, str], using: str = "default") -> None:
    """Create those of ``triggers`` (name → SQL) that are missing or disarmed."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for function, body in functions().items():
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger "
                    f"AS $${body}$$ LANGUAGE plpgsql"
                )
        there = _there(using)
        for name, sql in triggers.items():
            table, armed = there.get(name, ("", False))
            if armed:
                continue
            if table:
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER {name}{on}")
            cursor.execute(sql)


def let_rebuild(using: str = "default", **kwargs: Any) -> None:
    """Take the guards away before a migration on SQLite; :func:`remake` puts them back after it.

    SQLite renames no table while a trigger of another one asks for what was just dropped, and that
    is how Django changes a table there.
    """
    connection = connections[using]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for guard in GUARDS:
                for name in guard.triggers("sqlite"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def remake(using: str = "default", **kwargs: Any) -> None:
    """Make the triggers again after a migration, when all their tables are there."""
    connection = connections[using]
    if set(FROZEN) <= set(connection.introspection.table_names()):
        make(expected(connection.vendor), using)
