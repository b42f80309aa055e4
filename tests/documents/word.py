"""Reading a .docx back: parts, paragraphs, and the look that styles give a run."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph as WordParagraph
from docx.text.run import Run
from lxml import etree

from studyapp.documents import docx as writer
from studyapp.documents.blocks import Document
from studyapp.documents.layout import GB, Layout

SIDES = ("ascii", "hAnsi", "eastAsia", "cs")


def opened(document: Document, layout: Layout = GB) -> WordDocument:
    return docx.Document(io.BytesIO(writer.render(document, layout)))


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def trees(data: bytes) -> dict[str, Any]:
    """The WordprocessingML parts, parsed."""
    return {
        name: etree.fromstring(content)
        for name, content in parts(data).items()
        if name.startswith("word/") and name.endswith(".xml")
    }


def paragraph_with(paper: WordDocument, words: str) -> WordParagraph:
    return next(line for line in paper.paragraphs if words in line.text)


def _styles(run: Run) -> Iterator[Any]:
    """The run's style and the styles under it, then the paragraph's."""
    named = run._r.rPr.find(qn("w:rStyle")) if run._r.rPr is not None else None
    line = WordParagraph(run._r.getparent(), run._parent)
    for first in (run.style if named is not None else None, line.style):
        style: Any = first
        while style is not None:
            yield style.element
            style = style.base_style


def look(run: Run, path: str, attribute: str) -> str:
    """What the first style that says anything says."""
    where = "/".join(qn(f"w:{name}") for name in path.split("/"))
    found = (style.find(where) for style in _styles(run))
    return str(next(node.get(qn(f"w:{attribute}")) for node in found if node is not None))


def looks(run: Run) -> tuple[str, float]:
    """Face and size in points."""
    return look(run, "rPr/rFonts", "eastAsia"), int(look(run, "rPr/sz", "val")) / 2
