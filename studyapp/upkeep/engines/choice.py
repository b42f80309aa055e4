"""Which engine it is."""

from django.db import connection

from studyapp.errors import Refused
from studyapp.upkeep.engines.engine import Engine
from studyapp.upkeep.engines.postgresql import Postgresql
from studyapp.upkeep.engines.sqlite import Sqlite

_ENGINES: dict[str, type[Sqlite] | type[Postgresql]] = {
    "sqlite": Sqlite,
    "postgresql": Postgresql,
}
_SHOWN = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def engine() -> Engine:
    """Return the engine of the database that is worked in."""
    return _ENGINES[connection.vendor](connection.settings_dict)


def named(vendor: str) -> str:
    """Return a database's name as people write it."""
    return _SHOWN.get(vendor, vendor)


def refuse_other(vendor: str) -> None:
    """Refused when a backup is of another kind than the site's database."""
    if vendor != connection.vendor:
        raise Refused(
            f"这份备份来自 {named(vendor)}，这个站点用的是 {named(connection.vendor)}。"
            "先在用同一种数据库的站点恢复；从 SQLite 换到 PostgreSQL 用 manage.py transfer。"
        )
