"""The owner takes the oldest entries away: into a file that is checked first, then for good.

Law wants the log for 190 days (《网络安全法》 needs six months); three years are the habit. Nothing
else removes an entry, and the triggers let these go only after the segment is on record.
"""

import hashlib
import os
import subprocess
import sys
from datetime import date, datetime, time
from pathlib import Path

from django.db import connection
from django.utils import timezone

from studyapp.audit import actions, export
from studyapp.audit.anchors import Anchor
from studyapp.audit.checking import check
from studyapp.audit.models import KEPT, Entry, Segment
from studyapp.audit.queries import holds_demo_data
from studyapp.errors import Refused


def seal(*, before: date, to: Path, noted: list[Anchor], by: str, at: datetime) -> Segment:
    """Write the entries before a day to a new file, check it, then take them out of the log.

    `Refused` when the log or the file is not in order, or when it is too early.
    """
    _refuse_without_rights()
    last = _last(before, at)
    if report := check(noted).findings:
        raise Refused(f"审计记录有问题，没有封存：{report[0].sentence}先执行 verify_audit。")
    entries = Entry.objects.filter(seq__lte=last.seq)
    chosen = export.selection(entries, words=f"{before} 以前", whole=True)
    sha256 = _written(to, chosen, by=by, at=at)
    return actions.seal(last, file_name=to.name[:255], sha256=sha256, by=by, at=at)


def _refuse_without_rights() -> None:
    """Before a file is written: the role of the server can only add to the log and read it."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, has_table_privilege('audit_segment', 'INSERT')"
            " AND has_table_privilege('audit_entry', 'DELETE')"
        )
        role, is_allowed = cursor.fetchone()
    if not is_allowed:
        raise Refused(
            f"数据库账号 {role} 不能取走审计记录，没有封存。换属主的账号再来："
            "先执行 . /etc/studyapp/owner.env，见 docs/operations.md。审计记录原样未动。"
        )


def _last(before: date, at: datetime) -> Entry:
    """Return the last entry that goes: all up to it are older than the day, by their order too."""
    if holds_demo_data():
        raise Refused("演示数据不封存。")
    start = datetime.combine(before, time.min, timezone.get_current_timezone())
    if start > at - KEPT:
        raise Refused(f"审计记录至少保存{KEPT.days}天。换一个更早的日期。")
    young = Entry.objects.filter(at__gte=start).order_by("seq").first()
    old = Entry.objects.filter(seq__lt=young.seq) if young else Entry.objects.all()
    last = old.order_by("-seq").first()
    if last is None:
        raise Refused(f"没有 {before} 以前的审计记录，不用封存。")
    return last


def _written(path: Path, chosen: export.Selection, *, by: str, at: datetime) -> str:
    """Put the entries into a new file, on the disk and checked; return its SHA-256."""
    found = hashlib.sha256()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Refused(f"{path} 已经有了，不覆盖。换一个文件名。") from error
    except OSError as error:
        raise Refused(f"{path} 写不进去：{error.strerror}。") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            for line in export.json_lines(chosen, by=by, at=at):
                file.write(line)
                found.update(line)
            file.flush()
            os.fsync(file.fileno())
        _refuse_unreadable(path, found.hexdigest())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return found.hexdigest()


def _refuse_unreadable(path: Path, sha256: str) -> None:
    """Read the file again, with the program that will read it in years, and compare its hash."""
    with path.open("rb") as file:
        same = hashlib.file_digest(file, "sha256").hexdigest() == sha256
    command = [sys.executable, "-I", str(export.VERIFIER), str(path)]
    checked = subprocess.run(command, check=False, capture_output=True)  # noqa: S603 -- our own
    if checked.returncode or not same:
        raise Refused(f"{path} 写下后核验不过，审计记录原样未动。检查磁盘再来。")
