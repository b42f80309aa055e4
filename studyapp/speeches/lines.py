"""Physical lines to logical ones: wrapped paragraphs joined, glued ones cut, letters closed up.

Pure. Only white space is added or dropped; a page number inside a paragraph moves behind it.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from studyapp.speeches import boilerplate
from studyapp.speeches.headings import (
    Item,
    Marker,
    is_marker_alone,
    match_marker,
    theme_items,
)
from studyapp.speeches.spacing import close_up, close_words, lines_in

_LINE_ENDS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_SENTENCE_ENDS = "。！？!?；;：:…"
_AFTER_SENTENCE = "。！？!?；;”’）)」』"
_FULL_SLACK = 8  # columns a full line may fall short: forbidden line starts, half-width digits
_CHANCE_SLACK = 4
_OPENS = re.compile(r"\s*(?:同志们|各位|谢谢|最后，)")
_ADDRESS = re.compile(r"(?:尊敬|敬爱|亲爱|各位|同志|朋友|战友|女士)")
_LEAST_OPEN = 12  # letters; less may be a line of a poem or of a title
_NARROWEST, _WIDEST = 40, 132  # columns of a page that wraps
_LEAST_FULL_LINES = 4

_SALUTATION_INSIDE = re.compile(
    r"(?:尊敬的|敬爱的)?(?:(?:各位|全体|全市|全省|全局)(?:(?!会上|讲话|报告|发言|[，。：:；！？\s]).){1,24}|"
    r"同志们?|朋友们|战友们)"
    r"(?:[，,、 ](?:各位[^，。：:；\s]{1,12}|同志们|朋友们|战友们)){0,3}\s?[：:]"
)
_TITLE_INSIDE = re.compile(r"\s*\S.{3,60}?(?:讲话|报告|发言|致辞|党课|讲稿)(?:稿|提纲)?\s+")
_TITLE_AND_SALUTATION = re.compile(
    r"(\s*\S[^，。；！？：:]{3,60}?(?:讲话|报告|发言|致辞|党课))\s*((?:尊敬的|各位|同志们|朋友们)[^。；！？]{0,40}[：:]\s*)"
)
_PAGE_INSIDE = re.compile(r"\s{0,9}(?:[—–―]{1,2}|-)\s\d{1,3}\s(?:[—–―]{1,2}|-)(?:\s+|$)")
_LONG_LINE = 200
_LONG_HEAD = 80  # no title is so long: salutation and words must stand in its line
_INLINE = {
    "han": re.compile(
        r"(?<=[。！？!?；;”’）)\s])[一二三四五六七八九十]{1,3}、|^[一二三四五六七八九十]{1,3}、"
    ),
    "part": re.compile(r"(?<=[。！？!?\s])第[一二三四五六七八九十]{1,3}部分"),
    "agenda": re.compile(r"(?<=[。！？!?\s])第[一二三四五六七八九十]{1,3}项"),
    "paren": re.compile(r"(?<=[。！？!?；;\s])[（(][一二三四五六七八九十]{1,3}[）)]"),
    "ordinal": re.compile(r"(?<=[。！？!?\s])第[一二三四五六七八九十]{1,3}[，,、：:]"),
    "digit": re.compile(r"(?<=[。！？!?；;\s])\d{1,2}(?:、|．|\.(?!\d))"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A logical line. ``reason``: why it is not part of the speech, or empty."""

    text: str
    reason: str = ""


def split(text: str) -> list[str]:
    """Split at line ends of every kind; blank lines stay, as they end paragraphs."""
    return _LINE_ENDS.split(text)


def logical_lines(text: str) -> list[Line]:
    """Return the non-blank logical lines of a text, in order."""
    physical: list[Line] = []
    for raw in _unspaced(split(text)):
        reason = boilerplate.reason_to_remove(raw)
        physical += [Line(raw, reason)] if reason else map(_judged, _pages_out(raw))
    _mark_running_heads(physical)
    joined = _join(physical)
    kept = [line.text for line in joined if not line.reason and line.text.strip()]
    cuts = _cut_glued(kept)
    result: list[Line] = []
    position = 0
    for line in joined:
        if line.reason:
            result.append(line)
        elif line.text.strip():
            result += map(_judged, cuts[position])
            position += 1
    return result


def _unspaced(raws: list[str]) -> list[str]:
    """Cut the one line that holds nearly everything where spaces stand for line ends."""
    longest = max(raws, key=len)
    if len(longest) < _LONG_HEAD or len(longest) < sum(map(len, raws)) * 0.6:
        return raws
    at = raws.index(longest)
    return [*raws[:at], *lines_in(longest), *raws[at + 1 :]]


def _judged(text: str) -> Line:
    return Line(text, boilerplate.reason_to_remove(text))


# --- letters and pages ---------------------------------------------------------------------------


def _pages_out(raw: str) -> list[str]:
    """Cut page numbers out of a line that holds whole pages."""
    line = close_up(raw)
    if len(line) < _LONG_LINE:
        return [line]
    pieces, start = [], 0
    for found in _PAGE_INSIDE.finditer(line):
        pieces += [line[start : found.start()], found.group()]
        start = found.end()
    pieces.append(line[start:])
    return [piece for piece in pieces if piece.strip()] or [line]


def _mark_running_heads(lines: list[Line]) -> None:
    """Mark short lines that stand beside page numbers on two or more pages."""
    shown = [(at, line) for at, line in enumerate(lines) if line.text.strip()]
    seen: dict[str, list[int]] = {}
    for before, (at, line), after in zip(
        [(-1, Line("")), *shown], shown, [*shown[1:], (-1, Line(""))], strict=False
    ):
        beside = boilerplate.is_page_number(before[1].reason) or boilerplate.is_page_number(
            after[1].reason
        )
        if not line.reason and beside and len(line.text.strip()) <= 40:
            seen.setdefault(line.text.strip(), []).append(at)
    for places in seen.values():
        if len(places) > 1:
            for at in places:
                lines[at] = Line(lines[at].text, "页眉")


# --- wrapped paragraphs --------------------------------------------------------------------------


def _columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in line.rstrip())


def _page_width(widths: Sequence[int], texts: Sequence[str]) -> int | None:
    """Return the columns of a full line if the text is wrapped at all."""
    if len(widths) < _LEAST_FULL_LINES:
        return None
    widest = max(widths)
    if not _NARROWEST <= widest <= _WIDEST:
        return None
    full = [
        text for width, text in zip(widths, texts, strict=True) if width >= widest - _FULL_SLACK
    ]
    open_ended = sum(1 for text in full if text.rstrip()[-1] not in _SENTENCE_ENDS)
    if len(full) < max(_LEAST_FULL_LINES, len(widths) * 0.35) or open_ended * 2 < len(full):
        return None
    return widest


def _is_indented(line: str) -> bool:
    return line.startswith(("\u3000", "  ", "\t"))


def join_wrapped(texts: Sequence[str]) -> list[str]:
    """Join the lines of paragraphs that a page's width has broken (the reader of PDFs uses it)."""
    return [line.text for line in _join([Line(text) for text in texts])]


def _join(lines: list[Line]) -> list[Line]:
    """Join until nothing changes, so that doing it again changes nothing."""
    while True:
        joined = _join_once(lines)
        if len(joined) == len(lines):
            return joined
        lines = joined


def _join_once(lines: list[Line]) -> list[Line]:
    speech = [line.text for line in lines if line.text.strip() and not line.reason]
    width = _page_width([_columns(text) for text in speech], speech)
    uses_indent = sum(map(_is_indented, speech)) > 1
    result: list[Line] = []
    last: int | None = None  # index in result of the paragraph that may go on
    tail = ""  # its last physical line
    page_between = False
    for at, line in enumerate(lines):
        if line.reason:
            page_between = page_between or boilerplate.is_page_number(line.reason)
            result.append(line)
        elif not line.text.strip():
            result.append(line)
            if not page_between and not _page_follows(lines, at + 1):
                last = None
        elif last is not None and _goes_on(tail, line.text, width, uses_indent):
            text = _glue(result[last].text, line.text)
            result[last] = Line(close_words(text) if width is not None else text)
            page_between, tail = False, line.text
        else:
            last, tail = len(result), line.text
            result.append(line)
            page_between = False
    return result


def _page_follows(lines: list[Line], start: int) -> bool:
    """True if the blank line before ``start`` only leads to a page number."""
    for line in lines[start : start + 3]:
        if boilerplate.is_page_number(line.reason):
            return True
        if line.text.strip() and not line.reason:
            return False
    return False


def _goes_on(before: str, after: str, width: int | None, uses_indent: bool) -> bool:  # noqa: FBT001
    if is_marker_alone(before):
        return not match_marker(after)
    if _is_indented(after):
        return False
    if match_marker(after):
        return width is not None and _breaks_a_word(before, width, uses_indent)
    if _ends_open(before, after):
        return True
    if width is None:
        return False
    # Where paragraphs are indented, a line that is not goes on even behind a shorter one.
    if _columns(before) < width - _FULL_SLACK * (2 if uses_indent else 1):
        return False
    if uses_indent or before.rstrip()[-1] not in _SENTENCE_ENDS:
        return True
    # A full line may end with a sentence by chance; the last line of a paragraph is rarely full.
    return _columns(before) >= width - _CHANCE_SLACK and not _OPENS.match(after)


def _breaks_a_word(before: str, width: int, uses_indent: bool) -> bool:  # noqa: FBT001
    """True for a full line that ends inside a sentence: 统 / 一、有力的指挥 is no heading."""
    last = before.rstrip()[-1]
    if _columns(before) < width - _FULL_SLACK or not last.isalpha() or last.isascii():
        return False
    return uses_indent or not match_marker(before)


def _ends_open(before: str, after: str) -> bool:
    """True for a line that ends with a comma: no paragraph does, a salutation may."""
    bare = before.strip()
    is_open = len(bare) >= _LEAST_OPEN and bare.endswith(("，", "、"))
    return is_open and not _ADDRESS.match(bare) and not _OPENS.match(after)


def _glue(before: str, after: str) -> str:
    left, right = before.rstrip(), after.strip()
    space = " " if left[-1].isascii() and right[0].isascii() and left[-1].isalnum() else ""
    return left + space + right


# --- everything in one line ----------------------------------------------------------------------


def _cut_glued(texts: list[str]) -> list[list[str]]:
    """Cut lines in which headings, salutation or title are run into the text before them."""
    total = sum(map(len, texts))
    cuts = [[text] for text in texts]
    starts = [Item(at, found) for at, text in enumerate(texts) if (found := match_marker(text))]
    themes, _ = theme_items(starts)
    for at, text in enumerate(texts[:10]):
        glued = _TITLE_AND_SALUTATION.fullmatch(text)
        if glued:
            cuts[at] = [glued.group(1), glued.group(2)]
            break
        if len(text) > _LONG_HEAD:
            pieces = _cut_head(text)
            if len(text) > _LONG_LINE or _TITLE_INSIDE.fullmatch(pieces[0].rstrip() + " "):
                cuts[at] = pieces
            break
    if themes:
        return cuts
    for at, pieces in enumerate(cuts):
        body = pieces[-1]
        names = list(_INLINE) if len(body) > total * 0.6 else ["han"]
        for name in names:
            parts = _cut_at(body, name, least=40)
            if len(parts) > 1:
                cuts[at] = pieces[:-1] + [sub for part in parts for sub in _cut_below(part, name)]
                break
    return cuts


def _cut_head(text: str) -> list[str]:
    """Cut title, lines under it and salutation off the front of a long line."""
    found = _SALUTATION_INSIDE.search(text, 0, 160)
    if found and not re.search(r"[。！？；]", text[: found.start()]):
        front = text[: found.start()]
        title = _TITLE_INSIDE.match(front + " ")
        if title:
            rest = front[title.end() :].split()
            heads = [front[: title.end()], *rest]
        else:
            heads = front.split() if front.count(" ") < 4 else [front]
        pieces = [*heads, found.group(), text[found.end() :]]
        return [piece for piece in pieces if piece.strip()]
    title = _TITLE_INSIDE.match(text, 0, 80)
    if title and not re.search(r"[。！？；，]", title.group()) and text[title.end() :].strip():
        return [title.group(), text[title.end() :]]
    return [text]


def _cut_below(text: str, above: str) -> list[str]:
    """Cut the next lower numbering out of a piece that was itself cut."""
    for name in ("paren", "digit"):
        if name != above:
            found = _cut_at(text, name, least=12)
            if len(found) > 1:
                return [piece for sub in found for piece in _cut_below(sub, name)]
    return [text]


def _cut_at(text: str, name: str, *, least: int) -> list[str]:
    """Cut before each marker of a run that starts at one; pieces average ``least`` characters."""
    places: list[int] = []
    for found in _INLINE[name].finditer(text):
        marker: Marker | None = match_marker(text[found.start() : found.start() + 30])
        if marker and marker.scheme == name and marker.number == len(places) + 1:
            places.append(found.start())
    if len(places) < 2 or (len(text) - places[0]) < least * len(places):
        return [text]
    bounds = [*([] if places[0] == 0 else [0]), *places, len(text)]
    return [text[a:b] for a, b in pairwise(bounds)]
