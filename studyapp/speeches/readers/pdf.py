"""PDF files: the text layer, page by page. A scan has none and is refused with a sentence."""

import re

import pypdfium2
from pypdfium2 import raw

from studyapp.errors import Refused

_MOST_PAGES = 300
_MOST_CHARACTERS = 2_000_000
# A page that is only a stamp or a page number is a scan.
_FEWEST_A_PAGE = 5


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
        pages.append(str(layer.get_text_range()))
        layer.close()
        page.close()
    return pages
