"""What leaves the system is written down."""

from datetime import datetime
from typing import Any

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record as audit
from studyapp.audit.models import Operation
from studyapp.branches.models import Unit
from studyapp.papers.models import IssuedFile


@transaction.atomic
def issue(
    *,
    unit: Unit,
    subject: str,
    paper: str,
    file_name: str,
    sha256: str,
    size: int,
    by: User,
    at: datetime,
    version: int = 0,
    check_code: str = "",
    target: str = "",
    **facts: Any,
) -> IssuedFile:
    """Record a file that is handed out: who, when, what, and the hash of its bytes.

    ``facts`` go into the audit log with it.
    """
    issued = IssuedFile.objects.create(
        unit=unit,
        subject=subject,
        paper=paper,
        version=version,
        check_code=check_code,
        file_name=file_name[-300:],
        sha256=sha256,
        size=size,
        by=by,
        by_name=by.name,
        at=at,
    )
    audit(
        f"导出{paper}",
        operation=Operation.READ,
        by=by,
        target=target or file_name,
        unit=unit,
        version=version,
        sha256=sha256,
        **facts,
    )
    return issued
