"""Whether a backup, or the site as it stands, is whole: files, rows, chains."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connection
from django.db.migrations.loader import MigrationLoader

import studyapp
from studyapp.audit import anchors
from studyapp.audit import checking as log
from studyapp.errors import Refused
from studyapp.minutes.models import Scan
from studyapp.minutes.verify import Report, find
from studyapp.upkeep import facts, media
from studyapp.upkeep.container import Reader, reading
from studyapp.upkeep.databases import connected, working_in
from studyapp.upkeep.engines import engine
from studyapp.upkeep.engines.choice import refuse_other
from studyapp.upkeep.manifest import MEDIA, Manifest, version
from studyapp.web.management.commands.prepare import migrations_are_due

_DAY = 86_400  # seconds


class NotUpdated(Refused):
    """The backup is whole, but a migration does not go through on what is in it."""


class _Nowhere:
    """Takes bytes and keeps none."""

    def write(self, data: bytes) -> int:
        return len(data)


def remove_left(folder: Path, pattern: str) -> None:
    """Remove what nobody has touched for a day: nothing here takes so long."""
    for path in folder.glob(pattern):
        if time.time() - path.stat().st_mtime > _DAY:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield a folder for copies (0700), on the disk of the data itself; removed afterwards.

    What a killed process left behind more than a day ago goes first: it holds people's words.
    """
    remove_left(Path(settings.DATA_DIR), ".upkeep-*")
    with tempfile.TemporaryDirectory(prefix=".upkeep-", dir=settings.DATA_DIR) as name:
        yield Path(name)


# --- A backup ------------------------------------------------------------------------------------


def check(path: Path, passphrase: str = "") -> tuple[Manifest, list[str]]:
    """Look at every part of a backup in a copy; return what it says and what is wrong.

    Refused for a file that is damaged, newer than this program, or no backup. The site is not
    touched.
    """
    with opened(path, passphrase) as backup, scratch() as folder:
        every_file(backup)
        with loaded(backup, folder):
            return backup.manifest, inside(backup.manifest)


@contextmanager
def opened(path: Path, passphrase: str) -> Iterator[Reader]:
    """Open a backup that this program can use."""
    if not path.is_file():
        raise Refused(f"没有 {path} 这个文件。")
    with reading(path, passphrase) as backup:
        refuse_newer(backup.manifest)
        refuse_other(backup.manifest.engine)
        yield backup


def refuse_newer(manifest: Manifest) -> None:
    """Refused when a newer program made it: this one does not know its tables."""
    known = MigrationLoader(None).disk_migrations
    unknown = [
        f"{app}.{name}"
        for app, names in manifest.migrations.items()
        for name in names
        if (app, name) not in known
    ]
    if version(manifest.product) > version(studyapp.__version__) or unknown:
        told = f"（{'、'.join(unknown[:3])}）" if unknown else ""
        raise Refused(
            f"这份备份是 {manifest.product} 版做的，比这个程序（{studyapp.__version__}）新{told}。"
            "先升级程序再恢复。数据没有动。"
        )


def every_file(backup: Reader) -> None:
    """Read every file and compare it with the manifest; Damaged for the first that differs."""
    for piece in backup.manifest.files:
        backup.copy(piece, _Nowhere())


def load(backup: Reader, folder: Path) -> dict[str, Any]:
    """Make a database of its own from the one in a backup; return its settings."""
    with backup.open(backup.manifest.database) as stream:
        return engine().load(stream, folder)


@contextmanager
def loaded(backup: Reader, folder: Path) -> Iterator[dict[str, Any]]:
    """Work in a copy of a backup's database meanwhile; it is thrown away afterwards."""
    kind = engine()
    made = load(backup, folder)
    try:
        with connected("copy", made) as copied, working_in(copied):
            yield made
    finally:
        kind.discard(made)


def inside(manifest: Manifest) -> list[str]:
    """Return what is wrong in the database that is worked in; brings older tables up to date."""
    problems = engine().problems("default")
    found = facts.gather("default")
    problems += [
        f"{table} 应有 {manifest.rows.get(table, 0)} 行，实有 {found.rows.get(table, 0)} 行"
        for table in sorted(manifest.rows.keys() | found.rows.keys())
        if manifest.rows.get(table, 0) != found.rows.get(table, 0)
    ]
    for what, told, there in (
        ("数据库结构", manifest.migrations, found.migrations),
        ("审计记录的最新一条", manifest.audit, found.audit),
        ("签字记录的链值", manifest.heads, found.heads),
    ):
        if told != there:
            problems.append(f"{what}和备份的清单不一致")
    if problems:
        return problems
    if migrations_are_due():
        _update()
    return chains(manifest.rows, here=False) + _files(manifest)


def _update() -> None:
    """Bring the copy's tables up to date; NotUpdated when a migration fails on these rows."""
    try:
        call_command(DjangoMigrate(), interactive=False, verbosity=0)
    except Exception as error:
        raise NotUpdated(
            f"更新数据库结构先在副本上试了一遍，没有成功（{error}）。现在的数据没有动。"
        ) from error


def _files(manifest: Manifest) -> list[str]:
    """Return what the database names and the backup has not, or has otherwise."""
    known = manifest.media
    problems = [
        f"备份里缺少上传的文件 {name}"
        for name in facts.media_names("default")
        if name not in known and name not in manifest.missing
    ]
    for name, sha256 in Scan.objects.values_list("file", "sha256"):
        if name in known and known[name].sha256 != sha256:
            problems.append(f"扫描件 {MEDIA}{name} 和上传时的不一样")
    return problems


def chains(rows: dict[str, int], *, here: bool) -> list[str]:
    """Return what is wrong with the log and the signed versions; nothing of an empty database.

    ``here`` is for the site itself: with its anchors and the files of its scans.
    """
    if not rows.get("audit_entry"):
        return []
    report = log.check(anchors.own() if here else ())
    found = [finding.sentence for finding in report.findings]
    gone = sorted(set(facts.gather("default").keys) - settings.RECORD_KEYS.keys())
    if gone:
        named = "、".join(gone)
        return [*found, f"封印密钥 {named} 不在 record.keys 里：先把另外保管的文件放回数据目录"]
    return [*found, *find(Report(), scans=here)]


# --- The site ------------------------------------------------------------------------------------


def site() -> list[str]:
    """Return what is wrong with the running site; nothing is changed."""
    if migrations_are_due():
        return ["数据库结构不是最新的，先执行 manage.py prepare"]
    found = facts.gather(connection.alias)
    return [
        *engine().problems("default"),
        *chains(found.rows, here=True),
        *(f"上传的文件 {name} 不在了" for name in media.absent(found.media)),
    ]
