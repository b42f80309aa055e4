"""The ruler: where a printed paper leaves its layout (GB/T 9704-2012), in words.

It knows the paper and reads the file, glyph by glyph; it shares no number with the templates.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise

from studyapp.documents.blocks import (
    Document,
    Heading,
    Paragraph,
    Roll,
    SignatureLines,
    Signoff,
    Table,
    lines_kept,
)
from studyapp.documents.layout import GB, Layout
from tests.documents.glyphs import Glyph, lines, read, words
from tests.documents.pieces import Lost, Piece, Sheet, match, sheets

FACES = {
    "fang": "FandolFang-Regular",
    "kai": "LXGWWenKai-Regular",
    "hei": "NotoSansSC-Regular",
    "song": "NotoSerifSC-Regular",
    "biao": "NotoSerifCJKsc-Bold",
}
_RED = "#c1121c"
_NO_START = "，。、；：？！）》〉」』】〕”’…%～·"
_NO_END = "（《〈「『【〔“‘"
_HANGS = _NO_START + "—–-.,:;"  # a line may end with the half that is mere room beside the mark
_NEAR = 0.4  # millimetres that a ruler forgives
_HAIR = 0.06  # millimetres that a grid forgives
_ON_GRID = {"heading", "label", "text", "note", "issuer", "date", "attachment"}


@dataclass
class Printed:
    """A paper as printed: its pages, and which glyphs are which of its words."""

    document: Document
    layout: Layout
    pages: list[Sheet]
    pieces: list[Piece]

    @property
    def left(self) -> float:
        return self.layout.left

    @property
    def right(self) -> float:
        return 210 - self.layout.right

    @property
    def bottom(self) -> float:
        return 297 - self.layout.bottom

    @property
    def char(self) -> float:
        return self.layout.width / self.layout.characters

    @property
    def pitch(self) -> float:
        return self.layout.height / self.layout.lines

    @cached_property
    def blocks(self) -> list[list[Piece]]:
        """The pieces of each block."""
        return [list(found) for _, found in groupby(self.pieces, key=lambda piece: id(piece.block))]

    def line_number(self, glyph: Glyph) -> int:
        """Which line of the grid the glyph stands on; 1 is the first."""
        middle = glyph.base - 0.38 * glyph.size / 72 * 25.4
        return int((middle - self.layout.top) // self.pitch) + 1


def findings(data: bytes, document: Document, layout: Layout = GB) -> list[str]:
    """Return what a clerk with a ruler would find."""
    pages = sheets(read(data), document)
    try:
        pieces = match(pages, document)
    except Lost as lost:
        return [f"words: {lost}"]
    printed = Printed(document, layout, pages, pieces)
    return [f"{rule.__name__[1:]}: {found}" for rule in RULES for found in rule(printed)]


def _area(printed: Printed) -> Iterator[str]:
    """Nothing outside the text area but the empty half of a mark at a line's end."""
    for page in printed.pages:
        for glyph in page.body:
            half = glyph.size / 72 * 25.4 / 2 + _NEAR
            out = (
                glyph.left < printed.left - (half if glyph.character in _NO_END else _NEAR)
                or glyph.right > printed.right + (half if glyph.character in _HANGS else _NEAR)
                or glyph.top < printed.layout.top - _NEAR
                or glyph.bottom > printed.bottom + _NEAR
            )
            if out:
                yield f"page {page.number}: “{glyph.character}” stands outside the text area"
                break


def _pitch(printed: Printed) -> Iterator[str]:
    """Lines stand whole pitches apart, on every page from its first line; tables part them."""
    role = {id(glyph): piece.role for piece in printed.pieces for glyph in piece.glyphs}
    for page in printed.pages:
        rows = [line for line in lines(page.body) if id(line[0]) in role]
        for above, below in pairwise(rows):
            if {role[id(above[0])], role[id(below[0])]} <= _ON_GRID:
                count = (below[0].base - above[0].base) / printed.pitch
                if abs(count - round(count)) * printed.pitch > _HAIR or count < 0.9:
                    yield f"page {page.number}: “{words(below)[:8]}” is {count:.2f} lines down"
        if rows and role[id(rows[0][0])] in _ON_GRID and printed.line_number(rows[0][0]) != 1:
            yield f"page {page.number}: the first line is not at the top"


def _running(printed: Printed) -> Iterator[tuple[list[Glyph], list[Glyph]]]:
    """Lines of running text that go on in the next one, with that one."""
    for block in printed.blocks:
        if isinstance(block[0].block, Paragraph | Heading):
            yield from pairwise(lines([glyph for piece in block for glyph in piece.glyphs]))


def _characters(printed: Printed) -> Iterator[str]:
    """Full lines end at the right edge; those of Han alone have all their characters."""
    for line, following in _running(printed):
        where = f"page {line[0].page}: the line “{words(line)[:8]}…”"
        half = line[-1].size / 72 * 25.4 / 2 if line[-1].character in _HANGS else 0
        if not -_NEAR < line[-1].right - printed.right < half + _NEAR:
            yield f"{where} does not end at the right edge"
        elif all(glyph.is_han for glyph in line):
            count = len(line) + round((line[0].left - printed.left) / printed.char)
            short = following[0].character in _NO_START + "—" and count >= 26
            if count != printed.layout.characters and not short:
                yield f"{where} has {count} characters"
            steps = [after.left - before.left for before, after in pairwise(line)]
            if not short and max(abs(step - printed.char) for step in steps) > _HAIR:
                yield f"{where} is not on the grid of characters"


def _full_pages(printed: Printed) -> Iterator[str]:
    """A page whose text goes on in the next one has all its lines; signatures take one along."""
    for block, after in zip(printed.blocks, (*printed.blocks[1:], None), strict=True):
        if not isinstance(block[0].block, Paragraph | Heading):
            continue
        rows = lines([glyph for piece in block for glyph in piece.glyphs])
        for line, following in pairwise(rows):
            if line[0].page == following[0].page:
                continue
            tables = {
                glyph.page
                for piece in printed.pieces
                if piece.role == "cell"
                for glyph in piece.glyphs
            }
            kept = after and after[0].block and lines_kept(after[0].block) and following is rows[-1]
            number = printed.line_number(line[0])
            if number != printed.layout.lines and not kept and line[0].page not in tables:
                yield f"page {line[0].page} ends with line {number}"


def _forbidden(printed: Printed) -> Iterator[str]:
    """No line starts with a closing mark or ends with an opening one; no dash is halved."""
    for block in printed.blocks:
        if block[0].role in {"head", "cell", "signature", "issuer"}:
            continue
        for line, following in pairwise(lines([g for piece in block for g in piece.glyphs])):
            end, start = line[-1].character, following[0].character
            if start in _NO_START or end in _NO_END or (end == start and end in "—…"):
                yield f"page {following[0].page}: a line is broken between “{end}” and “{start}”"


def _looks(printed: Printed) -> Iterator[str]:
    """Faces and sizes by role; a character that the face lacks may come from another."""
    layout = printed.layout
    levels = {1: layout.level1, 2: layout.level2}
    roles = {"text": layout.body, "title": layout.title, "label": "hei", "attachment": "hei"}
    roles |= {"issuer": layout.body, "date": layout.body, "note": layout.body, "head": "hei"}
    roles |= {"signature": layout.body, "cell": layout.body, "sign": "biao"}
    sizes = {"title": 22.0, "head": 12.0, "cell": 12.0}
    for piece in printed.pieces:
        face = levels.get(piece.level, layout.body) if piece.role == "heading" else None
        wanted = FACES[face or roles.get(piece.role, layout.body)]
        glyph = next((g for g in piece.glyphs if g.is_han and _common(g.character)), None)
        if glyph is None or piece.role in {"number", "signer", "imprint"}:
            continue
        size = sizes.get(piece.role, layout.size)
        if glyph.face != wanted:
            yield f"the {piece.role} “{piece.text[:8]}” stands in {glyph.face}, not in {wanted}"
        if piece.role != "sign" and glyph.size != size:
            yield f"the {piece.role} “{piece.text[:8]}” has {glyph.size} points, not {size}"


def _common(character: str) -> bool:
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def _page_numbers(printed: Printed) -> Iterator[str]:
    """Right on odd pages, left on even ones, one character in, 7 mm under the text area."""
    one = 14 / 72 * 25.4
    for page in printed.pages:
        at = words(page.foot).find(f"—{page.number}—")
        if printed.layout.page_number == "none" or at < 0:
            if (at < 0) != (printed.layout.page_number == "none"):
                yield f"page {page.number}: the page number is missing or not wanted"
            continue
        rest = 1 if words(page.foot)[at:].partition("页")[1] else 0
        end = words(page.foot).index("页") if rest else at + len(f"—{page.number}—") - 1
        first, last = page.foot[at], page.foot[end]
        if abs(first.top - printed.bottom - 7) > 0.6:
            yield f"page {page.number}: the number is {first.top - printed.bottom:.1f} mm under the text"
        middle = (first.left + last.right) / 2 - (printed.left + printed.right) / 2
        if printed.layout.page_number == "centre":
            off = abs(middle) > _NEAR
        elif page.number % 2:
            off = abs(printed.right - one - last.right) > 2 * _NEAR
        else:
            off = abs(first.left - printed.left - one) > 2 * _NEAR
        if off:
            yield f"page {page.number}: the number is on the wrong side"


def _sign(printed: Printed) -> Iterator[str]:
    """The red sign's top edge stands 35 mm under the top of the text area, on one line (10.3)."""
    for piece in printed.pieces:
        if piece.role != "sign":
            continue
        top = min(glyph.top for glyph in piece.glyphs) - printed.layout.top
        if abs(top - 35) > 0.5:
            yield f"its top edge is {top:.1f} mm under the top of the text area"
        if {glyph.colour for glyph in piece.glyphs} != {_RED} or len(lines(piece.glyphs)) != 1:
            yield "it is not one red line"


def _hanging(printed: Printed) -> Iterator[str]:
    """出席、请假、列席: two characters in; wrapped lines align with the first name (10.3)."""
    for block in printed.blocks:
        if not isinstance(block[0].block, Roll):
            continue
        label = len(block[0].text)
        rows = lines([glyph for piece in block for glyph in piece.glyphs])
        # A name at the top of the next page is a wrapped line as well.
        for number, row in enumerate(rows):
            wanted = printed.left + printed.char * (2 if number == 0 else 2 + label)
            if abs(row[0].left - wanted) > _NEAR:
                yield f"“{words(row)[:6]}” of {block[0].text} starts at {row[0].left:.1f} mm"


def _together(printed: Printed) -> Iterator[str]:
    """Signatures, and issuer with date, are whole and never alone on a page (7.3.5.4)."""
    first = (
        {id(glyph) for piece in printed.blocks[0] for glyph in piece.glyphs}
        if printed.blocks
        else set()
    )
    for block in printed.blocks:
        if not isinstance(block[0].block, SignatureLines | Signoff):
            continue
        own = [glyph for piece in block for glyph in piece.glyphs]
        if len({glyph.page for glyph in own}) != 1:
            yield f"“{words(own)[:6]}…” is parted by a page"
            continue
        before = printed.pages[own[0].page - 1].body
        before = before[: next(at for at, glyph in enumerate(before) if glyph is own[0])]
        if not before and id(own[0]) not in first:
            yield f"“{words(own)[:6]}…” stands alone on page {own[0].page}"
    signed = {"signature", "issuer", "date"}
    role = {id(glyph): piece.role for piece in printed.pieces for glyph in piece.glyphs}
    for page in printed.pages:
        roles = {role[id(glyph)] for glyph in page.body if id(glyph) in role}
        if page.number > 1 and roles and roles <= signed:
            yield f"page {page.number} carries nothing but signatures"


def _signoff(printed: Printed) -> Iterator[str]:
    """The name 2 characters from the right, the date 2 to the right of the name's first."""
    for piece, date in pairwise(printed.pieces):
        if piece.role == "issuer" and date.role == "date" and not _sealed(piece):
            name = piece.glyphs
            short = name[-1].right - name[0].left >= date.glyphs[-1].right - date.glyphs[0].left
            if abs(date.glyphs[0].left - name[0].left - 2 * printed.char) > 0.6:
                yield "the date does not start two characters right of the issuer's first"
            if short and abs(printed.right - 2 * printed.char - name[-1].right) > 0.6:
                yield "the issuer does not end two characters from the right"


def _sealed(piece: Piece) -> bool:
    return isinstance(piece.block, Signoff) and piece.block.seal


def _tables(printed: Printed) -> Iterator[str]:
    """Rows are whole; every page that carries some has the head above them."""
    for block in printed.blocks:
        if not isinstance(block[0].block, Table):
            continue
        cells = [piece for piece in block if piece.role == "cell"]
        for number, row in groupby(cells, key=lambda piece: piece.row):
            if len({glyph.page for piece in row for glyph in piece.glyphs}) > 1:
                yield f"row {number} is cut by a page"
        started = block[0].glyphs[0].page
        on = sorted({glyph.page for piece in cells for glyph in piece.glyphs} - {started})
        yield from (
            f"page {number}: the head is not repeated"
            for number in on
            if not printed.pages[number - 1].head_repeated
        )


def _attachments(printed: Printed) -> Iterator[str]:
    """附件1 on line 1 of a page of its own, flush left; its title on line 3."""
    for piece, title in zip(printed.pieces, (*printed.pieces[1:], None), strict=True):
        if piece.role != "attachment":
            continue
        first = piece.glyphs[0]
        if printed.pages[first.page - 1].body[0] is not first or printed.line_number(first) != 1:
            yield f"“{piece.text}” is not on the first line of a page"
        if abs(first.left - printed.left) > _NEAR:
            yield f"“{piece.text}” is not flush left"
        if title and title.role == "title" and printed.line_number(title.glyphs[0]) != 3:
            yield f"the title of “{piece.text}” is on line {printed.line_number(title.glyphs[0])}"


def _titles(printed: Printed) -> Iterator[str]:
    """Each line of a title is centred."""
    for piece in printed.pieces:
        if piece.role != "title":
            continue
        for line in lines(piece.glyphs):
            # A mark at the end of a line is half as wide as it is measured.
            half = line[-1].size / 72 * 25.4 / 2 if line[-1].character in _HANGS else 0
            middle = (line[0].left + line[-1].right - half) / 2
            if abs(middle - (printed.left + printed.right) / 2) > 3 * _NEAR:
                yield f"“{words(line)[:8]}” is not centred"


RULES: tuple[Callable[[Printed], Iterator[str]], ...] = (
    _area, _pitch, _characters, _full_pages, _forbidden, _looks, _page_numbers, _sign, _hanging,
    _together, _signoff, _tables, _attachments, _titles,
)  # fmt: skip
