"""How a paper looks: GB/T 9704-2012, or what an office wants in its place.

Texts, blocks and their order are the paper's own; a layout changes none of them.
"""

import math
from dataclasses import dataclass
from typing import Literal

Face = Literal["fang", "kai", "hei", "song", "biao"]
"""A role that a face plays: 仿宋, 楷体, 黑体, 宋体, 小标宋."""
Names = Literal["gb2312", "windows", "founder"]
"""How an office's own machines call these faces (the DOCX writer names them)."""
PageNumber = Literal["outer", "centre", "none"]
_MM = 72 / 25.4  # points


@dataclass(frozen=True, slots=True)
class Layout:
    """Margins in millimetres, lines a page, characters a line, faces, foot.

    The text area is A4 less the margins; its pitches follow from ``lines`` and ``characters``.
    """

    top: float = 37
    left: float = 28
    right: float = 26
    bottom: float = 35
    lines: int = 22
    characters: int = 28
    title: Face = "biao"
    level1: Face = "hei"
    level2: Face = "kai"
    body: Face = "fang"
    names: Names = "gb2312"
    page_number: PageNumber = "outer"
    prints_code: bool = True

    @property
    def width(self) -> float:
        """Width of the text area in millimetres."""
        return 210 - self.left - self.right

    @property
    def height(self) -> float:
        """Height of the text area in millimetres."""
        return 297 - self.top - self.bottom

    @property
    def size(self) -> float:
        """Body text in points: 16 (3号), or as many half points as a narrower grid has room for."""
        character, line = self.width / self.characters * _MM, self.height / self.lines * _MM
        return min(16, math.floor(2 * 1.014 * character) / 2, math.floor(2 * line / 1.1) / 2)

    @property
    def widest_title(self) -> int:
        """Characters of 22 points (2号) in a line of the title; one more would fit."""
        return math.floor(self.width * _MM / 22) - 1


GB = Layout()
"""GB/T 9704-2012: 156 × 225 mm, 22 lines of 28 characters."""
