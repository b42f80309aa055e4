"""Word files (.docx): paragraphs and tables in body order, as a reader of the paper sees them.

Deleted text, the second copy of text boxes, field codes and pinyin over characters are left out.
Automatic numbers, which stand in no text, are put back. Footnotes follow at the end.
"""

from collections.abc import Iterator

from lxml import etree

from studyapp.documents import packages
from studyapp.errors import Refused
from studyapp.speeches.readers.numbering import Numbers

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_ADVICE = packages.Advice(
    again="用 Word 或 WPS 打开，另存为 .docx 再上传。",
    smaller="只上传讲话正文，或者直接粘贴正文。",
    without="新建一个文档，只粘贴文字，或者直接粘贴正文。",
)
_PARTS = ("word/document.xml", "word/numbering.xml", "word/styles.xml", "word/footnotes.xml")
_SKIPPED = {f"{W}del", f"{W}moveFrom", f"{W}rt", f"{W}pPr", f"{W}rPr", f"{_MC}Fallback"}


def read(data: bytes) -> str:
    """Return the text. Refused for a file that is damaged, too large or hostile."""
    parts = packages.unpack(data, _PARTS.__contains__, _ADVICE)
    document, numbering, styles, footnotes = (
        packages.parse(parts[name], _ADVICE) if parts.get(name) else None for name in _PARTS
    )
    body = document.find(f"{W}body") if document is not None else None
    if body is None:
        raise Refused(f"文件打不开，可能损坏。{_ADVICE.again}")
    numbers = Numbers(numbering, styles)
    lines = [numbers.label(p) + text for p, text in _paragraphs(body)]
    return "\n".join([*lines, *_notes(footnotes)])


# --- the words -----------------------------------------------------------------------------------


def _paragraphs(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Yield each paragraph with its own text; those in text boxes come as their own."""
    for paragraph in root.iter(f"{W}p"):
        if not any(parent.tag in _SKIPPED for parent in paragraph.iterancestors()):
            yield paragraph, "".join(_words(paragraph))


def _words(element: etree._Element) -> Iterator[str]:
    for node in element:
        if node.tag in _SKIPPED or node.tag == f"{W}p":
            continue
        if node.tag == f"{W}t":
            yield node.text or ""
        elif node.tag == f"{W}tab":
            yield "\t"
        elif node.tag in {f"{W}br", f"{W}cr"}:
            yield "\n"
        elif node.tag == f"{W}noBreakHyphen":
            yield "-"
        else:
            yield from _words(node)


def _notes(root: etree._Element | None) -> list[str]:
    """Return the footnotes as ［1］ …; the separators Word keeps among them are no notes."""
    if root is None:
        return []
    notes = (note for note in root.findall(f"{W}footnote") if not note.get(f"{W}type"))
    texts = ("".join(text for _, text in _paragraphs(note)).strip() for note in notes)
    return [f"［{number}］{text}" for number, text in enumerate(filter(None, texts), 1)]
