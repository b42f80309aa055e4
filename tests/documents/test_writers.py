"""The three writers carry the same words, and the paper keeps to GB/T 9704-2012."""

import collections
import io
import re
import shutil
import subprocess
import zipfile
from itertools import pairwise
from pathlib import Path

import docx
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.documents import docx as docx_writer
from studyapp.documents import html, pdf
from studyapp.documents.blocks import Document, Paragraph, fold, from_lines, plain_text
from tests.documents.papers import body_only, docx_text, everything, issued, pdf_text

MM = 72 / 25.4


def folded(text: str) -> str:
    """Letters and figures only: page furniture and drawn lines stay out of the comparison."""
    return fold(text).replace("-", "").replace("_", "")


@pytest.mark.parametrize("document", [everything(), issued()], ids=["record", "minutes"])
def test_docx_carries_the_words_of_the_tree(document: Document) -> None:
    assert folded(docx_text(docx_writer.render(document))) == folded(plain_text(document))


@pytest.mark.parametrize("document", [everything(), issued()], ids=["record", "minutes"])
def test_pdf_carries_every_line_of_the_tree(document: Document) -> None:
    furniture = re.compile(r"—\d+—(?:共\d+页)?")
    read = furniture.sub("", folded(pdf_text(pdf.render(document))))
    wanted = collections.Counter(folded(plain_text(document)))
    assert collections.Counter(read) == wanted


@pytest.mark.parametrize("document", [everything(), issued()], ids=["record", "minutes"])
def test_html_carries_the_words_of_the_tree(document: Document) -> None:
    words = re.sub(r"<[^>]+>", "", html.render(document))
    assert folded(words) == folded(plain_text(document))


def test_html_escapes_what_people_type() -> None:
    evil = '<script>alert(1)</script><img src=x onerror="y">'
    made = html.render(Document(title=evil, blocks=(Paragraph(evil, lead=evil),)))
    assert "<script" not in made
    assert "<img" not in made


def lines_of(page: pypdfium2.PdfPage) -> list[list[tuple[float, float, float, float]]]:
    """Character boxes of the text area, line by line from the top."""
    text = page.get_textpage()
    boxes = [text.get_charbox(index, loose=True) for index in range(text.count_chars())]
    inside = [b for b in boxes if b[1] > 34 * MM and b[2] - b[0] > 12]
    rows: list[list[tuple[float, float, float, float]]] = []
    for box in sorted(inside, key=lambda b: -(b[1] + b[3])):
        same = rows and abs(rows[-1][0][1] + rows[-1][0][3] - box[1] - box[3]) < 10
        rows[-1].append(box) if same else rows.append([box])
    return rows


def test_a_page_of_body_text_has_22_lines_of_28_characters() -> None:
    document = pypdfium2.PdfDocument(pdf.render(body_only(60)))
    rows = lines_of(document[1])
    assert len(rows) == 22
    assert {len(row) for row in rows} == {28}


def test_the_text_area_is_156_by_225_millimetres_from_37_and_28() -> None:
    page = pypdfium2.PdfDocument(pdf.render(body_only(60)))[1]
    rows = lines_of(page)
    width, height = page.get_size()
    left = min(box[0] for row in rows for box in row)
    right = max(box[2] for row in rows for box in row)
    pitch = 225 * MM / 22
    middles = [sum(box[1] + box[3] for box in row) / len(row) / 2 for row in rows]
    assert (round(width / MM), round(height / MM)) == (210, 297)
    assert abs(left - 28 * MM) < 1.5
    assert abs(right - 184 * MM) < 1.5
    assert abs(height - middles[0] - (37 * MM + pitch / 2)) < 2.5
    assert all(abs(a - b - pitch) < 0.1 for a, b in pairwise(middles))


def test_page_numbers_stand_right_on_odd_and_left_on_even_pages() -> None:
    document = pypdfium2.PdfDocument(pdf.render(body_only(60)))
    places = []
    for number, page in enumerate(document, 1):
        text = page.get_textpage()
        searcher = text.search(f"— {number} —")
        index, _ = searcher.get_next()
        places.append("right" if text.get_charbox(index)[0] > page.get_width() / 2 else "left")
    assert places == ["right", "left", "right"]


def test_a_draft_says_so_on_every_page() -> None:
    pages = pypdfium2.PdfDocument(pdf.render(everything(mark="草稿")))
    assert all("草稿" in fold(page.get_textpage().get_text_range()) for page in pages)


def test_characters_without_a_glyph_are_named() -> None:
    document = Document(title="记录", blocks=(Paragraph("䶮㛃堃玥\U0001f600字"),))
    assert pdf.missing_glyphs(document) == ["\U0001f600"]


@pytest.mark.parametrize(
    "text",
    [
        '#read("/etc/passwd")',
        "$x$ *a* _b_ @c `d` \\",
        "{{7*7}} {% x %}",
        "x" * 3000,
        "\x00\x0b\ufffe",
    ],
)
def test_what_people_type_is_never_read_as_a_language(text: str) -> None:
    document = Document(title="记录", blocks=(Paragraph(f"前{text}后"),))
    assert collections.Counter(folded(f"记录前{text}后")) == collections.Counter(
        re.sub(r"—\d+—共\d+页", "", folded(pdf_text(pdf.render(document))))
    )
    assert folded(docx_text(docx_writer.render(document))) == folded(f"记录前{text}后")


@given(st.text(max_size=200))
def test_no_text_breaks_the_writers(text: str) -> None:
    document = Document(title=text or "记录", blocks=tuple(from_lines(text)))
    assert docx_writer.render(document)[:2] == b"PK"
    assert html.render(document).startswith("<article")


def test_docx_sets_the_grid_and_the_faces_of_an_office() -> None:
    data = docx_writer.render(everything())
    parts = zipfile.ZipFile(io.BytesIO(data))
    xml = "".join(parts.read(f"word/{name}.xml").decode() for name in ("document", "styles"))
    assert 'w:type="lines"' in xml
    assert 'w:linePitch="579"' in xml
    for face in ("仿宋_GB2312", "楷体_GB2312", "黑体", "方正小标宋简体"):
        assert f'w:eastAsia="{face}"' in xml
    section = docx.Document(io.BytesIO(data)).sections[0]
    assert round(section.top_margin.mm) == 37  # type: ignore[union-attr]
    assert round(section.left_margin.mm) == 28  # type: ignore[union-attr]


def test_the_same_paper_gives_the_same_docx_words_and_size() -> None:
    first, second = docx_writer.render(everything()), docx_writer.render(everything())
    assert docx_text(first) == docx_text(second)
    assert len(first) == len(second)


@pytest.mark.libreoffice
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_lays_the_docx_out_on_the_same_pages(tmp_path: Path) -> None:
    (tmp_path / "paper.docx").write_bytes(docx_writer.render(body_only(60)))
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(tmp_path),
            str(tmp_path / "paper.docx"),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    made = pypdfium2.PdfDocument((tmp_path / "paper.pdf").read_bytes())
    counts = [len(lines_of(page)) for page in made]
    assert len(made) == 3
    assert counts[0] in {21, 22}
    assert counts[1] == 22
