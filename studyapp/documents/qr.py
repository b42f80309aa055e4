"""The QR code of a paper: its dark squares, for every writer to draw."""

import io
from dataclasses import dataclass
from functools import lru_cache

import segno


@dataclass(frozen=True, slots=True)
class Squares:
    """A square of ``side`` modules; ``runs`` are its dark ones: column, row and how many."""

    side: int
    runs: tuple[tuple[int, int, int], ...]

    @property
    def path(self) -> str:
        """The runs as the path of an SVG picture, one unit for each module."""
        return "".join(f"M{x} {y}h{width}v1h-{width}z" for x, y, width in self.runs)


@lru_cache(maxsize=64)
def squares(address: str) -> Squares:
    """Return the code of an address, without its white border; a seventh of it may be lost."""
    rows = [bytes(row) for row in _made(address).matrix]
    return Squares(len(rows), tuple(run for y, row in enumerate(rows) for run in _runs(row, y)))


def _made(address: str) -> segno.QRCode:
    return segno.make_qr(address, error="m", boost_error=False)


def _runs(row: bytes, y: int) -> list[tuple[int, int, int]]:
    found: list[tuple[int, int, int]] = []
    for x, dark in enumerate(row):
        if not dark:
            continue
        if found and sum(found[-1][::2]) == x:
            found[-1] = (found[-1][0], y, found[-1][2] + 1)
        else:
            found.append((x, y, 1))
    return found


def png(address: str) -> bytes:
    """The code as a picture of black squares without a border, for writers that draw nothing."""
    out = io.BytesIO()
    _made(address).save(out, kind="png", border=0, scale=8)
    return out.getvalue()
