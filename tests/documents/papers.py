"""A paper with every kind of block, and what is read back from a file."""

import io
import re

import docx
import pypdfium2
from docx.oxml.ns import qn

from studyapp.documents.blocks import (
    Attachment,
    AttachmentNote,
    Document,
    Heading,
    Issue,
    Meta,
    Paragraph,
    Roll,
    SignatureLine,
    SignatureLines,
    Signoff,
    Table,
)

LINE = "坚持把学习成果落到每一次接警每一份笔录每一个决定里去"
BODY = "各支部要把学习和手里的活对一对，找出一两件最该改的事，一件一件改好。" * 4

CODE = "7K3M-9QXA-2BCD-EFGH"
ADDRESS = f"https://study.example.cn/v/{CODE}"
CHECKED = {"version": "第1版", "check_code": CODE, "address": ADDRESS}


def everything(**more: object) -> Document:
    blocks = (
        Meta("时间", "2026年11月20日（周五）14:30—16:02"),
        Roll("出席", ("陈卫东", "孙丽华", "王海峰", "丁一", "吴䶮", "李㛃") * 3),
        Heading(1, "一、学习情况"),
        Paragraph(BODY),
        Heading(2, "（一）围绕主题"),
        Paragraph(BODY, lead="王海峰："),
        Heading(3, "1. 建立台账。", BODY),
        Heading(4, "（1）责任到人"),
        Table(("序号", "姓名", "签名"), (("1", "陈卫东", ""), ("2", "孙丽华", "")), (1, 2, 3), 12),
        AttachmentNote(("学习材料清单", "签到表")),
        SignatureLines((SignatureLine("主持人", "陈卫东"), SignatureLine("记录人", "孙丽华"))),
        Signoff("中共云州市公安局第一支部", "2026年11月20日"),
        Attachment(1, "学习材料清单", (Paragraph(BODY),)),
    )
    return Document(title="中共云州市公安局第一支部\n党员大会会议记录", blocks=blocks, **more)  # type: ignore[arg-type]


def issued() -> Document:
    return Document(
        title="支委会会议纪要",
        kind="minutes",
        sign="中共云州市公安局第一支部委员会纪要",
        issue=Issue(
            "第3期", "陈卫东", "机关党委", "中共云州市公安局第一支部委员会", "2026年11月21日"
        ),
        blocks=(Paragraph(BODY), Roll("出席", ("陈卫东", "孙丽华"))),
    )


def body_only(lines: int, *, indent: bool = False) -> Document:
    """One paragraph that fills ``lines`` lines of 28 characters (without indent)."""
    text = (LINE * (lines * 28 // len(LINE) + 1))[: lines * 28]
    return Document(title="", blocks=(Paragraph(text, indent=indent),))


Box = tuple[float, float, float, float]  # left, bottom, right, top in points
MM = 72 / 25.4


def lines_of(page: pypdfium2.PdfPage) -> list[list[Box]]:
    """Character boxes of the text area, line by line from the top."""
    text = page.get_textpage()
    boxes = [text.get_charbox(index, loose=True) for index in range(text.count_chars())]
    inside = [b for b in boxes if b[1] > 34 * MM and b[2] - b[0] > 12]
    rows: list[list[Box]] = []
    for box in sorted(inside, key=lambda b: -(b[1] + b[3])):
        same = rows and abs(rows[-1][0][1] + rows[-1][0][3] - box[1] - box[3]) < 10
        rows[-1].append(box) if same else rows.append([box])
    return rows


def pdf_text(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    # PDFium marks a hyphen at a line's end, to join the word again.
    return re.sub("[\x02\ufffe]", "-", text)


def docx_text(data: bytes) -> str:
    """Words of the body in order: paragraphs and table cells, the numbers of a list included."""
    found = docx.Document(io.BytesIO(data))
    labels = [
        node.get(qn("w:val")) for node in found.part.numbering_part.element.iter(qn("w:lvlText"))
    ]
    words, number = [], 0
    for node in found.element.body.iter(qn("w:p"), qn("w:t")):
        if node.tag == qn("w:t"):
            words.append(node.text or "")
        elif node.style == "AttachmentList":
            level = node.pPr.numPr.ilvl.val if node.pPr.numPr is not None else 0
            number = number + 1 if level else 1
            words.append(labels[level].replace("%2", str(number)))
    return "".join(words)
