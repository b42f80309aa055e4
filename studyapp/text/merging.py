"""Two wordings of one text, side by side by paragraph, and what a person picked from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True)
class Stretch:
    """Paragraphs that follow each other: the same in both, or different."""

    mine: tuple[str, ...]
    theirs: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Both have these words."""
        return self.mine == self.theirs


def stretches(mine: str, theirs: str) -> list[Stretch]:
    """Return the two texts in pieces of whole paragraphs (lines)."""
    left, right = mine.split("\n"), theirs.split("\n")
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return [Stretch(tuple(left[i:j]), tuple(right[k:m])) for _, i, j, k, m in matcher.get_opcodes()]


def merged(mine: str, theirs: str, picks: Mapping[int, str]) -> str:
    """Return the text made of what was picked (mine, theirs, both) for each differing stretch.

    Where nothing was picked both stay, theirs first: no word goes without somebody's decision.
    """
    lines: list[str] = []
    for index, stretch in enumerate(stretches(mine, theirs)):
        pick = "mine" if stretch.is_same else picks.get(index, "both")
        if pick != "mine":
            lines += stretch.theirs
        if pick != "theirs":
            lines += stretch.mine
    return "\n".join(lines)
