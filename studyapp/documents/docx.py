"""The DOCX writer: the block tree in the faces and on the grid that an office's WPS or Word has.

It names the office's own faces and embeds none.
"""

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import docx
from docx.oxml.ns import qn

from studyapp.documents import wordml, wordstyles
from studyapp.documents.blocks import UNDATED, Document, Kind
from studyapp.documents.book import Book
from studyapp.documents.layout import GB, Layout
from studyapp.documents.wordblocks import Body
from studyapp.documents.wordparts import Parts
from studyapp.text.cleaning import visible

_BELOW = 2  # levels: chapters and papers of a binder
_LONGEST_PROPERTY = 255  # characters
_SUBJECTS: dict[Kind, str] = {
    "record": "会议记录",
    "minutes": "会议纪要",
    "notice": "会议通知",
    "sign-in": "签到表",
    "notes": "学习笔记",
    "ledger": "台账",
    "handbook": "党支部工作手册",
    "other": "",
}


def render(document: Document, layout: Layout = GB) -> bytes:
    """Return the paper as .docx, byte for byte the same for the same paper."""
    size = wordstyles.Grid(layout).sign_size(wordml.width_of(visible(document.sign)))
    paper = docx.Document(io.BytesIO(wordstyles.template(layout, sign=size)))
    _describe(
        paper,
        title=document.title,
        subject=_SUBJECTS[document.kind],
        creator=document.issue.issuer,
        language=document.language,
        moment=document.moment,
    )
    parts = Parts(paper, layout)
    body = Body(paper.element.body, layout)
    body.write_paper(document)
    parts.set_code(body.last(), document)
    parts.set_margins(body.close(), document, counts=document.counts_pages)
    return _saved(paper)


def render_book(book: Book, layout: Layout, pages: Sequence[int]) -> bytes:
    """Return the binder as .docx: cover, 目录, chapters, and each paper with its own foot.

    ``pages`` are the pages on which the papers start, in order: the 目录 says them until somebody
    has the word processor count anew. 共×页 would be the binder's pages and is left out.
    """
    papers = [entry.document for entry in book.entries()]
    if len(pages) != len(papers):
        raise ValueError("one page for each paper")
    widest = max((wordml.width_of(visible(one.sign)) for one in papers), default=0)
    size = wordstyles.Grid(layout).sign_size(widest)
    paper = docx.Document(io.BytesIO(wordstyles.template(layout, sign=size, below=_BELOW)))
    _describe(
        paper,
        title=book.title,
        subject=_SUBJECTS["handbook"],
        creator=next(iter(book.cover), ""),
        language=book.language,
        moment=book.moment,
    )
    parts = Parts(paper, layout)
    body = Body(paper.element.body, layout, below=_BELOW)
    sections = 1 + len(papers)
    for number, foot in enumerate(_sections(body, parts, book, pages), 1):
        section = body.end_section() if number < sections else body.close()
        if number == 1:
            section.find(qn("w:docGrid")).addprevious(wordml.element("titlePg"))  # a bare cover
        parts.set_margins(section, foot, heads=True)
    return _saved(paper)


def _sections(body: Body, parts: Parts, book: Book, pages: Sequence[int]) -> Iterator[Document]:
    """Write the binder part by part, and say after each one whose head and foot it has."""
    body.line("CoverTitle", book.title)
    for words in book.cover:
        body.line("CoverText", words)
    _contents(body, book, pages)
    yield Document("", ())
    number = 0
    for chapter in book.chapters:
        for at, entry in enumerate(chapter.entries):
            number += 1
            body.bookmark(number)
            if not at:
                body.chapter(chapter.title)
            body.write_paper(entry.document)
            parts.set_code(body.last(), entry.document)
            yield entry.document


def _contents(body: Body, book: Book, pages: Sequence[int]) -> None:
    """The 目录: links with the page numbers of ``pages``, in a field that can be counted anew.

    A chapter is where its first paper is; one without papers has no page.
    """
    body.line("TOCHeading", "目录")
    papers = enumerate(pages, 1)
    line = None
    for chapter in book.chapters:
        found = [(entry.title, *next(papers)) for entry in chapter.entries]
        for style, title, *place in [
            ("TOC1", chapter.title, *(found[0][1:] if found else ())),
            *(("TOC2", *line) for line in found),
        ]:
            first, line = line is None, body.line(style)
            if first:
                wordml.open_field(line, 'TOC \\o "1-2" \\h \\z')
            _content(body, line, str(title), *place)
    if line is not None:
        wordml.close_field(line)
    # The section ends behind the field, not inside it: LibreOffice would lose the page number.
    body.line("Hairline")


def _content(body: Body, line: Any, title: str, number: int = 0, page: int = 0) -> None:
    if not number:
        body.text(line, title)
        return
    name = wordml.bookmark_name(number)
    link = wordml.link(line, name)
    body.text(link, f"{title}\t")
    wordml.field(link, f"PAGEREF {name} \\h", str(page))


def _saved(paper: Any) -> bytes:
    out = io.BytesIO()
    paper.save(out)
    return wordml.packed(out.getvalue())


def _describe(
    paper: Any, *, title: str, subject: str, creator: str, language: str, moment: datetime | None
) -> None:
    properties = paper.core_properties
    properties.title = visible(title.replace("\n", ""))[:_LONGEST_PROPERTY]
    properties.subject = subject
    properties.author = visible(creator)[:_LONGEST_PROPERTY]
    properties.language = language
    properties.created = properties.modified = (moment or UNDATED).astimezone(UTC)
