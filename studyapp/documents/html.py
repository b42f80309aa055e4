"""The HTML writer, for the print view. Every text is escaped here; nothing else makes markup."""

from html import escape

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
    padded_names,
)
from studyapp.documents.titles import break_title
from studyapp.text.cleaning import visible


def render(document: Document) -> str:
    """Return the paper as one ``<article class="paper">``."""
    issue = document.issue
    parts = [f'<article class="paper" lang="{_text(document.language)}">']
    if document.mark:
        parts.append(f'<p class="paper-mark">{_text(document.mark)}</p>')
    if document.sign:
        parts.append(f'<p class="paper-sign">{_text(document.sign)}</p>')
        signer = f"<b>签发人：</b>{_text(issue.signer)}" if issue.signer else ""
        parts.append(
            f'<p class="paper-issue"><span>{_text(issue.number)}</span><span>{signer}</span></p>'
        )
    lines = "<br>".join(_text(line) for line in break_title(visible(document.title)))
    parts.append(f'<h1 class="paper-title">{lines}</h1>')
    parts += [_block(block) for block in document.blocks]
    parts += _imprint(document)
    if document.version or document.check_code:
        code = _text(f"{document.version} {document.check_code}".strip())
        parts.append(f'<p class="paper-code">{code}</p>')
    return "\n".join([*parts, "</article>"])


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


def _block(block: Block) -> str:
    match block:
        case Heading(level, text, rest):
            return (
                f'<h{level + 1} class="paper-h{level}">{_text(text)}</h{level + 1}>'
                if not rest
                else (f'<p><b class="paper-h{level}">{_text(text)}</b>{_text(rest)}</p>')
            )
        case Paragraph(text, indent, lead):
            style = "" if indent else ' class="paper-flush"'
            return f"<p{style}>{f'<b>{_text(lead)}</b>' if lead else ''}{_text(text)}</p>"
        case Meta(label, value):
            return f'<p class="paper-meta"><b>{_text(label)}：</b><span>{_text(value)}</span></p>'
        case Roll(label):
            names = "\u3000".join(
                f'<span class="paper-name">{_text(name)}</span>' for name in padded_names(block)
            )
            return f'<p class="paper-meta"><b>{_text(label)}：</b><span>{names}</span></p>'
        case Table():
            return _table(block)
        case SignatureLines(lines):
            return f'<div class="paper-signatures">{"".join(map(_signature, lines))}</div>'
        case Signoff(name, date):
            return f'<p class="paper-signoff">{_text(name)}<br>{_text(date)}</p>'
        case AttachmentNote():
            items = "<br>".join(_text("".join(item)) for item in block.labelled())
            return f'<p class="paper-meta paper-note"><span>附件：</span><span>{items}</span></p>'
        case Attachment(_, title, blocks):
            inner = "\n".join(_block(one) for one in blocks)
            return (
                f'<section class="paper-attachment"><p class="paper-flush"><b>{block.label}</b></p>'
                f'<h2 class="paper-title">{_text(title)}</h2>{inner}</section>'
            )
        case PageBreak():
            return '<div class="paper-break"></div>'


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
    return f"<table{tall}><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
