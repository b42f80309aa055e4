"""The PDF measured against GB/T 9704-2012, by the boxes of its characters."""

import ctypes
import threading
from itertools import pairwise

import pypdfium2
import pypdfium2.raw as pdfium_c
import pytest

from studyapp.documents import pdf
from studyapp.documents.blocks import (
    Attachment,
    AttachmentNote,
    Document,
    Heading,
    Meta,
    PageBreak,
    Paragraph,
    Roll,
    SignatureLine,
    SignatureLines,
    Signoff,
    Table,
    fold,
)
from tests.documents.papers import BODY, MM, Box, body_only, everything, issued, lines_of

CHAR = 156 / 28  # millimetres
PITCH = 225 / 22


def pages_of(document: Document) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(pdf.render(document))


def box_of(page: pypdfium2.PdfPage, words: str) -> Box:
    """Left, top, right, bottom of the words in millimetres from the page's upper left.

    Across by the squares of the characters, down by their ink.
    """
    text = page.get_textpage()
    index, count = text.search(words).get_next()
    squares = [text.get_charbox(i, loose=True) for i in range(index, index + count)]
    ink = [text.get_charbox(i) for i in range(index, index + count)]
    ink = [box for box in ink if box[2] > box[0]]
    height = page.get_height()
    return (
        min(box[0] for box in squares) / MM,
        (height - max(box[3] for box in ink)) / MM,
        max(box[2] for box in squares) / MM,
        (height - min(box[1] for box in ink)) / MM,
    )


def line_number(page: pypdfium2.PdfPage, words: str) -> int:
    """The line of the grid on which the words stand; 1 is the first."""
    _, top, _, bottom = box_of(page, words)
    return int(((top + bottom) / 2 - 37) // PITCH) + 1


def size_of(page: pypdfium2.PdfPage, words: str) -> tuple[str, float]:
    """Name of the face and size in points of the first character of the words."""
    text = page.get_textpage()
    index, _ = text.search(words).get_next()
    buffer = ctypes.create_string_buffer(200)
    pdfium_c.FPDFText_GetFontInfo(text, index, buffer, 200, None)
    name = buffer.value.decode().partition("+")[2] or buffer.value.decode()
    return name, round(pdfium_c.FPDFText_GetFontSize(text, index), 2)


def test_a_page_of_body_text_has_22_lines_of_28_characters() -> None:
    rows = [lines_of(page) for page in pages_of(body_only(60))]
    assert [len(page) for page in rows] == [22, 22, 16]
    assert {len(line) for page in rows for line in page} == {28}


def test_full_lines_with_punctuation_end_at_the_right_edge() -> None:
    document = Document("", (Paragraph(BODY * 5, indent=False),))
    text = pages_of(document)[0].get_textpage()
    ends = []
    lines = text.get_text_range().split("\r\n")[:-2]
    at = 0
    for line in lines:
        at += len(line)
        ends.append(text.get_charbox(at - 1, loose=True)[2] / MM)
        at += 2
    assert len(ends) > 10
    # A mark at the end may hang out by the empty half of its square.
    assert all(183 < end < 187 for end in ends[:-1])


def test_no_line_starts_or_ends_with_a_forbidden_mark() -> None:
    document = Document("", (Paragraph("学习（一）“贯彻”，落实。检查《规定》、纪要；" * 60),))
    lines = [
        line
        for page in pages_of(document)
        for line in page.get_textpage().get_text_range().split("\r\n")
        if not line.startswith("—")
    ]
    assert len(lines) > 30
    assert [line for line in lines if line[0] in "，。；、）》”"] == []
    assert [line for line in lines if line[-1] in "（《“"] == []


def test_the_text_area_is_156_by_225_millimetres_from_37_and_28() -> None:
    page = pages_of(body_only(60))[1]
    rows = lines_of(page)
    width, height = page.get_size()
    left = min(box[0] for row in rows for box in row) / MM
    right = max(box[2] for row in rows for box in row) / MM
    middles = [(height - sum(b[1] + b[3] for b in row) / len(row) / 2) / MM for row in rows]
    assert (round(width / MM), round(height / MM)) == (210, 297)
    assert left == pytest.approx(28, abs=0.4)
    assert right == pytest.approx(184, abs=0.4)
    assert middles[0] == pytest.approx(37 + PITCH / 2, abs=0.7)
    assert middles[-1] == pytest.approx(262 - PITCH / 2, abs=0.7)
    assert [b - a for a, b in pairwise(middles)] == pytest.approx([PITCH] * 21, abs=0.03)


def test_page_numbers_stand_on_the_outer_side_7_mm_under_the_text() -> None:
    document = pages_of(body_only(60))
    boxes = [box_of(page, f"— {number} —") for number, page in enumerate(document, 1)]
    dashes = [box_of(page, "—")[1] for page in document]
    assert dashes == pytest.approx([262 + 7] * 3, abs=0.6)
    one = 14 / 72 * 25.4  # one character of 14 pt
    # A record adds 共×页 behind the number; another paper has the number alone.
    alone = pages_of(Document("", body_only(60).blocks, kind="other"))
    rights = [box_of(page, f"— {n} —")[2] for n, page in enumerate(alone, 1) if n % 2]
    assert rights == pytest.approx([184 - one] * 2, abs=0.8)
    assert boxes[1][0] == pytest.approx(28 + one, abs=0.8)
    assert size_of(document[0], "— 1 —") == ("NotoSerifSC-Regular", 14)


def test_a_record_counts_its_pages_and_another_paper_does_not() -> None:
    record, other = pages_of(body_only(30)), pages_of(Document("", (), kind="notice"))
    assert "—2—共2页" in fold(record[1].get_textpage().get_text_range())
    assert fold(other[0].get_textpage().get_text_range()) == "—1—"


def test_version_and_check_code_stand_opposite_the_page_number() -> None:
    document = Document("", body_only(30).blocks, version="第1版", check_code="7K3M-9QXA")
    odd, even = pages_of(document)
    assert box_of(odd, "7K3M-9QXA")[2] < 105 < box_of(odd, "— 1 —")[0]
    assert box_of(even, "— 2 —")[2] < 105 < box_of(even, "7K3M-9QXA")[0]
    assert size_of(odd, "7K3M") == ("NotoSerifSC-Regular", 8)


def test_every_role_has_the_face_and_size_of_the_standard() -> None:
    page = pages_of(everything())[0]
    found = {
        words: size_of(page, words)
        for words in ("党员大会会议记录", "一、学习情况", "（一）围绕主题", "1. 建立", "各支部要把")
    }
    assert found == {
        "党员大会会议记录": ("NotoSerifCJKsc-Bold", 22),
        "一、学习情况": ("NotoSansSC-Regular", 16),
        "（一）围绕主题": ("LXGWWenKai-Regular", 16),
        "1. 建立": ("FandolFang-Regular", 16),
        "各支部要把": ("FandolFang-Regular", 16),
    }


def test_a_title_is_centred_and_a_blank_line_follows() -> None:
    page = pages_of(Document("支部党员大会会议记录", (Paragraph("正文"),)))[0]
    left, _, right, _ = box_of(page, "支部党员大会会议记录")
    assert (left + right) / 2 == pytest.approx(28 + 156 / 2, abs=0.3)
    assert (line_number(page, "支部党员"), line_number(page, "正文")) == (1, 3)


def test_a_paragraph_starts_two_characters_in() -> None:
    page = pages_of(Document("", (Paragraph("国" * 40),)))[0]
    first, second = lines_of(page)
    assert (len(first), len(second)) == (26, 14)
    assert first[0][0] / MM == pytest.approx(28 + 2 * CHAR, abs=0.1)


def test_wrapped_names_align_with_the_first_name() -> None:
    page = pages_of(Document("", (Roll("出席", ("国国国",) * 10),)))[0]
    starts = [min(box[0] for box in row) / MM for row in lines_of(page)]
    assert len(starts) == 2
    assert starts == pytest.approx([28 + 2 * CHAR, 28 + 5 * CHAR], abs=0.3)


def test_no_name_of_a_roll_is_cut_at_a_line_end() -> None:
    page = pages_of(Document("", (Roll("出席", ("欧阳明月", "张三") * 12),)))[0]
    lines = page.get_textpage().get_text_range().split("\r\n")
    names = [name for line in lines for name in fold(line.replace("出席：", "")).split("—")[:1]]
    assert all(name.replace("欧阳明月", "").replace("张三", "") == "" for name in names)


def test_a_guest_with_a_long_post_wraps_inside_the_text_area() -> None:
    guest = "何建国（云州市公安局机关党委组织科组织干事，指导预备党员转正和支部换届选举）"
    page = pages_of(Document("", (Roll("列席", (guest, "张三丰")),)))[0]
    rows = lines_of(page)
    assert len(rows) == 2
    assert max(box[2] for row in rows for box in row) / MM < 184.5
    assert {round(min(box[0] for box in row) / MM) for row in rows[1:]} == {round(28 + 5 * CHAR)}


def test_rows_to_sign_are_as_high_as_asked_and_higher_for_more_words() -> None:
    rows = (("1", "甲", ""), ("2", "乙", ""), ("3", "丙" * 40, ""), ("4", "丁", ""))
    page = pages_of(Document("", (Table(("序号", "姓名", "签名"), rows, (1, 2, 3), 12),)))[0]
    tops = [box_of(page, number)[1] for number in "123"]
    assert tops[1] - tops[0] == pytest.approx(12, abs=0.1)
    words, last = box_of(page, "丙" * 12), box_of(page, "丁")
    assert last[1] - words[1] > 20


def test_a_roll_after_running_text_stands_one_line_below() -> None:
    page = pages_of(
        Document("", (Paragraph("正文"), Roll("出席", ("张三丰",)), Roll("请假", ("李",))))
    )[0]
    assert [line_number(page, w) for w in ("正文", "出席", "请假")] == [1, 3, 4]


def test_without_a_seal_the_date_starts_two_characters_right_of_the_name() -> None:
    page = pages_of(Document("", (Paragraph("正文"), Signoff("市公安局党支部", "2026年3月5日"))))[0]
    name, date = box_of(page, "市公安局党支部"), box_of(page, "2026年3月5日")
    assert name[2] == pytest.approx(184 - 2 * CHAR, abs=0.6)
    assert date[0] - name[0] == pytest.approx(2 * CHAR, abs=0.6)
    assert (line_number(page, "市公安局"), line_number(page, "2026年")) == (3, 4)


def test_with_a_seal_the_date_ends_four_characters_from_the_right() -> None:
    page = pages_of(Document("", (Signoff("市公安局党支部", "2026年3月5日", seal=True),)))[0]
    name, date = box_of(page, "市公安局党支部"), box_of(page, "2026年3月5日")
    assert date[2] == pytest.approx(184 - 4 * CHAR, abs=0.8)
    assert (name[0] + name[2]) / 2 == pytest.approx((date[0] + date[2]) / 2, abs=0.5)


def test_an_attachment_starts_a_page_with_its_title_on_line_3() -> None:
    blocks = (
        Paragraph("正文"),
        AttachmentNote(("学习清单。",)),
        Attachment(1, "学习清单", (Paragraph("第一项"),)),
    )
    first, second = pages_of(Document("", blocks))
    assert line_number(first, "附件：学习清单") == 3
    assert "学习清单。" not in first.get_textpage().get_text_range()
    numbers = [line_number(second, words) for words in ("附件1", "学习清单", "第一项")]
    assert numbers == [1, 3, 5]
    assert box_of(second, "附件1")[0] == pytest.approx(28, abs=0.5)


def test_a_long_name_of_an_attachment_goes_on_under_its_first_character() -> None:
    name = "全市公安机关集中检查发现问题和整改责任分工的清单及其说明"
    page = pages_of(Document("", (AttachmentNote(("签到表", name)),)))[0]
    first, last = "全市公安机关", "分工的清单及其说明"
    assert line_number(page, last) == line_number(page, first) + 1
    lefts = [box_of(page, words)[0] for words in ("签到表", first, last)]
    assert lefts == pytest.approx([28 + 6.5 * CHAR] * 3, abs=0.6)


def test_the_red_sign_stands_35_mm_under_the_top_of_the_text_area() -> None:
    page = pages_of(issued())[0]
    left, top, right, _ = box_of(page, "中共云州市公安局第一支部委员会纪要")
    assert top == pytest.approx(37 + 35, abs=0.5)
    assert (left + right) / 2 == pytest.approx(106, abs=0.4)
    text = page.get_textpage()
    index, _ = text.search("委员会纪要").get_next()
    channels = [ctypes.c_uint() for _ in range(4)]
    pdfium_c.FPDFText_GetFillColor(text, index, *channels)
    assert [channel.value for channel in channels] == [0xC1, 0x12, 0x1C, 255]


def test_the_imprint_stands_at_the_foot_of_the_last_page() -> None:
    *_, page = pages_of(issued())
    _, _, right, bottom = box_of(page, "2026年11月21日印发")
    assert 255 < bottom < 262
    assert right == pytest.approx(184 - 14 / 72 * 25.4, abs=0.5)
    assert box_of(page, "分送：机关党委")[3] < bottom


def test_text_under_a_sign_stays_on_the_grid() -> None:
    document = Document("纪要", (Paragraph("国" * 1500),), kind="minutes", sign="支部纪要")
    first, second, _ = (lines_of(page) for page in pages_of(document))
    assert first[-1][0][1] == pytest.approx(second[-1][0][1], abs=0.2)


def test_signature_lines_are_never_parted() -> None:
    signatures = SignatureLines(tuple(SignatureLine(f"签名{n}", "张三") for n in range(4)))
    for lines in range(14, 22):
        pages = pages_of(Document("", (*body_only(lines).blocks, signatures)))
        counts = [page.get_textpage().get_text_range().count("签字：") for page in pages]
        assert sorted(counts) in ([4], [0, 4])


@pytest.mark.parametrize("lines", range(15, 24))
@pytest.mark.parametrize("keeps", ["paragraph", "closing", "roll", "attachments"])
def test_signatures_never_stand_alone_on_a_page(lines: int, keeps: str) -> None:
    before = {
        "paragraph": (),
        "closing": (Heading(1, "五、散会"), Paragraph("15:54散会。")),
        "roll": (Roll("出席", ("张三丰",) * 8),),
        "attachments": (AttachmentNote(("签到表", "清单")),),
    }[keeps]
    signatures = SignatureLines((SignatureLine("主持人", "张三"), SignatureLine("记录人", "李四")))
    page = list(pages_of(Document("", (*body_only(lines).blocks, *before, signatures))))[-1]
    words = fold(page.get_textpage().get_text_range()).partition("主持人：")[0]
    assert len(words) > 3
    assert lines_of(page)[-1][0][1] > 34 * MM


def test_issuer_and_date_never_stand_alone_on_a_page() -> None:
    for lines in range(17, 24):
        blocks = (*body_only(lines).blocks, Signoff("市公安局党支部", "2026年3月5日"))
        page = list(pages_of(Document("", blocks)))[-1]
        words = page.get_textpage().get_text_range()
        assert words.partition("市公安局")[0].strip() != ""
        assert words.count("2026年3月5日") == 1


def test_room_for_signatures_leaves_the_lines_on_the_grid() -> None:
    signatures = SignatureLines((SignatureLine("主持人", "张三"),))
    page = pages_of(Document("", (*body_only(5).blocks, signatures)))[0]
    middles = [sum(box_of(page, w)[1::2]) / 2 for w in ("坚持把学习", "主持人：张三")]
    assert middles[1] - middles[0] == pytest.approx(6 * PITCH, abs=0.5)


def test_six_names_of_three_characters_fill_a_line() -> None:
    page = pages_of(Document("", (Roll("出席", ("国国国",) * 7),)))[0]
    assert [len(row) for row in lines_of(page)] == [3 + 6 * 3, 3]


def test_a_heading_never_ends_a_page() -> None:
    blocks = (*body_only(21).blocks, Heading(1, "一、学习"), Paragraph("正文"))
    first, second = pages_of(Document("", blocks))
    assert "一、学习" in second.get_textpage().get_text_range()
    assert len(lines_of(first)) == 21


def test_a_page_break_starts_a_page() -> None:
    pages = pages_of(Document("", (Paragraph("前"), PageBreak(), Paragraph("后"))))
    assert [line_number(page, words) for page, words in zip(pages, "前后", strict=True)] == [1, 1]


def test_a_long_run_without_spaces_stays_inside_the_text_area() -> None:
    page = pages_of(Document("", (Paragraph("x" * 3000), Meta("地点", "y" * 300))))[0]
    text = page.get_textpage()
    rights = [text.get_charbox(i)[2] / MM for i in range(text.count_chars())]
    assert max(rights) < 184.5


def test_a_draft_says_so_on_every_page() -> None:
    pages = pages_of(everything(mark="草稿"))
    assert all("草稿" in fold(page.get_textpage().get_text_range()) for page in pages)


def test_metadata_carry_title_and_language() -> None:
    data = pdf.render(everything())
    found = pypdfium2.PdfDocument(data).get_metadata_dict()
    assert found["Title"] == "中共云州市公安局第一支部党员大会会议记录"
    assert b"/Lang" in data
    assert b"zh-CN" in data


def test_the_same_paper_gives_the_same_file() -> None:
    assert pdf.render(everything()) == pdf.render(everything())


def test_threads_render_side_by_side() -> None:
    made: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: made.append(pdf.render(body_only(40)))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [pdf.render(body_only(40))] * 4
