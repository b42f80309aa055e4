"""The vendored faces: where they are, and which characters they can draw."""

import struct
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "fonts"
# The chain of the body face (仿宋); what none of them holds cannot be printed.
BODY = (
    "FandolFang-Regular.otf",
    "LXGWWenKai-500.ttf",
    "NotoSerifSC-Regular.otf",
    "PaperSymbols-Regular.otf",
)


@lru_cache(maxsize=1)
def drawable() -> frozenset[int]:
    """Code points that the body face or its fallbacks can draw."""
    return frozenset().union(*(code_points(FOLDER / name) for name in BODY))


def code_points(path: Path) -> frozenset[int]:
    """Code points of a font's Unicode cmap (OpenType, subtable formats 4 and 12)."""
    data = path.read_bytes()
    tables = struct.unpack_from(">H", data, 4)[0]
    start = next(
        struct.unpack_from(">I", data, 12 + 16 * i + 8)[0]
        for i in range(tables)
        if data[12 + 16 * i : 16 + 16 * i] == b"cmap"
    )
    found: set[int] = set()
    for i in range(struct.unpack_from(">H", data, start + 2)[0]):
        offset = start + struct.unpack_from(">I", data, start + 4 + 8 * i + 4)[0]
        kind = struct.unpack_from(">H", data, offset)[0]
        if kind == 12:
            found |= _format_12(data, offset)
        elif kind == 4:
            found |= _format_4(data, offset)
    return frozenset(found)


def _format_12(data: bytes, offset: int) -> set[int]:
    found: set[int] = set()
    for i in range(struct.unpack_from(">I", data, offset + 12)[0]):
        first, last, _ = struct.unpack_from(">III", data, offset + 16 + 12 * i)
        found.update(range(first, last + 1))
    return found


def _format_4(data: bytes, offset: int) -> set[int]:
    count = struct.unpack_from(">H", data, offset + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", data, offset + 14)
    starts = struct.unpack_from(f">{count}H", data, offset + 16 + 2 * count)
    pairs = zip(starts, ends, strict=True)
    return {c for first, last in pairs for c in range(first, last + 1) if c != 0xFFFF}
