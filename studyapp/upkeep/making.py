"""Making a backup: the database at one moment, then the files that it names, then a proof."""

import json
import platform
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import django
from django.conf import settings
from django.utils import timezone

import studyapp
from studyapp.disk import sync, whole
from studyapp.errors import Refused
from studyapp.upkeep import facts, media
from studyapp.upkeep.checking import NotUpdated, check, remove_left, scratch
from studyapp.upkeep.container import Writer, writing
from studyapp.upkeep.engines import Engine, Snapshot, engine
from studyapp.upkeep.manifest import MEDIA, Damaged, Manifest

BEFORE_UPDATE = "before-update"
_NAME = re.compile(r"studyapp-\d{8}-\d{6}(?:-\d+)?(-before-update)?\.zip(?:\.enc)?")
_NOTE = "backup.json"
_WORDS = """支部学习会的备份，{at} 做的。

这是一个普通的 zip 文件，用任何解压工具都能打开：
- {database}：数据库（{how}）
- media/：上传的文件（原文、扫描件），文件名和数据库里登记的一样
- manifest.json：清单，有版本、每张表的行数、每个文件的大小和 SHA-256、审计记录和签字记录的链值

恢复：manage.py restore 这个文件。核验：manage.py verify 这个文件。
签字记录的封印密钥（record.keys）和站点密钥（secret.key）不在这里，另外保管。
后台任务做出来的文件（手册、档案包）不在这里，要用时再做一次。
"""
_HOW = {
    "sqlite": "SQLite 3，用 sqlite3 打开",
    "postgresql": "PostgreSQL 的 pg_dump -Fc，用 pg_restore 打开",
}


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made and checked; ``removed`` are older ones that went for it."""

    path: Path
    manifest: Manifest
    removed: list[Path]


def usual_folder() -> Path:
    """Return where backups lie when nobody says otherwise."""
    return Path(settings.DATA_DIR) / "backups"


def make(
    *, folder: Path, at: datetime, passphrase: str = "", label: str = "", keep: int = 0
) -> Made:
    """Write a backup into ``folder`` and check it; then keep the newest ``keep`` of its kind.

    Refused where it cannot be written or is not what was written: then nothing stays. Refused too
    where the site itself is not in order, and where the check could not be made (which the name
    then tells); that backup stays, and so do all the older ones.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Refused(f"写不进 {folder}：{error.strerror}。换一个目录。") from error
    remove_left(folder, ".studyapp-*.part")
    path = _free(folder, at, label, ".zip.enc" if passphrase else ".zip")
    unchecked = _unchecked(path)
    _write(unchecked, passphrase, at)
    try:
        manifest, problems = check(unchecked, passphrase)
    except NotUpdated as refusal:
        unchecked.replace(path)
        raise NotUpdated(f"{refusal}备份在 {path}。") from refusal
    except Damaged:
        unchecked.unlink()
        raise
    except Exception as error:
        raise Refused(
            f"备份存在 {unchecked}，但没能核验：{str(error).strip()}。能不能用还不知道："
            f"排除原因以后执行 manage.py verify {unchecked}。更早的备份没有删。"
        ) from error
    unchecked.replace(path)
    sync(folder)
    if problems:
        # The file is what the site is: better than none, and no reason to give up an older one.
        told = "；".join(problems[:3])
        raise Refused(f"备份存在 {path}，但数据本身有问题：{told}。先查明原因；更早的备份没有删。")
    _note(path, at)
    return Made(path, manifest, _remove_older(folder, label, keep) if keep else [])


def _write(path: Path, passphrase: str, at: datetime) -> None:
    kind = engine()
    try:
        with scratch() as scratched, kind.snapshot(scratched) as snapshot:
            found = facts.gather(snapshot.alias)
            with writing(path, passphrase) as writer:
                missing = _put(writer, kind, snapshot, found.media)
                manifest = Manifest(
                    made_at=at.isoformat(timespec="seconds"),
                    product=studyapp.__version__,
                    python=platform.python_version(),
                    django=django.__version__,
                    engine=kind.vendor,
                    database_version=kind.version(snapshot.alias),
                    migrations=found.migrations,
                    rows=found.rows,
                    audit=found.audit,
                    heads=found.heads,
                    keys=found.keys,
                    files=writer.pieces,
                    missing=missing,
                )
                when = f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
                how = _HOW[kind.vendor]
                writer.finish(manifest, _WORDS.format(at=when, database=kind.member, how=how))
    except OSError as error:
        raise Refused(
            f"备份没有做成：{error.strerror or error}。检查 {path.parent} 的空间和权限。"
        ) from error


def _put(writer: Writer, kind: Engine, snapshot: Snapshot, names: list[str]) -> list[str]:
    """Put database and files in; return the names of files that are not there."""
    writer.add(kind.member, snapshot.stream, size=snapshot.size, pack=kind.packs)
    missing = []
    for name in names:
        path = media.root() / name
        try:
            with path.open("rb") as file:
                writer.add(f"{MEDIA}{name}", file, size=path.stat().st_size)
        except FileNotFoundError:
            missing.append(name)
    return missing


def _free(folder: Path, at: datetime, label: str, suffix: str) -> Path:
    """Return a name of the moment that nothing has yet."""
    stem = f"studyapp-{timezone.localtime(at):%Y%m%d-%H%M%S}"
    tail = f"-{label}{suffix}" if label else suffix
    for number in range(100):
        path = folder / (f"{stem}-{number}{tail}" if number else f"{stem}{tail}")
        if not (path.exists() or _unchecked(path).exists()):
            return path
    raise Refused(f"{folder} 里同一时刻的备份太多了。")


def _unchecked(path: Path) -> Path:
    """Return the name under which a backup stands until it is proved."""
    name, dot, suffix = path.name.partition(".")
    return path.with_name(f"{name}-unchecked{dot}{suffix}")


def older(folder: Path, label: str = "") -> Iterator[Path]:
    """Yield the backups of one kind in a folder, newest first."""
    found = [
        path
        for path in folder.glob("studyapp-*")
        if (match := _NAME.fullmatch(path.name)) and bool(match[1]) == bool(label)
    ]
    yield from _newest_first(found)


def _newest_first(paths: Iterable[Path]) -> list[Path]:
    """Sort by time: of two of the same second the names do not tell which came first."""
    return sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)


def _remove_older(folder: Path, label: str, keep: int) -> list[Path]:
    unproved = _newest_first(folder.glob("studyapp-*-unchecked.zip*"))
    gone = [*list(older(folder, label))[keep:], *unproved[keep:]]
    for path in gone:
        path.unlink()
    sync(folder)
    return gone


# --- The note for the status page ----------------------------------------------------------------


def _note(path: Path, at: datetime) -> None:
    """Write down beside the data when the last good backup was made."""
    note = {"at": at.isoformat(), "file": str(path), "size": path.stat().st_size}
    with whole(Path(settings.DATA_DIR) / _NOTE) as file:
        file.write(json.dumps(note, ensure_ascii=False).encode())


@dataclass(frozen=True, slots=True)
class Last:
    """The last good backup; ``size`` in bytes."""

    at: datetime
    file: str
    size: int


def last() -> Last | None:
    """Return what was noted, None when there is no backup yet."""
    try:
        note = json.loads((Path(settings.DATA_DIR) / _NOTE).read_text(encoding="utf-8"))
        return Last(datetime.fromisoformat(note["at"]), str(note["file"]), int(note["size"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
