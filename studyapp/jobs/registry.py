"""Which kinds of long work there are; the apps above name theirs when they are ready."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from studyapp.accounts.models import User
from studyapp.jobs.models import Job

Params = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a job: bytes or a file (it is moved away), and the name it is fetched under.

    ``then`` runs in the transaction that stores the end, once: what was issued is recorded there.
    The job knows name, hash and size of its file by then.
    """

    content: bytes | Path
    file_name: str
    then: Callable[[Job], None] | None = None


class Cancelled(Exception):
    """Nobody waits for this work any longer; raised by ``progress``, to be passed through."""


class Progress(Protocol):
    """How work says how far it is. ``scratch`` is a folder of its own, emptied afterwards."""

    scratch: Path

    def __call__(self, done: int, total: int, step: str = "") -> None:
        """Say that ``done`` of ``total`` steps are done, and in words what comes now."""


Work = Callable[[Job, Progress], Made]
Judge = Callable[[User, Params], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of long work.

    ``may`` is asked when it is started, begun and fetched: may this person have this? ``outside``
    tells whether it holds papers of other branches, which are handed out after the password only.
    """

    name: str
    title: str
    work: Work
    may: Judge
    outside: Judge


_KINDS: dict[str, Kind] = {}


def _nobody(user: User, params: Params) -> bool:
    return False


def job(name: str, *, title: str, may: Judge, outside: Judge = _nobody) -> Callable[[Work], Work]:
    """Name the function that does work of the kind ``name`` (30 characters at most)."""

    def register(work: Work) -> Work:
        _KINDS[name] = Kind(name, title, work, may, outside)
        return work

    return register


def allowed(name: str, user: User, params: Params) -> Kind | None:
    """Return a kind whose work ``user`` may have on these params; None otherwise."""
    kind = find(name)
    return kind if kind is not None and kind.may(user, params) else None


def find(name: str) -> Kind | None:
    """Return a kind; None for one that this release does not know."""
    return _KINDS.get(name)
