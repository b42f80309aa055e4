"""What stands where on the pages of a PDF, read back glyph by glyph."""

import ctypes
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium_c

MM = 72 / 25.4
_SAME_LINE = 0.7  # millimetres between baselines


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character: millimetres from the upper left corner of its page.

    ``left`` and ``right`` are the sides of its square, ``top`` and ``bottom`` those of its ink,
    ``base`` its baseline; ``face`` is the font's name without the tag of a subset, ``size`` in
    points, ``colour`` as #rrggbb.
    """

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
        return [_glyphs(page) for page in document]


def _glyphs(page: pypdfium2.PdfPage) -> list[Glyph]:
    text = page.get_textpage()
    height = page.get_height()
    found = []
    for index in range(text.count_chars()):
        character = chr(pdfium_c.FPDFText_GetUnicode(text, index))
        if character.isspace() or not character.isprintable():
            continue
        if pdfium_c.FPDFText_IsGenerated(text, index) == 1:
            continue
        left, _, right, _ = text.get_charbox(index, loose=True)
        _, low, _, high = text.get_charbox(index)
        x, y = ctypes.c_double(), ctypes.c_double()
        pdfium_c.FPDFText_GetCharOrigin(text, index, x, y)
        found.append(
            Glyph(
                character,
                left / MM,
                right / MM,
                (height - y.value) / MM,
                (height - high) / MM,
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
    """Glyphs that stand side by side on one baseline, in the order of the file."""
    found: list[list[Glyph]] = []
    for glyph in glyphs:
        if found and abs(found[-1][-1].base - glyph.base) < _SAME_LINE:
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


def picture(data: bytes, page: int, resolution: int) -> tuple[int, int, bytes]:
    """Width, height and grey pixels of a page drawn at ``resolution`` points an inch."""
    with pypdfium2.PdfDocument(data) as document:
        drawn = document[page].render(scale=resolution / 72, grayscale=True)
        rows = bytes(drawn.buffer)
        pixels = b"".join(
            rows[y * drawn.stride : y * drawn.stride + drawn.width] for y in range(drawn.height)
        )
        return drawn.width, drawn.height, pixels
