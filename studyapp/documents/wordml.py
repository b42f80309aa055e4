"""The small parts of a .docx: runs, paragraphs, fields, borders, and the file round them.

Lengths are twips (1/20 point) unless a name says otherwise. Children of ``w:pPr`` are kept in
the order of the schema: Word refuses files where it is broken.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from studyapp.text.cleaning import visible

FANG, KAI, HEI, SONG, BIAO = "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体", "方正小标宋简体"
# The GB 2312 faces lack rare characters of names; 宋体 and what stands in for it have them.
RARE = SONG
RED = "C1121C"
PITCH = 579  # 28.95 points: 22 lines in 225 mm; exactly 29 points give 21
CHAR = 316  # 156 mm / 28 characters

_TEMPLATE = Path(__file__).parent / "templates" / "docx"
_FIRST = "[Content_Types].xml"
_PROPERTIES = (
    "pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "pBdr",
    "tabs", "snapToGrid", "spacing", "ind", "jc", "outlineLvl",
)  # fmt: skip
# The same paper gives the same file.
_MOMENT = (1980, 1, 1, 0, 0, 0)
_FIRST_HAN = "\u3400"


@lru_cache(maxsize=1)
def template() -> bytes:
    """The empty paper: page, grid, styles and faces, without any text."""
    out = io.BytesIO()
    paths = sorted(path for path in _TEMPLATE.rglob("*") if path.is_file())
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.writestr(path.relative_to(_TEMPLATE).as_posix(), path.read_bytes())
    return out.getvalue()


def packed(data: bytes) -> bytes:
    """The same file with fixed times and an order of its own, so that equal papers are equal."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in sorted(source.namelist(), key=lambda name: (name != _FIRST, name)):
            target.writestr(_entry(name), source.read(name))
    return out.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def element(tag: str, **attributes: object) -> Any:
    """``<w:tag w:name="value">``."""
    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), str(value))
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
    return element(name, val=value) if isinstance(value, str | int) else value


def text(line: Any, words: str, face: str = "", size: float = 0, color: str = "") -> None:
    """Append words in runs; ``face`` and ``size`` (points) only where they are not the style's.

    Characters that the GB 2312 faces lack stand in runs of their own, in a face that has them.
    """
    for common, piece in groupby(visible(words), _is_common):
        line.append(_run("".join(piece), face if common else RARE, size, color))


def _is_common(character: str) -> bool:
    # Marks that every face draws are not worth a run of their own.
    return character < _FIRST_HAN or _in_gb2312(character)


@lru_cache(maxsize=4096)
def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _run(words: str, face: str, size: float, color: str) -> Any:
    run = element("r")
    looks = element("rPr")
    names = {"ascii": face, "hAnsi": face, "eastAsia": face, "cs": face} if face else {}
    # The hint draws “ ” … — full-width, as in the middle of Chinese.
    looks.append(element("rFonts", hint="eastAsia", **names))
    if color:
        looks.append(element("color", val=color))
    if size:
        looks.append(element("sz", val=round(size * 2)))
        looks.append(element("szCs", val=round(size * 2)))
    run.append(looks)
    for part in re.split(r"([\t\n])", words):
        if part == "\t":
            run.append(element("tab"))
        elif part == "\n":
            run.append(element("br"))
        elif part:
            run.append(_words(part))
    return run


def _words(words: str) -> Any:
    made = element("t")
    made.text = words
    made.set(qn("xml:space"), "preserve")
    return made


def field(line: Any, name: str) -> None:
    """Append a field that the word processor fills in: PAGE, NUMPAGES."""
    code = element("instrText")
    code.text = f" {name} "
    code.set(qn("xml:space"), "preserve")
    parts = (
        element("fldChar", fldCharType="begin"),
        code,
        element("fldChar", fldCharType="separate"),
        _words("1"),
        element("fldChar", fldCharType="end"),
    )
    for part in parts:
        run = element("r")
        run.append(part)
        line.append(run)


def indent(*, first: float = 0, left: float = 0, hanging: float = 0) -> Any:
    """An indent in characters; the twips beside it are for programs that know no characters."""
    values: dict[str, int] = {}
    for name, count in (("left", left), ("firstLine", first), ("hanging", hanging)):
        if count:
            values[f"{name}Chars"] = round(count * 100)
            values[name] = round(count * CHAR)
    return element("ind", **values)


def indent_exactly(twips: float) -> Any:
    """A left indent that no program may round to characters."""
    return element("ind", leftChars=0, left=max(round(twips), 0))


def tabs(*stops: tuple[str, int, str]) -> Any:
    """Tab stops: kind, position, leader."""
    made = element("tabs")
    made.extend([element("tab", val=kind, leader=lead, pos=at) for kind, at, lead in stops])
    return made


def borders(**sides: tuple[int, str]) -> Any:
    """Rules round a paragraph: eighths of a point and colour for each side."""
    made = element("pBdr")
    for side in ("top", "left", "bottom", "right", "between"):
        if side in sides:
            size, color = sides[side]
            made.append(element(side, val="single", sz=size, space=4, color=color))
    return made


def lines_of_names(names: tuple[str, ...], width: float) -> Iterator[str]:
    """Names as lines of at most ``width`` characters, no name cut, one character between them.

    A word processor would break inside a padded name (张　三).
    """
    line = ""
    for name in names:
        longer = f"{line}\u3000{name}" if line else name
        if line and width_of(longer) > width:
            yield line
            longer = name
        line = longer
    if line:
        yield line


def width_of(words: str) -> float:
    """Width in Han characters; Latin letters and figures count half."""
    return sum(0.5 if character.isascii() else 1 for character in words)
