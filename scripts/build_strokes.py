"""Rebuild studyapp/text/data/strokes.txt from Unihan_IRGSources.txt.

    python scripts/build_strokes.py Unihan_IRGSources.txt

Debian's package ``unicode-data`` ships the source as
``/usr/share/unicode/Unihan_IRGSources.txt.bz2`` (unpack it first); older releases of Unicode keep
``kTotalStrokes`` in ``Unihan_DictionaryLikeData.txt``, which works as well.
"""

import sys
from itertools import groupby
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "studyapp" / "text" / "data" / "strokes.txt"
ZERO = 0x21  # "!" stands for no strokes; 84 strokes, the most there are, is still printable ASCII

HEADER = """\
# Stroke counts of Han characters: Unihan kTotalStrokes, first value (the one for zh-Hans).
# Source: Unihan Database, Unicode {version}, © 1991-2022 Unicode, Inc.
# Licence: LICENSE-Unicode.txt.
# Changed from the original: only this property, one line for each run of code points,
# first code point in hexadecimal, then one character for each count: chr(33 + strokes).
# Rebuild: python scripts/build_strokes.py Unihan_IRGSources.txt
"""


def read_counts(source: Path) -> tuple[str, dict[int, int]]:
    """The Unicode version and the stroke count by code point."""
    version, counts = "?", {}
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.startswith("# Unicode version:"):
            version = line.partition(":")[2].strip()
        elif "\tkTotalStrokes\t" in line:
            code, _, value = line.split("\t")
            counts[int(code.removeprefix("U+"), 16)] = int(value.split()[0])
    return version, counts


def runs(counts: dict[int, int]) -> list[str]:
    """One line for each unbroken run of code points."""
    lines = []
    for _, group in groupby(enumerate(sorted(counts)), lambda pair: pair[1] - pair[0]):
        codes = [code for _, code in group]
        lines.append(f"{codes[0]:X} " + "".join(chr(ZERO + counts[code]) for code in codes))
    return lines


def main() -> None:
    """Write the table; exit with a sentence when the source holds no stroke counts."""
    if len(sys.argv) != 2:
        sys.exit("usage: build_strokes.py Unihan_IRGSources.txt")
    version, counts = read_counts(Path(sys.argv[1]))
    if not counts:
        sys.exit("no kTotalStrokes in that file")
    text = HEADER.format(version=version) + "\n".join(runs(counts)) + "\n"
    TARGET.write_text(text, encoding="utf-8")
    print(f"{len(counts)} characters, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
