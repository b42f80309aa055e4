"""A paper of neutral words, to look at a layout before it is stored."""

from studyapp.documents.blocks import (
    AttachmentNote,
    Block,
    Document,
    Heading,
    Meta,
    Paragraph,
    Roll,
    SignatureLine,
    SignatureLines,
    Table,
)
from studyapp.papers.models import PaperProfile, Remarks
from studyapp.papers.remarks import said

_WORDS = "这是一段样文，用来看正文的字体、行距和每行字数。文字没有实际内容，只看排版。"
_POINTS = "先看第一条样文怎样排。\n再看第二条样文怎样排。"


def sample(profile: PaperProfile) -> Document:
    """Return a 会议记录 in miniature, under the red sign where the profile names one."""
    points = profile.remarks == Remarks.POINTS
    blocks: list[Block] = [
        Meta("时间", "2026年3月5日（周四）09:00—10:00"),
        Meta("地点", "三楼会议室"),
        Roll("出席", ("张一", "李二", "王小三", "赵四", "钱五", "孙小六", "周七", "吴八")),
        Heading(1, "一、一级标题"),
        Paragraph(_WORDS * 3),
        Heading(2, "（一）二级标题"),
        Paragraph(_WORDS * 6),
        Heading(3, "1. 三级标题"),
        Heading(4, "（1）四级标题"),
        Paragraph(_WORDS * 4),
        Heading(1, "二、发言情况"),
        *said("张一：", _POINTS, points=points),
        *said("李二：", _WORDS, points=points),
        Heading(1, "三、表决情况"),
        Table(("事项", "赞成", "反对", "弃权"), (("样文事项", "8人", "0人", "1人"),), (3, 1, 1, 1)),
        AttachmentNote(("样文附件",)),
        SignatureLines((SignatureLine("主持人", "张一"), SignatureLine("记录人", "李二"))),
    ]
    return Document(
        title=f"{profile.unit.full_name}\n样文",
        blocks=tuple(blocks),
        kind="record",
        sign=profile.sign,
        mark="样张",
        version="第1版",
        check_code="0000-0000-0000-0000",
    )
