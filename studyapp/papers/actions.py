"""What leaves the system is written down; so is who changed how a unit's papers look."""

from datetime import datetime
from typing import Any

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record as audit
from studyapp.audit.models import Operation
from studyapp.branches.models import Unit
from studyapp.errors import Refused, Stale
from studyapp.papers.consequences import refusal
from studyapp.papers.models import IssuedFile, PaperProfile

_CHANGED = "打开这一页以后，别人改过本单位的版式。刷新看看现在的，再决定要不要改。"


@transaction.atomic
def set_profile(
    unit: Unit, *, seen: str, values: dict[str, Any], by: User, at: datetime
) -> PaperProfile:
    """Store the layout of a unit; ``seen`` is the ``state`` of what the form was made from."""
    profile = _locked(unit, seen) or PaperProfile(unit=unit)
    before = {name: getattr(profile, name) for name in values}
    for name, value in values.items():
        setattr(profile, name, value)
    if words := refusal(profile.layout):
        raise Refused(words)
    profile.updated_by, profile.updated_at = by, at
    profile.save()
    changed = {n: [str(before[n]), str(v)] for n, v in values.items() if before[n] != v}
    audit("设置版式", by=by, target=unit.name, unit=unit, changed=changed)
    return profile


@transaction.atomic
def clear_profile(unit: Unit, *, seen: str, by: User) -> None:
    """Take away the layout of a unit: it follows the nearest above again, else 国标."""
    profile = _locked(unit, seen)
    if profile is None:
        raise Refused("本单位没有自己的版式，不用恢复。")
    profile.delete()
    audit("取消版式", by=by, target=unit.name, unit=unit)


def _locked(unit: Unit, seen: str) -> PaperProfile | None:
    """Return the stored layout, once no other can be stored beside it; refuse an old form."""
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    profile = PaperProfile.objects.filter(unit=unit).first()
    if seen != (profile.state if profile else ""):
        raise Stale(_CHANGED)
    return profile


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
