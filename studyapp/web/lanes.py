"""Which requests wait behind each other: what takes long has a thread of its own in every worker.

At nine o'clock a whole bureau signs in, and each password costs as much as two pages; a file is
read by another process for seconds. Whoever only turns a page does not wait for either.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TypeVar

from django.http.response import HttpResponseBase

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class Lane(StrEnum):
    """One thread each, and so one connection to the database each, in every worker."""

    PAGES = "pages"
    SIGN_INS = "sign-ins"
    FILES = "files"


def in_lane(lane: Lane) -> Callable[[View], View]:
    """Let what is sent to a view wait in ``lane``; its pages are pages like all others.

    Stands next to the function, so that the decorators round it carry the mark outwards.
    """

    def decorate(view: View) -> View:
        view.lane = lane  # type: ignore[attr-defined]
        return view

    return decorate


def lane_of(view: object) -> Lane:
    """Return where what is sent to ``view`` waits."""
    return getattr(view, "lane", Lane.PAGES)


LEAVE_SECONDS = 15
"""For requests at work when the server is told to go; a change waits for 10 at most."""
STUCK = 60
"""Seconds after which a lane is not at work any more, but stands still: uploads have 40."""
_since: dict[Lane, float] = {}


@contextmanager
def works(lane: Lane) -> Iterator[None]:
    """Note that the thread of a lane has begun something, until it is done."""
    _since[lane] = time.monotonic()
    try:
        yield
    finally:
        del _since[lane]


def stands_still() -> list[Lane]:
    """Return the lanes of this worker in which nothing has moved for a minute."""
    now = time.monotonic()
    return [lane for lane, begun in list(_since.items()) if now - begun > STUCK]
