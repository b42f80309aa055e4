"""Rebuild PaperSymbols-Regular.otf and PaperSymbols-Bold.otf in studyapp/documents/fonts.

    pip install fonttools
    python scripts/build_symbols.py /usr/share/fonts/opentype/noto

The folder is the one that Debian's package ``fonts-noto-cjk`` fills. The other faces hold the
characters of GB 2312 and 通用规范汉字表 alone; these two add the signs an office types beside them
(〇 ㎡ • – ㈠ ⅓), as a last fallback. fontTools is needed here only, never at run time.
"""

import sys
from pathlib import Path

# Present only where the faces are rebuilt.
from fontTools import subset  # type: ignore[import-not-found,unused-ignore]
from fontTools.ttLib import (  # type: ignore[import-not-found,unused-ignore]
    TTCollection,
    TTFont,
)

TARGET = Path(__file__).resolve().parent.parent / "studyapp" / "documents" / "fonts"
FAMILY = "Paper Symbols"
SIMPLIFIED = "Noto Serif CJK SC"
# First and last code point of each block, Unicode's own bounds.
BLOCKS = (
    (0x00A0, 0x024F),  # Latin with accents
    (0x0370, 0x03FF),  # Greek
    (0x0400, 0x04FF),  # Cyrillic
    (0x2000, 0x206F),  # general punctuation
    (0x2070, 0x20CF),  # superscripts, currency
    (0x2100, 0x23FF),  # letterlike, number forms, arrows, mathematics, technical
    (0x2460, 0x27BF),  # enclosed, box drawing, geometric shapes, dingbats
    (0x3000, 0x30FF),  # CJK punctuation with 〇, kana
    (0x3200, 0x33FF),  # enclosed and squared CJK
    (0xFE10, 0xFE6F),  # vertical and small forms
    (0xFF00, 0xFFEF),  # full-width and half-width forms
)
# 1970 in seconds from 1904, the zero of font dates: a rebuilt file is the same file.
EPOCH = 2082844800


def face(path: Path) -> TTFont:
    """The simplified Chinese face of a collection."""
    for font in TTCollection(path).fonts:
        if font["name"].getDebugName(1).startswith(SIMPLIFIED):
            return font
    raise SystemExit(f"{path}: no {SIMPLIFIED}")


def rename(font: TTFont, style: str) -> None:
    """Name the subset as a family of its own; the licence and copyright records stay."""
    plain = FAMILY.replace(" ", "")
    names = {
        1: FAMILY,
        2: style,
        3: f"{plain}-{style}",
        4: f"{FAMILY} {style}",
        6: f"{plain}-{style}",
    }
    table = font["name"]
    table.names = [record for record in table.names if record.nameID in {0, 5, 13, 14}]
    for number, value in names.items():
        table.setName(value, number, 3, 1, 0x409)
    font["CFF "].cff.fontNames = [f"{plain}-{style}"]


def build(source: Path, style: str) -> None:
    """Write one face."""
    font = face(source / f"NotoSerifCJK-{style}.ttc")
    options = subset.Options(hinting=False, layout_features=["vert", "halt", "palt"])
    options.name_IDs = ["*"]
    options.notdef_outline = True
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[c for first, last in BLOCKS for c in range(first, last + 1)])
    subsetter.subset(font)
    rename(font, style)
    font["head"].modified = font["head"].created = EPOCH
    font.recalcTimestamp = False
    path = TARGET / f"PaperSymbols-{style}.otf"
    font.save(path)
    print(f"{path.name}: {len(font.getBestCmap())} characters, {path.stat().st_size} bytes")


def main() -> None:
    """Build both faces."""
    if len(sys.argv) != 2:
        sys.exit("usage: build_symbols.py /usr/share/fonts/opentype/noto")
    for style in ("Regular", "Bold"):
        build(Path(sys.argv[1]), style)


if __name__ == "__main__":
    main()
