"""What a paper says, apart from any format: a tree of blocks that every writer renders alike.

Texts are plain: no markup is read from them, and the writers escape what their format needs.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from studyapp.text.cjk import pad_name
from studyapp.text.cleaning import visible

Level = Literal[1, 2, 3, 4]
Kind = Literal["record", "minutes", "notice", "sign-in", "notes", "ledger", "handbook", "other"]


@dataclass(frozen=True, slots=True)
class Heading:
    """一、 /（一）/ 1. /（1）: levels 1 to 4, number included in the text.

    ``rest`` is text that runs on in the same line after the heading's own sentence.
    """

    level: Level
    text: str
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text. ``lead`` stands in 黑体 at its start: a speaker's name with its colon."""

    text: str
    indent: bool = True
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Meta:
    """«时间：2026年…»: the label without its colon, in 黑体, the value hanging beside it."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Roll:
    """«出席：» and names; wrapped lines align with the first name (GB/T 9704-2012, 10.3)."""

    label: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table. ``widths`` are parts of the whole, one for each column; equal when empty.

    ``row_height`` in millimetres is the least height of a body row: room to sign by hand.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...] = ()
    row_height: float = 0

    def __post_init__(self) -> None:
        """A ragged table is a fault of the caller, never of the person's input."""
        columns = len(self.head)
        if not columns or any(len(row) != columns for row in self.rows):
            raise ValueError("every row needs as many cells as the head")
        if self.widths and (len(self.widths) != columns or min(self.widths) <= 0):
            raise ValueError("one positive width for each column")

    def shares(self) -> tuple[float, ...]:
        """Each column's part of the width; they add up to 1."""
        widths = self.widths or (1,) * len(self.head)
        return tuple(width / sum(widths) for width in widths)


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """A line to sign by hand: 主持人：张三　签字：______　　年　月　日."""

    label: str
    name: str = ""
    date_label: str = "年\u3000\u3000月\u3000\u3000日"


@dataclass(frozen=True, slots=True)
class SignatureLines:
    """Lines for hand signatures, kept together on one page."""

    lines: tuple[SignatureLine, ...]


@dataclass(frozen=True, slots=True)
class Signoff:
    """Issuer's name and date after one blank line (GB/T 9704-2012, 7.3.5).

    ``seal`` leaves room for a seal: the date 4 characters from the right, the name centred over
    it. Without one the name stands 2 characters from the right and the date starts 2 characters
    to the right of the name's first.
    """

    name: str
    date: str
    seal: bool = False


@dataclass(frozen=True, slots=True)
class AttachmentNote:
    """«附件：1. …» after the body, numbered when there is more than one."""

    items: tuple[str, ...]

    def labelled(self) -> tuple[tuple[str, str], ...]:
        """Number and name of each, without closing punctuation."""
        names = [item.rstrip("。；;，,、.") for item in self.items]
        if len(names) == 1:
            return (("", names[0]),)
        return tuple((f"{number}. ", name) for number, name in enumerate(names, 1))


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows starts on a new page."""


Simple = (
    Heading
    | Paragraph
    | Meta
    | Roll
    | Table
    | SignatureLines
    | Signoff
    | AttachmentNote
    | PageBreak
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attachment on a page of its own: «附件1» on line 1, the title on line 3.

    ``number`` 0 is an only attachment, which carries no number.
    """

    number: int
    title: str
    blocks: tuple[Simple, ...] = ()

    @property
    def label(self) -> str:
        """附件1, or 附件."""
        return f"附件{self.number or ''}"


Block = Simple | Attachment


@dataclass(frozen=True, slots=True)
class Issue:
    """What an issued 纪要 carries round its text.

    ``number`` (第3期) and ``signer`` (签发人) stand under the red sign, ``distribution``
    (分送范围), ``issuer`` and ``date`` between thin rules at the foot of the last page.
    """

    number: str = ""
    signer: str = ""
    distribution: str = ""
    issuer: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One paper.

    ``sign`` is the red sign of a 纪要 («×××纪要»), ``mark`` a word in the head margin of every
    page (草稿), ``version`` and ``check_code`` stand small in the foot margin opposite the page
    number, ``page_count`` adds 共×页 there. ``address`` is where the paper can be checked: a QR
    code on the last page. ``moment`` is when its words were settled, for the file's properties:
    the same paper gives the same file. A title may hold line breaks of its own.
    """

    title: str
    blocks: tuple[Block, ...]
    language: str = "zh-CN"
    kind: Kind = "record"
    sign: str = ""
    issue: Issue = field(default_factory=Issue)
    mark: str = ""
    version: str = ""
    check_code: str = ""
    address: str = ""
    moment: datetime | None = None
    page_count: bool | None = None

    @property
    def counts_pages(self) -> bool:
        """Whether 共×页 is printed: by default on a record only."""
        return self.kind == "record" if self.page_count is None else self.page_count


UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
"""The moment of a file that has none: formats ask for one, and equal papers give equal files."""


def padded_names(roll: Roll) -> tuple[str, ...]:
    """The names as printed: empty ones left out, two-character ones padded."""
    return tuple(pad_name(name.strip()) for name in roll.names if name.strip())


def opens_roll(before: Block | None, block: Block) -> bool:
    """Whether a blank line parts a roll from the text before it (GB/T 9704-2012, 10.3)."""
    return isinstance(block, Roll) and isinstance(before, Paragraph | Heading)


def lines_kept(block: Block) -> int:
    """How many lines of a page a block takes that must not stand alone on it; 0 for others.

    Signatures, and issuer with date, keep the last line before them on their page: a page that
    carries nothing else could belong to any paper (GB/T 9704-2012, 7.3.5.4).
    """
    match block:
        case SignatureLines(lines):
            return 2 * len(lines)
        case Signoff():
            return 3
        case _:
            return 0


def keeps_next(block: Block, after: Sequence[Block]) -> bool:
    """Whether the end of a block, and of a list of attachments, stays with what comes ``after``.

    Signatures keep what is before them; the sentence under a table keeps its last row.
    """
    match block, *after[:2]:
        case Table(), Paragraph(), signed:
            return lines_kept(signed) > 0
        case _, AttachmentNote(), *_:
            return True
        case _, follows, *_:
            return lines_kept(follows) > 0
        case _:
            return False


def fold(text: str) -> str:
    """Text for comparing formats: cleaned, without any white space."""
    return "".join(visible(text).split())


def plain_text(document: Document) -> str:
    """Every word of the paper in reading order, one line for each line of the paper.

    Not in it: page numbers, mark, version and check code, which stand in the margins.
    """
    issue = document.issue
    signer = f"签发人：{issue.signer}" if issue.signer else ""
    # Number and signer stand under the red sign; a paper without one has no line for them.
    lines = [document.sign, issue.number, signer] if document.sign else []
    lines.append(document.title)
    for block in document.blocks:
        lines += _lines(block)
    if issue.distribution:
        lines.append(f"分送：{issue.distribution}")
    if issue.issuer or issue.date:
        lines.append(issue.issuer + "\u3000" + (f"{issue.date}印发" if issue.date else ""))
    return "\n".join(visible(line) for line in lines if line.strip()) + "\n"


def passages(document: Document) -> Iterator[tuple[str, str]]:
    """Every text of the paper with where a person finds it: a label, a speaker, the first words."""
    issue = document.issue
    yield "标题", document.sign + document.title
    for block in document.blocks:
        yield from _passages(block)
    yield "版记", issue.number + issue.signer + issue.distribution + issue.issuer + issue.date
    yield "页边", document.mark + document.version


def _passages(block: Block) -> Iterator[tuple[str, str]]:
    match block:
        case Roll(label, names):
            yield from ((f"{label}人员“{name}”", label + name) for name in names)
        case Meta(label, value):
            yield f"“{label}”", label + value
        case SignatureLines(lines):
            yield from ((f"“{line.label}”", line.label + line.name) for line in lines)
        case Attachment(_, title, blocks):
            yield f"“{block.label}”", title
            for inner in blocks:
                yield from _passages(inner)
        case Paragraph(text, _, lead) if lead:
            yield f"“{lead.rstrip('：')}”这一段", lead + text
        case _:
            for line in _lines(block):
                yield f"“{line[:_SHOWN]}”这一段", line


def _lines(block: Block) -> list[str]:
    match block:
        case Heading():
            return [block.text + block.rest]
        case Paragraph():
            return [block.lead + block.text]
        case Meta():
            return [f"{block.label}：{block.value}"]
        case Roll():
            return [f"{block.label}：" + "\u3000".join(padded_names(block))]
        case Table():
            return ["\t".join(row) for row in (block.head, *block.rows)]
        case SignatureLines():
            return [
                f"{line.label}：{line.name}\u3000签字：\u3000{line.date_label}"
                for line in block.lines
            ]
        case Signoff():
            return [block.name, block.date]
        case AttachmentNote():
            return ["附件：" * (i == 0) + "".join(item) for i, item in enumerate(block.labelled())]
        case Attachment():
            return [
                block.label,
                block.title,
                *(ln for inner in block.blocks for ln in _lines(inner)),
            ]
        case PageBreak():
            return []


_NUMERAL = "一二三四五六七八九十百"
# «二、三产业» and «一、二班» are enumerations in a sentence, not headings.
_LEVELS: tuple[tuple[Level, re.Pattern[str]], ...] = (
    (1, re.compile(rf"[{_NUMERAL}]+、(?![{_NUMERAL}]+(?:[、产次届线班组]|季度))")),
    (2, re.compile(rf"[（(][{_NUMERAL}]+[）)]")),
    (3, re.compile(r"\d{1,2}(?:[.．](?!\d)|、)")),
    (4, re.compile(r"[（(]\d{1,2}[）)]")),
)
_SHOWN = 10  # characters by which a passage is known
_LONGEST_HEADING = 40  # characters; a longer first sentence is running text
_DASH = re.compile(r"[-–—•·*]\s+|-(?=\S)")


def from_lines(text: str) -> list[Block]:
    """Blocks of what a person typed: a line starting 一、/（一）/1./（1）gets its level.

    A dash makes an item of a list. Everything else is a paragraph; empty lines are left out.
    """
    return [_from_line(line) for line in map(str.strip, visible(text).split("\n")) if line]


def _from_line(line: str) -> Block:
    for level, pattern in _LEVELS:
        if pattern.match(line):
            return _heading(level, line)
    dash = _DASH.match(line)
    if dash and line[dash.end() :]:
        return Paragraph(f"— {line[dash.end() :]}")
    return Paragraph(line)


def _heading(level: Level, line: str) -> Block:
    """A heading, with what follows its first sentence as ``rest``."""
    end = re.search(r"[。！？]", line)
    cut = end.end() if end else len(line)
    if cut > _LONGEST_HEADING and level <= 2:
        return Paragraph(line)
    if level > 2:
        return Heading(level, line) if not end or cut == len(line) else Paragraph(line)
    return Heading(level, line[:cut], line[cut:].lstrip())
