"""PDF files: the text layer, page by page. A scan has none and is refused with a sentence."""

import re

import pypdfium2

from studyapp.errors import Refused

_MOST_PAGES = 300
_HAN_GAP = re.compile(r"(?<=[一-鿿，。、；：])[ \t]+(?=[一-鿿，。、；：])")


def read(data: bytes) -> str:
    """Return the text of all pages; wrapped lines are joined by the parser, not here."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise Refused("PDF 打不开，可能损坏或加了密码。另存一次，或者直接粘贴正文。") from error
    try:
        if len(document) > _MOST_PAGES:
            raise Refused(f"PDF 超过{_MOST_PAGES}页。只上传讲话那几页。")
        pages = []
        for page in document:
            text = page.get_textpage()
            pages.append(str(text.get_text_range()))
            text.close()
            page.close()
    finally:
        document.close()
    if not "".join(pages).strip():
        raise Refused("这个 PDF 是扫描件，里面没有文字。找电子版，或者直接粘贴正文。")
    whole = "\n".join(pages).replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "")
    return _HAN_GAP.sub("", whole)
