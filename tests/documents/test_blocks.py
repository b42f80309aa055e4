"""From typed lines to blocks, and the plain words of a paper."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.documents.blocks import (
    Attachment,
    AttachmentNote,
    Document,
    Heading,
    Meta,
    Paragraph,
    Roll,
    Table,
    fold,
    from_lines,
    opens_roll,
    plain_text,
)


@pytest.mark.parametrize(
    ("line", "block"),
    [
        ("一、学习情况", Heading(1, "一、学习情况")),
        ("十二、其他事项", Heading(1, "十二、其他事项")),
        ("（一）加强领导。各支部要抓紧。", Heading(2, "（一）加强领导。", "各支部要抓紧。")),
        ("(二)抓好落实", Heading(2, "(二)抓好落实")),
        ("1.建立台账", Heading(3, "1.建立台账")),
        ("2、按月检查", Heading(3, "2、按月检查")),
        ("（3）责任到人", Heading(4, "（3）责任到人")),
        ("- 一件事", Paragraph("— 一件事")),
        ("——这是破折号", Paragraph("——这是破折号")),
        ("3.5万元已到账", Paragraph("3.5万元已到账")),
        ("二、三产业都要学", Paragraph("二、三产业都要学")),
        ("2026年3月5日", Paragraph("2026年3月5日")),
        ("普通的一句话。", Paragraph("普通的一句话。")),
        ("# 井号 **星号**", Paragraph("# 井号 **星号**")),
    ],
)
def test_a_line_gets_its_level_from_its_start(line: str, block: object) -> None:
    assert from_lines(line) == [block]


def test_a_long_first_sentence_is_running_text() -> None:
    line = "一、" + "学" * 45 + "。后面。"
    assert from_lines(line) == [Paragraph(line)]


def test_empty_lines_are_left_out() -> None:
    assert from_lines("一\r\n\r\n \n二") == [Paragraph("一"), Paragraph("二")]


@given(st.text(max_size=300))
def test_no_visible_character_of_typed_lines_is_lost(text: str) -> None:
    words = fold(plain_text(Document("", tuple(from_lines(text)))))
    # A dash that makes an item of a list becomes —.
    marks = str.maketrans("", "", "-–—•·*")
    assert words.translate(marks) == fold(text).translate(marks)


def test_the_words_of_a_paper_come_in_reading_order() -> None:
    document = Document(
        "支部大会\n会议记录",
        (
            Meta("时间", "3月5日"),
            Roll("出席", ("张三", "", "李小四")),
            Heading(1, "一、学习。", "情况好。"),
            Paragraph("同意。", lead="王五："),
            Table(("序号", "姓名"), (("1", "张三"),)),
            AttachmentNote(("签到表。", "清单")),
            Attachment(0, "签到表", (Paragraph("空"),)),
        ),
    )
    assert plain_text(document) == (
        "支部大会\n会议记录\n时间：3月5日\n出席：张　三　李小四\n一、学习。情况好。\n王五：同意。\n"
        "序号\t姓名\n1\t张三\n附件：1. 签到表\n2. 清单\n附件\n签到表\n空\n"
    )


def test_an_only_attachment_has_no_number() -> None:
    assert AttachmentNote(("清单；",)).labelled() == (("", "清单"),)
    assert [Attachment(0, "x").label, Attachment(2, "x").label] == ["附件", "附件2"]


def test_a_blank_line_parts_a_roll_from_running_text_only() -> None:
    roll = Roll("出席", ("张三",))
    befores = (Paragraph("文"), Heading(1, "一、"), Meta("时间", ""), roll, None)
    assert [opens_roll(before, roll) for before in befores] == [True, True, False, False, False]
    assert opens_roll(Paragraph("文"), Meta("时间", "")) is False


@pytest.mark.parametrize(
    ("head", "rows", "widths"),
    [((), (), ()), (("a", "b"), (("1",),), ()), (("a",), (), (0,)), (("a",), (), (1, 2))],
)
def test_a_ragged_table_is_a_fault_of_the_caller(head, rows, widths) -> None:
    with pytest.raises(ValueError, match=r"row|width"):
        Table(head, rows, widths)


def test_only_a_record_counts_its_pages_unless_told() -> None:
    assert Document("", ()).counts_pages is True
    assert Document("", (), kind="minutes").counts_pages is False
    assert Document("", (), kind="minutes", page_count=True).counts_pages is True
