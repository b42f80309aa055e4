"""A binder of papers: cover, 目录 with page numbers, the papers one after another."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from studyapp.documents.blocks import Document


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper with its line in the 目录; it starts a page."""

    title: str
    document: Document


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the binder: papers under one heading of the 目录."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """One binder; ``cover`` are the lines under its title: organisation, year, who keeps it.

    Pages are numbered through; the numbers of the 目录 are these.
    """

    title: str
    cover: tuple[str, ...]
    chapters: tuple[Chapter, ...]
    language: str = "zh-CN"

    @property
    def moment(self) -> datetime | None:
        """When the newest of its papers was settled; None when none of them says."""
        return max((e.document.moment for e in self.entries() if e.document.moment), default=None)

    def entries(self) -> Iterator[Entry]:
        """Every paper in order."""
        for chapter in self.chapters:
            yield from chapter.entries
