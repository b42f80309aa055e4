"""The small parts of a .docx: runs, paragraphs, fields, links, pictures, and the file round them.

Lengths are twips (1/20 point) unless a name says otherwise. Children of ``w:pPr`` are kept in
the order of the schema: Word refuses files where it is broken.
"""

import io
import math
import re
import zipfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from studyapp.text.cleaning import visible

_FIRST = "[Content_Types].xml"
_PROPERTIES = (
    "pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "numPr", "ind", "sectPr",
)  # fmt: skip
# The same paper gives the same file.
_MOMENT = (1980, 1, 1, 0, 0, 0)
_FIRST_HAN = "\u3400"
_EMU = 36000  # a millimetre


def packed(data: bytes) -> bytes:
    """The same file with fixed times and an order of its own, so that equal papers are equal."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in sorted(source.namelist(), key=lambda name: (name != _FIRST, name)):
            target.writestr(zip_entry(name), source.read(name))
    return out.getvalue()


def zip_entry(name: str) -> zipfile.ZipInfo:
    """The entry of a file in a zip, without the time at which it was made."""
    entry = zipfile.ZipInfo(name, _MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def element(tag: str, **attributes: object) -> Any:
    """``<w:tag w:name="value">``."""
    return _element(f"w:{tag}", {f"w:{name}": value for name, value in attributes.items()})


def _element(tag: str, attributes: Mapping[str, object] | None = None, *inner: Any) -> Any:
    made = OxmlElement(tag)
    for name, value in (attributes or {}).items():
        made.set(qn(name) if ":" in name else name, str(value))
    made.extend(inner)
    return made


def paragraph(parent: Any, style: str = "", **properties: Any) -> Any:
    """Append a paragraph; each property is an element, True, or a plain value for ``w:val``."""
    line = element("p")
    parts = dict(properties)
    if style:
        parts["pStyle"] = style
    if unknown := parts.keys() - set(_PROPERTIES):
        raise ValueError(f"unknown properties: {unknown}")
    wanted = [name for name in _PROPERTIES if parts.get(name) is not None]
    if wanted:
        inner = element("pPr")
        inner.extend([_property(name, parts[name]) for name in wanted])
        line.append(inner)
    parent.append(line)
    return line


def _property(name: str, value: Any) -> Any:
    if value is True:
        return element(name)
    return element(name, val=value) if isinstance(value, str) else value


def numbered(level: int) -> Any:
    """The level of a paragraph in the list that its style belongs to."""
    return _element("w:numPr", None, element("ilvl", val=level), element("numId", val=1))


def text(line: Any, words: str, style: str = "", *, charset: str = "gb2312") -> None:
    """Append words in runs of a character style.

    Characters outside ``charset``, which the office's faces lack, stand in runs of their own, in
    the style that names a face for them.
    """
    for common, piece in groupby(visible(words), lambda character: _held(character, charset)):
        line.append(_run("".join(piece), style if common else "Rare"))


def is_common(words: str, charset: str) -> bool:
    """Whether the office's faces have every character."""
    return all(_held(character, charset) for character in words)


def _held(character: str, charset: str) -> bool:
    # Marks that every face draws are not worth a run of their own.
    return character < _FIRST_HAN or _encodes(character, charset)


@lru_cache(maxsize=8192)
def _encodes(character: str, charset: str) -> bool:
    try:
        character.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _run(words: str, style: str = "") -> Any:
    run = _styled(style)
    for part in re.split(r"([\t\n])", words):
        if part == "\t":
            run.append(element("tab"))
        elif part == "\n":
            run.append(element("br"))
        elif part:
            run.append(_words("t", part))
    return run


def _styled(style: str) -> Any:
    run, looks = element("r"), element("rPr")
    if style:
        looks.append(element("rStyle", val=style))
    # The hint draws “ ” … — full-width, as in the middle of Chinese.
    looks.append(element("rFonts", hint="eastAsia"))
    run.append(looks)
    return run


def _words(tag: str, words: str) -> Any:
    made = element(tag)
    made.text = words
    made.set(qn("xml:space"), "preserve")
    return made


def field(line: Any, code: str, result: str = "1") -> None:
    """Append a field that the word processor fills in (PAGE, NUMPAGES); until then ``result``."""
    open_field(line, code)
    text(line, result)
    close_field(line)


def open_field(line: Any, code: str) -> None:
    """Begin a field whose result follows, over several paragraphs if need be."""
    for part in (
        element("fldChar", fldCharType="begin"),
        _words("instrText", f" {code} "),
        element("fldChar", fldCharType="separate"),
    ):
        run = element("r")
        run.append(part)
        line.append(run)


def close_field(line: Any) -> None:
    """End the field that was opened last."""
    run = element("r")
    run.append(element("fldChar", fldCharType="end"))
    line.append(run)


def bookmark_name(number: int) -> str:
    """The name of a place that a 目录 points at; Word knows its own by this form."""
    return f"_Toc{number:08d}"


def bookmark(parent: Any, number: int) -> None:
    """Append a place to point at: where the next paragraph begins."""
    parent.append(element("bookmarkStart", id=number, name=bookmark_name(number)))
    parent.append(element("bookmarkEnd", id=number))


def link(line: Any, name: str) -> Any:
    """Append a link to a bookmark; runs go into what is returned."""
    made = element("hyperlink", anchor=name, history=1)
    line.append(made)
    return made


def picture(
    line: Any, part: str, words: str, *, number: int, side: float, top: float, align: str
) -> None:
    """Append a square picture that takes no room; ``part`` is its relationship.

    ``side`` and ``top`` are millimetres, ``top`` from the edge of the sheet; ``words`` stand for
    it where it cannot be seen. ``align`` is its place in the width of the text.
    """
    size = {"cx": round(side * _EMU), "cy": round(side * _EMU)}
    shown = {"id": number, "name": f"二维码 {number}", "descr": visible(words)}
    across = _element("wp:align")
    across.text = align
    down = _element("wp:posOffset")
    down.text = str(round(top * _EMU))
    graphic = _element(
        "pic:pic",
        None,
        _element("pic:nvPicPr", None, _element("pic:cNvPr", shown), _element("pic:cNvPicPr")),
        _element(
            "pic:blipFill",
            None,
            _element("a:blip", {"r:embed": part}),
            _element("a:stretch", None, _element("a:fillRect")),
        ),
        _element(
            "pic:spPr",
            None,
            _element("a:xfrm", None, _element("a:off", {"x": 0, "y": 0}), _element("a:ext", size)),
            _element("a:prstGeom", {"prst": "rect"}, _element("a:avLst")),
        ),
    )
    uri = "http://schemas.openxmlformats.org/drawingml/2006/picture"
    place = {
        "distT": 0, "distB": 0, "distL": 0, "distR": 0, "simplePos": 0, "relativeHeight": 1,
        "behindDoc": 0, "locked": 0, "layoutInCell": 0, "allowOverlap": 1,
    }  # fmt: skip
    anchor = _element(
        "wp:anchor",
        place,
        _element("wp:simplePos", {"x": 0, "y": 0}),
        _element("wp:positionH", {"relativeFrom": "margin"}, across),
        _element("wp:positionV", {"relativeFrom": "page"}, down),
        _element("wp:extent", size),
        _element("wp:effectExtent", {"l": 0, "t": 0, "r": 0, "b": 0}),
        _element("wp:wrapNone"),
        _element("wp:docPr", shown),
        _element("wp:cNvGraphicFramePr"),
        _element("a:graphic", None, _element("a:graphicData", {"uri": uri}, graphic)),
    )
    run = _styled("")
    run.append(_element("w:drawing", None, anchor))
    line.append(run)


def indent(char: float, *, left: float = 0, hanging: float = 0) -> Any:
    """An indent of so many characters in twips: programs differ in what a character is."""
    counts = {"left": left, "hanging": hanging}
    found = {name: round(max(count, 0) * char) for name, count in counts.items()}
    return element("ind", **{name: length for name, length in found.items() if length})


def lines_of_names(names: tuple[str, ...], width: float) -> Iterator[str]:
    """Names as lines of at most ``width`` characters, no name cut, one character between them.

    A word processor would break inside a padded name (张　三). One with post and purpose may be
    longer than a line: what follows it stands in its last one.
    """
    line = ""
    for name in names:
        longer = f"{line}\u3000{name}" if line else name
        if line and _last_row(line, width) + 1 + width_of(name) > width:
            yield line
            longer = name
        line = longer
    if line:
        yield line


def _last_row(words: str, width: float) -> float:
    """Width of what stands in the last row; each full one may lack a character before a mark."""
    rows = max(math.ceil(width_of(words) / width) - 1, 0)
    return width_of(words) - rows * (width - 1)


def width_of(words: str) -> float:
    """Width in Han characters; Latin letters and figures count half."""
    return sum(0.5 if character.isascii() else 1 for character in words)
