"""A binder: cover, 目录, papers, pages numbered through."""

import re
from dataclasses import replace

import pytest

from studyapp.documents import pdf
from studyapp.documents.blocks import Document
from studyapp.documents.book import Book, Chapter, Entry
from studyapp.documents.layout import Layout
from tests.documents.archive import bookmarks, complaints
from tests.documents.glyphs import Glyph, lines, pictures, read, words
from tests.documents.papers import CODE
from tests.documents.reference import PAPERS

OTHER = "0000-1111-2222-3333"
LONG = "中共云州市公安局第一支部关于学习贯彻全市公安机关基层减负工作会议精神情况的报告和附件目录"
MINUTES = replace(PAPERS["minutes"], check_code=OTHER, version="第2版")
BOOK = Book(
    "党支部工作手册",
    ("中共云州市公安局第一支部", "2026年度"),
    (
        Chapter("一、支部大会", (Entry("第1次支部大会会议记录", PAPERS["sixty-names"]),)),
        Chapter(
            "二、支委会",
            (
                Entry("第11次支委会会议记录", PAPERS["short-record"]),
                Entry("第3期纪要", MINUTES),
                Entry(LONG, PAPERS["attachments"]),
            ),
        ),
        Chapter("三、发展党员", ()),
    ),
)
STARTS = [3, 5, 6, 11]
PAGES = 13


@pytest.fixture(scope="module")
def data() -> bytes:
    return pdf.render_book(BOOK)


def inside(glyphs: list[Glyph]) -> list[Glyph]:
    return [replace(glyph, page=0) for glyph in glyphs if 37 < glyph.base < 262]


def test_the_contents_name_the_pages_on_which_papers_start(data) -> None:
    assert pdf.page_numbers(data) == STARTS
    cover, contents = read(data)[:2]
    assert words(cover) == "党支部工作手册中共云州市公安局第一支部2026年度"
    rows = [re.sub(r"\.{3,}", "…", words(line)) for line in lines(contents)]
    assert rows == [
        "目录",
        "一、支部大会…3",
        "第1次支部大会会议记录…3",
        "二、支委会…5",
        "第11次支委会会议记录…5",
        "第3期纪要…6",
        LONG[:25],
        f"{LONG[25:]}…11",
        "三、发展党员",
        "—2—",
    ]
    ends = [line[-1].right for line in lines(contents)[1:-2] if line[-1].character.isdigit()]
    assert max(ends) - min(ends) < 0.3


def test_chapters_papers_and_their_headings_are_bookmarks_one_inside_the_other(data) -> None:
    marks = bookmarks(data)
    assert [mark for mark in marks if mark[0] < 2] == [
        (0, "一、支部大会", 3),
        (1, "第1次支部大会会议记录", 3),
        (0, "二、支委会", 5),
        (1, "第11次支委会会议记录", 5),
        (1, "第3期纪要", 6),
        (1, LONG, 11),
    ]
    assert [mark for mark in marks if mark[2] in (5, 12)] == [
        (0, "二、支委会", 5),
        (1, "第11次支委会会议记录", 5),
        (2, "一、决定", 5),
        (2, "附件1　学习材料清单", 12),
        (2, "一、篇目", 12),
    ]


def test_pages_are_numbered_through_on_the_outer_side(data) -> None:
    pages = read(data)
    assert len(pages) == PAGES
    for number, page in enumerate(pages[1:], 2):
        foot = [glyph for glyph in page if glyph.base > 262 and glyph.size == 14]
        assert words(foot) == f"—{number}—"
        assert (foot[0].left > 150) == (number % 2 == 1)
    assert [glyph for glyph in pages[0] if glyph.base > 262] == []


def test_each_paper_has_its_own_code_in_the_foot_and_squares_on_its_last_page(data) -> None:
    small = [words([glyph for glyph in page if glyph.size == 8]) for page in read(data)]
    record, minutes = f"第1版{CODE}", f"第2版{OTHER}"
    assert small == ["", "", "", "", record, *[minutes] * 5, "", "", ""]
    dark = [
        sum(grey < 128 for y in range(538, 548) for grey in pixels[y * width : (y + 1) * width])
        for width, _, pixels in pictures(data, 50)
    ]
    assert [number for number, count in enumerate(dark, 1) if count > 20] == [5, 10]


def test_a_paper_looks_in_the_binder_as_it_does_alone(data) -> None:
    papers = [entry.document for entry in BOOK.entries()]
    pages = read(data)
    for start, document in zip(STARTS, papers, strict=True):
        alone = read(pdf.render(document))
        bound = pages[start - 1 : start - 1 + len(alone)]
        assert [inside(page) for page in bound] == [inside(page) for page in alone]


def test_a_binder_is_fit_for_an_archive_and_the_same_every_time(data) -> None:
    assert complaints(data) == []
    assert pdf.render_book(BOOK) == data


def test_a_binder_follows_the_layout() -> None:
    layout = Layout(page_number="none", prints_code=False, title="hei")
    pages = read(pdf.render_book(BOOK, layout))
    assert [glyph for page in pages for glyph in page if glyph.base > 262] == []
    assert pages[0][0].face == "NotoSansSC-Regular"


def test_an_empty_binder_is_a_cover_and_its_contents() -> None:
    data = pdf.render_book(Book("手册", (), (Chapter("一、", ()),)))
    assert (len(read(data)), pdf.page_numbers(data)) == (2, [])
    one = pdf.render_book(Book("", (), (Chapter("", (Entry("", Document("", ())),)),)))
    assert pdf.page_numbers(one) == [3]
