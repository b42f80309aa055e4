"""A layout of an office's own, and the codes in the foot."""

import dataclasses
from itertools import pairwise

import pytest

from studyapp.documents import html, pdf, qr
from studyapp.documents.blocks import Document, Heading, Paragraph
from studyapp.documents.layout import GB, Layout
from tests.documents.glyphs import Glyph, find, lines, pictures, read, words
from tests.documents.papers import ADDRESS, BODY, CHECKED, CODE, body_only, everything

OWN = Layout(top=30, left=25, right=20, bottom=25, lines=25, characters=30)


def inside(glyphs: list[Glyph], layout: Layout) -> list[Glyph]:
    return [glyph for glyph in glyphs if layout.top < glyph.base < 297 - layout.bottom]


def test_margins_lines_and_characters_follow_the_layout() -> None:
    document = Document("", (Paragraph("国" * 30 * 25 * 2, indent=False),))
    pages = [lines(inside(page, OWN)) for page in read(pdf.render(document, OWN))]
    assert [len(page) for page in pages] == [25, 25]
    assert {len(line) for page in pages for line in page} == {30}
    first = pages[0]
    assert first[0][0].left == pytest.approx(25, abs=0.2)
    assert first[0][-1].right == pytest.approx(190, abs=0.2)
    assert first[0][1].left - first[0][0].left == pytest.approx(165 / 30, abs=0.03)
    steps = [below[0].base - above[0].base for above, below in pairwise(first)]
    assert steps == pytest.approx([242 / 25] * 24, abs=0.03)
    # The first line in the middle of its pitch, the last one as far from the foot.
    assert first[0][0].top - 30 == pytest.approx(272 - first[-1][0].bottom, abs=1.2)


def test_a_grid_with_less_room_has_smaller_characters() -> None:
    narrow = Layout(left=50, right=50, characters=32)
    assert [layout.size for layout in (GB, OWN, narrow)] == [16, 15.5, 9.5]
    pages = read(pdf.render(Document("", (Paragraph("国" * 64, indent=False),)), narrow))
    first, second = lines(inside(pages[0], narrow))
    assert (len(first), len(second), first[0].size) == (32, 32, 9.5)
    assert first[-1].right == pytest.approx(160, abs=0.2)


@pytest.mark.parametrize(
    ("face", "name"),
    [
        ("fang", "FandolFang-Regular"),
        ("kai", "LXGWWenKai-Regular"),
        ("hei", "NotoSansSC-Regular"),
        ("song", "NotoSerifSC-Regular"),
    ],
)
def test_each_role_takes_the_face_of_the_layout(face, name) -> None:
    layout = Layout(title=face, level1=face, level2=face, body=face)
    blocks = (
        Heading(1, "一、学习"),
        Heading(2, "（一）主题"),
        Heading(3, "1. 台账"),
        Paragraph(BODY),
    )
    (page,) = read(pdf.render(Document("会议记录", blocks), layout))
    found = {find(page, part)[0].face for part in ("会议", "一、", "主题", "台账", "各支部")}
    assert found == {name}
    made = html.render(Document("会议记录", blocks), layout)
    roles = [("fang", "body"), ("hei", "level1"), ("kai", "level2"), ("biao", "title")]
    assert made.count(f"face-{face}") == sum(usual != face for usual, _ in roles)


@pytest.mark.parametrize(("number", "count"), [("outer", 1), ("centre", 1), ("none", 0)])
def test_the_page_number_stands_where_the_layout_says(number, count) -> None:
    document = dataclasses.replace(body_only(30), kind="other")
    pages = read(pdf.render(document, Layout(page_number=number)))
    feet = [[glyph for glyph in page if glyph.base > 262] for page in pages]
    assert [words(foot) for foot in feet] == [f"—{n}—" * count for n in (1, 2)]
    middles = [(foot[0].left + foot[-1].right) / 2 for foot in feet if foot]
    if number == "centre":
        assert middles == pytest.approx([106, 106], abs=0.3)
    if number == "outer":
        assert (middles[0] > 160, middles[1] < 50) == (True, True)


def test_a_layout_without_code_prints_no_version_no_code_and_no_squares() -> None:
    document = Document("", body_only(3).blocks, **CHECKED)
    without = Layout(prints_code=False)
    plain = dataclasses.replace(document, version="", check_code="", address="")
    assert pdf.render(document, without) == pdf.render(plain)
    assert html.render(document, without) == html.render(plain)


def test_a_layout_changes_no_word() -> None:
    document = dataclasses.replace(everything(), kind="other")
    found = []
    for layout in (GB, OWN):
        pages = read(pdf.render(document, layout))
        found.append("".join(words(inside(page, layout)) for page in pages))
    assert found[0] == found[1]


def test_a_file_of_its_own_follows_margins_and_pitches() -> None:
    assert html.page(everything(), "p {}") == html.page(everything(), "p {}", GB)
    style = html.page(everything(), "p {}", OWN)
    assert "@page { margin: 30mm 20mm 25mm 25mm }" in style
    assert "font-size: 15.5pt; line-height: 27.44pt; letter-spacing: 0.09pt" in style


def squares_of(data: bytes, page: int, left: float, top: float, side: float) -> list[str]:
    """Dark and light modules of a QR code as drawn: the middle of each is looked at."""
    resolution = 200
    width, _, pixels = pictures(data, resolution)[page]
    count = qr.squares(ADDRESS).side

    def dark(column: int, row: int) -> bool:
        x, y = (edge + (at + 0.5) * side / count for edge, at in ((left, column), (top, row)))
        return pixels[int(y / 25.4 * resolution) * width + int(x / 25.4 * resolution)] < 128

    return ["".join("#" if dark(x, y) else "." for x in range(count)) for y in range(count)]


def wanted_squares() -> list[str]:
    code = qr.squares(ADDRESS)
    rows = [["."] * code.side for _ in range(code.side)]
    for x, y, width in code.runs:
        rows[y][x : x + width] = "#" * width
    return ["".join(row) for row in rows]


@pytest.mark.parametrize(("pages", "left"), [(1, 28), (2, 184 - 18)])
def test_the_last_page_carries_the_address_as_squares_opposite_the_page_number(pages, left) -> None:
    document = Document("", body_only(22 * pages).blocks, **CHECKED)
    data = pdf.render(document)
    assert len(read(data)) == pages
    assert squares_of(data, pages - 1, left, 265, 18) == wanted_squares()
    if pages == 2:
        # Under the text of the other pages stands small print only.
        assert max(glyph.bottom for glyph in read(data)[0]) < 275
        assert "#" not in "".join(squares_of(data, 0, 28, 276, 7))
    # The code gives way to the squares.
    foot = find(read(data)[-1], CODE)
    assert (foot[0].left > left + 20) if pages == 1 else (foot[-1].right < left - 2)


def test_the_squares_are_those_of_a_code_with_its_three_corners() -> None:
    rows = wanted_squares()
    corner = ["#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"]
    assert [row[:7] for row in rows[:7]] == corner
    assert [row[-7:] for row in rows[:7]] == corner
    assert [row[:7] for row in rows[-7:]] == corner
    path = qr.squares(ADDRESS).path
    assert path.startswith("M0 0h7v1h-7z")
    assert f'aria-label="核对地址：{ADDRESS}"' in html.render(Document("", (), **CHECKED))
