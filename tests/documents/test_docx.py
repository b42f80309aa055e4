"""What Word, WPS and LibreOffice find in the file."""

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import docx
import pypdfium2
import pytest
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph as WordParagraph
from docx.text.run import Run

from studyapp.documents import docx as writer
from studyapp.documents import pdf, wordml
from studyapp.documents.blocks import (
    Attachment,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Roll,
    SignatureLine,
    SignatureLines,
    Signoff,
    Table,
)
from tests.documents.papers import BODY, body_only, everything, issued, lines_of

SIDES = ("ascii", "hAnsi", "eastAsia", "cs")


def opened(document: Document) -> WordDocument:
    return docx.Document(io.BytesIO(writer.render(document)))


def part(document: Document, name: str) -> str:
    return zipfile.ZipFile(io.BytesIO(writer.render(document))).read(name).decode()


def looks(run: Run) -> tuple[str, float]:
    """Face and size in points, looked up in the style and its parents where the run says none."""
    path = qn("w:rPr") + "/" + qn("w:rFonts")
    faces = [run._r.rPr.find(qn("w:rFonts"))]
    sizes = [run.font.size]
    style = WordParagraph(run._r.getparent(), run._parent).style
    while style is not None:
        faces.append(style.element.find(path))
        sizes.append(style.font.size)
        style = style.base_style
    named = [fonts.get(qn("w:eastAsia")) for fonts in faces if fonts is not None]
    return next(face for face in named if face), next(size.pt for size in sizes if size)


def paragraph_with(paper: WordDocument, words: str) -> WordParagraph:
    return next(line for line in paper.paragraphs if words in line.text)


def test_the_page_is_a4_with_22_lines_in_156_by_225_millimetres() -> None:
    section = opened(everything()).sections[0]
    sizes = [
        section.page_width, section.page_height, section.top_margin, section.bottom_margin,
        section.left_margin, section.right_margin,
    ]  # fmt: skip
    assert [round(size.mm) for size in sizes] == [210, 297, 37, 35, 28, 26]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("lines", "579")
    assert grid.get(qn("w:charSpace")) is None


def test_each_role_has_the_face_and_size_of_the_standard() -> None:
    paper = opened(everything())
    found = {
        words: looks(paragraph_with(paper, words).runs[0])
        for words in (
            "党员大会会议记录",
            "一、学习情况",
            "（一）围绕主题",
            "1. 建立台账",
            "（1）责任到人",
        )
    }
    assert found == {
        "党员大会会议记录": ("方正小标宋简体", 22),
        "一、学习情况": ("黑体", 16),
        "（一）围绕主题": ("楷体_GB2312", 16),
        "1. 建立台账": ("仿宋_GB2312", 16),
        "（1）责任到人": ("仿宋_GB2312", 16),
    }
    assert looks(paragraph_with(paper, BODY).runs[0]) == ("仿宋_GB2312", 16)


def test_a_speaker_and_a_label_stand_in_hei() -> None:
    paper = opened(everything())
    speaker = paragraph_with(paper, "王海峰：各支部")
    assert [looks(run)[0] for run in speaker.runs] == ["黑体", "仿宋_GB2312"]
    assert looks(paragraph_with(paper, "时间：").runs[0]) == ("黑体", 16)


def test_every_style_names_its_faces_and_no_theme() -> None:
    styles = part(everything(), "word/styles.xml")
    assert "Theme" not in styles
    paper = opened(everything())
    for fonts in paper.styles.element.iter(qn("w:rFonts")):
        assert {fonts.get(qn(f"w:{side}")) for side in SIDES} <= {
            wordml.FANG, wordml.KAI, wordml.HEI, wordml.SONG, wordml.BIAO,
        }  # fmt: skip
    assert 'w:eastAsia="zh-CN"' in styles
    assert "word/theme" not in " ".join(
        zipfile.ZipFile(io.BytesIO(writer.render(everything()))).namelist()
    )


def test_the_body_is_condensed_to_28_characters_on_an_exact_pitch() -> None:
    normal = opened(everything()).styles["Normal"]
    spacing = normal.element.find(qn("w:pPr") + "/" + qn("w:spacing"))
    assert (spacing.get(qn("w:line")), spacing.get(qn("w:lineRule"))) == ("579", "exact")
    tracking = normal.element.find(qn("w:rPr") + "/" + qn("w:spacing"))
    assert tracking.get(qn("w:val")) == "-5"
    assert normal.paragraph_format.widow_control is False
    kinsoku = normal.element.find(qn("w:pPr") + "/" + qn("w:kinsoku"))
    assert kinsoku is not None


def test_a_paragraph_starts_two_characters_in() -> None:
    line = paragraph_with(opened(body_only(1, indent=True)), "坚持把")
    ind = line._p.pPr.find(qn("w:ind"))
    assert ind.get(qn("w:firstLineChars")) == "200"


def test_title_and_footer_leave_the_grid() -> None:
    paper = opened(everything())
    for name in ("Title", "footer", "Table Text"):
        snap = paper.styles[name].element.find(qn("w:pPr") + "/" + qn("w:snapToGrid"))
        assert (name, snap.get(qn("w:val"))) == (name, "0")


def test_page_numbers_stand_on_the_outer_side_opposite_the_check_code() -> None:
    paper = opened(everything(version="第1版", check_code="7K3M-9QXA-2BCD-EFGH"))
    assert paper.settings.odd_and_even_pages_header_footer is True
    section = paper.sections[0]
    odd = section.footer.paragraphs[0].text
    even = section.even_page_footer.paragraphs[0].text
    assert odd == "第1版  7K3M-9QXA-2BCD-EFGH\t— 1 —  共1页"
    assert even == "— 1 —  共1页\t第1版  7K3M-9QXA-2BCD-EFGH"
    for footer in (section.footer, section.even_page_footer):
        fields = [node.text.strip() for node in footer._element.iter(qn("w:instrText"))]
        assert fields == ["PAGE", "NUMPAGES"]


def test_a_draft_is_marked_on_odd_and_even_pages() -> None:
    section = opened(everything(mark="草稿")).sections[0]
    assert [section.header.paragraphs[0].text, section.even_page_header.paragraphs[0].text] == [
        "草稿",
        "草稿",
    ]


def test_a_character_outside_gb2312_has_a_run_and_a_face_of_its_own() -> None:
    paper = opened(Document("", (Paragraph("吴䶮同志"),)))
    runs = [(run.text, looks(run)[0]) for run in paper.paragraphs[0].runs]
    assert runs == [("吴", "仿宋_GB2312"), ("䶮", "宋体"), ("同志", "仿宋_GB2312")]


def test_every_run_draws_its_marks_full_width() -> None:
    runs = [run for line in opened(everything()).paragraphs for run in line.runs]
    assert len(runs) > 20
    assert {run._r.rPr.find(qn("w:rFonts")).get(qn("w:hint")) for run in runs} == {"eastAsia"}


def test_no_name_of_a_roll_is_cut_at_a_line_end() -> None:
    roll = Roll("出席", ("陈卫东", "张三") * 6)
    line = opened(Document("", (roll,))).paragraphs[0]
    # Six names of three characters would fill the line to its last hair.
    assert line.text.split("\n") == [
        "出席：陈卫东　张　三　陈卫东　张　三　陈卫东",
        "张　三　陈卫东　张　三　陈卫东　张　三",
        "陈卫东　张　三",
    ]
    ind = line._p.pPr.find(qn("w:ind"))
    assert (ind.get(qn("w:leftChars")), ind.get(qn("w:hangingChars"))) == ("500", "300")


def test_a_roll_after_running_text_stands_one_line_below() -> None:
    texts = [line.text for line in opened(issued()).paragraphs]
    assert texts[texts.index(BODY) + 1] == ""
    assert texts[texts.index(BODY) + 2].startswith("出席：")


def test_the_date_starts_two_characters_right_of_the_name() -> None:
    paper = opened(Document("", (Signoff("中共云州市公安局第一支部", "2026年3月5日"),)))
    lefts = [int(line._p.pPr.find(qn("w:ind")).get(qn("w:left"))) for line in paper.paragraphs[1:3]]
    # 12 characters that end 2 before the right edge: 28 - 2 - 12.
    assert lefts == [14 * wordml.CHAR, 16 * wordml.CHAR]


def test_an_attachment_starts_a_page_with_its_title_on_line_3() -> None:
    paper = opened(Document("", (Paragraph("正文"), Attachment(1, "学习清单", (Paragraph("一"),)))))
    texts = [line.text for line in paper.paragraphs]
    assert texts == ["正文", "附件1", "", "学习清单", "", "一"]
    assert paper.paragraphs[1].paragraph_format.page_break_before is True
    assert looks(paper.paragraphs[1].runs[0]) == ("黑体", 16)


def test_a_page_break_leaves_no_empty_line_behind() -> None:
    paper = opened(Document("", (Paragraph("前"), PageBreak(), Paragraph("后"))))
    assert [line.text for line in paper.paragraphs] == ["前", "后"]
    assert paper.paragraphs[1].paragraph_format.page_break_before is True


def test_a_table_repeats_its_head_and_keeps_its_rows_whole() -> None:
    table = opened(
        Document("", (Table(("序号", "姓名"), (("1", "张三"), ("2", "")), (1, 3), 12),))
    ).tables[0]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["序号", "姓名"],
        ["1", "张三"],
        ["2", ""],
    ]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    widths = [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid]
    assert widths == [writer.WIDTH // 4, writer.WIDTH * 3 // 4]


def test_signature_lines_stay_on_one_page() -> None:
    signatures = SignatureLines((SignatureLine("主持人", "张三"), SignatureLine("记录人", "李四")))
    paper = opened(Document("", (signatures,)))
    first, second = (line for line in paper.paragraphs if "签字：" in line.text)
    assert (first.paragraph_format.keep_with_next, second.paragraph_format.keep_with_next) == (
        True,
        None,
    )


def test_signatures_keep_the_last_words_before_them() -> None:
    long, short = Paragraph("学" * 400), Paragraph("15:54散会。")
    signatures = SignatureLines((SignatureLine("主持人", "张三"),))
    paper = opened(Document("", (long, short, signatures)))
    kept = [
        (line.paragraph_format.keep_with_next, line.paragraph_format.keep_together)
        for line in paper.paragraphs
    ]
    assert kept == [(None, None), (True, True), (None, True)]
    paper = opened(Document("", (long, signatures)))
    # A long one may be parted: its end stays with the signatures.
    assert paper.paragraphs[0].paragraph_format.keep_with_next is True
    assert paper.paragraphs[0].paragraph_format.keep_together is None


def test_the_sign_of_a_minutes_is_red() -> None:
    line = paragraph_with(opened(issued()), "第一支部委员会纪要")
    assert str(line.runs[0].font.color.rgb) == "C1121C"
    assert looks(line.runs[0])[0] == "方正小标宋简体"


def test_the_properties_carry_title_and_language() -> None:
    properties = opened(everything()).core_properties
    assert properties.title == "中共云州市公安局第一支部党员大会会议记录"
    assert (properties.language, properties.author) == ("zh-CN", "")


def test_a_title_longer_than_the_properties_hold_is_printed_in_full() -> None:
    title = "学习" * 200
    paper = opened(Document(title, ()))
    assert "".join(line.text for line in paper.paragraphs) == title
    assert len(paper.core_properties.title) == 255


def test_the_same_paper_gives_the_same_file() -> None:
    assert writer.render(everything()) == writer.render(everything())


def test_properties_of_a_paragraph_keep_the_order_of_the_schema() -> None:
    order = [qn(f"w:{name}") for name in wordml._PROPERTIES]
    for line in opened(everything(mark="草稿")).element.body.iter(qn("w:pPr")):
        tags = [child.tag for child in line]
        assert tags == sorted(tags, key=order.index)


def test_an_unknown_property_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="unknown"):
        wordml.paragraph(wordml.element("body"), colour="red")


def test_a_paper_of_ten_pages_stays_small() -> None:
    document = Document("记录", (Heading(1, "一、学习"), *[Paragraph(BODY * 4)] * 18))
    assert len(pypdfium2.PdfDocument(pdf.render(document))) >= 9
    assert len(writer.render(document)) <= 25 * 1024


@pytest.mark.libreoffice
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_lays_the_paper_out_on_the_same_pages_and_lines(tmp_path: Path) -> None:
    papers = {"body": body_only(60), "record": everything(mark="草稿"), "minutes": issued()}
    for name, document in papers.items():
        (tmp_path / f"{name}.docx").write_bytes(writer.render(document))
    files = [str(tmp_path / f"{name}.docx") for name in papers]
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        [
            "soffice",
            profile,
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(tmp_path),
            *files,
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    made = {name: pypdfium2.PdfDocument(tmp_path / f"{name}.pdf") for name in papers}
    pages = {name: len(file) for name, file in made.items()}
    assert pages == {
        name: len(pypdfium2.PdfDocument(pdf.render(paper))) for name, paper in papers.items()
    }
    rows = [lines_of(page) for page in made["body"]]
    assert [len(page) for page in rows] == [22, 22, 16]
    assert {len(line) for page in rows for line in page} == {28}
