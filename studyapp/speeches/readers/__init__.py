"""Files into plain text. Pure and without Django, so that a child process starts fast."""

from collections.abc import Callable
from pathlib import PurePath

from studyapp.errors import Refused
from studyapp.speeches.readers import html, pdf, plain, word

LARGEST = 20 * 1024 * 1024
_READERS: dict[str, tuple[Callable[[bytes], str], tuple[bytes, ...]]] = {
    ".txt": (plain.read, ()),
    ".docx": (word.read, (b"PK\x03\x04",)),
    ".pdf": (pdf.read, (b"%PDF-",)),
    ".html": (html.read, ()),
    ".htm": (html.read, ()),
}
_OLD = {".doc", ".wps", ".rtf"}


def check(data: bytes, name: str) -> None:
    """Refuse a file by its size, name or first bytes, before anything is parsed."""
    suffix = PurePath(name).suffix.lower()
    if len(data) > LARGEST:
        raise Refused("文件超过 20 MB。只上传讲话正文，图片可以先删掉。")
    if not data.strip():
        raise Refused("文件是空的。换一个文件，或者直接粘贴正文。")
    if suffix in _OLD:
        raise Refused(f"不能读取 {suffix} 文件。用 Word 或 WPS 打开，另存为 .docx 再上传。")
    if suffix not in _READERS:
        raise Refused("只能读取 .txt、.docx、.pdf、.html 文件。换一种格式，或者直接粘贴正文。")
    magic = _READERS[suffix][1]
    if magic and not data.lstrip().startswith(magic):
        raise Refused(f"这个文件的内容不是 {suffix}，可能改过扩展名。打开后另存一次再上传。")


def read(data: bytes, name: str) -> str:
    """Return the text of a file; the name's extension says what it is."""
    check(data, name)
    text = _READERS[PurePath(name).suffix.lower()][0](data)
    if not text.strip():
        raise Refused("文件里没有文字。换一个文件，或者直接粘贴正文。")
    return text
