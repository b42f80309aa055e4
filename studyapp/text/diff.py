"""What changed between two texts, in pieces a reader of Chinese can follow."""

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

Kind = Literal["same", "del", "ins"]
Piece = tuple[Kind, str]
Shown = tuple[Literal["same", "del", "ins", "fold"], str]

# A clause with the marks that close it, or what is left at the end.
_CLAUSES = re.compile(
    r"[^，。；！？：、\n,;!?]*(?:[，。；！？：、,;!?][”’》）」』]*|\n)|[^，。；！？：、\n,;!?]+"
)
_ALIKE = 0.5  # below this likeness a clause counts as rewritten, not as edited
_SHORT = 2  # an unchanged stretch this short inside a change reads as noise
_LONGEST_EDIT = 600  # characters compared one by one; beyond it the comparison gets slow

_MOST_PAIRS = 1_000_000  # of equal clauses: a text of one clause over and over takes minutes
_AROUND = 40  # characters of an unchanged stretch that stay in sight beside a change
_WORTH_FOLDING = 60  # what is left out is longer than the words that say so


def diff(old: str, new: str) -> list[Piece]:
    """The two texts as one list of kept, deleted and inserted pieces, deletion before insertion.

    Clauses are compared first and characters only inside a clause that was edited, so that a
    rewritten sentence shows as one change and not as a scatter of characters. ``same`` + ``del``
    joined give the old text, ``same`` + ``ins`` the new one.
    """
    before, after = _CLAUSES.findall(old), _CLAUSES.findall(new)
    if _pairs(before, after) > _MOST_PAIRS:
        return list(_joined([("del", old), ("ins", new)])) if old != new else [("same", old)]
    pieces: list[Piece] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        gone, come = "".join(before[i:j]), "".join(after[k:m])
        pieces.extend([("same", gone)] if tag == "equal" else _edit(gone, come))
    return list(_joined(pieces))


def _pairs(before: list[str], after: list[str]) -> int:
    """How many pairs of equal clauses there are: what the comparison costs."""
    known = Counter(after)
    return sum(count * known[clause] for clause, count in Counter(before).items())


def _edit(gone: str, come: str) -> list[Piece]:
    """One changed stretch, by characters where the two are alike enough."""
    whole: list[Piece] = [("del", gone), ("ins", come)]
    if not gone or not come or max(len(gone), len(come)) > _LONGEST_EDIT:
        return whole
    matcher = SequenceMatcher(None, gone, come, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return whole
    pieces: list[Piece] = []
    opcodes = matcher.get_opcodes()
    for index, (tag, i, j, k, m) in enumerate(opcodes):
        inside = 0 < index < len(opcodes) - 1
        if tag == "equal" and not (inside and j - i < _SHORT):
            pieces.append(("same", gone[i:j]))
        else:
            pieces += [("del", gone[i:j]), ("ins", come[k:m])]
    return pieces


def _joined(pieces: list[Piece]) -> Iterator[Piece]:
    """Neighbours of one kind as one piece, each change as one deletion and one insertion."""
    for changed, group in groupby(pieces, lambda piece: piece[0] != "same"):
        found = list(group)
        kinds: tuple[Kind, ...] = ("del", "ins") if changed else ("same",)
        for kind in kinds:
            text = "".join(text for one, text in found if one == kind)
            if text:
                yield kind, text


def folded(pieces: list[Piece]) -> list[Shown]:
    """Return the pieces with long unchanged stretches cut to what stands beside a change.

    The middle of a long insertion or deletion stays: it is what the reader came for. A ``fold``
    carries the words left out.
    """
    found: list[Shown] = []
    for index, (kind, text) in enumerate(pieces):
        head = _AROUND if index > 0 else 0
        tail = _AROUND if index < len(pieces) - 1 else 0
        if kind != "same" or len(text) - head - tail < _WORTH_FOLDING or head + tail == 0:
            found.append((kind, text))
            continue
        end = len(text) - tail
        cut: list[Shown] = [("same", text[:head]), ("fold", text[head:end]), ("same", text[end:])]
        found += [piece for piece in cut if piece[1]]
    return found
