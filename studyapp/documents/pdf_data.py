"""A paper as plain data for the typst templates: texts cleaned, titles broken, squares counted."""

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from studyapp.documents import qr
from studyapp.documents.blocks import (
    UNDATED,
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
from studyapp.documents.book import Book
from studyapp.documents.layout import Layout
from studyapp.documents.titles import break_title
from studyapp.text.cleaning import visible

_CELL = 12  # points of the text in a table
_MOST_KEPT = 16  # lines; more than these would leave most of a page empty
_MM = 72 / 25.4  # points
# Longer runs without a space would stick out of the text area.
_UNBROKEN = re.compile(r"[!-~]{25,}")


def of_layout(layout: Layout) -> dict[str, Any]:
    """What the grid and the faces follow from; lengths in millimetres, the size in points."""
    return {
        "left": layout.left,
        "right": layout.right,
        "top": layout.top,
        "bottom": layout.bottom,
        "width": layout.width,
        "height": layout.height,
        "lines": layout.lines,
        "characters": layout.characters,
        "size": layout.size,
        "title": layout.title,
        "level1": layout.level1,
        "level2": layout.level2,
        "body": layout.body,
        "page_number": layout.page_number,
    }


def of_paper(document: Document, layout: Layout) -> dict[str, Any]:
    """The paper's words and what stands in its margins."""
    issue = document.issue
    return {
        **language(document.language),
        "heading": visible(document.title.replace("\n", "")),
        "moment": moment(document.moment),
        "title": _title(document.title, layout),
        "sign": words(document.sign),
        "mark": words(document.mark),
        "version": words(document.version) if layout.prints_code else "",
        "code": words(document.check_code) if layout.prints_code else "",
        "qr": _squares(document.address) if layout.prints_code else None,
        "counts": document.counts_pages,
        "number": words(issue.number),
        "signer": words(issue.signer),
        "distribution": words(issue.distribution),
        "issuer": words(issue.issuer),
        "date": words(issue.date),
        "blocks": _blocks(document.blocks, layout),
    }


def of_book(book: Book, layout: Layout) -> dict[str, Any]:
    """The binder's own words, and every paper with its number and its line in the 目录."""
    chapters: list[dict[str, Any]] = []
    count = 0
    for chapter in book.chapters:
        papers = []
        for entry in chapter.entries:
            data = of_paper(entry.document, layout)
            papers.append({**data, "entry": words(entry.title), "at": count})
            count += 1
        chapters.append({"title": words(chapter.title), "papers": papers})
    return {
        **language(book.language),
        "heading": visible(book.title.replace("\n", "")),
        "moment": moment(book.moment),
        "title": _title(book.title, layout),
        "cover": [words(line) for line in book.cover],
        "chapters": chapters,
    }


def language(tag: str) -> dict[str, str | None]:
    """zh-CN → zh and CN."""
    lang, _, region = tag.partition("-")
    return {"lang": lang, "region": region or None}


def moment(when: datetime | None) -> dict[str, int]:
    """The file's date in UTC; 2000-01-01 for a paper that has none."""
    when = (when or UNDATED).astimezone(UTC)
    names = ("year", "month", "day", "hour", "minute", "second")
    return {name: getattr(when, name) for name in names}


def words(text: str) -> str:
    """Text a PDF can hold, with break opportunities in long Latin runs."""
    return _UNBROKEN.sub(lambda match: "\u200b".join(match.group()), visible(text))


def _squares(address: str) -> str | None:
    """The QR code as one SVG picture: thousands of squares in a binder would fill the memory."""
    if not address:
        return None
    code = qr.squares(address)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {code.side} {code.side}">'
        f'<path d="{code.path}"/></svg>'
    )


def _title(title: str, layout: Layout) -> list[str]:
    return [words(line) for line in break_title(visible(title), layout.widest_title)]


def _blocks(blocks: Sequence[Block], layout: Layout) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for before, block in zip((None, *blocks), blocks, strict=False):
        if opens_roll(before, block):
            found.append({"type": "blank"})
        if lines := lines_kept(block):
            _keep(found, lines)
        found.append(_block(block, layout))
    return found


def _keep(found: Sequence[dict[str, Any]], lines: int) -> None:
    """Tell what stands before signatures that they need so many lines on its page.

    Several of them in a row go together, with the list of attachments above them; the sentence
    under a table takes its last row along.
    """
    for before in reversed(found):
        before["keep"] = min(before.get("keep", 0) + lines, _MOST_KEPT)
        if before["type"] == "note":
            lines += 1 + len(before["items"])
        elif before["type"] not in {"signatures", "signoff"}:
            break
    if [one["type"] for one in found[-2:]] == ["table", "paragraph"]:
        found[-2]["keep"] = 1
        found[-1]["whole"] = True


def _fits_a_page(row: Sequence[str], table: Table, layout: Layout) -> bool:
    """Whether a row can be kept on one page; a longer one is parted, for nothing may be lost."""
    room = layout.width * _MM
    lines = max(
        sum(
            math.ceil(len(line) * _CELL / max(room * share - _CELL, _CELL)) or 1
            for line in cell.split("\n")
        )
        for cell, share in zip(row, table.shares(), strict=True)
    )
    return lines * 1.5 * _CELL < 0.8 * layout.height * _MM


def _block(block: Block, layout: Layout) -> dict[str, Any]:
    match block:
        case Heading(level, text, rest):
            return {"type": "heading", "level": level, "text": words(text), "rest": words(rest)}
        case Paragraph(text, indent, lead):
            return {
                "type": "paragraph",
                "text": words(text),
                "indent": indent,
                "lead": words(lead),
            }
        case Meta(label, value):
            return {"type": "meta", "label": words(label), "value": words(value)}
        case Roll(label):
            names = [words(name) for name in padded_names(block)]
            return {"type": "roll", "label": words(label), "names": names}
        case Table(head, rows):
            return {
                "type": "table",
                "head": [words(c) for c in head],
                "rows": [[words(c) for c in row] for row in rows],
                "widths": list(block.shares()),
                "whole": [_fits_a_page(row, block, layout) for row in rows],
                "height": block.row_height,
            }
        case SignatureLines(lines):
            return {
                "type": "signatures",
                "lines": [
                    {
                        "label": words(line.label),
                        "name": words(line.name),
                        "date": words(line.date_label),
                    }
                    for line in lines
                ],
            }
        case Signoff(name, date, seal):
            return {"type": "signoff", "name": words(name), "date": words(date), "seal": seal}
        case AttachmentNote():
            return {"type": "note", "items": [[words(p) for p in i] for i in block.labelled()]}
        case Attachment(_, title, blocks):
            return {
                "type": "attachment",
                "label": block.label,
                "title": _title(title, layout),
                "blocks": _blocks(blocks, layout),
            }
        case PageBreak():
            return {"type": "break"}
