"""Which glyphs of a PDF are which words of the paper."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from studyapp.documents.blocks import (
    Attachment,
    AttachmentNote,
    Block,
    Document,
    Heading,
    Meta,
    Paragraph,
    Roll,
    SignatureLines,
    Signoff,
    Table,
    fold,
    padded_names,
)
from tests.documents.glyphs import Glyph, words


@dataclass(slots=True)
class Piece:
    """Words of one role in one block, and the glyphs that print them.

    ``row`` is the number of a table's row, ``level`` that of a heading.
    """

    role: str
    text: str
    block: Block | None = None
    row: int = 0
    level: int = 0
    glyphs: list[Glyph] = field(default_factory=list)


@dataclass(slots=True)
class Sheet:
    """One page: its body in order, and what stands in head and foot."""

    number: int
    body: list[Glyph]
    mark: list[Glyph]
    foot: list[Glyph]
    head_repeated: bool = False


class Lost(Exception):
    """The words of the file are not those of the paper."""


def sheets(pages: list[list[Glyph]], document: Document) -> list[Sheet]:
    """Part the margins from the text, by what they say and not by where they stand."""
    code = re.escape(fold(document.version + document.check_code))
    number = r"—\d+—(?:共\d+页)?"
    foot = re.compile(rf"(?:{number}(?:{code})?|{code}{number}|{code})\Z")
    found = []
    for at, glyphs in enumerate(pages, 1):
        mark = fold(document.mark)
        start = len(mark) if words(glyphs).startswith(mark) else 0
        matched = foot.search(words(glyphs))
        end = matched.start() if matched else len(glyphs)
        found.append(Sheet(at, glyphs[start:end], glyphs[:start], glyphs[end:]))
    return found


def match(pages: list[Sheet], document: Document) -> list[Piece]:
    """Give every piece of the paper its glyphs; raise `Lost` where the words differ."""
    found = list(pieces(document))
    stream = [glyph for page in pages for glyph in page.body]
    starts = {id(page.body[0]): page for page in pages if page.body}
    at = 0
    for before, piece in zip((None, *found), found, strict=False):
        while len(piece.glyphs) < len(piece.text) and at < len(stream):
            page = starts.get(id(stream[at]))
            # Rows without words leave nothing but the head above them.
            own = _head(piece) if piece.role == "cell" else ""
            for head in {own, _head(before)} - {""} if page else ():
                after = at + len(head)
                rest = piece.text[len(piece.glyphs) :]
                follows = words(stream[after : after + len(rest)]) == rest
                if words(stream[at:after]) == head and (follows or own):
                    page.head_repeated = True
                    at = after
                    break
            piece.glyphs.append(stream[at])
            at += 1
        if words(piece.glyphs) != piece.text:
            raise Lost(f"“{piece.text[:20]}” is printed as “{words(piece.glyphs)[:20]}”")
    left = words(stream[at:])
    if left and left != (_head(found[-1]) if found else ""):
        raise Lost(f"more is printed than the paper says: “{left[:20]}”")
    return found


def _head(piece: Piece | None) -> str:
    """What stands again above the rows of a table where it goes on."""
    if piece and piece.role in {"cell", "head"} and isinstance(piece.block, Table):
        return fold("".join(piece.block.head))
    return ""


def pieces(document: Document) -> Iterator[Piece]:
    """The words of a paper by role, in reading order, none left out."""
    issue = document.issue
    signer = f"签发人：{issue.signer}" if issue.signer else ""
    date = f"{issue.date}印发" if issue.date else ""
    send = f"分送：{issue.distribution}" if issue.distribution else ""
    sign = (("sign", document.sign), ("number", issue.number), ("signer", signer))
    yield from _made(None, *(sign if document.sign else ()), ("title", document.title))
    for block in document.blocks:
        yield from _of_block(block)
        for inner in block.blocks if isinstance(block, Attachment) else ():
            yield from _of_block(inner)
    yield from _made(None, ("imprint", send + issue.issuer + date))


def _made(block: Block | None, *parts: tuple[str, str], row: int = 0) -> Iterator[Piece]:
    level = block.level if isinstance(block, Heading) else 0
    for role, text in parts:
        if folded := fold(text):
            yield Piece(role, folded, block, row, level)


def _of_block(block: Block) -> Iterator[Piece]:
    match block:
        case Heading(_, text, rest):
            yield from _made(block, ("heading", text), ("text", rest))
        case Paragraph(text, _, lead):
            yield from _made(block, ("label", lead), ("text", text))
        case Meta(label, value):
            yield from _made(block, ("label", f"{label}："), ("text", value))
        case Roll(label):
            names = "".join(padded_names(block))
            yield from _made(block, ("label", f"{label}："), ("text", names))
        case Table(head, rows):
            yield from _made(block, *(("head", cell) for cell in head))
            for number, row in enumerate(rows, 1):
                yield from _made(block, *(("cell", cell) for cell in row), row=number)
        case SignatureLines(lines):
            for line in lines:
                text = f"{line.label}：{line.name}签字：{line.date_label}"
                yield from _made(block, ("signature", text))
        case Signoff(name, date):
            yield from _made(block, ("issuer", name), ("date", date))
        case AttachmentNote():
            text = "".join("".join(item) for item in block.labelled())
            yield from _made(block, ("note", f"附件：{text}"))
        case Attachment(_, title):
            yield from _made(block, ("attachment", block.label), ("title", title))
