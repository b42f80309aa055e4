"""The DOCX writer: the block tree in the faces and on the grid that an office's WPS or Word has.

It names the office's own faces and embeds none. Page, grid and styles are in ``templates/docx``.
"""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import docx

from studyapp.documents import wordml
from studyapp.documents.blocks import (
    Attachment,
    AttachmentNote,
    Block,
    Document,
    Heading,
    Meta,
    PageBreak,
    Paragraph,
    Roll,
    SignatureLines,
    Signoff,
    Table,
    lines_kept,
    opens_roll,
    padded_names,
)
from studyapp.documents.layout import GB, Layout
from studyapp.documents.titles import break_title
from studyapp.documents.wordml import (
    BIAO,
    CHAR,
    FANG,
    HEI,
    KAI,
    PITCH,
    RED,
    element,
    indent,
    text,
)
from studyapp.text.cleaning import visible

WIDTH = 8844  # twips: 156 mm
_MM = 56.7  # twips
_FACES = {1: HEI, 2: KAI, 3: FANG, 4: FANG}
_SHORT = 5 * 28  # characters: five lines
_LONGEST_TITLE = 255  # characters that the file's properties hold
# The same paper gives the same file.
_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


def render(document: Document, layout: Layout = GB) -> bytes:
    """Return the paper as .docx, byte for byte the same for the same paper."""
    paper = docx.Document(io.BytesIO(wordml.template()))
    _describe(paper, document)
    _margins(paper.sections[0], document)
    body = _Body(paper.element.body)
    if document.sign:
        body.sign(document)
    if title := break_title(visible(document.title)):
        body.title(title)
    body.write(document.blocks)
    body.imprint(document)
    body.close()
    out = io.BytesIO()
    paper.save(out)
    return wordml.packed(out.getvalue())


def _describe(paper: Any, document: Document) -> None:
    properties = paper.core_properties
    properties.title = visible(document.title.replace("\n", ""))[:_LONGEST_TITLE]
    properties.language = document.language
    properties.created = properties.modified = _MOMENT


def _margins(section: Any, document: Document) -> None:
    """Fill foot and head of odd and even pages."""
    for footer, odd in ((section.footer, True), (section.even_page_footer, False)):
        _foot(_emptied(footer), document, odd=odd)
    if document.mark:
        for header in (section.header, section.even_page_header):
            text(wordml.paragraph(_emptied(header), "Header"), document.mark)


def _emptied(part: Any) -> Any:
    part.is_linked_to_previous = False
    for child in list(part._element):
        part._element.remove(child)
    return part._element


def _foot(parent: Any, document: Document, *, odd: bool) -> None:
    """Page number on the outer side, version and check code opposite."""
    line = wordml.paragraph(parent, "Footer")
    code = "  ".join(part for part in (document.version, document.check_code) if part)
    if odd:
        text(line, f"{code}\t", size=8)
    text(line, "— ")
    wordml.field(line, "PAGE")
    text(line, " —")
    if document.counts_pages:
        text(line, "  共")
        wordml.field(line, "NUMPAGES")
        text(line, "页")
    if not odd and code:
        text(line, f"\t{code}", size=8)


class _Body:
    """The paper's text, block by block."""

    def __init__(self, body: Any) -> None:
        self._body = body
        self._page = body[-1]  # w:sectPr stays last
        self._breaks = False
        self._keeps = False
        body.remove(self._page)

    def close(self) -> None:
        """Set the page back behind the text; a paper without any needs one paragraph."""
        if not len(self._body):
            self._line()
        self._body.append(self._page)

    def _line(self, style: str = "", **properties: Any) -> Any:
        """A paragraph, on a new page when one was asked for, with the next one where it must."""
        if self._breaks:
            properties["pageBreakBefore"] = True
            self._breaks = False
        if self._keeps:
            properties["keepNext"] = True
        return wordml.paragraph(self._body, style, **properties)

    def _hairline(self) -> None:
        """A line without height: between two tables, and after the last one."""
        self._line(snapToGrid=0, spacing=element("spacing", line=20, lineRule="exact"))

    def write(self, blocks: Sequence[Block]) -> None:
        """Append the blocks."""
        for before, block, after in zip((None, *blocks), blocks, (*blocks[1:], None), strict=False):
            if opens_roll(before, block):
                self._line()
            self._keeps = after is not None and lines_kept(after) > 0
            self._block(block)
            self._keeps = False

    def _block(self, block: Block) -> None:
        match block:
            case Heading():
                self._heading(block)
            case Paragraph(words, indented, lead):
                # Word processors part a paragraph from what it keeps; a short one stays whole.
                short = self._keeps and wordml.width_of(lead + words) < _SHORT
                line = self._line(
                    keepLines=True if short else None, ind=indent(first=2) if indented else None
                )
                text(line, lead, HEI)
                text(line, words)
            case Meta(label, value):
                self._hanging(label, value)
            case Roll(label):
                # Half a character stays free: an indent in characters is a hair wider than they.
                room = 28 - 2 - wordml.width_of(label) - 1.5
                names = wordml.lines_of_names(padded_names(block), room)
                self._hanging(label, "\n".join(names))
            case Table():
                self._table(block)
            case SignatureLines():
                self._signatures(block)
            case Signoff():
                self._signoff(block)
            case AttachmentNote():
                self._note(block)
            case Attachment():
                self._attachment(block)
            case PageBreak():
                self._breaks = True

    def title(self, lines: Sequence[str]) -> None:
        """A title in 小标宋, one paragraph for each line, and a blank line after it."""
        for words in lines:
            text(self._line("Title"), words, BIAO)
        self._line()

    def sign(self, document: Document) -> None:
        """The red sign, its top edge 35 mm under the top of the text area (10.3)."""
        issue = document.issue
        size = min(36, 425 / max(wordml.width_of(document.sign), 1))
        room = element(
            "spacing", before=round(35 * _MM), after=PITCH, line=round(size * 20), lineRule="exact"
        )
        text(self._line("Title", spacing=room), document.sign, BIAO, size, RED)
        line = self._line(
            pBdr=wordml.borders(bottom=(10, RED)),
            tabs=wordml.tabs(("left", CHAR, "none"), ("right", WIDTH - CHAR, "none")),
        )
        text(line, f"\t{issue.number}")
        if issue.signer:
            text(line, "\t签发人：", HEI)
            text(line, issue.signer, KAI)
        self._line()

    def _heading(self, block: Heading) -> None:
        """A heading of its own, or the face alone where text runs on in the same line."""
        if not block.rest:
            text(self._line(f"Heading{block.level}", ind=indent(first=2)), block.text)
            return
        line = self._line(ind=indent(first=2), outlineLvl=block.level - 1)
        text(line, block.text, _FACES[block.level])
        text(line, block.rest)

    def _hanging(self, label: str, value: str) -> None:
        """A label in 黑体; wrapped lines align with the first character behind it."""
        width = wordml.width_of(label) + 1
        line = self._line(ind=indent(left=2 + width, hanging=width), jc="left")
        text(line, f"{label}：", HEI)
        text(line, value)

    def _table(self, block: Table) -> None:
        if self._breaks:
            self._hairline()
        table = element("tbl")
        looks = element("tblPr")
        looks.append(element("tblStyle", val="TableGrid"))
        looks.append(element("tblW", w=WIDTH, type="dxa"))
        looks.append(element("jc", val="center"))
        looks.append(element("tblLayout", type="fixed"))
        table.append(looks)
        widths = [round(WIDTH * share) for share in block.shares()]
        grid = element("tblGrid")
        grid.extend([element("gridCol", w=width) for width in widths])
        table.append(grid)
        table.append(_row(block.head, widths, 0, head=True))
        table.extend([_row(row, widths, block.row_height) for row in block.rows])
        self._body.append(table)
        self._hairline()

    def _signatures(self, block: SignatureLines) -> None:
        """Lines to sign by hand, all on one page."""
        stops = (("left", round(105 * _MM), "underscore"), ("right", WIDTH, "none"))
        for number, one in enumerate(block.lines, 1):
            line = self._line(
                keepNext=True if number < len(block.lines) else None,
                keepLines=True,
                tabs=wordml.tabs(*stops),
                spacing=element("spacing", before=PITCH),
                ind=indent(first=2),
                jc="left",
            )
            text(line, f"{one.label}：{one.name}\u3000签字：\t\t{one.date_label}")

    def _signoff(self, block: Signoff) -> None:
        """Two lines placed from the left edge: a right edge would move with the face's widths."""
        self._line(keepNext=True)
        name, date = wordml.width_of(block.name), wordml.width_of(block.date)
        if block.seal:
            date_at = 28 - 4 - date
            name_at = date_at + (date - name) / 2
        else:
            name_at = max(28 - 4 - date if date > name else 28 - 2 - name, 0)
            date_at = name_at + 2
        line = self._line(keepNext=True, ind=wordml.indent_exactly(name_at * CHAR), jc="left")
        text(line, block.name)
        text(self._line(ind=wordml.indent_exactly(date_at * CHAR), jc="left"), block.date)

    def _note(self, block: AttachmentNote) -> None:
        self._line()
        for number, item in enumerate(block.labelled()):
            ind = indent(left=5) if number else indent(left=5, hanging=3)
            line = self._line(ind=ind, jc="left")
            text(line, "" if number else "附件：")
            text(line, "".join(item))

    def _attachment(self, block: Attachment) -> None:
        """On a new page: its label on line 1, its title on line 3."""
        self._breaks = True
        text(self._line(), block.label, HEI)
        self._line()
        self.title(break_title(visible(block.title)))
        self.write(block.blocks)

    def imprint(self, document: Document) -> None:
        """分送, issuer and date between rules, at the foot of the last page (7.4)."""
        issue = document.issue
        rows = [f"分送：{issue.distribution}"] if issue.distribution else []
        if issue.issuer or issue.date:
            rows.append(issue.issuer + (f"\t{issue.date}印发" if issue.date else ""))
        if not rows:
            return
        self._line()
        self._body.append(_at_the_foot(rows))
        self._hairline()


def _at_the_foot(rows: Sequence[str]) -> Any:
    """A table that stands on the foot of the text area, rules above, between and below."""
    table = element("tbl")
    looks = element("tblPr")
    place = {"vertAnchor": "margin", "horzAnchor": "margin", "tblpXSpec": "center"}
    looks.append(element("tblpPr", **place, tblpYSpec="bottom"))
    looks.append(element("tblW", w=WIDTH, type="dxa"))
    rules = element("tblBorders")
    for side, size in (("top", 8), ("bottom", 8), ("insideH", 6)):
        rules.append(element(side, val="single", sz=size, space=0, color="000000"))
    looks.append(rules)
    looks.append(element("tblLayout", type="fixed"))
    table.append(looks)
    grid = element("tblGrid")
    grid.append(element("gridCol", w=WIDTH))
    table.append(grid)
    for words in rows:
        row, cell = element("tr"), element("tc")
        width = element("tcPr")
        width.append(element("tcW", w=WIDTH, type="dxa"))
        cell.append(width)
        stop = wordml.tabs(("right", WIDTH - 440, "none"))
        line = wordml.paragraph(
            cell,
            tabs=stop,
            snapToGrid=0,
            ind=element("ind", left=200, right=200),
            jc="left",
        )
        text(line, words, size=14)
        row.append(cell)
        table.append(row)
    return table


def _row(cells: Sequence[str], widths: Sequence[int], height: float, *, head: bool = False) -> Any:
    """A table row; ``height`` is the least, in millimetres."""
    row = element("tr")
    looks = element("trPr")
    looks.append(element("cantSplit"))
    if height:
        looks.append(element("trHeight", val=round(height * _MM), hRule="atLeast"))
    if head:
        looks.append(element("tblHeader"))
    row.append(looks)
    for words, width in zip(cells, widths, strict=True):
        cell = element("tc")
        inner = element("tcPr")
        inner.append(element("tcW", w=width, type="dxa"))
        inner.append(element("vAlign", val="center"))
        cell.append(inner)
        text(wordml.paragraph(cell, "TableText"), words, HEI if head else "")
        row.append(cell)
    return row
