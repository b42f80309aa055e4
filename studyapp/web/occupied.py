"""Who works with the data folder: servers and commands share it, restoring and updating do not.

The system gives the lock back when a process ends, however it ends, so none is ever left behind.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from studyapp.errors import Refused

RESTORING = ".restoring-"
"""How a folder is called in which a restoration makes its data ready."""
NOTE = "note.json"
"""What stands in it from the first change to the last (upkeep.swapping)."""


def _opened() -> int | None:
    """Open the lock's file; None where the folder takes none, and nobody can restore either."""
    path = Path(settings.DATA_DIR) / "serve.lock"
    for flags in (os.O_RDWR | os.O_CREAT, os.O_RDONLY):
        try:
            return os.open(path, flags, 0o600)
        except OSError:
            continue
    return None


def _shared() -> int | None:
    descriptor = _opened()
    if descriptor is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Refused("正在恢复备份或更新数据库：等它做完再启动。") from None
    if _is_unfinished():
        os.close(descriptor)
        raise Refused(
            "上次恢复备份中断了，还没收尾：先执行 manage.py restore（不写文件），"
            "它会退回原样或做完。"
        )
    return descriptor


def _is_unfinished() -> bool:
    """Tell whether a restoration has changed something and has not come to its end."""
    return any(Path(settings.DATA_DIR).glob(f"{RESTORING}*/{NOTE}"))


def share() -> None:
    """Say that this process, and the program that takes its place, serves this folder."""
    descriptor = _shared()
    if descriptor is not None:
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - so is the function


@contextmanager
def at_work() -> Iterator[None]:
    """Let a command share the folder while it works, so that nobody swaps it underneath.

    CommandError while a backup is restored or the database brought up to date.
    """
    try:
        descriptor = _shared()
    except Refused as refusal:
        raise CommandError(str(refusal)) from refusal
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


@contextmanager
def alone() -> Iterator[None]:
    """Keep servers and commands from starting meanwhile; Refused when one runs."""
    descriptor = _opened()
    if descriptor is None:
        raise Refused("数据目录写不进去：检查磁盘和目录的权限。")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Refused(
            "服务或别的命令（备份、每夜维护、后台任务）正在运行：先停下服务，等命令做完，再来一次。"
            "数据没有动。"
        ) from None
    try:
        yield
    finally:
        os.close(descriptor)
