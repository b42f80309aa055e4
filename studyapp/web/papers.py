"""Papers on a page and as files: the one place where our own writer's markup is trusted."""

from django.utils.safestring import SafeString

from studyapp.documents import html, pdf
from studyapp.documents.blocks import Document
from studyapp.errors import Refused

_NAMED = 20  # as many places as a person reads


def markup(document: Document) -> SafeString:
    """Return a paper as HTML; ``documents.html`` escapes every text that it puts in."""
    return SafeString(html.render(document))


def refuse_missing_glyphs(document: Document) -> None:
    """Refuse a PDF in which a name or a word would be an empty box; name each and its place."""
    if missing := pdf.missing_glyphs(document):
        named = "；".join(f"{glyph.place}里的“{glyph.character}”" for glyph in missing[:_NAMED])
        raise Refused(f"PDF字库里没有这些字，印出来会是空框：{named}。请导出DOCX，用WPS打印。")
