"""From the text of a speech to its structure. Pure: no Django, no files, never raises.

Wording is never changed: every non-space character of the input stands in exactly one segment.
What is not part of the speech is kept too, as a removed segment with its reason.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

from studyapp.speeches import boilerplate
from studyapp.speeches.closings import Block, closing_start
from studyapp.speeches.headings import (
    Cut,
    Item,
    Marker,
    cut_heading,
    match_marker,
    sub_items,
    theme_items,
)
from studyapp.speeches.heads import (
    Head,
    HeadPiece,
    find_date,
    joined_title,
    named_in,
    occasion_in,
    read_head,
)
from studyapp.speeches.lines import Line, logical_lines
from studyapp.speeches.remarks import about_count, about_lines

Kind = Literal["title", "meta", "salutation", "heading", "body", "removed"]
ZoneName = Literal["opening", "theme", "closing"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the source, verbatim but for line breaks inside a wrapped paragraph.

    ``theme`` is an index into ``Parsed.themes``. ``level`` is 0 for body text, 1 for a theme's
    heading, 2 and more for sub-headings. ``is_glued``: the next kept segment stood in the same
    line. ``reason`` says why a line was removed or what is unsure, as a sentence for the screen.
    """

    text: str
    kind: Kind = "body"
    zone: ZoneName = "opening"
    theme: int | None = None
    level: int = 0
    is_glued: bool = False
    is_unsure: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ThemeHead:
    """A theme: its number as printed (or by order when those repeat) and its title."""

    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A speech in its parts. What is unknown is None; the speaker and date stand as printed."""

    title: str | None
    speaker: str | None
    date: str | None
    occasion: str | None
    salutation: str | None
    segments: tuple[Segment, ...]
    themes: tuple[ThemeHead, ...]
    warnings: tuple[str, ...]

    def paragraphs(self, zone: ZoneName, theme: int | None = None) -> list[str]:
        """Return the paragraphs of a zone, sub-headings among them, in source punctuation."""
        found: list[str] = []
        is_open = False
        for part in self.segments:
            if part.zone != zone or part.theme != theme or part.level == 1:
                continue
            if part.kind in {"body", "heading"}:
                if is_open:
                    found[-1] += part.text
                else:
                    found.append(part.text)
                is_open = part.is_glued
        return [text.strip() for text in found]

    def removed(self) -> list[str]:
        """Return what is no part of the speech, verbatim."""
        return [part.text for part in self.segments if part.kind == "removed"]

    def kept_text(self) -> str:
        """Return the speech without what was removed; parsing it gives the same structure.

        Paragraphs are indented as on a printed page, so that none is joined to the one before.
        """
        lines, is_open = "", False
        for part in self.segments:
            if part.kind != "removed":
                indent = "\u3000\u3000" if part.kind in {"body", "heading"} and not is_open else ""
                is_open = part.is_glued
                lines += indent + part.text + ("" if is_open else "\n")
        return lines

    def to_json(self) -> dict[str, Any]:
        """Return the answer of ``import_speech --json``.

        That shape has no place for particulars other than speaker and date (地点：…); they stand
        under ``removed`` there, so that no word of the source is missing.
        """
        stated = "\n".join(filter(None, (self.speaker, self.date)))
        return {
            "title": self.title,
            "speaker": self.speaker,
            "date": self.date,
            "salutation": self.salutation,
            "opening": self.paragraphs("opening"),
            "themes": [
                {
                    "number": theme.number,
                    "title": theme.title,
                    "paragraphs": self.paragraphs("theme", index),
                }
                for index, theme in enumerate(self.themes)
            ],
            "closing": self.paragraphs("closing"),
            "removed": [
                part.text.strip()
                for part in self.segments
                if part.kind == "removed" or (part.kind == "meta" and not _says(part.text, stated))
            ],
            "warnings": list(self.warnings),
        }


def _says(text: str, stated: str) -> bool:
    """True if the particulars in ``text`` are the speaker or the date that are stated."""
    bare = re.sub(r"\s+", "", text)
    return any(re.sub(r"\s+", "", value) in bare for value in stated.split("\n") if value)


def parse(text: str) -> Parsed:
    """Take a speech apart. Never raises; what it is unsure of stands in ``warnings``."""
    lines = logical_lines(text)
    head = read_head(lines)
    rest = lines[head.taken :]
    if head.rest:
        rest.insert(0, Line(head.rest))
    return _Reading(head, rest).result()


class _Reading:
    """One pass over the lines after the head."""

    def __init__(self, head: Head, lines: list[Line]) -> None:
        self.head = head
        self.lines, self.tail = _take_tail(lines)
        self.warnings: list[str] = []
        self.themes: list[ThemeHead] = []
        markers = [
            Item(at, marker)
            for at, line in enumerate(self.lines)
            if not line.reason and (marker := match_marker(line.text))
        ]
        self.items, gaps = theme_items(markers)
        self.warnings += gaps
        starts = {item.line for item in self.items}
        self.markers = {item.line: item.marker for item in markers if item.line not in starts}

    def result(self) -> Parsed:
        """Put the parts together."""
        segments = [_head_segment(piece) for piece in self.head.pieces]
        segments += self._body()
        last_zone = segments[-1] if segments else Segment("")
        segments += [
            replace(_head_segment(piece), zone=last_zone.zone, theme=last_zone.theme)
            for piece in self.tail
        ]
        title = joined_title(self.head)
        tail = Head(list(self.tail))
        speaker = self.head.first("speaker") or tail.first("speaker")
        parsed = Parsed(
            title=title,
            speaker=speaker or (named_in(title) if title else None),
            date=self.head.first("date") or tail.first("date"),
            occasion=occasion_in(title) if title else None,
            salutation=_joined_salutation(self.head),
            segments=tuple(segments),
            themes=tuple(self.themes),
            warnings=(),
        )
        return replace(parsed, warnings=(*self._about(parsed), *self.warnings))

    # --- body ------------------------------------------------------------------------------------

    def _body(self) -> Iterator[Segment]:
        starts = [item.line for item in self.items]
        first = starts[0] if starts else len(self.lines)
        for line in self.lines[:first]:
            yield _plain(line, "opening", None)
        numbers = _numbers(self.items)
        cuts = [
            cut_heading(self.lines[item.line].text, item.marker, is_theme=True)
            for item in self.items
        ]
        ends = [*starts[1:], len(self.lines)][: len(starts)]
        closing = self._closing(cuts, ends)
        for index, (item, end, cut) in enumerate(zip(self.items, ends, cuts, strict=True)):
            stop = closing if index == len(ends) - 1 and closing is not None else end
            yield from self._theme(index, item.line, stop, numbers[index], cut)
        for line in self.lines[closing:] if closing is not None else []:
            yield _plain(line, "closing", None)

    def _theme(
        self, index: int, start: int, end: int, number: int, cut: Cut | None
    ) -> Iterator[Segment]:
        text = self.lines[start].text
        at = cut.end if cut else len(text)
        title = cut.title if cut else text.strip()
        is_unsure = bool(cut and cut.is_unsure)
        self.themes.append(ThemeHead(number, title))
        if is_unsure:
            self.warnings.append(
                f"第{index + 1}个专题“{title[:20]}”的标题到哪里为止拿不准，请核对。"
            )
        reason = "标题到哪里为止拿不准" if is_unsure else ""
        body = text[at:].rstrip()
        yield Segment(
            text[:at].lstrip() if body else text.strip(),
            "heading",
            "theme",
            index,
            1,
            is_glued=bool(body),
            is_unsure=is_unsure,
            reason=reason,
        )
        if body:
            yield Segment(body, "body", "theme", index)
        yield from self._sub_parts(index, start + 1, end)

    def _sub_parts(self, index: int, start: int, end: int) -> Iterator[Segment]:
        """The lines of a theme, with sub-headings found level by level."""
        markers = self._sub_markers(start, end)
        stack: list[str] = []
        for at in range(start, end):
            line, marker = self.lines[at], markers.get(at)
            cut = cut_heading(line.text, marker, is_theme=False) if marker else None
            if marker:
                if marker.scheme in stack:
                    del stack[stack.index(marker.scheme) :]
                stack.append(marker.scheme)
            if not cut:
                yield _plain(line, "theme", index)
                continue
            level, body = len(stack) + 1, line.text[cut.end :].rstrip()
            heading = line.text[: cut.end].lstrip() if body else line.text.strip()
            yield Segment(heading, "heading", "theme", index, level, is_glued=bool(body))
            if body:
                yield Segment(body, "body", "theme", index)

    def _sub_markers(self, start: int, end: int) -> dict[int, Marker]:
        inside = [Item(at, marker) for at, marker in self.markers.items() if start <= at < end]
        return sub_items(inside)

    # --- closing ---------------------------------------------------------------------------------

    def _closing(self, cuts: list[Cut | None], ends: list[int]) -> int | None:
        """Return the line that opens the closing."""
        if not self.items:
            return None
        blocks, places = [], [0]
        for item, end, cut in zip(self.items, ends, cuts, strict=True):
            block, places = self._block(item.line, end, cut)
            blocks.append(block)
        start, is_unsure = closing_start(blocks)
        if start is None:
            return None
        line = places[start]
        if is_unsure:
            quote = self.lines[line].text.strip()[:12]
            self.warnings.append(f"结语可能从“{quote}……”开始，拿不准，请核对。")
        return line

    def _block(self, start: int, end: int, cut: Cut | None) -> tuple[Block, list[int]]:
        first = self.lines[start].text[cut.end :].strip() if cut else ""
        markers = self._sub_markers(start + 1, end)
        texts, headed, places = ([first], [False], [start]) if first else ([], [], [])
        for at in range(start + 1, end):
            if not self.lines[at].reason:
                texts.append(self.lines[at].text)
                headed.append(at in markers)
                places.append(at)
        return Block(texts, headed, is_glued=bool(first)), places

    # --- warnings --------------------------------------------------------------------------------

    def _about(self, parsed: Parsed) -> Iterator[str]:
        if not any(part.kind != "removed" for part in parsed.segments):
            yield "没有文字。"
            return
        if parsed.title is None:
            yield "没有认出标题，请填写。"
        if not self.themes:
            yield "没有找到成组的编号，未划分专题。"
        yield from about_count(parsed.paragraphs("opening"), len(self.themes))
        if any(piece.is_unsure for piece in self.head.pieces):
            yield "标题前后有几行拿不准是不是正文，请核对。"
        spoken = [line.text.strip() for line in self.lines if not line.reason]
        yield from about_lines(spoken, has_themes=bool(self.themes))


def _numbers(items: tuple[Item, ...]) -> list[int]:
    """Return the printed numbers where they rise, else the order."""
    printed = [item.marker.number for item in items]
    rises = all(a < b for a, b in pairwise(printed))
    return printed if rises else list(range(1, len(items) + 1))


def _plain(line: Line, zone: ZoneName, theme: int | None) -> Segment:
    kind: Kind = "removed" if line.reason else "body"
    return Segment(line.text.strip(), kind, zone, theme, reason=line.reason)


def _head_segment(piece: HeadPiece) -> Segment:
    kinds: dict[str, Kind] = {
        "title": "title",
        "salutation": "salutation",
        "removed": "removed",
        "body": "body",
    }
    return Segment(
        piece.text,
        kinds.get(piece.gives, "meta"),
        is_glued=piece.is_glued,
        is_unsure=piece.is_unsure,
        reason=piece.reason,
    )


def _joined_salutation(head: Head) -> str | None:
    values = [piece.value for piece in head.pieces if piece.gives == "salutation"]
    return "，".join(values) if values else None


_SIGNATURE = re.compile(
    r"[^，。：:；！？]{2,28}(?:局|委|部|办公室|支队|大队|总队|支部|总支|中心|研究室)"
)


def _tail_reason(text: str) -> str:
    if boilerplate.is_issue_note(text):
        return "印发说明"
    return "网页摘要或广告语" if boilerplate.is_tail_advert(text) else ""


def _take_tail(lines: list[Line]) -> tuple[list[Line], list[HeadPiece]]:
    """Mark a page's last words as removed, and take the date under the speech where it stands."""
    lines = list(lines)
    links = boilerplate.tail_list_start([(line.text, line.reason) for line in lines])
    for at in range(links if links is not None else len(lines), len(lines)):
        lines[at] = replace(lines[at], reason=lines[at].reason or "相关推荐")
    last = len(lines) - 1
    while last >= 0 and (reason := lines[last].reason or _tail_reason(lines[last].text)):
        lines[last] = replace(lines[last], reason=reason)
        last -= 1
    date = find_date(lines[last].text) if last >= 0 else None
    if not date:
        return lines, []
    above = next((at for at in reversed(range(last)) if not lines[at].reason), None)
    signed = above is not None and _SIGNATURE.fullmatch(lines[above].text.strip())
    start = above if signed and above is not None else last
    pieces = [HeadPiece(line.text.strip(), "removed", reason=line.reason) for line in lines[start:]]
    pieces[0] = HeadPiece(lines[start].text.strip(), "meta")
    pieces[last - start] = HeadPiece(lines[last].text.strip(), "date", date)
    return lines[:start], pieces
