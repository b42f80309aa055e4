"""LibreOffice opens the papers without repair and lays them out on the pages of the PDF."""

from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest

from studyapp.documents import docx, pdf
from studyapp.documents.blocks import (
    Attachment,
    Document,
    Heading,
    Paragraph,
    Roll,
    SignatureLine,
    SignatureLines,
    Signoff,
    Table,
)
from studyapp.documents.layout import GB, Layout
from tests.documents.office import needs_libreoffice, rendered
from tests.documents.papers import BODY, CHECKED, MM, body_only, everything, issued, lines_of

pytestmark = [pytest.mark.libreoffice, needs_libreoffice]

WIDE = Layout(top=25, left=20, right=20, lines=26, characters=32, names="founder")
ROWS = tuple((str(number), f"党员{number}", "刑侦支队", "") for number in range(1, 41))
PAPERS: dict[str, tuple[Document, Layout]] = {
    "body": (body_only(60), GB),
    "record": (everything(mark="草稿", **CHECKED), GB),
    "minutes": (issued(), GB),
    "wide": (body_only(60), WIDE),
    "full-page": (Document("", (*body_only(22).blocks,), **CHECKED), GB),
    "long": (
        Document(
            "集中学习会议记录",
            (
                *[Heading(1, "一、学习"), *[Paragraph(BODY, lead="王海峰：")] * 9] * 3,
                SignatureLines((SignatureLine("主持人", "陈卫东"),)),
                Signoff("中共云州市公安局第一支部", "2026年11月20日"),
            ),
            **CHECKED,
        ),
        GB,
    ),
    "names": (Document("名单", (Roll("出席", ("陈卫东", "丁一", "吴䶮") * 40),)), GB),
    "table": (
        Document("签到表", (Table(("序号", "姓名", "单位", "签名"), ROWS, (1, 2, 3, 3), 12),)),
        GB,
    ),
    "attachments": (
        Document(
            "通知",
            (Paragraph(BODY), *[Attachment(n, "清单", (Paragraph(BODY),)) for n in (1, 2, 3)]),
        ),
        GB,
    ),
    "token": (Document("", (Paragraph("前" + "x" * 3000 + "后😀＝＝ABC１２３"),)), GB),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pypdfium2.PdfDocument]:
    made = {name: docx.render(*paper) for name, paper in PAPERS.items()}
    folder: Path = tmp_path_factory.mktemp("office")
    return rendered(made, folder)


def test_every_paper_has_as_many_pages_as_its_pdf(
    pages: dict[str, pypdfium2.PdfDocument],
) -> None:
    wanted = {
        name: len(pypdfium2.PdfDocument(pdf.render(*paper))) for name, paper in PAPERS.items()
    }
    assert {name: len(found) for name, found in pages.items()} == wanted


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
    _, bottom, _, _ = _box(pages["minutes"][0], "印发")
    assert 35 <= bottom <= 41


def test_page_numbers_stand_7_millimetres_under_the_text(
    pages: dict[str, pypdfium2.PdfDocument],
) -> None:
    record = pages["record"]
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
    for name in ("record", "long", "full-page"):
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
