"""The verbs that each database offers to backup and restore."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The database at one moment: ``alias`` to ask it, ``stream`` with all of it.

    ``size`` in bytes, 0 where nobody knows before it is read.
    """

    alias: str
    stream: IO[bytes]
    size: int = 0


class Engine(Protocol):
    """One kind of database."""

    vendor: str
    member: str
    """Name of the database's file in a backup."""
    packs: bool
    """Whether that file is worth squeezing."""

    def snapshot(self, folder: Path) -> AbstractContextManager[Snapshot]:
        """Yield the site's database as it stands now, while people go on working."""

    def load(self, stream: IO[bytes], folder: Path) -> dict[str, Any]:
        """Make a database of its own from a backup's file; return Django's settings for it."""

    def discard(self, settings: dict[str, Any]) -> None:
        """Remove what ``load`` made."""

    def replace(self, settings: dict[str, Any], former: Path) -> str:
        """Put what ``load`` made in the place of the site's database, at one stroke.

        Return where the former database is kept; "" when there was none.
        """

    def has_replaced(self, settings: dict[str, Any]) -> bool:
        """Tell whether ``replace`` came to its end; for a process that does not know."""

    def take_back(self, former: Path) -> None:
        """Undo what ``replace`` did before its stroke."""

    def refuse_without_rights(self) -> None:
        """Refused when the account may not put another database in the place of this one."""

    def refuse_if_in_use(self) -> None:
        """Refused when anybody else is connected to the site's database."""

    def problems(self, alias: str) -> list[str]:
        """Return what the database itself finds wrong with its contents."""

    def version(self, alias: str) -> str:
        """Return the version of the database."""

    def sizes(self) -> tuple[int, int | None]:
        """Return bytes of the site's database, and of its write-ahead log where it has its own."""
