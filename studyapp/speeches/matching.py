"""Which theme of a new version is which theme of the old one. Pure: no Django."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_ENOUGH = 0.5
"""Least likeness (0 to 1) that makes two themes the same one."""
_SAME_NUMBER = 0.05
_SHINGLE = 4


@dataclass(frozen=True)
class Sketch:
    """What a theme is told by."""

    number: int
    title: str
    text: str


def match(old: Sequence[Sketch], new: Sequence[Sketch]) -> dict[int, int]:
    """Return the index in ``old`` for indexes in ``new``; each is used once, best pairs first.

    Likeness is that of the titles or of the words below them, whichever is greater; the same
    number decides between equals.
    """
    pairs = sorted(
        (
            (_likeness(was, now), here, there)
            for here, now in enumerate(new)
            for there, was in enumerate(old)
        ),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    found: dict[int, int] = {}
    taken: set[int] = set()
    for score, here, there in pairs:
        if score >= _ENOUGH and here not in found and there not in taken:
            found[here] = there
            taken.add(there)
    return found


def _likeness(old: Sketch, new: Sketch) -> float:
    titles = SequenceMatcher(None, _letters(old.title), _letters(new.title)).ratio()
    score = max(titles, _overlap(_shingles(old.text), _shingles(new.text)))
    return score + (_SAME_NUMBER if old.number == new.number else 0)


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _shingles(text: str) -> set[str]:
    letters = _letters(text)
    return {letters[i : i + _SHINGLE] for i in range(len(letters) - _SHINGLE + 1)}


def _overlap(one: set[str], other: set[str]) -> float:
    """Share of the smaller set that the other one holds; 0 when one is empty."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 0.0
