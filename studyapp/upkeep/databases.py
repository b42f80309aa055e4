"""Working on another database than the site's own for a while: a copy, a target.

Every model, action and check then works there, as it stands; a command is alone in its process, so
nobody else notices.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def connected(alias: str, settings: dict[str, Any]) -> Iterator[BaseDatabaseWrapper]:
    """Yield a connection to a database that is known as ``alias`` meanwhile."""
    known = connections.configure_settings({DEFAULT_DB_ALIAS: {**settings}})
    connections.databases[alias] = known[DEFAULT_DB_ALIAS]
    try:
        yield connections[alias]
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.databases[alias]


@contextmanager
def working_in(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let everything that names no database work in this one."""
    usual = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = connection
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = usual
        ContentType.objects.clear_cache()
