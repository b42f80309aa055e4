"""The text of a .docx, block by block: which style each part has, and what stays together."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from docx.oxml.ns import qn

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
    keeps_next,
    opens_roll,
    padded_names,
)
from studyapp.documents.layout import Layout
from studyapp.documents.titles import break_title
from studyapp.documents.wordml import element, indent
from studyapp.documents.wordstyles import CHARSETS, Grid, twips
from studyapp.text.cleaning import visible

_SHORT = 5  # lines


class Body:
    """The text of one paper, or of several after one another."""

    def __init__(self, body: Any, layout: Layout, *, below: int = 0) -> None:
        """Empty; ``below`` is how many levels the headings stand under those of a single paper."""
        self._body = body
        self._layout = layout
        self._grid = Grid(layout)
        self._charset = CHARSETS[layout.names]
        self._below = below
        self._page = body[-1]  # w:sectPr stays last
        self._breaks = False
        self._keeps = False
        body.remove(self._page)

    def write_paper(self, document: Document) -> None:
        """Append sign, title, blocks and imprint."""
        if document.sign:
            self._sign(document)
        if title := break_title(visible(document.title), self._layout.widest_title):
            self._title(title, f"Heading{self._below}" if self._below else "Title")
        self._write(document.blocks)
        self._imprint(document)

    def chapter(self, title: str) -> None:
        """The name of a chapter of a binder, in the head margin of its first page.

        A paper keeps the page it has alone; the outline has the chapter.
        """
        place = {"vAnchor": "page", "hAnchor": "margin", "x": 1, "y": twips(20)}
        frame = element("framePr", w=self._grid.width // 2, wrap="around", **place)
        self.line("Heading1", title, framePr=frame)

    def last(self) -> Any:
        """The last paragraph of the section; there is one, and no table behind it."""
        line = self._body[-1] if len(self._body) else None
        if line is None or line.tag != qn("w:p") or line.find(f".//{qn('w:sectPr')}") is not None:
            return self.line()
        return line

    def end_section(self) -> Any:
        """Begin a new page with heads and feet of its own; return the section that ends here."""
        line = self.last()
        if line.pPr is None:
            line.insert(0, element("pPr"))
        self._breaks = False
        line.pPr.append(deepcopy(self._page))
        return line.pPr[-1]

    def close(self) -> Any:
        """Set the page back behind the text, and return it: the last section."""
        self.last()
        self._body.append(self._page)
        return self._page

    def line(self, style: str = "", words: str = "", run: str = "", **properties: Any) -> Any:
        """A paragraph, on a new page when one was asked for, with the next one where it must."""
        if self._breaks:
            properties["pageBreakBefore"] = True
            self._breaks = False
        if self._keeps:
            properties["keepNext"] = True
        made = wordml.paragraph(self._body, style, **properties)
        self.text(made, words, run)
        return made

    def text(self, line: Any, words: str, style: str = "") -> None:
        """Append words to a paragraph."""
        wordml.text(line, words, style, charset=self._charset)

    def bookmark(self, number: int) -> None:
        """Name the place where the next paragraph begins."""
        wordml.bookmark(self._body, number)

    def _write(self, blocks: Sequence[Block]) -> None:
        for number, (before, block) in enumerate(zip((None, *blocks), blocks, strict=False), 1):
            if opens_roll(before, block):
                self.line()
            self._keeps = keeps_next(block, blocks[number:])
            self._block(block)
            self._keeps = False

    def _block(self, block: Block) -> None:
        match block:
            case Heading():
                self._heading(block)
            case Paragraph(words, indented, lead):
                # Word processors part a paragraph from what it keeps; a short one stays whole.
                width = wordml.width_of(lead + words)
                short = self._keeps and width < _SHORT * self._layout.characters
                style = "NormalIndent" if indented else ""
                line = self.line(style, lead, "Speaker", keepLines=True if short else None)
                self.text(line, words)
            case Meta(label, value):
                self._hanging("Meta", label, value)
            case Roll(label):
                room = self._layout.characters - 2 - wordml.width_of(label) - 1
                padded = padded_names(block)
                if not wordml.is_common("".join(padded), self._charset):
                    room -= 0.5  # another face may be a hair wider
                names = wordml.lines_of_names(padded, room)
                self._hanging("Roll", label, "\n".join(names))
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

    def _title(self, lines: Sequence[str], style: str = "Title") -> None:
        """A title and a blank line after it."""
        self.line(style, "\n".join(lines))
        self.line()

    def _sign(self, document: Document) -> None:
        """The red sign (10.3), under it number and 签发人 over a red rule."""
        issue = document.issue
        self.line("Sign", document.sign)
        line = self.line("IssueLine", f"\t{issue.number}")
        if issue.signer:
            self.text(line, "\t签发人：", "Label")
            self.text(line, issue.signer, "Signer")
        self.line()

    def _heading(self, block: Heading) -> None:
        """A heading of its own, or the face alone where text runs on in the same line."""
        level = block.level + self._below
        if not block.rest:
            self.line(f"Heading{level}", block.text)
            return
        line = self.line(f"RunIn{level}", block.text, f"Heading{level}Char")
        self.text(line, block.rest)

    def _hanging(self, style: str, label: str, value: str) -> None:
        """A label in 黑体; wrapped lines align with the first character behind it."""
        width = wordml.width_of(label) + 1
        ind = indent(self._grid.step, left=2 + width, hanging=width)
        self.text(self.line(style, f"{label}：", "Label", ind=ind), value)

    def _table(self, block: Table) -> None:
        self.line("TableGap", keepNext=True)
        table = element("tbl")
        looks = element("tblPr")
        looks.append(element("tblStyle", val="TableGrid"))
        looks.append(element("tblW", w=self._grid.width, type="dxa"))
        looks.append(element("jc", val="center"))
        looks.append(element("tblLayout", type="fixed"))
        table.append(looks)
        widths = [round(self._grid.width * share) for share in block.shares()]
        grid = element("tblGrid")
        grid.extend([element("gridCol", w=width) for width in widths])
        table.append(grid)
        table.append(self._row(block.head, widths, 0, head=True))
        last = len(block.rows) if self._keeps else 0
        for number, row in enumerate(block.rows, 1):
            table.append(self._row(row, widths, block.row_height, keeps=number == last))
        self._body.append(table)
        # Word processors want a line between two tables, and behind the last one.
        self.line("TableGap")

    def _row(
        self,
        cells: Sequence[str],
        widths: Sequence[int],
        height: float,
        *,
        head: bool = False,
        keeps: bool = False,
    ) -> Any:
        """A table row; ``height`` is the least, in millimetres."""
        row = element("tr")
        looks = element("trPr")
        looks.append(element("cantSplit"))
        if height:
            looks.append(element("trHeight", val=twips(height), hRule="atLeast"))
        if head:
            looks.append(element("tblHeader"))
        row.append(looks)
        for words, width in zip(cells, widths, strict=True):
            cell = element("tc")
            inner = element("tcPr")
            inner.append(element("tcW", w=width, type="dxa"))
            inner.append(element("vAlign", val="center"))
            cell.append(inner)
            style, kept = "TableHead" if head else "TableText", True if keeps else None
            self.text(wordml.paragraph(cell, style, keepNext=kept), words)
            row.append(cell)
        return row

    def _signatures(self, block: SignatureLines) -> None:
        """Lines to sign by hand, all on one page."""
        for number, one in enumerate(block.lines, 1):
            more = True if number < len(block.lines) else None
            line = self.line("SignatureLine", f"{one.label}：{one.name}\u3000签字：", keepNext=more)
            self.text(line, "\t", "SignatureRule")
            self.text(line, f"\t{one.date_label}")

    def _signoff(self, block: Signoff) -> None:
        """Two lines placed from the left edge: a right edge would move with the face's widths."""
        self.line(keepNext=True)
        name, date = wordml.width_of(block.name), wordml.width_of(block.date)
        whole = self._layout.characters
        if block.seal:
            date_at = whole - 4 - date
            name_at = date_at + (date - name) / 2
        else:
            name_at = max(whole - 4 - date if date > name else whole - 2 - name, 0)
            date_at = name_at + 2
        self.line("Signoff", block.name, keepNext=True, ind=self._at(name_at))
        self.line("Signoff", block.date, ind=self._at(date_at))

    def _at(self, characters: float) -> Any:
        return wordml.indent(self._grid.char, left=characters)

    def _note(self, block: AttachmentNote) -> None:
        self.line(keepNext=True)
        items = block.labelled()
        if len(items) == 1:
            self.line("AttachmentNote", f"附件：{items[0][1]}")
            return
        for number, (_, name) in enumerate(items):
            more = True if items[number + 1 :] else None
            numbering = wordml.numbered(1) if number else None
            self.line("AttachmentList", name, keepNext=more, numPr=numbering)

    def _attachment(self, block: Attachment) -> None:
        """On a new page: its label on line 1, its title on line 3."""
        self._breaks = False  # the style of the label breaks the page
        self.line("AttachmentMark", block.label)
        self.line()
        self._title(break_title(visible(block.title), self._layout.widest_title))
        self._write(block.blocks)

    def _imprint(self, document: Document) -> None:
        """分送, issuer and date between rules, at the foot of the last page (7.4)."""
        issue = document.issue
        rows = [f"\t分送：{issue.distribution}"] if issue.distribution else []
        if issue.issuer or issue.date:
            date = f"{issue.date}印发" if issue.date else ""
            # Half a character at least between them, else the date on a line of its own.
            wide = wordml.width_of(issue.issuer + date) + 0.5 > self._grid.width / 280 - 2
            rows.append(f"\t{issue.issuer}" + ("\n" if wide else "") + (date and f"\t{date}"))
        if not rows:
            return
        self.line()
        # A frame on its paragraphs, all of one style: a table at the foot, a frame of the style and
        # rules of different kinds are put right under the text by LibreOffice.
        place = {"vAnchor": "margin", "hAnchor": "margin", "xAlign": "center", "yAlign": "bottom"}
        for words in rows:
            frame = element("framePr", w=self._grid.width, wrap="notBeside", **place)
            self.line("Imprint", words, framePr=frame)
        self.line("Hairline")  # the frame hangs on it
