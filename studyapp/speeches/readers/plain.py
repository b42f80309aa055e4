"""Plain text in the encodings that Chinese offices have."""

import codecs
import re

from charset_normalizer import from_bytes

from studyapp.errors import Refused

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4000
_LIKELY = 0.8
# Characters that text does not have: controls but tab, line and page ends; U+FFFD; private use.
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd\ue000-\uf8ff]")
_MOST_NOT_TEXT = 0.02


def read(data: bytes) -> str:
    """Return the text. Raises Refused for bytes that are no text in any of the encodings."""
    text = data.decode(encoding(data), errors="replace")
    if len(_NOT_TEXT.findall(text)) > max(1, len(text) * _MOST_NOT_TEXT):
        raise Refused(
            "这个文件不是文本，或者用了认不出的编码。另存为 UTF-8 文本，或者直接粘贴正文。"
        )
    return text


def encoding(data: bytes) -> str:
    """BOM, then strict UTF-8, then the pattern of UTF-16, then GB18030, then the best guess."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    if b"\x00" not in data[:_SAMPLE] and decodes(data, "utf-8"):
        return "utf-8"
    for name in ("utf-16-le", "utf-16-be"):
        if _looks_like_utf16(data, name):
            return name
    if decodes(data, "gb18030"):
        return "gb18030"
    best = from_bytes(data[: 20 * _SAMPLE]).best()
    return best.encoding if best else "gb18030"


def _looks_like_utf16(data: bytes, name: str) -> bool:
    """ASCII marks and line ends give zero bytes, which GB18030 text never has."""
    if len(data) % 2 or b"\x00" not in data or not decodes(data, name):
        return False
    text = data[:_SAMPLE].decode(name, errors="replace")
    usual = sum(
        1
        for char in text
        if "\u4e00" <= char <= "\u9fff"
        or "\u3000" <= char <= "\u303f"
        or "\uff01" <= char <= "\uff5e"
        or " " <= char <= "~"
        or char in "\r\n\t“”‘’—…·"
    )
    return usual > _LIKELY * len(text)


def decodes(data: bytes, name: str) -> bool:
    """True if the bytes are text in this encoding without a fault."""
    try:
        data.decode(name)
    except (UnicodeDecodeError, LookupError):
        return False
    return True
