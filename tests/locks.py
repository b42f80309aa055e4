"""Whether an action locks rows after it wrote to the log, as PostgreSQL sees it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

_WRITES = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
_LOCKS = re.compile(r'SELECT .*?FROM "(\w+)".* FOR (?:NO KEY )?UPDATE', re.DOTALL)
_LOG = "audit_entry"


@contextmanager
def watched() -> Iterator[list[str]]:
    """Yield what goes wrong meanwhile: tables that an action first touches after the log.

    An action is the outermost transaction. A table that it locked before it may lock again: what
    it then finds in it should be what it locked.
    """
    wrong: list[str] = []
    action, touched = None, set[str]()

    def watch(execute: Any, sql: str, params: Any, *more: Any) -> Any:
        nonlocal action, touched
        now = next(iter(connection.savepoint_ids), None)
        if now != action:
            action, touched = now, set()
        result = execute(sql, params, *more)
        found = _LOCKS.match(sql) or _WRITES.match(sql)
        if action and found:
            table, takes = found[1], not sql.startswith("INSERT")
            late = takes and _LOG in touched and table not in touched
            # What finds no row locks none.
            if late and more[1]["cursor"].rowcount:
                wrong.append(f"{table} after the log: {sql[:40]}")
            touched.add(table)
        return result

    with connection.execute_wrapper(watch):
        yield wrong
