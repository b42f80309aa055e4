"""Half-width punctuation between Han characters, made full-width for reading and export.

The source text is never changed by this. Every mark is replaced by exactly one mark, so positions
in the source and in the shown text are the same (quotes of a passage stay found).
"""

import re

from studyapp.text.cjk import HAN

_WIDE = {",": "，", ".": "。", ":": "：", ";": "；", "?": "？", "!": "！"}
_CHINESE = re.compile(rf"[{HAN}，。：；？！、（）“”‘’《》〈〉【】〔〕—…]")
_HAN = re.compile(f"[{HAN}]")
_LATIN = re.compile(r"[A-Za-z0-9]")
_UNITS = frozenset("%％‰℃㎡")
# Addresses keep every character, whatever stands beside them. A name before @ is tried from its
# first letter only: from each letter of a long run it would take the square of the time.
_ADDRESS = re.compile(
    r"(?:https?://|ftp://|www\.)[!-~]+"
    r"|(?<![\w.+-])[\w.+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]*[A-Za-z0-9]",
    re.ASCII,
)


def full_width_punctuation(text: str) -> str:
    """The text with , . : ; ? ! ( ) and straight quotes full-width where they belong to Chinese.

    3.5, 14:30, 1,000, URLs, e-mail addresses, file names, «1.» numbering and Latin sentences stay.
    """
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    characters = list(line)
    fixed = {i for match in _ADDRESS.finditer(line) for i in range(*match.span())}
    _quotes(characters, fixed, '"', "“”")
    _quotes(characters, fixed, "'", "‘’")
    _brackets(characters, fixed)
    for position, mark in enumerate(characters):
        if mark in _WIDE and position not in fixed and _belongs(characters, position):
            characters[position] = _WIDE[mark]
    return "".join(characters)


def _near(characters: list[str], position: int, step: int) -> str:
    """The neighbour on one side, spaces passed over; empty at the line's end."""
    position += step
    while 0 <= position < len(characters) and characters[position] == " ":
        position += step
    return characters[position] if 0 <= position < len(characters) else ""


def _belongs(characters: list[str], position: int) -> bool:
    mark = characters[position]
    before, after = _near(characters, position, -1), _near(characters, position, 1)
    beside = characters[position - 1 : position + 2]
    if mark == "." and beside.count(".") > 1:
        return False  # dots of an ellipsis
    if mark == ".":  # «1.» and «GDP.» may be numbering, «附件.docx» is a file name
        return bool(_CHINESE.match(before)) and not re.match("[A-Za-z]", after)
    if _CHINESE.match(before):
        return True
    # After a Latin word, a figure or a unit the mark is Chinese when a Han character follows.
    return bool((_LATIN.match(before) or before in _UNITS) and _HAN.match(after))


def _brackets(characters: list[str], fixed: set[int]) -> None:
    open_at: list[int] = []
    for position, mark in enumerate(characters):
        if position in fixed:
            continue
        if mark == "(":
            open_at.append(position)
        elif mark == ")" and open_at:
            start = open_at.pop()
            if _is_chinese_pair(characters, start, position):
                characters[start], characters[position] = "（", "）"


def _is_chinese_pair(characters: list[str], start: int, end: int) -> bool:
    if any(map(_CHINESE.match, characters[start + 1 : end])):
        return True
    before, after = _near(characters, start, -1), _near(characters, end, 1)
    if _CHINESE.match(before):
        return True
    return not _LATIN.match(before) and bool(_CHINESE.match(after))


def _quotes(characters: list[str], fixed: set[int], straight: str, pair: str) -> None:
    """Straight quotes of one line in pairs; an odd one out leaves the whole line as it is."""
    places = [
        i
        for i, mark in enumerate(characters)
        if mark == straight and i not in fixed and not _is_apostrophe(characters, i)
    ]
    if len(places) % 2:
        return
    for start, end in zip(places[::2], places[1::2], strict=True):
        if _is_chinese_pair(characters, start, end):
            characters[start], characters[end] = pair[0], pair[1]


def _is_apostrophe(characters: list[str], position: int) -> bool:
    beside = characters[max(position - 1, 0) : position], characters[position + 1 : position + 2]
    return characters[position] == "'" and all(one and _LATIN.match(one[0]) for one in beside)
