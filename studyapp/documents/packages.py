"""Office files are zips of XML parts (.docx, .xlsx): unpacked within limits, hostile ones refused.

Whoever reads a part reads what came out of here, never the file itself: two readers of one zip
may see two things. Run in a child process (``documents.in_child``).
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from studyapp.documents import magic
from studyapp.errors import Refused

_MOST_PARTS, _LARGEST_PART, _LARGEST, _RATIO = 2_000, 50 * 2**20, 100 * 2**20, 200
_LARGEST_DIRECTORY = 2**20  # bytes
_END, _ZIP64 = b"PK\x05\x06", b"PK\x06\x06"
_ZIP64_LOCATOR, _ZIP64_LOCATOR_SIZE = b"PK\x06\x07", 20
# Number of parts, length and start of the directory; then the length of the comment.
_END_RECORD, _ZIP64_RECORD = struct.Struct("<10xHIIH"), struct.Struct("<32x3Q")
_PDF_WITHIN = 1024
_LOCKED = 0x1
_TYPES = "[content_types].xml"
# The last word of a relationship's type, in lower case.
_MACROS = {"vbaproject", "xlmacrosheet", "xlintlmacrosheet"}
_OBJECTS = {"oleobject", "control", "activexcontrolbinary"}
_OUTSIDE = {"externallink", "connections", "attachedtemplate"}


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do instead: ends of sentences, for this kind of file."""

    again: str
    smaller: str
    without: str


def unpack(data: bytes, wanted: Callable[[str], bool], advice: Advice) -> dict[str, bytes]:
    """Return the parts that are wanted, by name; the limits hold before anything is unpacked.

    Refused for a file that is damaged, locked, too large, that carries macros, objects of other
    programs or links to other files, or that no honest program writes.
    """
    _check_ends(data, advice)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_sizes(entries, advice)
            _check_names(entries, advice)
            entries = [entry for entry in entries if not entry.is_dir()]
            for entry in entries:
                _check_content(archive, entry, advice)
            return {
                entry.filename: _content(archive, entry)
                for entry in entries
                if wanted(entry.filename)
            }
    except (
        zipfile.BadZipFile,
        KeyError,
        NotImplementedError,
        EOFError,
        zlib.error,
        OSError,
        ValueError,
    ) as error:
        raise _broken(advice) from error


def parse(data: bytes, advice: Advice) -> etree._Element:
    """Parse one part. A DOCTYPE never stands in an Office file: it is an attack."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _broken(advice) from error
    info: Any = root.getroottree().docinfo
    if info.doctype:
        raise _broken(advice)
    return root


def _broken(advice: Advice) -> Refused:
    return Refused(f"文件打不开，可能损坏。{advice.again}")


def _too_big(advice: Advice) -> Refused:
    return Refused(f"文件解开后太大，不能读取。{advice.smaller}")


def _macro(advice: Advice) -> Refused:
    return Refused(f"文件带有宏，不能上传。{advice.without}")


def _check_ends(data: bytes, advice: Advice) -> None:
    """Look at the end record first: listing 100,000 entries costs time and memory already.

    Nothing stands before the first part, between the directory and the end, or behind it: that
    would be another file in the same bytes. Programs that write without knowing the size add an
    end after zip64, which goes before the other one for whoever knows it.
    """
    end = data.rfind(_END)
    if not data.startswith(magic.ZIP) or not 0 <= end <= len(data) - _END_RECORD.size:
        raise _broken(advice)
    parts, length, start, comment = _END_RECORD.unpack_from(data, end)
    behind = end + _END_RECORD.size + comment
    if data.startswith(_ZIP64_LOCATOR, max(0, end - _ZIP64_LOCATOR_SIZE)):
        end -= _ZIP64_LOCATOR_SIZE + _ZIP64_RECORD.size
        if end < 0 or not data.startswith(_ZIP64, end):
            raise _broken(advice)
        parts, length, start = _ZIP64_RECORD.unpack_from(data, end)
    if parts > _MOST_PARTS or length > _LARGEST_DIRECTORY:
        raise _too_big(advice)
    if start + length != end or behind != len(data) or magic.PDF in data[:_PDF_WITHIN]:
        raise _broken(advice)


def _check_sizes(entries: list[zipfile.ZipInfo], advice: Advice) -> None:
    """Judge by what the directory says; more than that is never unpacked."""
    packed = max(1, sum(entry.compress_size for entry in entries))
    unpacked = sum(entry.file_size for entry in entries)
    if (
        len(entries) > _MOST_PARTS
        or unpacked > _LARGEST
        or unpacked / packed > _RATIO
        or any(entry.file_size > _LARGEST_PART for entry in entries)
    ):
        raise _too_big(advice)


def _check_names(entries: list[zipfile.ZipInfo], advice: Advice) -> None:
    names = [entry.filename.lower() for entry in entries]
    if any(entry.flag_bits & _LOCKED for entry in entries):
        raise Refused(f"文件加了密码。去掉密码，{advice.again}")
    if len(set(names)) != len(names) or _TYPES not in names or any(map(_is_odd, entries)):
        raise _broken(advice)
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        raise _macro(advice)
    if any("/activex/" in name or ("/embeddings/" in name and "ole" in name) for name in names):
        raise _object(advice)
    if any("/externallinks/" in name for name in names):
        raise _outside(advice)


def _object(advice: Advice) -> Refused:
    return Refused(f"文件里嵌有别的程序对象，不能上传。{advice.without}")


def _outside(advice: Advice) -> Refused:
    return Refused(f"文件引用了外面的文件，不能上传。{advice.without}")


def _is_odd(entry: zipfile.ZipInfo) -> bool:
    """Tell whether a part leads outside, is a link, or is packed as no Office program does."""
    parts = re.split(r"[/\\]", entry.filename)
    return (
        stat.S_ISLNK(entry.external_attr >> 16)
        or ".." in parts
        or entry.filename.startswith(("/", "\\"))
        or ":" in parts[0]
        or entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
    )


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Unpack one part. Asked for all there is, the library first unpacks it, then counts."""
    with archive.open(entry) as part:
        return part.read(entry.file_size + 1)


def _check_content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, advice: Advice) -> None:
    """Look into the parts that say what the others are."""
    name = entry.filename.lower()
    if name.endswith(".rels"):
        _check_links(_content(archive, entry), advice)
    if name == _TYPES and b"macroenabled" in _content(archive, entry).lower():
        raise _macro(advice)


def _check_links(rels: bytes, advice: Advice) -> None:
    """Look at what the parts are to each other: an address in the text is all that may be outside.

    Names of parts are free; what a program does with one is told by its relationship.
    """
    for link in parse(rels, advice).iter():
        kind = str(link.get("Type", "")).rpartition("/")[2].lower()
        is_outside = str(link.get("TargetMode", "")).lower() == "external"
        if kind in _MACROS:
            raise _macro(advice)
        if kind in _OBJECTS:
            raise _object(advice)
        if kind in _OUTSIDE or (is_outside and kind != "hyperlink"):
            raise _outside(advice)
