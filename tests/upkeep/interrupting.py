"""Something that happens at a named point of a run: when a function is called, or has returned.

As a program it restores a backup and is killed there, as by a power cut:
``python -m tests.upkeep.interrupting POINT FILE``.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def at(point: str, act: Callable[[], object]) -> Iterator[None]:
    """Let ``act`` happen at a point such as ``call Sqlite.replace`` or ``return _put``."""
    wanted = tuple(point.split())

    def look(frame: FrameType, event: str, argument: Any) -> None:
        if (event, frame.f_code.co_qualname) == wanted:
            sys.setprofile(None)
            act()

    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(None)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    import django
    from django.core.management import call_command

    django.setup()
    with at(sys.argv[1], die):
        call_command("restore", sys.argv[2])
