"""PDF files: the text layer, page by page. A scan has none and is refused with a sentence."""

import re
from collections import Counter
from dataclasses import dataclass, field

import pypdfium2
from pypdfium2 import raw

from studyapp.errors import Refused

_MOST_PAGES = 300
_MOST_CHARACTERS = 2_000_000
# A page that is only a stamp or a page number is a scan.
_FEWEST_A_PAGE = 5
_INDENT = (1.5, 2.6)  # characters; an office's papers indent by two
_FEWEST_AT_EDGE = 3  # lines of a page that begin at its left edge


def read(data: bytes) -> str:
    """Return the text of all pages.

    Page numbers and wrapped lines stay as they are: parsing takes them out and joins them, and
    shows what it took out.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise Refused("PDF 加了密码。去掉密码再上传，或者直接粘贴正文。") from error
        raise Refused("PDF 打不开，可能损坏。另存一次，或者直接粘贴正文。") from error
    try:
        if len(document) > _MOST_PAGES:
            raise Refused(f"PDF 超过 {_MOST_PAGES} 页。只上传讲话那几页。")
        pages = _pages(document)
    except pypdfium2.PdfiumError as error:
        raise Refused("PDF 有的页打不开，可能损坏。另存一次，或者直接粘贴正文。") from error
    finally:
        document.close()
    letters = len(re.sub(r"\s", "", "".join(pages)))
    if letters < _FEWEST_A_PAGE * max(1, len(pages)):
        raise Refused("这个 PDF 是扫描件，里面没有文字。找电子版，或者直接粘贴正文。")
    # U+FFFE stands for a hyphen at a line's end.
    return "\n".join(pages).replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "")


def _pages(document: pypdfium2.PdfDocument) -> list[str]:
    pages: list[str] = []
    total = 0
    for index in range(len(document)):
        page = document[index]
        layer = page.get_textpage()
        if total + layer.count_chars() > _MOST_CHARACTERS:
            raise Refused("PDF 里的文字太多。只上传讲话那几页。")
        total += layer.count_chars()
        pages.append(_indented(layer))
        layer.close()
        page.close()
    return pages


# --- first lines of paragraphs -------------------------------------------------------------------


@dataclass(slots=True)
class _Line:
    """A line of a page: its text, where its first letters stand (in points from the left)."""

    text: str = ""
    lefts: list[float] = field(default_factory=list)

    @property
    def pitch(self) -> float:
        """The distance of its first two letters: an em, where both are Han."""
        return self.lefts[1] - self.lefts[0] if len(self.lefts) > 1 else 0.0


def _indented(layer: pypdfium2.PdfTextPage) -> str:
    """Return the text of a page, with two wide spaces where a line is indented like a first one.

    A text layer has no paragraphs; where they begin is seen on the page alone.
    """
    text = str(layer.get_text_range())
    lines = _lines(layer)
    if re.sub(r"\s", "", "".join(line.text for line in lines)) != re.sub(r"\s", "", text):
        return text  # Characters and their places do not match: rather no indents than wrong ones.
    edges = Counter(round(line.lefts[0]) for line in lines if line.lefts)
    common = [edge for edge, count in edges.items() if count >= _FEWEST_AT_EDGE]
    if not common:
        return text
    edge = min(common)
    shown = (
        f"\u3000\u3000{line.text.lstrip()}" if _is_first(line, edge) else line.text
        for line in lines
    )
    return "\n".join(shown)


def _is_first(line: _Line, edge: float) -> bool:
    if len(line.lefts) < 2 or line.pitch <= 0:
        return False
    return _INDENT[0] * line.pitch <= line.lefts[0] - edge <= _INDENT[1] * line.pitch


def _lines(layer: pypdfium2.PdfTextPage) -> list[_Line]:
    lines = [_Line()]
    for index in range(layer.count_chars()):
        character = chr(raw.FPDFText_GetUnicode(layer, index))
        if character in "\r\n":
            if character == "\n":
                lines.append(_Line())
            continue
        line = lines[-1]
        line.text += character
        if len(line.lefts) < 2 and not character.isspace():
            line.lefts.append(layer.get_charbox(index, loose=True)[0])
    return lines
