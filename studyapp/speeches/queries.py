"""Questions about speeches, for the list, the reading page and the review."""

import math
import re
from dataclasses import dataclass, field
from itertools import pairwise

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Length

from studyapp.access.permissions import P
from studyapp.access.roles import allows
from studyapp.accounts.models import User
from studyapp.branches.models import MEMBERSHIP_ROLE, Unit, memberships_of
from studyapp.speeches.anchors import Span, find
from studyapp.speeches.headings import match_marker
from studyapp.speeches.models import (
    Passage,
    PassageKind,
    ReadingPosition,
    Speech,
    Theme,
    Version,
    Zone,
)
from studyapp.text.cjk import READ_PER_MINUTE, chinese_number
from studyapp.text.punctuation import full_width_punctuation

CONTENT = (PassageKind.HEADING, PassageKind.BODY)
"""Kinds that stand in a theme, the opening or the closing."""
SPOKEN = (PassageKind.SALUTATION, *CONTENT)
"""Kinds that are read; their length gives the reading time."""

_TITLE_ENDS = re.compile(r"[。；：，！？;:,!?\n]")
_TITLE_LENGTH = 30
_CLAUSE_ENDS = re.compile(r"[，,：:、]\s{0,4}|[ \u3000]{1,4}")
_SENTENCE_ENDS = re.compile(r"[。！？；!?;][”’）)」』]{0,2}\s{0,4}")


def minutes(characters: int) -> int:
    """Whole minutes to read so many characters silently, rounded up."""
    return math.ceil(characters / READ_PER_MINUTE)


def split_heading(text: str) -> tuple[str, str]:
    """Return a heading's numbering as printed (may be empty) and its words."""
    text = text.strip()
    marker = match_marker(text)
    if marker is None:
        return "", text
    return text[: marker.length].strip(), text[marker.length :].strip()


def suggested_title(text: str) -> str:
    """Return the name a theme gets that starts with ``text``: its first words."""
    words = _TITLE_ENDS.split(split_heading(text)[1], maxsplit=1)[0].strip()
    return words[:_TITLE_LENGTH] or "新专题"


def units_to_import(user: User) -> list[Unit]:
    """Return the units that ``user`` may bring a text in for, by an own post there.

    What organ staff may do in everything below does not count: a text of theirs is the organ's.
    """
    return [
        membership.unit
        for membership in memberships_of(user)
        if allows(frozenset({MEMBERSHIP_ROLE[membership.role]}), P.SPEECH_IMPORT)
    ]


def withdrawn(user: User) -> QuerySet[Speech]:
    """Return the withdrawn texts of the units that ``user`` may bring texts in for."""
    return Speech.objects.filter(unit__in=units_to_import(user), withdrawn_at__isnull=False)


def listed(user: User, *, withdrawn_ones: bool = False) -> QuerySet[Speech]:
    """Return the visible speeches, newest first, with ``theme_count`` and ``characters``.

    Withdrawn ones stand in a list of their own, for who may reinstate them.
    """
    found = withdrawn(user) if withdrawn_ones else Speech.objects.visible_to(user).in_use()
    newest = Version.objects.filter(speech=OuterRef("pk")).order_by("-number").values("pk")[:1]
    length = (
        Passage.objects.filter(version=OuterRef("newest"), kind__in=SPOKEN)
        .order_by()
        .values("version")
        .annotate(total=Sum(Length("text")))
        .values("total")
    )
    themes = (
        Theme.objects.in_use()
        .filter(speech=OuterRef("pk"))
        .order_by()
        .values("speech")
        .annotate(total=Count("pk"))
        .values("total")
    )
    return (
        found.select_related("unit")
        .annotate(
            newest=Subquery(newest),
            characters=Coalesce(Subquery(length, output_field=IntegerField()), 0),
            theme_count=Coalesce(Subquery(themes, output_field=IntegerField()), 0),
        )
        .order_by("-created_at", "-pk")
    )


def newest(speech: Speech) -> Version | None:
    """Return the newest version; every stored speech has one."""
    return speech.versions.order_by("-number").first()


@dataclass
class Part:
    """The opening, a theme or the closing, with its passages in order."""

    theme: Theme
    passages: list[Passage] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What it is called in a list of contents."""
        if not self.is_numbered:
            return self.theme.title
        return f"{chinese_number(self.theme.number)}、{self.theme.title}"

    @property
    def anchor(self) -> str:
        """The id of its section on the reading page: t0 for the opening, then t1, t2, …"""
        return f"t{self.theme.number}"

    @property
    def dom_id(self) -> str:
        """The id of its section on the review page; it stays when the numbers change."""
        return f"theme-{self.theme.pk}"

    @property
    def is_numbered(self) -> bool:
        """A theme, neither opening nor closing."""
        return self.theme.zone == Zone.THEME

    @property
    def heading(self) -> Passage | None:
        """The heading line in the source, when the part starts with one."""
        first = self.passages[0] if self.passages else None
        return first if first and first.kind == PassageKind.HEADING and first.level == 1 else None

    @property
    def printed_number(self) -> str:
        """Numbering of the heading as printed: 一、"""
        return split_heading(self.heading.text)[0] if self.heading else ""

    @property
    def printed_title(self) -> str:
        """Words of the heading as printed; without one, the name the theme was given."""
        if self.heading is None:
            return self.theme.title
        words = split_heading(self.heading.text)[1]
        words = words.rstrip("。.：:") if self.heading.is_glued else words
        return words or self.theme.title

    @property
    def joinable(self) -> set[int]:
        """Keys of the passages that stood in one line with the passage before them."""
        return {after.pk for before, after in pairwise(self.passages) if before.is_glued}

    @property
    def below(self) -> list[Passage]:
        """The passages without the heading."""
        return self.passages[1:] if self.heading else self.passages

    @property
    def characters(self) -> int:
        """Length of its text."""
        return sum(len(passage.text) for passage in self.passages)

    @property
    def minutes(self) -> int:
        """Minutes to read it."""
        return minutes(self.characters)


@dataclass
class Outline:
    """A version as it is shown: what stands before the text, its parts, what was removed."""

    head: list[Passage] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    removed: list[Passage] = field(default_factory=list)

    @property
    def numbered(self) -> list[Part]:
        """The themes."""
        return [part for part in self.parts if part.is_numbered]

    @property
    def last_theme(self) -> Part | None:
        """The theme that a closing can be taken from."""
        return self.numbered[-1] if self.numbered else None

    @property
    def salutations(self) -> list[Passage]:
        """同志们："""
        return [passage for passage in self.head if passage.kind == PassageKind.SALUTATION]

    @property
    def unsure(self) -> list[Passage]:
        """What the parser was not sure of."""
        content = [passage for part in self.parts for passage in part.passages]
        return [passage for passage in self.head + content if passage.is_unsure]

    @property
    def characters(self) -> int:
        """Length of what is read."""
        head = sum(len(passage.text) for passage in self.salutations)
        return head + sum(part.characters for part in self.parts)

    @property
    def minutes(self) -> int:
        """Minutes to read it."""
        return minutes(self.characters)


def outline(version: Version) -> Outline:
    """Return the structure of ``version`` (one query)."""
    found = Outline()
    for passage in version.passages.select_related("theme").order_by("position"):
        if passage.kind == PassageKind.REMOVED:
            found.removed.append(passage)
        elif passage.theme is None:
            found.head.append(passage)
        elif found.parts and found.parts[-1].theme.pk == passage.theme.pk:
            found.parts[-1].passages.append(passage)
        else:
            found.parts.append(Part(passage.theme, [passage]))
    return found


@dataclass(frozen=True)
class Sentence:
    """A sentence inside a passage, at which the passage can be cut."""

    start: int
    words: str


def sentences(passage: Passage) -> list[Sentence]:
    """Return the sentences of ``passage`` after its first one; its clauses if it is only one."""
    starts = [found.end() for found in _SENTENCE_ENDS.finditer(passage.text)]
    if not passage.text[starts[0] if starts else len(passage.text) :].strip():
        starts = [found.end() for found in _CLAUSE_ENDS.finditer(passage.text)]
    bounds = [*starts, len(passage.text)]
    return [
        Sentence(start, passage.text[start:end])
        for start, end in pairwise(bounds)
        if passage.text[start:end].strip()
    ]


@dataclass(frozen=True)
class Place:
    """Where a quote stands: offsets in the text of one passage."""

    passage: Passage
    start: int
    end: int

    @property
    def pieces(self) -> tuple[str, str, str]:
        """What stands before the quote, the quote, what stands behind it, made for reading."""
        # Every mark is replaced by one mark, so that the offsets still fit.
        shown = full_width_punctuation(self.passage.text)
        return shown[: self.start], shown[self.start : self.end], shown[self.end :]


def locate(found: Outline, quote: str, before: str = "", after: str = "") -> list[Place]:
    """Return where ``quote`` stands in the text; one place for each passage it runs through."""
    passages = [passage for part in found.parts for passage in part.passages]
    text = "\n".join(passage.text for passage in passages)
    span = find(text, quote, before, after)
    if span is None:
        return []
    places: list[Place] = []
    offset = 0
    for passage in passages:
        start, end = _clip(span, offset, len(passage.text))
        if start < end:
            places.append(Place(passage, start, end))
        offset += len(passage.text) + 1
    return places


def _clip(span: Span, offset: int, length: int) -> Span:
    return max(span[0] - offset, 0), min(span[1] - offset, length)


def position_of(user: User, speech: Speech) -> ReadingPosition | None:
    """Return where ``user`` stopped reading; asked for the reader alone (burden rule 7)."""
    return (
        ReadingPosition.objects.filter(user=user, speech=speech, theme__is_retired=False)
        .select_related("theme")
        .first()
    )
