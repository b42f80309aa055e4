"""Finding a quote again in a later wording of a text. Pure: no Django."""

import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher

_ALIKE = 0.6
"""Least likeness of what now stands between the quote's neighbours and the quote."""
_SLACK = 40
"""Characters by which a reworded quote may have grown."""

Span = tuple[int, int]


def find(text: str, quote: str, before: str = "", after: str = "") -> Span | None:
    """Return start and end (in code points) of ``quote`` in ``text``, or None.

    Looks for the exact words first, then for the same words with other punctuation and spaces,
    then for what stands between ``before`` and ``after``, if it is like the quote. Of several
    places the one with the likest surroundings wins, then the earliest.
    """
    if not quote.strip():
        return None
    spans = [(start, start + len(quote)) for start in _places(text, quote)]
    if not spans:
        spans = _loose(text, quote)
    if spans:
        return max(spans, key=lambda span: (_context(text, span, before, after), -span[0]))
    return _between(text, quote, before, after)


def _places(text: str, words: str) -> Iterator[int]:
    start = text.find(words)
    while start >= 0:
        yield start
        start = text.find(words, start + 1)


def _folded(text: str) -> tuple[str, list[int]]:
    """Letters and figures only, and the place of each in ``text``."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for letter in unicodedata.normalize("NFKC", character).casefold():
            if letter.isalnum():
                letters.append(letter)
                places.append(place)
    return "".join(letters), places


def _loose(text: str, quote: str) -> list[Span]:
    words, _ = _folded(quote)
    if not words:
        return []
    folded, places = _folded(text)
    return [(places[start], places[start + len(words) - 1] + 1) for start in _places(folded, words)]


def _context(text: str, span: Span, before: str, after: str) -> int:
    """How many letters next to ``span`` are those that stood next to the quote."""
    left, _ = _folded(text[max(0, span[0] - 2 * len(before)) : span[0]])
    right, _ = _folded(text[span[1] : span[1] + 2 * len(after)])
    return _same(left[::-1], _folded(before)[0][::-1]) + _same(right, _folded(after)[0])


def _same(one: str, other: str) -> int:
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _between(text: str, quote: str, before: str, after: str) -> Span | None:
    folded, places = _folded(text)
    head, words, tail = (_folded(part)[0] for part in (before, quote, after))
    if not (head and words and tail):
        return None
    for found in _places(folded, head):
        start = found + len(head)
        end = folded.find(tail, start, start + 2 * len(words) + _SLACK + len(tail))
        if start < end and SequenceMatcher(None, folded[start:end], words).ratio() >= _ALIKE:
            return places[start], places[end - 1] + 1
    return None
