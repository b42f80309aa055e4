"""The reference set: papers of every kind and length that an office files, and their pictures.

`python -m tests.documents.reference` draws the pictures of `pages/` again.
"""

import struct
import zlib
from pathlib import Path

from studyapp.documents import pdf
from studyapp.documents.blocks import (
    Attachment,
    AttachmentNote,
    Block,
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
    from_lines,
)
from tests.documents.glyphs import Picture, pictures
from tests.documents.papers import ADDRESS, CODE

PICTURES = Path(__file__).parent / "pages"
RESOLUTION = 50  # points an inch
_GREYS = 16
UNIT = "中共云州市公安局刑事侦查支队第一支部委员会"
SAID = (
    "这次学习让我想到窗口上的几件小事。群众第三次来补同一份材料，问题不在他，在我们没有一次说清。"
    "我建议把要带的材料印成一张纸，办一件发一张，月底看看还有多少人白跑。"
)
MIXED = (
    "2026年第3季度共接警1,284起，同比下降12.6%，其中110转警932起（占72.6%）。"
    "DNA比对、Wi-Fi定位和“一标三实”数据已接入V2.3平台，响应时间由8.5 s缩短到3 s以内，"
    "详见http://10.0.0.8/reports/2026-Q3.html和A4表格No.17。"
)
MARKS = (
    "（一）“学习”，“检查”；《规定》、《条例》！？……——（见附件）。「甲」『乙』【丙】〔2026〕3号："
    "“他说：‘先把《条例》（试行）读完’。”——然后呢？！……“……”，（……）。"
)
NAMES = ("陈卫东", "孙丽华", "王海峰", "丁一", "欧阳明月", "吴䶮", "李㛃", "张玥", "赵镕", "刘喆")
SIGNATURES = SignatureLines((SignatureLine("主持人", "陈卫东"), SignatureLine("记录人", "孙丽华")))
VOTE = ("序号", "姓名", "赞成", "反对", "弃权", "结果")


def _head(*more: Block) -> tuple[Block, ...]:
    return (
        Meta("时间", "2026年11月20日（周五）14:30—16:02"),
        Meta("地点", "市公安局三号楼四层会议室"),
        Meta("主持", "陈卫东"),
        Meta("记录", "孙丽华"),
        *more,
    )


def _remarks(count: int, times: int = 2) -> tuple[Paragraph, ...]:
    return tuple(Paragraph(SAID * times, lead=f"{NAMES[n % 10]}：") for n in range(count))


def _people(count: int) -> tuple[str, ...]:
    return tuple(
        f"{'赵钱孙李周吴郑王冯陈'[n % 10]}{'伟芳秀英娜敏静强磊军'[n // 10]}" + "明" * (n % 3 > 0)
        for n in range(count)
    )


PAPERS: dict[str, Document] = {
    "short-record": Document(
        f"{UNIT}\n2026年第11次支委会会议记录",
        (
            *_head(Roll("出席", NAMES[:3])),
            Paragraph("会议研究了12月集中学习的安排。"),
            Heading(1, "一、决定"),
            Paragraph("12月4日下午集中学习，由王海峰领学。"),
            Paragraph("16:02散会。"),
            SIGNATURES,
        ),
        version="第1版",
        check_code=CODE,
        address=ADDRESS,
    ),
    "long-record": Document(
        "中共云州市公安局第一支部\n党员大会会议记录",
        (
            *_head(Roll("出席", NAMES), Roll("请假", ("周敏（病假）",))),
            Heading(1, "一、领学"),
            *from_lines(
                "（一）讲话原文。领学人逐段读了第一、二部分。\n1. 三个问题\n（1）为谁减负\n（2）减什么"
            ),
            Paragraph(SAID * 6),
            Heading(1, "二、讨论发言"),
            *_remarks(14, 4),
            Heading(1, "三、小结"),
            Paragraph(SAID * 8),
            SIGNATURES,
        ),
        mark="草稿",
    ),
    "minutes": Document(
        "2026年第3次支委会会议纪要",
        (
            Paragraph("2026年11月20日，支部委员会召开会议，学习讲话精神，研究减负措施。纪要如下。"),
            *(
                block
                for number in "一二三四五六"
                for block in (Heading(1, f"{number}、把学习成果落到窗口上"), Paragraph(SAID * 4))
            ),
            Roll("出席", NAMES),
            Roll("请假", ("周敏",)),
            Roll("列席", ("何建国（云州市公安局机关党委组织科科长，指导换届选举工作）", "李明")),
        ),
        kind="minutes",
        sign="中共云州市公安局第一支部委员会纪要",
        issue=Issue("第3期", "陈卫东", "机关党委，各党小组", UNIT, "2026年11月21日"),
        version="第1版",
        check_code=CODE,
        address=ADDRESS,
    ),
    "sixty-names": Document(
        "中共云州市公安局第一支部党员大会会议记录",
        (*_head(Roll("出席", _people(60)), Roll("列席", NAMES[4:6])), Paragraph(SAID), SIGNATURES),
    ),
    "votes": Document(
        "关于讨论接收预备党员的表决结果",
        (
            Paragraph("应到有表决权的党员18名，实到16名，超过应到人数的半数，会议有效。"),
            Table(
                VOTE,
                tuple((str(n), name, "15", "0", "1", "通过") for n, name in enumerate(NAMES, 1)),
                (2, 4, 2, 2, 2, 3),
            ),
            Roll("监票", ("王海峰",)),
            Roll("计票", ("丁一", "张玥")),
            Signoff("中共云州市公安局第一支部委员会", "2026年11月20日"),
        ),
        kind="other",
    ),
    "long-table": Document(
        "2026年度学习情况表",
        (
            Paragraph(SAID),
            Table(
                ("序号", "日期", "内容", "学时"),
                tuple(
                    (
                        str(n),
                        f"{n % 12 + 1}月{n % 28 + 1}日",
                        "学习讲话，讨论窗口减负。" * (n % 4 + 1),
                        "2",
                    )
                    for n in range(1, 61)
                ),
                (1, 2, 6, 1),
            ),
            Paragraph("以上情况属实。"),
        ),
        kind="ledger",
    ),
    "attachments": Document(
        "关于召开党员大会的报告",
        (
            Paragraph(SAID * 2),
            AttachmentNote(
                (
                    "学习材料清单。",
                    "发言提纲（初稿），共收到三十二份，按发言先后排列，未署名的排在最后",
                )
            ),
            Signoff("中共云州市公安局第一支部", "2026年3月5日"),
            Attachment(
                1, "学习材料清单", (Paragraph(SAID * 3), Heading(1, "一、篇目"), Paragraph(SAID))
            ),
            Attachment(
                2,
                "关于学习贯彻全市公安机关基层减负工作会议精神的发言提纲",
                (Table(("姓名", "要点"), (("陈卫东", SAID), ("孙丽华", SAID)), (1, 4)),),
            ),
        ),
        kind="other",
    ),
    "digits": Document(
        "2026年第3季度学习情况通报", tuple(Paragraph(MIXED * n) for n in (1, 2, 3, 4)), kind="other"
    ),
    "marks": Document("", tuple(Paragraph(MARKS * n, indent=n % 2 == 0) for n in (3, 4, 5, 7))),
    "long-title": Document(
        "中共云州市公安局刑事侦查支队第一支部委员会关于学习贯彻全市公安机关基层减负工作会议精神和"
        "开展专项整治行动情况的报告",
        (Paragraph(SAID * 3), Signoff("支部委员会", "2026年11月20日", seal=True)),
        kind="other",
    ),
    "rare-names": Document(
        "支部党员大会会议记录",
        (
            Roll(
                "出席",
                ("吴䶮", "李㛃", "王𬱖", "赵𫖮", "张堃", "刘玥", "钱喆", "孙祎", "周昇", "郑镕"),
            ),
            Paragraph("介绍人赵𫖮说，李㛃同志……", lead="王𬱖："),
            SignatureLines((SignatureLine("记录人", "吴䶮"),)),
        ),
        kind="other",
    ),
    "notice": Document(
        "关于召开2026年第四季度党员大会的通知",
        (
            Paragraph("各党小组：", indent=False),
            Paragraph("定于2026年11月20日14:30在三号楼四层会议室召开党员大会。"),
            Heading(1, "一、议程"),
            *from_lines("（一）集中学习\n（二）讨论接收预备党员\n（三）通报党费收缴情况"),
            AttachmentNote(("签到表",)),
            Signoff("中共云州市公安局第一支部委员会", "2026年11月13日"),
            Attachment(
                0,
                "签到表",
                (
                    Meta("时间", "2026年11月20日14:30"),
                    Table(
                        ("序号", "姓名", "单位职务", "签名", "备注"),
                        tuple(
                            (str(n), name, "民警", "", "") for n, name in enumerate(_people(30), 1)
                        ),
                        (1, 2, 2, 2, 2),
                        11,
                    ),
                    Paragraph("不得代签。"),
                ),
            ),
        ),
        kind="notice",
    ),
    "notes": Document(
        "学习笔记",
        (
            Meta("姓名", "张玥"),
            Meta("日期", "2026年11月20日（集中学习）"),
            Heading(1, "一、摘录"),
            Paragraph("“减负不是减责任，减的是不该由基层担的那一份。”"),
            Heading(1, "二、体会"),
            *(Paragraph(SAID * n) for n in (1, 3, 2)),
        ),
        kind="notes",
    ),
    "hardly-any": Document("会议记录", (Meta("时间", ""), Roll("出席", ()), Paragraph("无。"))),
}


def drawn(name: str) -> list[Picture]:
    """The pages of a paper in sixteen greys."""
    found = pictures(pdf.render(PAPERS[name]), RESOLUTION)
    return [(width, height, bytes(v // _GREYS for v in grey)) for width, height, grey in found]


def kept(name: str, number: int) -> Picture:
    """Read a picture that `write` wrote."""
    data = (PICTURES / f"{name}-{number}.png").read_bytes()
    width, height = struct.unpack_from(">II", data, 16)
    at, packed = 33, b""
    while data[at + 4 : at + 8] != b"IEND":
        (size,) = struct.unpack_from(">I", data, at)
        packed += data[at + 8 : at + 8 + size]
        at += 12 + size
    raw, stride = zlib.decompress(packed), (width + 1) // 2 + 1
    rows = (raw[y * stride + 1 : (y + 1) * stride] for y in range(height))
    return (
        width,
        height,
        b"".join(bytes(v for b in row for v in (b >> 4, b & 15))[:width] for row in rows),
    )


def write() -> None:
    """Draw every paper into `pages/`: PNG, four bits a point."""
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    for name in PAPERS:
        for number, (width, height, grey) in enumerate(drawn(name), 1):
            rows = (grey[y * width : (y + 1) * width] + b"\0" * (width % 2) for y in range(height))
            raw = b"".join(
                b"\0" + bytes(a << 4 | b for a, b in zip(row[::2], row[1::2], strict=True))
                for row in rows
            )
            head = struct.pack(">IIBBBBB", width, height, 4, 0, 0, 0, 0)
            parts = ((b"IHDR", head), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
            data = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)
            (PICTURES / f"{name}-{number}.png").write_bytes(data)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


if __name__ == "__main__":
    write()
