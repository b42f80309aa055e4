"""The .docx as a file: page and styles after a layout, properties, and the order of the schema."""

import io
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import docx
import pypdfium2
import pytest
from docx.oxml.ns import qn

from studyapp.documents import docx as writer
from studyapp.documents import pdf, wordstyles
from studyapp.documents.blocks import Document, Heading, Paragraph, Roll
from studyapp.documents.layout import GB, Layout
from tests.documents import reference, word_schema
from tests.documents.papers import ADDRESS, BODY, CHECKED, CODE, body_only, everything, issued
from tests.documents.word import (
    SIDES,
    look,
    looks,
    opened,
    paragraph_with,
    parts,
    trees,
)

WIDE = Layout(
    top=25, left=20, right=20, bottom=25, lines=28, characters=32, title="hei", level1="kai",
    level2="fang", body="song", names="windows", page_number="centre",
)  # fmt: skip
CHECKED_PAPER = everything(mark="草稿", **CHECKED)


def attribute(node: Any, path: str, name: str) -> str:
    return str(node.find("/".join(qn(f"w:{part}") for part in path.split("/"))).get(qn(name)))


def test_the_page_is_a4_with_22_lines_in_156_by_225_millimetres() -> None:
    section = opened(everything()).sections[0]
    sizes = [
        section.page_width, section.page_height, section.top_margin, section.bottom_margin,
        section.left_margin, section.right_margin,
    ]  # fmt: skip
    assert [round(size.mm) for size in sizes if size] == [210, 297, 37, 35, 28, 26]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("lines", "579")
    assert grid.get(qn("w:charSpace")) is None


def test_the_body_is_condensed_to_28_characters_on_an_exact_pitch() -> None:
    normal = opened(everything()).styles["Normal"]
    spacing = normal.element.find(qn("w:pPr") + "/" + qn("w:spacing"))
    assert (spacing.get(qn("w:line")), spacing.get(qn("w:lineRule"))) == ("579", "exact")
    assert attribute(normal.element, "rPr/spacing", "w:val") == "-5"
    assert normal.paragraph_format.widow_control is False
    assert normal.element.find(qn("w:pPr") + "/" + qn("w:kinsoku")) is not None


def test_a_layout_decides_margins_grid_faces_and_their_names() -> None:
    paper = opened(everything(), WIDE)
    section = paper.sections[0]
    margins = [section.top_margin, section.left_margin, section.right_margin, section.bottom_margin]
    assert [round(size.mm) for size in margins if size] == [25, 20, 20, 25]
    # 247 mm / 28 and 170 mm / 32, in twips.
    assert attribute(section._sectPr, "docGrid", "w:linePitch") == "499"
    normal = paper.styles["Normal"].element
    assert attribute(normal, "pPr/spacing", "w:line") == "499"
    size = int(attribute(normal, "rPr/sz", "w:val")) * 10
    assert size == WIDE.size * 20
    assert size + int(attribute(normal, "rPr/spacing", "w:val")) == 301
    found = {
        words: looks(paragraph_with(paper, words).runs[0])[0]
        for words in ("党员大会会议记录", "一、学习情况", "（一）围绕主题", "1. 建立台账", "时间：")
    }
    assert found == {
        "党员大会会议记录": "黑体",
        "一、学习情况": "楷体",
        "（一）围绕主题": "仿宋",
        "1. 建立台账": "宋体",
        "时间：": "黑体",
    }


@pytest.mark.parametrize("names", wordstyles.FACES)
def test_every_face_is_one_of_the_office_and_has_a_substitute(names: Any) -> None:
    layout = Layout(names=names)
    made = trees(writer.render(everything(), layout))
    faces = {*wordstyles.FACES[layout.names].values(), wordstyles.RARE}
    named = {
        node.get(qn(f"w:{side}"))
        for tree in made.values()
        for node in tree.iter(qn("w:rFonts"))
        for side in SIDES
    } - {None}
    assert named == faces
    table = made["word/fontTable.xml"]
    assert {font.get(qn("w:name")) for font in table} == faces
    for font in table:
        children = [child.tag for child in font]
        wanted = ("altName", "panose1", "charset", "family", "pitch")
        assert children == [qn(f"w:{name}") for name in wanted]
    assert "Theme" not in parts(writer.render(everything()))["word/styles.xml"].decode()
    assert not [name for name in parts(writer.render(everything())) if "theme" in name]


@pytest.mark.parametrize(
    ("names", "rare"), [("gb2312", "玥䶮"), ("windows", "䶮"), ("founder", "䶮")]
)
def test_what_an_offices_faces_lack_stands_in_a_style_of_its_own(names: Any, rare: str) -> None:
    paper = opened(Document("", (Roll("出席", ("陈玥", "吴䶮")),)), Layout(names=names))
    runs = [run for run in paper.paragraphs[0].runs if run.style.name == "生僻字"]
    assert "".join(run.text for run in runs) == rare
    assert {looks(run)[0] for run in runs} == {"宋体"}


def test_looks_come_from_styles_alone() -> None:
    """A clerk changes one style, and all that has its look follows.

    On paragraphs stand only indents that follow from the words of this paper (the width of a
    label, the place of issuer and date), the frame of the imprint, and what keeps lines together.
    """
    kept = {"pStyle", "keepNext", "keepLines", "pageBreakBefore", "numPr", "sectPr"}
    own = {"记录要素": {"ind"}, "名单": {"ind"}, "落款": {"ind"}, "版记": {"framePr"}}
    for document in (CHECKED_PAPER, issued()):
        made = trees(writer.render(document))
        paper = opened(document)
        for name, tree in made.items():
            if not name.startswith(("word/document", "word/footer", "word/header")):
                continue
            for looked in tree.iter(qn("w:rPr")):
                assert {child.tag for child in looked} <= {qn("w:rStyle"), qn("w:rFonts")}
            for fonts in tree.iter(qn("w:rFonts")):
                assert dict(fonts.attrib) == {qn("w:hint"): "eastAsia"}
            for line in tree.iter(qn("w:pPr")):
                style = line.find(qn("w:pStyle"))
                named = (
                    paper.styles.element.get_by_id(style.get(qn("w:val")))
                    if style is not None
                    else None
                )
                allowed = kept | own.get(named.name_val if named is not None else "", set())
                assert {child.tag for child in line} <= {qn(f"w:{tag}") for tag in allowed}


def test_styles_have_the_names_a_clerk_looks_for() -> None:
    names = {style.name for style in opened(everything()).styles}
    assert names >= {
        "Title", "Heading 1", "Heading 2", "Heading 3", "Heading 4", "Normal", "Normal Indent",
        "记录要素", "名单", "附件说明", "附件标记", "落款", "签字行", "表格文字", "表头", "红色标志",
        "期号行", "版记", "标签", "发言人", "签发人", "生僻字", "校验码",
    }  # fmt: skip


def test_a_heading_is_in_the_outline_also_where_text_runs_on() -> None:
    paper = opened(everything())
    found = [
        (words, look(paragraph_with(paper, words).runs[0], "pPr/outlineLvl", "val"))
        for words in ("一、学习情况", "（一）围绕主题", "1. 建立台账", "（1）责任到人")
    ]
    assert [level for _, level in found] == ["0", "1", "2", "3"]


def test_a_paragraph_starts_two_characters_in() -> None:
    line = paragraph_with(opened(body_only(1, indent=True)), "坚持把")
    assert look(line.runs[0], "pPr/ind", "firstLineChars") == "200"


def test_title_and_footer_leave_the_grid() -> None:
    paper = opened(everything())
    for name in ("Title", "footer", "表格文字"):
        assert attribute(paper.styles[name].element, "pPr/snapToGrid", "w:val") == "0"


def feet(document: Document, layout: Layout = GB) -> list[str]:
    section = opened(document, layout).sections[0]
    return [section.footer.paragraphs[0].text, section.even_page_footer.paragraphs[0].text]


def test_page_numbers_stand_on_the_outer_side_opposite_the_check_code() -> None:
    document = everything(version="第1版", check_code=CODE)
    paper = opened(document)
    assert paper.settings.odd_and_even_pages_header_footer is True
    assert feet(document) == [f"第1版  {CODE}\t— 1 —  共1页", f"— 1 —  共1页\t第1版  {CODE}"]
    for footer in (paper.sections[0].footer, paper.sections[0].even_page_footer):
        fields = [node.text.strip() for node in footer._element.iter(qn("w:instrText"))]
        assert fields == ["PAGE", "NUMPAGES"]


@pytest.mark.parametrize(
    ("layout", "wanted"),
    [
        (Layout(page_number="centre"), [f"{CODE}\t— 1 —"] * 2),
        (Layout(page_number="none"), [CODE, CODE]),
        (Layout(prints_code=False), ["\t— 1 —", "— 1 —"]),
    ],
)
def test_the_foot_follows_the_layout(layout: Layout, wanted: list[str]) -> None:
    document = Document("", (), check_code=CODE, address=ADDRESS, page_count=False)
    assert feet(document, layout) == wanted
    pictures = [name for name in parts(writer.render(document, layout)) if name.endswith(".png")]
    assert bool(pictures) is layout.prints_code


def test_the_qr_code_hangs_on_the_last_line_and_takes_no_room() -> None:
    paper = opened(CHECKED_PAPER)
    with_picture = [line for line in paper.paragraphs if list(line._p.iter(qn("w:drawing")))]
    assert [line._p for line in with_picture] == [paper.paragraphs[-1]._p]
    shown = next(with_picture[0]._p.iter(qn("wp:docPr")))
    assert shown.get("descr") == f"核对地址：{ADDRESS}"
    assert next(with_picture[0]._p.iter(qn("wp:wrapNone"))) is not None
    size = next(with_picture[0]._p.iter(qn("wp:extent")))
    assert (size.get("cx"), size.get("cy")) == ("648000", "648000")  # 18 mm


def test_a_draft_is_marked_on_odd_and_even_pages() -> None:
    section = opened(everything(mark="草稿")).sections[0]
    marks = [section.header.paragraphs[0].text, section.even_page_header.paragraphs[0].text]
    assert marks == ["草稿", "草稿"]


def test_the_properties_say_what_the_paper_is() -> None:
    properties = opened(everything()).core_properties
    assert properties.title == "中共云州市公安局第一支部党员大会会议记录"
    assert (properties.subject, properties.language) == ("会议记录", "zh-CN")
    assert (properties.author, properties.created) == ("", datetime(2000, 1, 1, tzinfo=UTC))
    moment = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    properties = opened(Document("纪要", (), kind="minutes", moment=moment)).core_properties
    assert (properties.subject, properties.modified) == ("会议纪要", moment)
    assert opened(issued()).core_properties.author == "中共云州市公安局第一支部委员会"


def test_the_same_paper_gives_the_same_file() -> None:
    assert writer.render(CHECKED_PAPER) == writer.render(CHECKED_PAPER)


@pytest.mark.parametrize("layout", [GB, WIDE, Layout(names="founder", page_number="none")])
def test_the_sign_takes_whole_lines_so_that_the_text_under_it_stays_on_the_grid(
    layout: Layout,
) -> None:
    styles = opened(issued(), layout).styles
    sign = styles["红色标志"].element.find(f".//{qn('w:spacing')}")
    line = styles["期号行"].element.find(f".//{qn('w:pPr')}/{qn('w:spacing')}")
    rule = styles["期号行"].element.find(f".//{qn('w:bottom')}")
    heights = [int(sign.get(qn(f"w:{side}"))) for side in ("before", "line", "after")]
    heights += [int(line.get(qn("w:after"))), int(rule.get(qn("w:space"))) * 20]
    heights.append(int(rule.get(qn("w:sz"))) * 20 // 8)
    assert sum(heights) % wordstyles.Grid(layout).pitch == 0


@pytest.mark.parametrize("layout", [GB, WIDE, Layout(names="founder", page_number="none")])
def test_every_part_keeps_the_order_of_the_schema(layout: Layout) -> None:
    for document in (CHECKED_PAPER, issued(), Document("", ()), *reference.PAPERS.values()):
        for name, tree in trees(writer.render(document, layout)).items():
            assert (name, word_schema.faults(tree)) == (name, [])


def test_the_order_of_the_schema_is_told_from_another_one() -> None:
    tree = trees(writer.render(everything()))["word/styles.xml"]
    properties = next(node for node in tree.iter(qn("w:pPr")) if len(node) > 2)
    properties.append(properties[0])
    assert len(word_schema.faults(tree)) == 1


def test_identifiers_of_one_kind_are_not_given_twice() -> None:
    made = trees(writer.render(CHECKED_PAPER))
    styles = [node.get(qn("w:styleId")) for node in made["word/styles.xml"].iter(qn("w:style"))]
    assert len(styles) == len(set(styles))
    used = {
        node.get(qn("w:val"))
        for tree in made.values()
        for tag in ("pStyle", "rStyle", "tblStyle", "basedOn", "next", "link")
        for node in tree.iter(qn(f"w:{tag}"))
    }
    assert used <= set(styles)


def test_a_paper_of_ten_pages_stays_small() -> None:
    document = Document("记录", (Heading(1, "一、学习"), *[Paragraph(BODY * 4)] * 18))
    assert len(pypdfium2.PdfDocument(pdf.render(document))) >= 9
    assert len(writer.render(document)) <= 25 * 1024


def test_the_file_opens_as_it_was_closed() -> None:
    data = writer.render(CHECKED_PAPER)
    again = io.BytesIO()
    docx.Document(io.BytesIO(data)).save(again)
    assert parts(again.getvalue()).keys() == parts(data).keys()
    assert all(first != second for first, second in pairwise(sorted(parts(data))))
