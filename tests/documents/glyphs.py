"""What stands where on the pages of a PDF, read back glyph by glyph."""

import ctypes
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium_c

MM = 72 / 25.4
_SAME_LINE = 0.7  # millimetres between baselines


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character of page ``page`` (1 is the first): millimetres from its upper left corner.

    ``left`` and ``right`` are the sides of its square, ``top`` and ``bottom`` those of its ink,
    ``base`` its baseline; ``face`` is the font's name without the tag of a subset, ``size`` in
    points, ``colour`` as #rrggbb.
    """

    page: int
    character: str
    left: float
    right: float
    base: float
    top: float
    bottom: float
    face: str
    size: float
    colour: str

    @property
    def is_han(self) -> bool:
        return "\u3400" <= self.character <= "\u9fff" or self.character > "\U0001ffff"


def read(data: bytes) -> list[list[Glyph]]:
    """The glyphs of each page in the order of the file, white space left out."""
    with pypdfium2.PdfDocument(data) as document:
        return [_glyphs(page, number) for number, page in enumerate(document, 1)]


def _glyphs(page: pypdfium2.PdfPage, number: int) -> list[Glyph]:
    text = page.get_textpage()
    height = page.get_height()
    found = []
    high = 0
    for index in range(text.count_chars()):
        code = pdfium_c.FPDFText_GetUnicode(text, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:  # the second half of a character beyond 16 bits
            code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00
        # A hyphen at a line's end is marked, to join the word again.
        character = "-" if pdfium_c.FPDFText_IsHyphen(text, index) == 1 else chr(code)
        if character.isspace() or not character.isprintable():
            continue
        if pdfium_c.FPDFText_IsGenerated(text, index) == 1:
            continue
        left, _, right, _ = text.get_charbox(index, loose=True)
        _, low, _, up = text.get_charbox(index)
        x, y = ctypes.c_double(), ctypes.c_double()
        pdfium_c.FPDFText_GetCharOrigin(text, index, x, y)
        found.append(
            Glyph(
                number,
                character,
                left / MM,
                right / MM,
                (height - y.value) / MM,
                (height - up) / MM,
                (height - low) / MM,
                _face(text, index),
                round(pdfium_c.FPDFText_GetFontSize(text, index), 2),
                _colour(text, index),
            )
        )
    return found


def _face(text: pypdfium2.PdfTextPage, index: int) -> str:
    buffer = ctypes.create_string_buffer(200)
    pdfium_c.FPDFText_GetFontInfo(text, index, buffer, 200, None)
    name = buffer.value.decode()
    return name.partition("+")[2] or name


def _colour(text: pypdfium2.PdfTextPage, index: int) -> str:
    channels = [ctypes.c_uint() for _ in range(4)]
    pdfium_c.FPDFText_GetFillColor(text, index, *channels)
    return "#" + "".join(f"{channel.value:02x}" for channel in channels[:3])


def lines(glyphs: list[Glyph]) -> list[list[Glyph]]:
    """Glyphs that stand side by side on one baseline of one page, in the order of the file."""
    found: list[list[Glyph]] = []
    for glyph in glyphs:
        last = found[-1][-1] if found else None
        if last and last.page == glyph.page and abs(last.base - glyph.base) < _SAME_LINE:
            found[-1].append(glyph)
        else:
            found.append([glyph])
    return found


def words(glyphs: list[Glyph]) -> str:
    return "".join(glyph.character for glyph in glyphs)


def find(glyphs: list[Glyph], wanted: str) -> list[Glyph]:
    """The glyphs of the words, which stand together."""
    at = words(glyphs).index(wanted)
    return glyphs[at : at + len(wanted)]


Picture = tuple[int, int, bytes]  # width, height, one grey byte a point


def pictures(data: bytes, resolution: int) -> list[Picture]:
    """Every page drawn at ``resolution`` points an inch."""
    with pypdfium2.PdfDocument(data) as document:
        return [_picture(page, resolution) for page in document]


def _picture(page: pypdfium2.PdfPage, resolution: int) -> Picture:
    drawn = page.render(scale=resolution / 72, grayscale=True)
    rows, width = bytes(drawn.buffer), drawn.width
    starts = range(0, drawn.height * drawn.stride, drawn.stride)
    return width, drawn.height, b"".join(rows[start : start + width] for start in starts)
