"""Bringing a backup back: everything is checked and made ready beside, then swapped (`swapping`).

Until the swap the site is as it was. What it was stays under a dated name.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from studyapp.audit import triggers
from studyapp.audit.actions import record
from studyapp.errors import Refused
from studyapp.jobs.models import Job
from studyapp.upkeep import media, roles
from studyapp.upkeep.checking import every_file, inside, load, opened, scratch
from studyapp.upkeep.databases import connected, working_in
from studyapp.upkeep.engines import engine
from studyapp.upkeep.manifest import Manifest
from studyapp.upkeep.swapping import Swap, made_ready
from studyapp.web.occupied import alone

RESTORED = "恢复备份"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back, and where the former state is kept: ``database`` "" for none."""

    manifest: Manifest
    database: str
    folder: Path
    files: int
    problems: list[str]


def restore(path: Path, *, at: datetime, passphrase: str = "", despite: bool = False) -> Restored:
    """Put the site back to where a backup was made; Refused leaves it as it is.

    ``despite`` takes a whole backup of a site that was not in order by then.
    """
    with alone(), opened(path, passphrase) as backup, made_ready() as folder:
        kind = engine()
        kind.refuse_without_rights()
        kind.refuse_if_in_use()
        every_file(backup)
        made = load(backup, folder)
        try:
            with connected("copy", made) as copied, working_in(copied):
                problems = inside(backup.manifest)
                _refuse_unless(despite, problems)
                _make_ready(path, backup.manifest)
            moved = media.unpack(backup, folder / "media")
            former = _former(at)
        except BaseException:
            kind.discard(made)
            raise
        known = [*backup.manifest.media, *backup.manifest.missing]
        swap = Swap(path.name, str(folder), str(former), made, moved, known)
        kept, files = swap.run()
        return Restored(backup.manifest, kept, former, files, problems)


def _refuse_unless(despite: object, problems: list[str]) -> None:
    if problems and not despite:
        told = "；".join(problems[:5])
        raise Refused(
            f"这份备份里的数据有问题，没有恢复，现在的数据没有动：{told}。换一份备份；"
            "只有这一份时，加 --despite-problems 恢复，再查明原因。"
        )


def _make_ready(path: Path, manifest: Manifest) -> None:
    """Write down in the copy's log what is done with it, and end what is of its time."""
    triggers.remake()
    if lost := triggers.missing():
        raise Refused(f"触发器建不起来：{'、'.join(lost)}。数据没有动。")
    roles.grant()
    with transaction.atomic():
        # Whoever was signed out or disabled since then stays out: everybody signs in again.
        Session.objects.all().delete()
        Job.objects.exclude(file="").update(file="")
        when = timezone.localtime(manifest.at)
        record(RESTORED, target=f"{path.name}（{when:%Y-%m-%d %H:%M} 做的备份）")


def _former(at: datetime) -> Path:
    folder = Path(settings.DATA_DIR) / f"former-{timezone.localtime(at):%Y%m%d-%H%M%S}"
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        raise Refused(f"{folder} 已经有了：过一秒再来一次。") from None
    return folder


def put_back(path: Path, *, at: datetime) -> str:
    """Put back the database alone, exactly as the backup has it; return where the other is kept.

    For an update that failed half-way. The caller holds the folder for itself.
    """
    with opened(path, "") as backup, scratch() as folder:
        kind = engine()
        made = load(backup, folder)
        try:
            with connected("copy", made) as copied, working_in(copied):
                roles.grant()
            return kind.replace(made, _former(at))
        except BaseException:
            kind.discard(made)
            raise
