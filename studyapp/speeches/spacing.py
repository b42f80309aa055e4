"""Spaces that stand for something else: for line ends, or for nothing. Pure.

Web pages copied as one line have a space where a line ended; PDF files have spaces inside words.
Only white space changes here, never a character that can be seen.
"""

import re
from itertools import pairwise

from studyapp.speeches import boilerplate
from studyapp.speeches.headings import match_marker

_GAP = re.compile(r"(?<=\S)[ \u3000\xa0\t]+(?=\S)")
_INSIDE_WORDS = re.compile(r"(?<=[\u4e00-\u9fff])[ \xa0](?=[\u4e00-\u9fff])")
_SENTENCE_ENDS = "。！？!?；;：:”’）)"
_FEWEST_GAPS = 4
_HEAD_PIECES = 8  # before these: navigation, title, speaker, date, salutation
_LONGEST_HEAD = 60  # of a title, a heading
_FULL_STOP = re.compile("[。！？；]")
_RUNNING = re.compile("[，。；]")
_PER_GAP = 15  # letters: in running text more spaces than this are no accident
_SHORTEST = 20


def lines_in(line: str) -> list[str]:
    """Cut a line where a space stands for a line end, if enough of its spaces do."""
    cuts: list[re.Match[str]] = []
    for found in _GAP.finditer(line):
        if _may_end_a_line(line, cuts[-1].end() if cuts else 0, found):
            cuts.append(found)
    if len(cuts) < _FEWEST_GAPS:
        return [line]
    bounds = [0, *(found.end() for found in cuts), len(line)]
    pieces: list[str] = []
    open_piece, kept = "", 0
    for at, (start, end) in enumerate(pairwise(bounds)):
        open_piece += line[start:end]
        if _is_whole(open_piece, at):
            pieces.append(open_piece)
            open_piece = ""
        else:
            kept += 1
    if open_piece:
        pieces.append(open_piece)
    return _rejoined(pieces) if kept * 3 <= len(cuts) else [line]


def _rejoined(pieces: list[str]) -> list[str]:
    """Put together again what a web page had in one line: 小鹿 分享 时间:"""
    found: list[str] = []
    at = 0
    while at < len(pieces):
        size = next(
            (n for n in (3, 2) if boilerplate.reason_to_remove("".join(pieces[at : at + n]))), 1
        )
        found.append("".join(pieces[at : at + size]))
        at += size
    return found


def _may_end_a_line(line: str, start: int, gap: re.Match[str]) -> bool:
    """``start``: where what may be one line begins."""
    before, after = line[gap.start() - 1], line[gap.end()]
    if gap.start() - start <= _LONGEST_HEAD:
        piece = line[start : gap.start()]
        if _is_heading(piece):
            return True
        marker = match_marker(piece)
        if marker and marker.length >= len(piece):  # 第一部分, its words follow
            return False
    if before in _SENTENCE_ENDS or match_marker(line[gap.end() : gap.end() + _LONGEST_HEAD]):
        return True
    return not before.isascii() and not after.isascii()


def _is_whole(piece: str, at: int) -> bool:
    bare = piece.strip()
    if bare[-1] in _SENTENCE_ENDS:
        return True
    return (at < _HEAD_PIECES and len(bare) <= _LONGEST_HEAD) or _is_heading(bare)


def _is_heading(piece: str) -> bool:
    """True for a number with words behind it, in which no sentence ends."""
    if len(piece) > _LONGEST_HEAD or _FULL_STOP.search(piece):
        return False
    marker = match_marker(piece)
    return marker is not None and marker.length < len(piece.rstrip())


def close_up(line: str) -> str:
    """Drop the single spaces that a PDF puts between letters: between all, or inside words."""
    bare = line.strip()
    gaps = bare.count(" ") + bare.count("\u3000")
    if gaps >= 2 and gaps * 5 >= (len(bare) - gaps) * 2:
        if re.search(r"[A-Za-z]{2}|\s{3}", bare):
            return line
        return re.sub(r"(?<=\S)[ \u3000](?=\S)", "", line)
    inside = len(_INSIDE_WORDS.findall(bare))
    if inside >= 2 and len(bare) >= _SHORTEST and inside * _PER_GAP >= len(bare):
        return close_words(line) if _RUNNING.search(bare) else line
    return line


def close_words(line: str) -> str:
    """Drop single spaces between Han characters."""
    return _INSIDE_WORDS.sub("", line)
