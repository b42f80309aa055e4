"""Word files (.docx): paragraphs and tables in body order, deleted text left out."""

import io
import zipfile

from lxml import etree

from studyapp.errors import Refused
from studyapp.text.cjk import chinese_number

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MOST_ENTRIES, _LARGEST_ENTRY, _LARGEST, _RATIO = 2_000, 50 * 2**20, 100 * 2**20, 200
_BROKEN = "文件打不开，可能损坏或加了密码。用 Word 或 WPS 打开，另存为 .docx 再上传。"


def read(data: bytes) -> str:
    """Return the text; limits hold before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check(archive)
            document = archive.read("word/document.xml")
            numbering = (
                archive.read("word/numbering.xml")
                if ("word/numbering.xml" in archive.namelist())
                else b""
            )
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, EOFError) as error:
        raise Refused(_BROKEN) from error
    body = _parse(document).find(f"{_W}body")
    if body is None:
        raise Refused(_BROKEN)
    counter = _Numbers(numbering)
    return "\n".join(_paragraph(p, counter) for p in body.iter(f"{_W}p") if not _inside_box(p))


def _check(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if (
        len(entries) > _MOST_ENTRIES
        or unpacked > _LARGEST
        or unpacked / packed > _RATIO
        or any(entry.file_size > _LARGEST_ENTRY for entry in entries)
    ):
        raise Refused("文件解开后太大，不能读取。只上传讲话正文，或者直接粘贴。")
    if any(entry.filename.lower().endswith("vbaproject.bin") for entry in entries):
        raise Refused("文件带有宏，不能上传。另存为不带宏的 .docx。")


def _parse(data: bytes) -> etree._Element:
    if b"<!DOCTYPE" in data[:2000] or b"<!ENTITY" in data:
        raise Refused(_BROKEN)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Refused(_BROKEN) from error


def _inside_box(paragraph: etree._Element) -> bool:
    """Text boxes come twice (drawing and fallback); the second copy is left out."""
    return any("Fallback" in str(parent.tag) for parent in paragraph.iterancestors())


def _paragraph(paragraph: etree._Element, counter: "_Numbers") -> str:
    pieces = [counter.label(paragraph)]
    for node in paragraph.iter():
        if any(parent.tag in {f"{_W}del", f"{_W}moveFrom"} for parent in node.iterancestors()):
            continue
        if node.tag == f"{_W}t":
            pieces.append(node.text or "")
        elif node.tag == f"{_W}tab":
            parent = node.getparent()
            pieces.append("\t" if parent is not None and parent.tag == f"{_W}r" else "")
        elif node.tag in {f"{_W}br", f"{_W}cr"}:
            pieces.append("\n")
    return "".join(pieces)


class _Numbers:
    """Automatic numbers, which stand in no text: 一、 and 1. would be lost without them."""

    def __init__(self, data: bytes) -> None:
        self.formats: dict[tuple[str, str], tuple[str, str]] = {}
        self.counts: dict[tuple[str, str], int] = {}
        if not data:
            return
        root = _parse(data)
        abstract = {a.get(f"{_W}abstractNumId"): a for a in root.findall(f"{_W}abstractNum")}
        for number in root.findall(f"{_W}num"):
            link = number.find(f"{_W}abstractNumId")
            found = abstract.get(link.get(f"{_W}val")) if link is not None else None
            for level in found.findall(f"{_W}lvl") if found is not None else ():
                style, text = level.find(f"{_W}numFmt"), level.find(f"{_W}lvlText")
                if style is not None and text is not None:
                    self.formats[str(number.get(f"{_W}numId")), str(level.get(f"{_W}ilvl"))] = (
                        str(style.get(f"{_W}val")),
                        str(text.get(f"{_W}val")),
                    )

    def label(self, paragraph: etree._Element) -> str:
        """Return the automatic number of this paragraph, or nothing."""
        link = paragraph.find(f"{_W}pPr/{_W}numPr")
        if link is None:
            return ""
        number, level = link.find(f"{_W}numId"), link.find(f"{_W}ilvl")
        key = (
            str(number.get(f"{_W}val")) if number is not None else "",
            str(level.get(f"{_W}val")) if level is not None else "0",
        )
        if key not in self.formats:
            return ""
        style, text = self.formats[key]
        self.counts[key] = self.counts.get(key, 0) + 1
        count = self.counts[key]
        if style in {"bullet", "none"}:
            return ""
        word = (
            chinese_number(count)
            if "hinese" in style or style.startswith("japanese")
            else str(count)
        )
        return text.replace(f"%{int(key[1]) + 1}", word)
