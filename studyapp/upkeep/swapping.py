"""The last steps of a restoration, written down before they are done.

A process can be killed between any two of them. The next one finds what was made ready in a folder
``.restoring-…``, and in it a note. The database changes hands in one rename: up to it everything
is undone, after it everything is done to the end. Until then no server and no command starts.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings

from studyapp.disk import sync, whole
from studyapp.errors import Refused
from studyapp.upkeep import media
from studyapp.upkeep.engines import Engine, engine
from studyapp.web.occupied import NOTE, RESTORING, alone

_NEXT = "先不要启动服务；排除原因以后执行 manage.py restore（不写文件），它会退回原样或做完。"


@contextmanager
def made_ready() -> Iterator[Path]:
    """Yield a folder (0700) for what is to come; it stays where its steps are not finished."""
    folder = Path(tempfile.mkdtemp(prefix=RESTORING, dir=settings.DATA_DIR))
    try:
        yield folder
    finally:
        if not (folder / NOTE).exists():
            shutil.rmtree(folder)


@dataclass(frozen=True, slots=True)
class Swap:
    """From the former state to that of a backup.

    ``made`` are Django's settings of the new database, ``moved`` the files that lie ready in
    ``folder`` to be moved in, ``known`` all files that the new database names.
    """

    backup: str
    folder: str
    former: str
    made: dict[str, Any]
    moved: list[str]
    known: list[str]

    def run(self) -> tuple[str, int]:
        """Do it; return where the former database is kept, and how many files are.

        What fails before the rename is undone.
        """
        kind = engine()
        self.write_down()
        try:
            files = media.keep(Path(self.former) / "media")
            media.put(self.moved, self._media)
            kept = kind.replace(self.made, Path(self.former))
        except BaseException as error:
            self._settle_after(error, kind)
            raise
        self.finish()
        return kept, files

    def undo(self, kind: Engine) -> None:
        """Go back to the former state; may be begun again at any point."""
        former = Path(self.former)
        for name in self.moved:
            # What still lies ready was never moved in.
            if not (self._media / name).exists():
                media.take_back(name, former / "media" / name)
        kind.take_back(former)
        # From here nothing is needed of the second names.
        replace(self, moved=[]).write_down()
        shutil.rmtree(former, ignore_errors=True)
        self._forget()
        kind.discard(self.made)

    def finish(self) -> None:
        """Do what comes after the rename; may be begun again at any point."""
        anchor, aside = Path(settings.AUDIT_ANCHOR), Path(self.former) / "audit.anchor"
        # The log is truly shorter now than its anchor tells; the next daily run notes a new one.
        if anchor.exists() and not aside.exists():
            anchor.replace(aside)
        media.remove_others(self.known)
        self._forget()

    @property
    def _media(self) -> Path:
        return Path(self.folder) / "media"

    def write_down(self) -> None:
        """Note on the disk what is to be done."""
        with whole(Path(self.folder) / NOTE) as file:
            file.write(json.dumps(asdict(self), ensure_ascii=False).encode())

    def _forget(self) -> None:
        (Path(self.folder) / NOTE).unlink()
        sync(Path(self.folder))

    def _settle_after(self, error: BaseException, kind: Engine) -> None:
        """Undo unless the rename was done; Refused tells where neither can be known or done."""
        try:
            if not kind.has_replaced(self.made):
                self.undo(kind)
        except Exception as second:  # noqa: BLE001 - whatever it is, it is told
            raise Refused(f"恢复没有做完（{error}），也没能退回（{second}）。{_NEXT}") from error


def settle() -> str:
    """Undo or finish what a killed restoration left; return what it was, "" where there is none.

    The caller has the folder for itself, or nobody has it yet.
    """
    told = []
    for folder in sorted(Path(settings.DATA_DIR).glob(f"{RESTORING}*")):
        note = folder / NOTE
        if note.exists():
            told.append(_settle(Swap(**json.loads(note.read_text(encoding="utf-8")))))
        else:
            told.append("上次恢复备份在准备时中断了，数据没有动过。")
        shutil.rmtree(folder)
    return "\n".join(told)


def _settle(swap: Swap) -> str:
    kind = engine()
    if kind.has_replaced(swap.made):
        swap.finish()
        return (
            f"上次恢复 {swap.backup} 在换过数据以后中断了，现在已做完："
            f"数据是备份里的，原来的留在 {swap.former}。"
        )
    swap.undo(kind)
    return (
        f"上次恢复 {swap.backup} 中断了，已退回：数据是恢复以前的，一样不少。要恢复就再执行一次。"
    )


def settle_left() -> str:
    """Take the folder and settle, where something is left to settle."""
    if not any(Path(settings.DATA_DIR).glob(f"{RESTORING}*")):
        return ""
    with alone():
        return settle()
