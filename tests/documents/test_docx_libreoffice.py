"""LibreOffice opens the papers without repair and lays them out on the pages of the PDF."""

import re
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest

from studyapp.documents import docx, pdf
from studyapp.documents.blocks import Document, Paragraph
from studyapp.documents.book import Book, Chapter, Entry
from studyapp.documents.layout import GB, Layout
from tests.documents import glyphs, reference
from tests.documents.office import needs_libreoffice, obeying, rendered
from tests.documents.papers import CHECKED, CODE, MM, body_only, everything, issued, lines_of

pytestmark = [pytest.mark.libreoffice, needs_libreoffice]

WIDE = Layout(top=25, left=20, right=20, lines=26, characters=32, names="founder")
PAPERS: dict[str, tuple[Document, Layout]] = {
    **{name: (document, GB) for name, document in reference.PAPERS.items()},
    "body": (body_only(60), GB),
    "draft": (everything(mark="草稿", **CHECKED), GB),
    "imprint": (issued(), GB),
    "wide": (body_only(60), WIDE),
    "full-page": (Document("", body_only(22).blocks, **CHECKED), GB),
    "token": (Document("", (Paragraph("前" + "x" * 3000 + "后😀＝＝ABC１２３"),)), GB),
}

# Where LibreOffice 7 does not do what the file says: it never parts a paragraph that is kept with the
# next one, and leaves a gap between figures and Han. Told so, it has the pages of the PDF (below).
OTHERWISE = {"long-record": 13, "digits": 3}
# Papers with lines of their own, on the same pages: a long address goes on whole in the next line,
# full-width marks are not squeezed, a short paragraph stays with the signatures, names with rare
# characters have half a character to spare, names of attachments and the issuer of an imprint are
# wrapped otherwise.
OWN_LINES = {"digits", "marks", "sixty-names", "rare-names", "attachments", "minutes"}
BINDER = Book(
    "党支部工作手册",
    ("中共云州市公安局第一支部",),
    (
        Chapter("会议记录", (Entry("一月党员大会", everything(**CHECKED)),)),
        Chapter("学习笔记", (Entry("二月笔记", body_only(23)),)),
    ),
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pypdfium2.PdfDocument]:
    made = {name: docx.render(*paper) for name, paper in PAPERS.items()}
    starts = pdf.page_numbers(pdf.render_book(BINDER))
    made["binder"] = docx.render_book(BINDER, GB, starts)
    folder: Path = tmp_path_factory.mktemp("office")
    return rendered(made, folder)


def test_every_paper_has_as_many_pages_as_its_pdf(
    pages: dict[str, pypdfium2.PdfDocument],
) -> None:
    wanted = {
        name: len(pypdfium2.PdfDocument(pdf.render(*paper))) for name, paper in PAPERS.items()
    }
    assert {name: len(pages[name]) for name in PAPERS} == wanted | OTHERWISE


def _lines(data: bytes) -> list[list[tuple[str, float]]]:
    """Words and baseline of each line between the margins, page by page."""
    return [
        [
            (glyphs.words(line), line[0].base)
            for line in glyphs.lines(page)
            if GB.top < line[0].base < 297 - GB.bottom
        ]
        for page in glyphs.read(data)
    ]


def test_libreoffice_told_what_it_does_not_read_has_the_lines_of_the_pdf(
    tmp_path: Path,
) -> None:
    made = {name: docx.render(paper) for name, paper in reference.PAPERS.items()}
    printed = {name: _lines(data) for name, data in obeying(made, tmp_path).items()}
    wanted = {name: _lines(pdf.render(paper)) for name, paper in reference.PAPERS.items()}
    counts = {name: len(found) for name, found in printed.items()}
    assert counts == {name: len(found) for name, found in wanted.items()}
    other = set()
    for name, found in wanted.items():
        for page, own in zip(found, printed[name], strict=True):
            if [line for line, _ in page] != [line for line, _ in own]:
                other.add(name)
            elif name not in OWN_LINES:
                # Exact lines stand a little lower, a table at the top of a page a little higher.
                apart = [abs(there - here) for (_, there), (_, here) in zip(page, own, strict=True)]
                assert (name, max(apart) < 2) == (name, True)
    assert other == OWN_LINES


def test_a_binder_has_the_pages_that_its_contents_name(
    pages: dict[str, pypdfium2.PdfDocument],
) -> None:
    words = [page.get_textpage().get_text_range() for page in pages["binder"]]
    assert len(words) == 7
    assert "—" not in words[0]
    lines = [line.replace(".", "").strip() for line in words[1].splitlines()]
    assert lines == ["目录", "会议记录3", "一月党员大会3", "学习笔记6", "二月笔记6", "— 2 —"]
    assert [number for number, text in enumerate(words, 1) if CODE in text] == [3, 4, 5]
    assert all(
        re.search(rf"—\s*{number}\s*—", text) for number, text in enumerate(words, 1) if number > 1
    )


def test_a_page_has_22_lines_of_28_characters_or_what_the_layout_says(
    pages: dict[str, pypdfium2.PdfDocument],
) -> None:
    rows = [lines_of(page) for page in pages["body"]]
    assert [len(page) for page in rows] == [22, 22, 16]
    assert {len(line) for page in rows for line in page} == {28}
    first = lines_of(pages["wide"][0])
    assert (len(first), {len(line) for line in first}) == (26, {32})


def _box(page: pypdfium2.PdfPage, words: str) -> tuple[float, ...]:
    """Edges of the first character of the words, in millimetres: left, bottom, right, top."""
    text = page.get_textpage()
    found = text.search(words).get_next()
    assert found is not None
    return tuple(edge / MM for edge in text.get_charbox(found[0]))


def test_the_imprint_stands_at_the_foot_of_the_page(
    pages: dict[str, pypdfium2.PdfDocument],
) -> None:
    _, bottom, _, _ = _box(pages["imprint"][0], "印发")
    assert 35 <= bottom <= 41


def test_page_numbers_stand_7_millimetres_under_the_text(
    pages: dict[str, pypdfium2.PdfDocument],
) -> None:
    record = pages["draft"]
    for page, on_the_right in ((record[0], True), (record[1], False)):
        left, bottom, _, top = _box(page, "— ")
        assert (bottom + top) / 2 == pytest.approx(35 - 7, abs=0.5)
        assert (left > 105) is on_the_right


def _pictures(page: pypdfium2.PdfPage) -> Iterator[tuple[float, ...]]:
    for found in page.get_objects():
        if found.type == 3:  # an image
            yield tuple(edge / MM for edge in found.get_bounds())


def test_the_qr_code_stands_under_the_text_of_the_last_page_only(
    pages: dict[str, pypdfium2.PdfDocument],
) -> None:
    for name in ("draft", "full-page"):
        *others, last = (list(_pictures(page)) for page in pages[name])
        assert others == [[]] * (len(pages[name]) - 1)
        ((left, bottom, right, top),) = last
        assert abs(right - left - 18) < 0.2
        assert 13.5 < bottom < top < 32.5


def test_a_word_without_end_is_broken_at_the_edge(
    pages: dict[str, pypdfium2.PdfDocument],
) -> None:
    for page in pages["token"]:
        text = page.get_textpage()
        boxes = [text.get_charbox(index) for index in range(text.count_chars())]
        assert max(box[2] for box in boxes) < (210 - 26 + 6) * MM
