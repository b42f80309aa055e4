"""Word files (.docx): paragraphs and tables in body order, as a reader of the paper sees them.

Deleted text, the second copy of text boxes, field codes and pinyin over characters are left out.
Automatic numbers, which stand in no text, are put back. Footnotes follow at the end.
"""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from lxml import etree

from studyapp.errors import Refused
from studyapp.speeches.readers.numbering import Numbers

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MOST_ENTRIES, _LARGEST_ENTRY, _LARGEST, _RATIO = 2_000, 50 * 2**20, 100 * 2**20, 200
_BROKEN = "文件打不开，可能损坏。用 Word 或 WPS 打开，另存为 .docx 再上传。"
_TOO_BIG = "文件解开后太大，不能读取。只上传讲话正文，或者直接粘贴正文。"
_SKIPPED = {f"{W}del", f"{W}moveFrom", f"{W}rt", f"{W}pPr", f"{W}rPr", f"{_MC}Fallback"}


def read(data: bytes) -> str:
    """Return the text; the limits hold before anything is unpacked."""
    _check_count(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check(archive)
            document = archive.read("word/document.xml")
            numbering = _optional(archive, "word/numbering.xml")
            styles = _optional(archive, "word/styles.xml")
            footnotes = _optional(archive, "word/footnotes.xml")
    except (
        zipfile.BadZipFile,
        KeyError,
        NotImplementedError,
        EOFError,
        zlib.error,
        OSError,
        ValueError,
    ) as error:
        raise Refused(_BROKEN) from error
    except RuntimeError as error:  # zipfile's way of asking for a password
        raise Refused("文件加了密码。去掉密码，另存为 .docx 再上传。") from error
    root = _parse(document)
    body = root.find(f"{W}body") if root is not None else None
    if body is None:
        raise Refused(_BROKEN)
    numbers = Numbers(_parse(numbering), _parse(styles))
    lines = [numbers.label(p) + text for p, text in _paragraphs(body)]
    return "\n".join([*lines, *_notes(_parse(footnotes))])


# --- the container -------------------------------------------------------------------------------


def _check_count(data: bytes) -> None:
    """Look at the directory's count first: listing 100,000 entries costs time already."""
    end = data.rfind(b"PK\x05\x06")
    if end < 0:
        raise Refused(_BROKEN)
    if int.from_bytes(data[end + 10 : end + 12], "little") > _MOST_ENTRIES:
        raise Refused(_TOO_BIG)


def _check(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    packed = max(1, sum(entry.compress_size for entry in entries))
    unpacked = sum(entry.file_size for entry in entries)
    if (
        len(entries) > _MOST_ENTRIES
        or unpacked > _LARGEST
        or unpacked / packed > _RATIO
        or any(entry.file_size > _LARGEST_ENTRY for entry in entries)
    ):
        raise Refused(_TOO_BIG)
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names) or any(map(_leads_outside, entries)):
        raise Refused(_BROKEN)
    lower = [name.lower() for name in names]
    if any(name.endswith("vbaproject.bin") for name in lower):
        raise Refused("文件带有宏，不能上传。另存为不带宏的 .docx，或者直接粘贴正文。")
    if any("/embeddings/" in name and "ole" in name for name in lower):
        raise Refused("文件里嵌有别的程序对象，不能上传。删掉它们再上传，或者直接粘贴正文。")
    if "[Content_Types].xml" not in names:
        raise Refused(_BROKEN)
    links = _optional(archive, "word/_rels/settings.xml.rels")
    if b"attachedTemplate" in links and b"External" in links:
        raise Refused("文件引用了外部模板，不能上传。新建一个文档复制正文，或者直接粘贴正文。")


def _leads_outside(entry: zipfile.ZipInfo) -> bool:
    parts = re.split(r"[/\\]", entry.filename)
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    return is_link or ".." in parts or entry.filename.startswith(("/", "\\")) or ":" in parts[0]


def _optional(archive: zipfile.ZipFile, name: str) -> bytes:
    return archive.read(name) if name in archive.namelist() else b""


def _parse(data: bytes) -> etree._Element | None:
    """Parse one part. A DOCTYPE never stands in a Word file: it is an attack."""
    if not data:
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Refused(_BROKEN) from error
    info: Any = root.getroottree().docinfo
    if info.doctype:
        raise Refused(_BROKEN)
    return root


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
