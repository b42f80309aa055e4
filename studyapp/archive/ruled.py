"""Blank ruled forms of the 党支部工作手册: what the system does not hold is written by hand."""

from collections.abc import Sequence

from studyapp.documents.blocks import Block, Document, Paragraph, Table
from studyapp.documents.book import Entry

_ROW = 11.0  # millimetres: room to write by hand
PRINTED = 8.0  # millimetres: rows that are only read
_FULL = 17  # rows that fill a page under a title and the head


def entry(title: str, *blocks: Block) -> Entry:
    """Return a page of the handbook with its line in the 目录."""
    return Entry(title, Document(title, blocks, kind="handbook"))


def ruled(
    *columns: tuple[str, int],
    rows: Sequence[tuple[str, ...]] = (),
    empty: int = 0,
    height: float = _ROW,
) -> Table:
    """Return a table of ``rows`` with so many empty ones below; each column has name and width.

    A short row is filled up: what it does not say is written by hand.
    """
    width = len(columns)
    filled = [row + ("",) * (width - len(row)) for row in rows]
    blank = [("",) * width] * empty
    heads, widths = zip(*columns, strict=True)
    return Table(heads, (*filled, *blank), widths, height)


def term() -> Entry:
    """换届、批复和任届起止."""
    return entry(
        "换届选举和任期",
        Paragraph("届次、批复和任期起止，按选举结果和上级批复填写。"),
        ruled(
            ("届次", 5), ("选举日期", 8), ("批复文号", 10), ("批复机关", 10), ("任期起止", 11),
            empty=6,
        ),
        Paragraph("任期内增补、改选的委员："),
        ruled(("姓名", 7), ("职务", 8), ("产生方式", 9), ("日期", 8), ("批复文号", 12), empty=5),
    )  # fmt: skip


def plan(year: int) -> Entry:
    """年度工作计划."""
    months = [(f"{month}月",) for month in range(1, 13)]
    return entry(
        f"{year}年工作计划",
        ruled(("月份", 4), ("工作内容", 20), ("责任人", 7), ("完成情况", 11), rows=months),
    )


def life() -> Entry:
    """组织生活会, where no record of it is signed."""
    lines = ("时间", "地点", "主持人", "记录人", "参加人员", "缺席人员和原因")
    return entry(
        "组织生活会记录",
        ruled(("项目", 11), ("内容", 33), rows=[(line,) for line in lines]),
        Paragraph("查摆的问题、批评意见和整改措施："),
        ruled(("姓名", 8), ("自我批评和批评意见", 20), ("整改措施", 16), empty=8),
    )


def appraisal() -> Entry:
    """民主评议党员."""
    return entry(
        "民主评议党员登记",
        ruled(
            ("序号", 4), ("姓名", 7), ("自我评价", 10), ("党员互评", 10), ("组织评定", 10),
            ("备注", 7), empty=_FULL,
        ),
    )  # fmt: skip


def talks() -> Entry:
    """谈心谈话."""
    return entry(
        "谈心谈话记录",
        ruled(
            ("日期", 7), ("谈话人", 7), ("谈话对象", 7), ("主要内容", 20), ("备注", 6), empty=_FULL
        ),
    )


def admission(rows: Sequence[tuple[str, ...]]) -> Entry:
    """发展党员: what is known of those received or confirmed in the year; the rest by hand."""
    return entry(
        "发展党员情况",
        ruled(
            ("姓名", 7), ("递交申请", 8), ("确定积极分子", 9), ("确定发展对象", 9),
            ("接收为预备党员", 11), ("转正", 11), rows=rows, empty=max(3, 12 - len(rows)),
        ),
    )  # fmt: skip


def transfers() -> Entry:
    """组织关系接转."""
    return entry(
        "组织关系接转",
        ruled(
            ("姓名", 7), ("转入或转出", 8), ("日期", 8), ("从何处转来或转往何处", 16),
            ("介绍信编号", 9), empty=_FULL,
        ),
    )  # fmt: skip


def fees() -> Entry:
    """党费收缴."""
    months = [(f"{month}月",) for month in range(1, 13)]
    return entry(
        "党费收缴登记",
        ruled(
            ("月份", 4), ("应交人数", 7), ("实交人数", 7), ("金额（元）", 8), ("上交日期", 8),
            ("经手人", 8), rows=[*months, ("合计",)],
        ),
    )  # fmt: skip


def honours() -> Entry:
    """奖励、慰问."""
    return entry(
        "表彰奖励",
        ruled(("日期", 8), ("姓名或集体", 10), ("奖励名称", 16), ("授予机关", 12), empty=_FULL),
    )


def visits() -> Entry:
    """走访慰问."""
    return entry(
        "走访慰问",
        ruled(("日期", 8), ("对象", 8), ("原因", 12), ("形式", 10), ("经办人", 8), empty=_FULL),
    )


def summary(year: int, *blocks: Block) -> Entry:
    """年度工作总结: the figures that the system holds, and room for the words."""
    return entry(f"{year}年工作总结", *blocks, ruled(("总结", 1), empty=14))


def inspection() -> Entry:
    """上级检查."""
    return entry(
        "检查指导记录",
        ruled(("日期", 7), ("检查单位和人员", 12), ("意见", 16), ("整改情况", 12), empty=_FULL),
    )
