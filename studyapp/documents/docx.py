"""The DOCX writer: the block tree in the faces and on the grid that an office's WPS or Word has."""

import io
from datetime import UTC, datetime
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

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
    padded_names,
)
from studyapp.documents.titles import break_title
from studyapp.text.cleaning import visible

FANG, KAI, HEI, SONG, BIAO = "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体", "方正小标宋简体"
# GB 2312 faces lack rare name characters; every Windows has this one.
RARE = "宋体"
PITCH = 28.95  # points: 22 lines in 225 mm; exactly 29 gives 21
CHAR = 316  # twips: 156 mm / 28 characters
_FACES = {1: HEI, 2: KAI, 3: FANG, 4: FANG}
_RED = RGBColor(0xC1, 0x12, 0x1C)
# A fixed moment: the same record gives the same file.
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def render(document: Document) -> bytes:
    """Return the paper as .docx. It names the office's own faces and embeds none."""
    paper = docx.Document()
    _setup(paper, document)
    if document.sign:
        _sign(paper, document)
    for line in break_title(visible(document.title)):
        _centred(paper, line)
    _paragraph(paper)
    for block in document.blocks:
        _write(paper, block)
    _imprint(paper, document)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _setup(paper: Any, document: Document) -> None:
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance, section.header_distance = Mm(25), Mm(20)
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = OxmlElement("w:docGrid")
        section._sectPr.append(grid)
    # linesAndChars with a negative charSpace makes LibreOffice set 14 characters a line.
    grid.attrib.clear()
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), "579")
    _defaults(paper)
    settings = paper.settings.element
    settings.append(OxmlElement("w:evenAndOddHeaders"))
    _footer(section.footer, document, odd=True)
    _footer(section.even_page_footer, document, odd=False)
    if document.mark:
        for header in (section.header, section.even_page_header):
            line = header.paragraphs[0]
            line.style = "Normal"
            line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _run(line, document.mark, HEI, 14)
    properties = paper.core_properties
    properties.title = visible(document.title.replace("\n", ""))
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.created = properties.modified = _EPOCH
    properties.language = document.language


def _defaults(paper: Any) -> None:
    """Body face on every style, no theme faces, Chinese line breaking."""
    styles = paper.styles.element
    for fonts in styles.iter(qn("w:rFonts")):
        fonts.attrib.clear()
        for name in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{name}"), FANG)
    for lang in styles.iter(qn("w:lang")):
        lang.set(qn("w:val"), "zh-CN")
        lang.set(qn("w:eastAsia"), "zh-CN")
    normal = paper.styles["Normal"]
    normal.font.size = Pt(16)
    form = normal.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing = Pt(PITCH)
    form.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    form.widow_control = False
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{name}"), FANG)
    spacing = OxmlElement("w:spacing")
    spacing.set(qn("w:val"), "-5")
    normal.element.rPr.append(spacing)


def _paragraph(paper: Any, *, indent: int = 0) -> Any:
    """A body paragraph; ``indent`` is its first line's in characters."""
    line = paper.add_paragraph()
    if indent:
        element = line._p.get_or_add_pPr().get_or_add_ind()
        element.set(qn("w:firstLineChars"), str(indent * 100))
        element.set(qn("w:firstLine"), str(indent * CHAR))
    return line


def _run(line: Any, text: str, face: str = FANG, size: float = 16, *, red: bool = False) -> None:
    """Text in ``face``; characters outside GB 2312 in runs of a face that has them."""
    for piece, common in _split(visible(text)):
        run = line.add_run(piece)
        run.font.size = Pt(size)
        if red:
            run.font.color.rgb = _RED
        fonts = run._r.get_or_add_rPr().get_or_add_rFonts()
        name = face if common else RARE
        for attribute in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{attribute}"), name)
        fonts.set(qn("w:hint"), "eastAsia")


def _split(text: str) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    for character in text:
        try:
            character.encode("gb2312")
            common = True
        except UnicodeEncodeError:
            # Marks that every face draws are not worth a run of their own.
            common = ord(character) < 0x3400
        if pieces and pieces[-1][1] == common:
            pieces[-1] = (pieces[-1][0] + character, common)
        else:
            pieces.append((character, common))
    return pieces


def _off_grid(line: Any) -> None:
    snap = OxmlElement("w:snapToGrid")
    snap.set(qn("w:val"), "0")
    line._p.get_or_add_pPr().append(snap)


def _centred(paper: Any, text: str, *, size: float = 22, red: bool = False) -> None:
    line = _paragraph(paper)
    _off_grid(line)
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    line.paragraph_format.line_spacing = Pt(max(PITCH, size * 1.3))
    line.paragraph_format.keep_with_next = True
    _run(line, text, BIAO, size, red=red)


def _sign(paper: Any, document: Document) -> None:
    issue = document.issue
    room = _paragraph(paper)
    room.paragraph_format.space_before = Mm(35 - 10)
    _off_grid(room)
    _centred(paper, document.sign, size=min(36, int(425 / max(len(document.sign), 1))), red=True)
    line = _paragraph(paper)
    line.paragraph_format.tab_stops.add_tab_stop(Mm(150), alignment=2)
    _run(line, issue.number)
    if issue.signer:
        _run(line, "\t签发人：", HEI)
        _run(line, issue.signer, KAI)
    _border(line, "bottom", color="C1121C", size=12)
    _paragraph(paper)


def _border(line: Any, side: str, *, color: str = "000000", size: int = 8) -> None:
    borders = OxmlElement("w:pBdr")
    edge = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", str(size)), ("space", "4"), ("color", color)):
        edge.set(qn(f"w:{name}"), value)
    borders.append(edge)
    line._p.get_or_add_pPr().insert_element_before(
        borders,
        "w:shd",
        "w:tabs",
        "w:suppressAutoHyphens",
        "w:kinsoku",
        "w:spacing",
        "w:ind",
        "w:jc",
        "w:rPr",
        "w:snapToGrid",
    )


def _footer(footer: Any, document: Document, *, odd: bool) -> None:
    footer.is_linked_to_previous = False
    line = footer.paragraphs[0]
    # The footer style brings tab stops of its own.
    line.style = "Normal"
    _off_grid(line)
    line.paragraph_format.line_spacing = 1
    line.paragraph_format.tab_stops.clear_all()
    line.paragraph_format.tab_stops.add_tab_stop(Mm(151), alignment=2)
    line.paragraph_format.left_indent = Pt(14)
    line.alignment = WD_ALIGN_PARAGRAPH.LEFT
    code = "  ".join(part for part in (document.version, document.check_code) if part)
    if odd:
        _run(line, code, SONG, 8)
        _run(line, "\t", SONG, 14)
    _run(line, "— ", SONG, 14)
    _field(line, "PAGE")
    _run(line, " —", SONG, 14)
    if document.counts_pages:
        _run(line, "  共", SONG, 14)
        _field(line, "NUMPAGES")
        _run(line, "页", SONG, 14)
    if not odd and code:
        _run(line, "\t", SONG, 14)
        _run(line, code, SONG, 8)


def _field(line: Any, name: str) -> None:
    for kind, text in (("begin", ""), ("", name), ("separate", ""), ("text", "1"), ("end", "")):
        run = line.add_run()
        run.font.size = Pt(14)
        fonts = run._r.get_or_add_rPr().get_or_add_rFonts()
        for attribute in ("ascii", "hAnsi", "eastAsia"):
            fonts.set(qn(f"w:{attribute}"), SONG)
        if kind == "text":
            run.text = text
        elif text:
            instruction = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = f" {text} "
            run._r.append(instruction)
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)


def _write(paper: Any, block: Block) -> None:
    match block:
        case Heading(level, text, rest):
            line = _paragraph(paper, indent=2)
            line.paragraph_format.keep_with_next = not rest
            line.paragraph_format.first_line_indent = None
            element = line._p.get_or_add_pPr().get_or_add_ind()
            element.set(qn("w:firstLineChars"), "200")
            element.set(qn("w:firstLine"), str(2 * CHAR))
            outline = OxmlElement("w:outlineLvl")
            outline.set(qn("w:val"), str(level - 1))
            line._p.get_or_add_pPr().append(outline)
            _run(line, text, _FACES[level])
            _run(line, rest)
        case Paragraph(text, indent, lead):
            line = _paragraph(paper, indent=2 if indent else 0)
            _run(line, lead, HEI)
            _run(line, text)
        case Meta(label, value):
            _hanging(paper, label, value)
        case Roll(label):
            _hanging(paper, label, "\u3000".join(padded_names(block)))
        case Table():
            _table(paper, block)
        case SignatureLines():
            _signatures(paper, block)
        case Signoff():
            _signoff(paper, block)
        case AttachmentNote():
            _note(paper, block)
        case Attachment():
            _attachment(paper, block)
        case PageBreak():
            paper.add_page_break()


def _hanging(paper: Any, label: str, value: str) -> None:
    """Wrapped lines align with the first character behind the label."""
    line = paper.add_paragraph()
    line.alignment = WD_ALIGN_PARAGRAPH.LEFT
    width = len(label) + 1
    element = line._p.get_or_add_pPr().get_or_add_ind()
    for name, value_ in (
        ("left", (2 + width) * CHAR),
        ("leftChars", (2 + width) * 100),
        ("hanging", width * CHAR),
        ("hangingChars", width * 100),
    ):
        element.set(qn(f"w:{name}"), str(value_))
    _run(line, f"{label}：", HEI)
    _run(line, value)


def _table(paper: Any, block: Table) -> None:
    table = paper.add_table(rows=0, cols=len(block.head))
    table.style = "Table Grid"
    table.autofit = False
    whole = 156
    for number, row in enumerate((block.head, *block.rows)):
        cells = table.add_row()
        if number == 0:
            repeat = OxmlElement("w:tblHeader")
            cells._tr.get_or_add_trPr().append(repeat)
        elif block.row_height:
            cells.height = Mm(block.row_height)
        for cell, text, share in zip(cells.cells, row, block.shares(), strict=True):
            cell.width = Mm(whole * share)
            cell.vertical_alignment = 1
            line = cell.paragraphs[0]
            _off_grid(line)
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            line.paragraph_format.line_spacing = 1.2
            _run(line, text, HEI if number == 0 else FANG, 12)


def _signatures(paper: Any, block: SignatureLines) -> None:
    for line in block.lines:
        paragraph = _paragraph(paper, indent=2)
        paragraph.paragraph_format.space_before = Pt(PITCH)
        paragraph.paragraph_format.keep_with_next = line is not block.lines[-1]
        paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(105), leader=3)
        paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(156), alignment=2)
        _run(paragraph, f"{line.label}：{line.name}\u3000签字：")
        _run(paragraph, "\t")
        _run(paragraph, f"\t{line.date_label}")


def _signoff(paper: Any, block: Signoff) -> None:
    """Two lines placed from the left edge: a right edge would move with the face's widths."""
    _paragraph(paper).paragraph_format.keep_with_next = True
    date_width = sum(0.5 if c.isascii() else 1 for c in block.date)
    name_width = len(block.name)
    if block.seal:
        date_left = 28 - 4 - date_width
        name_left = date_left + (date_width - name_width) / 2
    else:
        name_left = min(28 - 2 - name_width, 28 - 4 - date_width)
        date_left = name_left + 2
    for text, left in ((block.name, name_left), (block.date, date_left)):
        line = _paragraph(paper)
        line.alignment = WD_ALIGN_PARAGRAPH.LEFT
        line.paragraph_format.keep_with_next = text is block.name
        line.paragraph_format.left_indent = Pt(max(0, left) * CHAR / 20)
        _run(line, text)


def _note(paper: Any, block: AttachmentNote) -> None:
    _paragraph(paper)
    for number, item in enumerate(block.labelled()):
        line = paper.add_paragraph()
        line.alignment = WD_ALIGN_PARAGRAPH.LEFT
        line.paragraph_format.left_indent = Pt(5 * CHAR / 20)
        if number == 0:
            line.paragraph_format.first_line_indent = Pt(-3 * CHAR / 20)
            _run(line, "附件：")
        _run(line, "".join(item))


def _attachment(paper: Any, block: Attachment) -> None:
    line = _paragraph(paper)
    line.paragraph_format.page_break_before = True
    _run(line, block.label, HEI)
    _paragraph(paper)
    for text in break_title(visible(block.title)):
        _centred(paper, text)
    _paragraph(paper)
    for inner in block.blocks:
        _write(paper, inner)


def _imprint(paper: Any, document: Document) -> None:
    issue = document.issue
    if not (issue.distribution or issue.issuer or issue.date):
        return
    _paragraph(paper)
    if issue.distribution:
        line = paper.add_paragraph()
        _border(line, "top")
        _run(line, f"分送：{issue.distribution}", size=14)
    line = paper.add_paragraph()
    _border(line, "top")
    line.paragraph_format.tab_stops.add_tab_stop(Mm(156), alignment=2)
    _run(line, issue.issuer, size=14)
    if issue.date:
        _run(line, f"\t{issue.date}印发", size=14)
