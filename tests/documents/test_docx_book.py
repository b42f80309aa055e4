"""A binder as .docx: 目录, outline, and each paper with a foot of its own."""

import io

import docx
import pytest
from docx.document import Document as WordDocument
from docx.oxml.ns import qn

from studyapp.documents import docx as writer
from studyapp.documents.blocks import Document, Heading, Paragraph, Table, fold
from studyapp.documents.book import Book, Chapter, Entry
from studyapp.documents.layout import GB
from tests.documents import word_schema
from tests.documents.papers import ADDRESS, docx_text, everything, issued
from tests.documents.word import look, parts, trees

RECORD = everything(mark="草稿", version="第2版", check_code="AAAA-BBBB", address=ADDRESS)
BOOK = Book(
    "党支部工作手册",
    ("中共云州市公安局第一支部", "2026年"),
    (
        Chapter("会议记录", (Entry("一月党员大会", RECORD), Entry("二月支委会", issued()))),
        Chapter("党费", ()),
        Chapter("学习笔记", (Entry("陈卫东", Document("笔记", (Heading(1, "一、体会"),))),)),
    ),
)
PAGES = (3, 6, 7)


@pytest.fixture(scope="module")
def data() -> bytes:
    return writer.render_book(BOOK, GB, PAGES)


@pytest.fixture(scope="module")
def binder(data: bytes) -> WordDocument:
    return docx.Document(io.BytesIO(data))


def test_every_line_of_the_contents_is_a_link_with_its_page(binder: WordDocument) -> None:
    lines = [line for line in binder.paragraphs if line.style and "toc " in str(line.style.name)]
    assert [(line.style.name, line.text) for line in lines if line.style] == [
        ("toc 1", "会议记录\t3"),
        ("toc 2", "一月党员大会\t3"),
        ("toc 2", "二月支委会\t6"),
        ("toc 1", "党费"),
        ("toc 1", "学习笔记\t7"),
        ("toc 2", "陈卫东\t7"),
    ]
    body = binder.element.body
    targets = [node.get(qn("w:anchor")) for node in body.iter(qn("w:hyperlink"))]
    places = [node.get(qn("w:name")) for node in body.iter(qn("w:bookmarkStart"))]
    assert targets == [places[0], places[0], places[1], places[2], places[2]]
    fields = [node.text.split()[:2] for line in lines for node in line._p.iter(qn("w:instrText"))]
    assert fields == [["TOC", "\\o"], *[["PAGEREF", target] for target in targets]]


def test_nothing_is_counted_anew_when_the_binder_is_opened(data: bytes) -> None:
    settings = trees(data)["word/settings.xml"]
    assert settings.find(qn("w:updateFields")) is None


def test_the_outline_is_chapters_papers_and_their_headings(binder: WordDocument) -> None:
    found = [
        (int(look(line.runs[0], "pPr/outlineLvl", "val")), line.text.replace("\n", ""))
        for line in binder.paragraphs
        if line.runs and line.style and str(line.style.name).startswith("Heading")
    ]
    assert found == [
        (0, "会议记录"),
        (1, "中共云州市公安局第一支部党员大会会议记录"),
        (2, "一、学习情况"),
        (3, "（一）围绕主题"),
        (5, "（1）责任到人"),
        (1, "支委会会议纪要"),
        (0, "学习笔记"),
        (1, "笔记"),
        (2, "一、体会"),
    ]


def _feet(binder: WordDocument) -> list[str]:
    return [section.footer.paragraphs[0].text for section in binder.sections]


def test_each_paper_has_its_own_foot_and_head(binder: WordDocument) -> None:
    plain = "\t— 1 —"
    # Cover and 目录, then the papers.
    assert _feet(binder) == [plain, "第2版  AAAA-BBBB\t— 1 —", plain, plain]
    heads = [section.header.paragraphs[0].text for section in binder.sections]
    assert heads == ["", "草稿", "", ""]
    bare = [section.different_first_page_header_footer for section in binder.sections]
    assert bare == [True, False, False, False]


def test_page_numbers_run_through(binder: WordDocument) -> None:
    assert [s._sectPr.find(qn("w:pgNumType")) for s in binder.sections] == [None] * 4


def test_the_binder_keeps_the_order_of_the_schema(data: bytes) -> None:
    for name, tree in trees(data).items():
        assert (name, word_schema.faults(tree)) == (name, [])


def test_papers_with_the_same_foot_share_its_file(data: bytes) -> None:
    names = [name for name in parts(data) if "footer" in name or "header" in name]
    # Odd and even feet, with and without a code; one head of the draft, one empty.
    assert len(names) == 6


def test_no_word_of_a_paper_is_lost(data: bytes) -> None:
    words = docx_text(data)
    for entry in BOOK.entries():
        assert docx_text(writer.render(entry.document)) in words


def test_the_same_binder_gives_the_same_file(data: bytes) -> None:
    assert writer.render_book(BOOK, GB, PAGES) == data


def test_pages_and_lines_of_the_contents_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="one page"):
        writer.render_book(BOOK, GB, PAGES[:-1])


def test_an_empty_binder_is_a_cover_with_an_empty_contents() -> None:
    paper = docx.Document(io.BytesIO(writer.render_book(Book("手册", (), ()), GB, ())))
    assert [line.text for line in paper.paragraphs] == ["手册", "目录", ""]


def test_a_paper_that_ends_in_a_table_or_says_nothing_keeps_its_section() -> None:
    table = Document("", (Table(("序号",), (("1",),)),))
    entries = (Entry("空", Document("", ())), Entry("又空", Document("", ())), Entry("表", table))
    book = Book("册", (), (Chapter("章", entries),))
    paper = docx.Document(io.BytesIO(writer.render_book(book, GB, (3, 4, 5))))
    assert len(paper.sections) == 4
    assert paper.tables[0].rows[1].cells[0].text == "1"


@pytest.mark.attack(34)
def test_what_people_type_is_printed_and_never_read_as_a_field() -> None:
    evil = 'TOC \\o "1-9" \x00\x1f\ud800\u202e<w:t>&{ PAGE }'
    chapters = (Chapter(evil, (Entry(evil, Document(evil, (Paragraph(evil),))),)),)
    data = writer.render_book(Book(evil, (evil,), chapters), GB, (3,))
    shown = 'TOC \\o "1-9" <w:t>&{ PAGE }'
    # Title, cover, chapter and paper in the 目录, chapter, title of the paper, its text.
    assert fold(docx_text(data)).count(fold(shown)) == 7
    tree = trees(data)["word/document.xml"]
    fields = [node.text for node in tree.iter(qn("w:instrText"))]
    assert len(fields) == 3
    assert not [code for code in fields if "1-9" in code]
