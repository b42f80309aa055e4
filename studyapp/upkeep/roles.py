"""What the server's own role may do where PostgreSQL has two: docs/postgresql-roles.sql.

A backup carries no rights, and an update makes tables that have none yet; so whoever restores or
updates as the owner gives them again.
"""

import re

from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from studyapp import env
from studyapp.errors import Refused

_STATEMENTS = env.BASE / "docs/postgresql-roles.sql"
_ROLE = "study_app"
"""As the file calls it."""


def refuse_unknown() -> None:
    """Refused where STUDYAPP_DATABASE_ROLE names nobody: before anything is changed for it."""
    if not settings.DATABASE_ROLE or connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [settings.DATABASE_ROLE])
        if cursor.fetchone() is None:
            raise Refused(
                f"数据库里没有账号 {settings.DATABASE_ROLE}：先建好它，再来一次，"
                "见 docs/postgresql-roles.sql。"
            )


def grant() -> None:
    """Give STUDYAPP_DATABASE_ROLE its rights in the database that is worked in.

    Nothing where no role is named. Refused where there is no such role, or this is not the owner.
    """
    role = settings.DATABASE_ROLE
    if not role or connection.vendor != "postgresql":
        return
    # A name that needs no quotes (env.role).
    statements = re.sub(rf"\b{_ROLE}\b", role, _STATEMENTS.read_text(encoding="utf-8"))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statements)
    except ProgrammingError as error:
        raise Refused(
            f"没能给数据库账号 {role} 授权（{str(error).strip()}）。"
            "先建好这个账号，用属主的账号再来一次，见 docs/postgresql-roles.sql。"
        ) from error
