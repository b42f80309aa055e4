"""Whether a password is put together from what everybody puts together.

A guesser tries words and names with dates, figures and keys that lie side by side. So a password is
read as a row of such pieces: figures, keys and signs add nothing, a word or a short name one step,
anything else one step for each character. What is reached in two steps is refused. The pieces
stand in ``data/guessable.txt`` (``scripts/build_guessable.py``).
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STEPS = 2
_DATA = Path(__file__).parent / "data" / "guessable.txt"
_LONGEST = 24  # characters of one piece
_YEAR = r"(?:19|20)\d\d"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_PLAIN = re.compile(
    rf"{_YEAR}|(?:{_YEAR}|\d\d){_MONTH}{_DAY}|{_YEAR}{_MONTH}|{_MONTH}{_DAY}"
    r"|1[3-9]\d{9}"  # a mobile phone
    r"|(.)\1+"
    r"|[^a-z0-9]"
)
_COUNTING = ("0123456789012345678901234567890", "abcdefghijklmnopqrstuvwxyz")
_SIGNS_FOR_LETTERS = str.maketrans("@$!013", "asioie")
_BETWEEN_LETTERS = re.compile(r"(?<=[a-z])[@$!013](?=[a-z])")


@dataclass(frozen=True, slots=True)
class _Pieces:
    whole: frozenset[str]
    words: frozenset[str]
    rows: tuple[str, ...]
    numbers: frozenset[str]
    name: re.Pattern[str]


@cache
def _pieces() -> _Pieces:
    found: dict[str, list[str]] = {}
    for line in _DATA.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            kind, _, words = line.partition("\t")
            found.setdefault(kind, []).extend([words] if kind == "whole" else words.split())
    rows = [*found["walks"], *_COUNTING]
    syllable = "|".join(sorted(found["syllables"], key=len, reverse=True))
    return _Pieces(
        whole=frozenset(found["whole"]),
        words=frozenset(found["words"]),
        rows=tuple(rows + [row[::-1] for row in rows]),
        numbers=frozenset(found["numbers"]),
        name=re.compile(rf"(?:{syllable}){{1,2}}"),
    )


def is_guessable(password: str) -> bool:
    """Tell whether a guesser would come upon ``password`` early. Case does not matter."""
    lowered = password.lower()
    if lowered in _pieces().whole:
        return True
    plain = _BETWEEN_LETTERS.sub(lambda sign: sign[0].translate(_SIGNS_FOR_LETTERS), lowered)
    return any(_steps(text) <= STEPS for text in {lowered, plain})


def _steps(text: str) -> int:
    """Return the fewest steps in which ``text`` is put together."""
    reached = [0]
    for end in range(1, len(text) + 1):
        first = max(0, end - _LONGEST)
        reached.append(min(reached[at] + _step(text[at:end]) for at in range(first, end)))
    return reached[-1]


def _step(piece: str) -> int:
    known = _pieces()
    if _PLAIN.fullmatch(piece) or piece in known.numbers:
        return 0
    if len(piece) > 2 and any(piece in row for row in known.rows):
        return 0
    if piece in known.words or known.name.fullmatch(piece):
        return 1
    return len(piece)
