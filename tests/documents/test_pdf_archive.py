"""What an archive wants of a PDF: PDF/A-2a, judged by a program that is not ours; bookmarks."""

import dataclasses
from datetime import datetime, timedelta, timezone

import pypdfium2
import pypdfium2.raw as pdfium_c
import pytest

from studyapp.documents import faces, pdf
from studyapp.documents.blocks import Attachment, Document, Heading, Paragraph, Roll, Table
from studyapp.documents.layout import Layout
from tests.documents import reference
from tests.documents.archive import bookmarks, complaints
from tests.documents.papers import CHECKED, everything, issued

PAPERS = {**reference.PAPERS, "everything": everything(**CHECKED), "empty": Document("", ())}


@pytest.mark.parametrize("name", PAPERS)
def test_every_paper_is_fit_for_an_archive(name) -> None:
    assert complaints(pdf.render(PAPERS[name])) == []


@pytest.mark.parametrize("part", [b"/MarkInfo", b"/StructTreeRoot", b"<pdfaid:part>2"])
def test_a_file_that_only_looks_like_one_is_found_out(part) -> None:
    data = pdf.render(issued())
    # Every length stays, so that nothing but the word itself is wrong.
    assert part in data
    assert complaints(data.replace(part, part[:-1] + b"1")) != []


@pytest.mark.attack(35)
def test_the_file_says_what_it_is_and_holds_nothing_that_runs() -> None:
    data = pdf.render(everything(**CHECKED))
    assert b"<pdfaid:part>2<" in data
    assert b"<pdfaid:conformance>A<" in data
    for part in (b"/OutputIntents", b"/StructTreeRoot", b"/MarkInfo", b"/Lang"):
        assert part in data
    for part in (b"/JavaScript", b"/JS", b"/Encrypt", b"/AA", b"/OpenAction", b"/EmbeddedFile"):
        assert part not in data


def test_every_face_is_embedded() -> None:
    with pypdfium2.PdfDocument(pdf.render(everything(**CHECKED))) as document:
        fonts = [
            pdfium_c.FPDFTextObj_GetFont(found)
            for sheet in document
            for found in sheet.get_objects()
            if found.type == pdfium_c.FPDF_PAGEOBJ_TEXT
        ]
        assert len(fonts) > 50
        assert {pdfium_c.FPDFFont_GetIsEmbedded(font) for font in fonts} == {1}


@pytest.mark.parametrize("face", ["fang", "song"])
def test_every_character_that_can_be_drawn_is_fit_for_an_archive_in_every_face(face) -> None:
    layout = Layout(title=face, level1=face, level2=face, body=face)
    words = "".join(map(chr, sorted(faces.drawable())))
    blocks = (Paragraph(words, lead=words), Heading(1, words), Table((words,), ()))
    assert b"<pdfaid:part>2<" in pdf.render(Document("", blocks), layout)


def test_a_paper_with_a_character_in_no_face_is_printed_but_claims_nothing() -> None:
    document = Document("记录", (Roll("出席", ("李\U00020b9f",)),))
    data = pdf.render(document)
    assert data.startswith(b"%PDF-1.7")
    assert b"pdfaid" not in data
    assert [glyph.character for glyph in pdf.missing_glyphs(document)] == ["\U00020b9f"]


def test_headings_and_attachments_are_bookmarks() -> None:
    document = everything()
    more = Attachment(2, "签到表", (Heading(1, "一、正式党员"),))
    document = dataclasses.replace(document, blocks=(*document.blocks, more))
    assert bookmarks(pdf.render(document)) == [
        (0, "一、学习情况", 1),
        (1, "（一）围绕主题", 1),
        (2, "1. 建立台账。", 1),
        (3, "（1）责任到人", 2),
        (0, "附件1　学习材料清单", 3),
        (0, "附件2　签到表", 4),
        (0, "一、正式党员", 4),
    ]


def test_the_date_of_the_file_is_that_of_the_paper() -> None:
    def made(document: Document) -> str:
        with pypdfium2.PdfDocument(pdf.render(document)) as found:
            return str(found.get_metadata_dict()["CreationDate"])

    moment = datetime(2026, 11, 20, 16, 2, tzinfo=timezone(timedelta(hours=8)))
    assert made(everything(moment=moment)) == "D:20261120080200Z"
    assert made(everything()) == "D:20000101000000Z"
