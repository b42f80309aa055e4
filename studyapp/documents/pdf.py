"""The PDF writer: the block tree as data for one typst template (GB/T 9704-2012).

Nothing a person typed ever becomes typst source; fonts are the vendored ones only.
"""

import json
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from studyapp.documents import faces
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
    passages,
)
from studyapp.documents.titles import break_title
from studyapp.text.cleaning import visible

_TEMPLATES = Path(__file__).parent / "templates"
_local = threading.local()
# Longer runs without a space would stick out of the text area.
_UNBROKEN = re.compile(r"[!-~]{25,}")


def render(document: Document) -> bytes:
    """Return the paper as PDF 1.7, tagged, fonts embedded."""
    data = json.dumps(_tree(document), ensure_ascii=False)
    compiled = _compiler().compile(format="pdf", sys_inputs={"doc": data})
    if not isinstance(compiled, bytes):
        raise TypeError("one PDF was asked for")
    return compiled


@dataclass(frozen=True, slots=True)
class MissingGlyph:
    """A character that no vendored face can draw, and the person or passage it stands in."""

    character: str
    place: str


def missing_glyphs(document: Document) -> list[MissingGlyph]:
    """Return what would print as an empty box without a word, in order of appearance."""
    have = faces.drawable()
    found: dict[tuple[str, str], MissingGlyph] = {}
    for place, words in passages(document):
        for character in visible(words):
            if not character.isspace() and ord(character) not in have:
                found.setdefault((character, place), MissingGlyph(character, place))
    return list(found.values())


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[faces.FOLDER]
    )


def _compiler() -> typst.Compiler:
    """One compiler for each thread: a shared one refuses the second caller."""
    if not hasattr(_local, "compiler"):
        _local.compiler = typst.Compiler(
            _TEMPLATES / "paper.typ", root=_TEMPLATES, font_paths=_fonts()
        )
    compiler: typst.Compiler = _local.compiler
    return compiler


def _words(text: str) -> str:
    """Text a PDF can hold, with break opportunities in long Latin runs."""
    return _UNBROKEN.sub(lambda match: "\u200b".join(match.group()), visible(text))


def _tree(document: Document) -> dict[str, Any]:
    issue = document.issue
    language, _, region = document.language.partition("-")
    return {
        "lang": language,
        "region": region or None,
        "heading": visible(document.title.replace("\n", "")),
        "title": _title(document.title),
        "sign": _words(document.sign),
        "mark": _words(document.mark),
        "version": _words(document.version),
        "code": _words(document.check_code),
        "counts": document.counts_pages,
        "number": _words(issue.number),
        "signer": _words(issue.signer),
        "distribution": _words(issue.distribution),
        "issuer": _words(issue.issuer),
        "date": _words(issue.date),
        "blocks": _blocks(document.blocks),
    }


def _title(title: str) -> list[str]:
    return [_words(line) for line in break_title(visible(title))]


def _blocks(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for before, block in zip((None, *blocks), blocks, strict=False):
        if opens_roll(before, block):
            found.append({"type": "blank"})
        if found and (lines := lines_kept(block)):
            found[-1]["keep"] = lines
        found.append(_block(block))
    return found


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Heading(level, text, rest):
            return {"type": "heading", "level": level, "text": _words(text), "rest": _words(rest)}
        case Paragraph(text, indent, lead):
            return {
                "type": "paragraph",
                "text": _words(text),
                "indent": indent,
                "lead": _words(lead),
            }
        case Meta(label, value):
            return {"type": "meta", "label": _words(label), "value": _words(value)}
        case Roll(label):
            names = [_words(name) for name in padded_names(block)]
            return {"type": "roll", "label": _words(label), "names": names}
        case Table(head, rows):
            return {
                "type": "table",
                "head": [_words(c) for c in head],
                "rows": [[_words(c) for c in row] for row in rows],
                "widths": list(block.shares()),
                "height": block.row_height,
            }
        case SignatureLines(lines):
            return {
                "type": "signatures",
                "lines": [
                    {
                        "label": _words(line.label),
                        "name": _words(line.name),
                        "date": _words(line.date_label),
                    }
                    for line in lines
                ],
            }
        case Signoff(name, date, seal):
            return {"type": "signoff", "name": _words(name), "date": _words(date), "seal": seal}
        case AttachmentNote():
            return {"type": "note", "items": [_words("".join(i)) for i in block.labelled()]}
        case Attachment(_, title, blocks):
            return {
                "type": "attachment",
                "label": block.label,
                "title": _title(title),
                "blocks": _blocks(blocks),
            }
        case PageBreak():
            return {"type": "break"}
