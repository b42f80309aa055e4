"""What a .docx needs beside its text: styles, numbering, faces and page after a layout.

``templates/docx`` holds the parts as XML with ``$names`` for what a layout decides. Every look is
a style there; the text only names styles, so a clerk changes one and all follow.
"""

import io
import math
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Template

from studyapp.documents.layout import GB, Face, Layout, Names

_TEMPLATE = Path(__file__).parent / "templates" / "docx"
_A4 = (11906, 16838)  # twips
_TWIPS = 1440 / 25.4  # a millimetre

# How the office's machines call the faces.
FACES: dict[Names, dict[Face, str]] = {
    "gb2312": {
        "fang": "仿宋_GB2312",
        "kai": "楷体_GB2312",
        "hei": "黑体",
        "song": "宋体",
        "biao": "方正小标宋简体",
    },
    "windows": {
        "fang": "仿宋",
        "kai": "楷体",
        "hei": "黑体",
        "song": "宋体",
        "biao": "方正小标宋简体",
    },
    "founder": {
        "fang": "方正仿宋_GBK",
        "kai": "方正楷体_GBK",
        "hei": "方正黑体_GBK",
        "song": "方正书宋_GBK",
        "biao": "方正小标宋_GBK",
    },
}
# What these faces hold; 宋体, and what Windows lets stand in for it, has the rest.
CHARSETS: dict[Names, str] = {"gb2312": "gb2312", "windows": "gbk", "founder": "gbk"}
RARE = "宋体"
# Where a machine lacks a face: names to look for in its place, PANOSE, family, pitch.
_SUBSTITUTES = {
    "仿宋_GB2312": ("仿宋,FangSong,方正仿宋_GBK", "02010609030101010101", "modern", "fixed"),
    "楷体_GB2312": ("楷体,KaiTi,方正楷体_GBK", "02010609030101010101", "modern", "fixed"),
    "仿宋": ("FangSong,仿宋_GB2312", "02010609060101010101", "modern", "fixed"),
    "楷体": ("KaiTi,楷体_GB2312", "02010609060101010101", "modern", "fixed"),
    "黑体": ("SimHei", "02010609060101010101", "modern", "fixed"),
    "宋体": ("SimSun", "02010600030101010101", "auto", "variable"),
    "方正小标宋简体": ("方正小标宋_GBK,宋体,SimSun", "02010601030101010101", "script", "fixed"),
    "方正仿宋_GBK": ("仿宋_GB2312,仿宋,FangSong", "03000509000000000000", "script", "fixed"),
    "方正楷体_GBK": ("楷体_GB2312,楷体,KaiTi", "03000509000000000000", "script", "fixed"),
    "方正黑体_GBK": ("黑体,SimHei", "03000509000000000000", "script", "fixed"),
    "方正书宋_GBK": ("宋体,SimSun", "03000509000000000000", "script", "fixed"),
    "方正小标宋_GBK": ("方正小标宋简体,宋体,SimSun", "03000509000000000000", "script", "fixed"),
}
HAIRLINE = 14  # twips: the least that a word processor takes
_LEVELS = (1, 2, 3, 4)
_LARGEST_SIGN = 36  # points
_SIGN_RULE = 25 + 40  # twips: the red rule, and the room between it and the line over it


def twips(millimetres: float) -> int:
    """Millimetres as twips."""
    return round(millimetres * _TWIPS)


@dataclass(frozen=True, slots=True)
class Grid:
    """A layout in twips, as whole numbers: no program agrees with another on fractions."""

    layout: Layout = GB

    @property
    def width(self) -> int:
        """Width of the text area."""
        return _A4[0] - twips(self.layout.left) - twips(self.layout.right)

    @property
    def height(self) -> int:
        """Height of the text area."""
        return _A4[1] - twips(self.layout.top) - twips(self.layout.bottom)

    @property
    def pitch(self) -> int:
        """Exact height of a line: a hair too much would cost the page its last line.

        A line without height behind the last one still fits.
        """
        return (self.height - HAIRLINE) // self.layout.lines

    @property
    def char(self) -> float:
        """Width of one character with the space behind it."""
        return self.width / self.layout.characters

    @property
    def step(self) -> int:
        """The same as the text is really set; rounded down so that the last one fits."""
        return math.floor(self.char)

    @property
    def tracking(self) -> int:
        """Space behind each character, mostly negative."""
        return self.step - round(self.layout.size * 20)

    def sign_size(self, widest: float) -> float:
        """Points of a red sign so that the widest, in characters, stands on one line."""
        room = (self.layout.width - 6) / 25.4 * 72
        return min(_LARGEST_SIGN, math.floor(2 * room / max(widest, 1)) / 2)


@lru_cache(maxsize=32)
def template(layout: Layout = GB, *, sign: float = _LARGEST_SIGN, below: int = 0) -> bytes:
    """The empty paper: page, grid, styles, numbering and faces, without any text.

    ``sign`` is the size of the red sign in points. ``below`` moves the headings of the papers down
    that many levels: a binder's own chapters and papers stand above them.
    """
    values = _values(layout, sign) | {
        "headings": "\n".join(_heading(level, layout, below) for level in _LEVELS),
        "binder": _binder(layout) if below else "",
        "fonts": "\n".join(map(_font, sorted({*FACES[layout.names].values(), RARE}))),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in _TEMPLATE.rglob("*") if path.is_file()):
            words = Template(path.read_text(encoding="utf-8")).substitute(values)
            archive.writestr(path.relative_to(_TEMPLATE).as_posix(), words)
    return out.getvalue()


def _values(layout: Layout, sign: float) -> dict[str, object]:
    grid = Grid(layout)
    faces = FACES[layout.names]
    sign_before, sign_line = twips(35), round(sign * 20)
    # Whole lines from the top of the page to the rule, seven after the standard.
    sign_lines = math.ceil(twips(35) / grid.pitch + 35 / 225 * 22)
    # From the middle of a pitch, where a line stands, to its edge: rules of a sign and a table keep
    # as far from the words.
    half_gap = max((grid.pitch - round(layout.size * 20)) // 2, 0)
    sign_rest = sign_lines * grid.pitch - sign_before - sign_line
    return {
        **{str(role): name for role, name in faces.items()},
        "body": faces[layout.body],
        "title": faces[layout.title],
        "rare": RARE,
        "width": grid.width,
        "hairline": HAIRLINE,
        "pitch": grid.pitch,
        "title_pitch": max(grid.pitch, 484),  # 22 points need as much
        "tracking": grid.tracking,
        "size": round(layout.size * 2),
        "two": round(grid.char * 2),
        "top": twips(layout.top),
        "right": twips(layout.right),
        "bottom": twips(layout.bottom),
        "left": twips(layout.left),
        # 17 mm over the text area, as far as the sheet goes.
        "header": twips(max(layout.top - 17, 5)),
        # The dashes of the page number, half a line of 320 up, are 7 mm under the text area.
        "footer": max(twips(layout.bottom - 7) - 160, twips(5)),
        "foot_tabs": _foot_tabs(layout, grid.width),
        "sign_size": round(sign * 2),
        "sign_line": sign_line,
        "sign_before": sign_before,
        "sign_after": max(sign_rest - grid.pitch - _SIGN_RULE - half_gap, 0),
        "issue_left": round(grid.char),
        "issue_right": grid.width - round(grid.char),
        "imprint_right": grid.width - 280,
        "half_gap": half_gap,
        "table_gap": max(half_gap - HAIRLINE, 0),
        # Half a character before a date of seven: 年　　月　　日.
        "signature_rule": grid.width - round(grid.char * 7.5),
        "note_left": round(grid.char * 6.5),
        "note_hanging": round(grid.char * 4.5),
        "next_hanging": round(grid.char * 1.5),
        "only_left": round(grid.char * 5),
        "only_hanging": round(grid.char * 3),
    }


def _foot_tabs(layout: Layout, width: int) -> str:
    right = f'<w:tab w:val="right" w:pos="{width - 280}"/>'
    if layout.page_number == "centre":
        return f'<w:tab w:val="center" w:pos="{width // 2}"/>{right}'
    return right


def _fonts(face: str) -> str:
    names = " ".join(f'w:{side}="{face}"' for side in ("ascii", "hAnsi", "eastAsia", "cs"))
    return f"<w:rFonts {names}/>"


def _heading(level: int, layout: Layout, below: int) -> str:
    """A heading, the face alone for one that text runs on from, and the paragraph of that."""
    faces = FACES[layout.names]
    face = faces[{1: layout.level1, 2: layout.level2}.get(level, layout.body)]
    place = level + below
    looks = f"<w:rPr>{_fonts(face)}</w:rPr>"
    outline = f'<w:outlineLvl w:val="{place - 1}"/>'
    return f"""
  <w:style w:type="paragraph" w:styleId="Heading{place}">
    <w:name w:val="heading {place}"/><w:basedOn w:val="NormalIndent"/><w:next w:val="NormalIndent"/>
    <w:link w:val="Heading{place}Char"/><w:uiPriority w:val="9"/><w:qFormat/>
    <w:pPr><w:keepNext/>{outline}</w:pPr>{looks}
  </w:style>
  <w:style w:type="character" w:customStyle="1" w:styleId="Heading{place}Char">
    <w:name w:val="标题 {place} 字符"/><w:basedOn w:val="DefaultParagraphFont"/>
    <w:link w:val="Heading{place}"/><w:uiPriority w:val="9"/>{looks}
  </w:style>
  <w:style w:type="paragraph" w:customStyle="1" w:styleId="RunIn{place}">
    <w:name w:val="段首标题 {place}"/><w:basedOn w:val="NormalIndent"/>
    <w:next w:val="NormalIndent"/><w:qFormat/><w:pPr>{outline}</w:pPr>
  </w:style>"""


def _binder(layout: Layout) -> str:
    """Cover, chapters, titles of papers and 目录."""
    values = _values(layout, _LARGEST_SIGN)
    words = (_TEMPLATE.parent / "docx-binder.xml").read_text(encoding="utf-8")
    return Template(words).substitute(values)


def _font(name: str) -> str:
    others, panose, family, pitch = _SUBSTITUTES[name]
    return (
        f'  <w:font w:name="{name}"><w:altName w:val="{others}"/><w:panose1 w:val="{panose}"/>'
        f'<w:charset w:val="86"/><w:family w:val="{family}"/><w:pitch w:val="{pitch}"/></w:font>'
    )
