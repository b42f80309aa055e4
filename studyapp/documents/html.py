"""The HTML writer, for the print view. Every text is escaped here; nothing else makes markup.

Of a layout the print view follows faces, the breaks of titles and whether the check code is
printed: what a class can say. Margins, pitches and page numbers are the style sheet's and the
browser's, after the standard; a file of its own (`page`) follows margins and pitches too.
"""

from collections.abc import Sequence
from html import escape

from studyapp.documents import qr
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
    SignatureLine,
    SignatureLines,
    Signoff,
    Table,
    opens_roll,
    padded_names,
)
from studyapp.documents.layout import GB, Face, Layout
from studyapp.documents.titles import break_title
from studyapp.text.cleaning import visible


def render(document: Document, layout: Layout = GB) -> str:
    """Return the paper as one ``<article class="paper">``."""
    issue = document.issue
    kind = f"paper{_face(layout.body, GB.body)}"
    parts = [f'<article class="{kind}" lang="{_text(document.language)}">']
    if document.mark:
        parts.append(f'<p class="paper-mark">{_text(document.mark)}</p>')
    if document.sign:
        parts.append(f'<p class="{_sign_class(document.sign)}">{_text(document.sign)}</p>')
        signer = f"<b>签发人：</b>{_text(issue.signer)}" if issue.signer else ""
        parts.append(
            f'<p class="paper-issue"><span>{_text(issue.number)}</span><span>{signer}</span></p>'
        )
    if title := _title(document.title, layout):
        parts.append(f'<h1 class="{_title_class(layout)}">{title}</h1>')
    parts += _blocks(document.blocks, layout)
    parts += _imprint(document)
    if layout.prints_code:
        parts += _code(document)
    return "\n".join([*parts, "</article>"])


def page(document: Document, style: str, layout: Layout = GB) -> str:
    """Return the paper as a file of its own, with ``style`` inside; for use without a server."""
    title = _text(document.title.replace("\n", " "))
    style = style if layout == GB else f"{style}\n{_grid(layout)}"
    head = f'<meta charset="utf-8"><title>{title}</title><style>{style}</style>'
    language = _text(document.language)
    return (
        f'<!doctype html>\n<html lang="{language}"><head>{head}</head>\n'
        f"<body>{render(document, layout)}</body></html>\n"
    )


def _grid(layout: Layout) -> str:
    """Margins and pitches as rules of a style sheet."""
    margins = f"{layout.top}mm {layout.right}mm {layout.bottom}mm {layout.left}mm"
    line, character = (
        length * 72 / 25.4 / count
        for length, count in ((layout.height, layout.lines), (layout.width, layout.characters))
    )
    return (
        f"@page {{ margin: {margins} }}\n@media screen {{ .paper {{ padding: {margins} }} }}\n"
        f".paper {{ font-size: {layout.size}pt; line-height: {line:.2f}pt;"
        f" letter-spacing: {character - layout.size:.2f}pt }}"
    )


def _face(face: Face, usual: Face) -> str:
    """The class of a face, where it is not the one of the standard."""
    return "" if face == usual else f" face-{face}"


def _title_class(layout: Layout) -> str:
    return f"paper-title{_face(layout.title, GB.title)}"


def _code(document: Document) -> list[str]:
    """Version and check code, and the QR code of the address, at the end."""
    found = []
    if document.version or document.check_code:
        code = _text(f"{document.version} {document.check_code}".strip())
        found.append(f'<p class="paper-code">{code}</p>')
    if document.address:
        squares = qr.squares(document.address)
        found.append(
            f'<svg class="paper-qr" viewBox="0 0 {squares.side} {squares.side}" width="68"'
            f' height="68" role="img" aria-label="核对地址：{_text(document.address)}">'
            f'<path d="{squares.path}"/></svg>'
        )
    return found


def _sign_class(sign: str) -> str:
    """The sign stands on one line: 14 characters of 30 points, 20 of 22, more as they come."""
    size = (
        "" if len(sign) <= 14 else " paper-sign--long" if len(sign) <= 20 else " paper-sign--full"
    )
    return f"paper-sign{size}"


def _text(text: str) -> str:
    return escape(visible(text))


def _imprint(document: Document) -> list[str]:
    issue = document.issue
    found = []
    if issue.distribution:
        found.append(f"<p>分送：{_text(issue.distribution)}</p>")
    if issue.issuer or issue.date:
        date = f"{_text(issue.date)}印发" if issue.date else ""
        found.append(f"<p><span>{_text(issue.issuer)}</span> <span>{date}</span></p>")
    return ['<div class="paper-imprint">', *found, "</div>"] if found else []


def _title(title: str, layout: Layout) -> str:
    lines = break_title(visible(title), layout.widest_title)
    return "<br>".join(map(_text, lines))


def _blocks(blocks: Sequence[Block], layout: Layout) -> list[str]:
    pairs = zip((None, *blocks), blocks, strict=False)
    return [_block(block, layout, apart=opens_roll(before, block)) for before, block in pairs]


def _block(block: Block, layout: Layout, *, apart: bool = False) -> str:
    match block:
        case Heading():
            return _heading(block, layout)
        case Paragraph(text, indent, lead):
            style = "" if indent else ' class="paper-flush"'
            return f"<p{style}>{f'<b>{_text(lead)}</b>' if lead else ''}{_text(text)}</p>"
        case Meta(label, value):
            return f'<p class="paper-meta"><b>{_text(label)}：</b><span>{_text(value)}</span></p>'
        case Roll():
            return _roll(block, apart=apart)
        case Table():
            return _table(block)
        case SignatureLines(lines):
            return f'<div class="paper-signatures">{"".join(map(_signature, lines))}</div>'
        case Signoff(name, date, seal):
            kind = "paper-signoff paper-sealed" if seal else "paper-signoff"
            return f'<p class="{kind}"><span>{_text(name)}<br><span>{_text(date)}</span></span></p>'
        case AttachmentNote():
            items = "<br>".join(_text("".join(item)) for item in block.labelled())
            return f'<p class="paper-meta paper-note"><span>附件：</span><span>{items}</span></p>'
        case Attachment(_, title, blocks):
            inner = "\n".join(_blocks(blocks, layout))
            return (
                f'<section class="paper-attachment"><p class="paper-flush"><b>{block.label}</b></p>'
                f'<h2 class="{_title_class(layout)}">{_title(title, layout)}</h2>{inner}</section>'
            )
        case PageBreak():
            return '<div class="paper-break"></div>'


def _heading(block: Heading, layout: Layout) -> str:
    """A heading; where text runs on in its line, a paragraph that starts in the heading's face."""
    own = {1: _face(layout.level1, GB.level1), 2: _face(layout.level2, GB.level2)}
    kind = f"paper-h{block.level}{own.get(block.level, '')}"
    if block.rest:
        return f'<p><b class="{kind}">{_text(block.text)}</b>{_text(block.rest)}</p>'
    tag = f"h{block.level + 1}"
    return f'<{tag} class="{kind}">{_text(block.text)}</{tag}>'


def _roll(block: Roll, *, apart: bool) -> str:
    names = "\u3000".join(
        f'<span class="paper-name">{_text(name)}</span>' for name in padded_names(block)
    )
    kind = "paper-meta paper-apart" if apart else "paper-meta"
    return f'<p class="{kind}"><b>{_text(block.label)}：</b><span>{names}</span></p>'


def _signature(line: SignatureLine) -> str:
    return (
        f"<p><span>{_text(line.label)}：{_text(line.name)}</span> <span>签字：</span>"
        f'<span class="paper-rule"></span> <span>{_text(line.date_label)}</span></p>'
    )


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in table.head)
    rows = "".join(
        f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in table.rows
    )
    tall = ' class="paper-tall"' if table.row_height else ""
    # An attribute, for the pages allow no styles of their own.
    columns = "".join(f'<col width="{share:.1%}">' for share in table.shares())
    return (
        f"<table{tall}><colgroup>{columns}</colgroup>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )
