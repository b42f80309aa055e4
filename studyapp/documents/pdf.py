"""The PDF writer: the block tree as data for typst templates (GB/T 9704-2012).

Nothing a person typed ever becomes typst source; fonts are the vendored ones only.
"""

import json
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pypdfium2
import typst

from studyapp.documents import faces, pdf_data
from studyapp.documents.blocks import Document, passages
from studyapp.documents.book import Book
from studyapp.documents.layout import GB, Layout
from studyapp.text.cleaning import visible

_TEMPLATES = Path(__file__).parent / "templates"
_local = threading.local()


def render(document: Document, layout: Layout = GB) -> bytes:
    """Return the paper as PDF/A-2a: tagged, with bookmarks, every face embedded.

    A character that no face can draw (`missing_glyphs` names it) has no place in an archive: such
    a paper comes as plain PDF 1.7, with a box where the character stands.
    """
    return _compiled("paper.typ", layout, doc=pdf_data.of_paper(document, layout))


def render_book(book: Book, layout: Layout = GB) -> bytes:
    """Return a binder as PDF/A-2a: cover, 目录, papers, pages numbered through from the cover.

    Chapters and papers are bookmarks of levels 1 and 2. A large one takes seconds and some
    hundred megabytes: make it in a process of its own.
    """
    return _compiled("book.typ", layout, book=pdf_data.of_book(book, layout))


def page_numbers(data: bytes) -> list[int]:
    """The page on which each paper of a binder starts, in order; for writers that cannot count."""
    with pypdfium2.PdfDocument(data) as document:
        marks = [mark for mark in document.get_toc() if mark.level == 1]
        return [mark.get_dest().get_index() + 1 for mark in marks]


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


def _compiled(template: str, layout: Layout, **data: object) -> bytes:
    inputs = {name: json.dumps(value, ensure_ascii=False) for name, value in data.items()}
    inputs["layout"] = json.dumps(pdf_data.of_layout(layout))
    compiler = _compiler(template)
    try:
        made = compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards="a-2a")
    except typst.TypstError:
        made = compiler.compile(format="pdf", sys_inputs=inputs)
    if not isinstance(made, bytes):
        raise TypeError("one PDF was asked for")
    return made


def _compiler(template: str) -> typst.Compiler:
    """One compiler for each thread and template: a shared one refuses the second caller."""
    compilers: dict[str, typst.Compiler] = _local.__dict__.setdefault("compilers", {})
    if template not in compilers:
        compilers[template] = typst.Compiler(
            _TEMPLATES / template, root=_TEMPLATES, font_paths=_fonts()
        )
    return compilers[template]
