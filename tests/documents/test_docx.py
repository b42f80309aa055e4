"""What Word, WPS and LibreOffice find in the file: the words and their looks."""

import pytest
from docx.oxml.ns import qn

from studyapp.documents import wordml
from studyapp.documents.blocks import (
    Attachment,
    AttachmentNote,
    Document,
    Issue,
    PageBreak,
    Paragraph,
    Roll,
    SignatureLine,
    SignatureLines,
    Signoff,
    Table,
)
from studyapp.documents.wordstyles import Grid
from tests.documents.papers import BODY, everything, issued
from tests.documents.word import look, looks, opened, paragraph_with


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
    # Six names of three characters fill the line to its last hair.
    assert line.text.split("\n") == [
        "出席：陈卫东　张　三　陈卫东　张　三　陈卫东　张　三",
        "陈卫东　张　三　陈卫东　张　三　陈卫东　张　三",
    ]
    ind = line._p.pPr.find(qn("w:ind"))
    step = Grid().step
    assert (ind.get(qn("w:left")), ind.get(qn("w:hanging"))) == (str(5 * step), str(3 * step))


def test_names_go_on_in_the_last_row_of_one_longer_than_a_line() -> None:
    long = "何建国（云州市公安局机关党委组织科科长，指导换届选举工作）"
    line = opened(
        Document("", (Roll("列席", (long, "李明", "欧阳明月", "王海峰", "赵英杰")),))
    ).paragraphs[0]
    assert line.text.split("\n") == [f"列席：{long}　李　明　欧阳明月　王海峰", "赵英杰"]


def test_a_roll_after_running_text_stands_one_line_below() -> None:
    texts = [line.text for line in opened(issued()).paragraphs]
    assert texts[texts.index(BODY) + 1] == ""
    assert texts[texts.index(BODY) + 2].startswith("出席：")


def test_the_date_starts_two_characters_right_of_the_name() -> None:
    paper = opened(Document("", (Signoff("中共云州市公安局第一支部", "2026年3月5日"),)))
    lefts = [int(line._p.pPr.find(qn("w:ind")).get(qn("w:left"))) for line in paper.paragraphs[1:3]]
    # 12 characters that end 2 before the right edge: 28 - 2 - 12.
    assert lefts == [round(14 * Grid().char), round(16 * Grid().char)]


def test_an_attachment_starts_a_page_with_its_title_on_line_3() -> None:
    paper = opened(Document("", (Paragraph("正文"), Attachment(1, "学习清单", (Paragraph("一"),)))))
    texts = [line.text for line in paper.paragraphs]
    assert texts == ["正文", "附件1", "", "学习清单", "", "一"]
    mark = paper.paragraphs[1]
    assert mark.style is not None
    assert mark.style.paragraph_format.page_break_before is True
    assert looks(mark.runs[0]) == ("黑体", 16)


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
    assert widths == [round(Grid().width / 4), round(Grid().width * 3 / 4)]


def test_a_table_keeps_as_far_from_the_words_as_lines_do() -> None:
    table = Table(("序号", "姓名"), (("1", "张三"),))
    paper = opened(Document("", (Paragraph("前"), table, Paragraph("后"))))
    around = [paper.paragraphs[1], paper.paragraphs[2]]
    assert [line.style.name for line in around if line.style] == ["表格间距"] * 2
    assert [line.paragraph_format.keep_with_next for line in around] == [True, None]
    spacing = paper.styles["表格间距"].element.find(f".//{qn('w:spacing')}")
    # With the hairline itself half of what is left of the pitch (579) over 16 points.
    assert int(spacing.get(qn("w:after"))) + 14 == (579 - 320) // 2


def test_a_signature_is_ruled_up_to_its_date() -> None:
    paper = opened(Document("", (SignatureLines((SignatureLine("主持人", "张三"),)),)))
    line = paragraph_with(paper, "签字：")
    assert [run.text for run in line.runs] == [
        "主持人：张三\u3000签字：",
        "\t",
        "\t年\u3000\u3000月\u3000\u3000日",
    ]
    assert look(line.runs[1], "rPr/u", "val") == "single"


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
    assert kept == [(None, None), (True, True), (None, None)]
    paper = opened(Document("", (long, signatures)))
    # A long one may be parted: its end stays with the signatures.
    assert paper.paragraphs[0].paragraph_format.keep_with_next is True
    assert paper.paragraphs[0].paragraph_format.keep_together is None


def test_the_list_of_attachments_and_the_last_row_of_a_table_go_with_what_follows() -> None:
    paper = opened(
        Document(
            "通知",
            (
                Paragraph("请准时到会。"),
                AttachmentNote(("议程", "签到表")),
                Signoff("第一支部", "2026年3月5日"),
                Table(("姓名",), (("丁一",), ("王二",))),
                Paragraph("不得代签。"),
                SignatureLines((SignatureLine("主持人", "张三"),)),
            ),
        )
    )
    kept = {line.text for line in paper.paragraphs if line.paragraph_format.keep_with_next}
    assert {"请准时到会。", "议程", "签到表", "第一支部", "不得代签。"} <= kept
    assert "2026年3月5日" not in kept
    cells = [cell.paragraphs[0] for cell in paper.tables[0].column_cells(0)]
    assert [bool(cell.paragraph_format.keep_with_next) for cell in cells] == [False, False, True]


def test_the_sign_of_a_minutes_is_red() -> None:
    line = paragraph_with(opened(issued()), "第一支部委员会纪要")
    assert look(line.runs[0], "rPr/color", "val") == "C1121C"
    # 17 characters in the 150 mm that a sign may fill.
    assert looks(line.runs[0]) == ("方正小标宋简体", 25)


def test_a_title_longer_than_the_properties_hold_is_printed_in_full() -> None:
    title = "学习" * 200
    paper = opened(Document(title, ()))
    assert paper.paragraphs[0].text.replace("\n", "") == title
    assert len(paper.core_properties.title) == 255


def test_an_unknown_property_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="unknown"):
        wordml.paragraph(wordml.element("body"), colour="red")


def test_attachments_are_a_numbered_list_with_their_names_under_one_another() -> None:
    paper = opened(Document("", (AttachmentNote(("清单", "签到表", "名册")),)))
    lines = paper.paragraphs[1:]
    assert [line.text for line in lines] == ["清单", "签到表", "名册"]
    assert {line.style.name for line in lines if line.style} == {"附件说明 编号"}
    levels = paper.part.numbering_part.element.findall(f".//{qn('w:lvl')}")
    found = [
        (level.find(qn("w:lvlText")).get(qn("w:val")), level.find(qn("w:start")).get(qn("w:val")))
        for level in levels
    ]
    assert found == [("附件：1.", "1"), ("%2.", "2")]
    assert {level.find(f".//{qn('w:ind')}").get(qn("w:leftChars")) for level in levels} == {"650"}


def test_an_only_attachment_has_no_number() -> None:
    paper = opened(Document("", (AttachmentNote(("清单。",)),)))
    assert [line.text for line in paper.paragraphs] == ["", "附件：清单"]


def test_the_imprint_stands_in_a_frame_at_the_foot() -> None:
    paper = opened(issued())
    framed = [
        line for line in paper.paragraphs if line._p.find(f".//{qn('w:framePr')}") is not None
    ]
    assert [line.text for line in framed] == [
        "\t分送：机关党委",
        "\t中共云州市公安局第一支部委员会\t2026年11月21日印发",
    ]
    frame = framed[0]._p.pPr.find(qn("w:framePr"))
    assert (frame.get(qn("w:vAnchor")), frame.get(qn("w:yAlign"))) == ("margin", "bottom")
    # The frame belongs to a paragraph behind it.
    assert paper.paragraphs[-1].text == ""


def test_a_long_issuer_and_the_date_of_the_imprint_stand_on_lines_of_their_own() -> None:
    issuer = "中共云州市公安局刑事侦查支队第一支部委员会"
    paper = opened(Document("", (), issue=Issue(issuer=issuer, date="2026年11月21日")))
    assert f"\t{issuer}\n\t2026年11月21日印发" in [line.text for line in paper.paragraphs]


def test_names_with_rare_characters_leave_their_line_half_a_character() -> None:
    line = opened(Document("", (Roll("出席", ("陈卫东", "吴䶮") * 6),))).paragraphs[0]
    # Five names of three characters and what parts them, then five, then two.
    assert [len(part) for part in line.text.split("\n")] == [3 + 19, 19, 7]
