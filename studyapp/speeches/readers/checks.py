"""What may be read at all, and which reader reads it."""

from importlib import import_module
from pathlib import PurePath
from typing import cast

from studyapp.documents import magic
from studyapp.errors import Refused

LARGEST = 20 * 1024 * 1024
_READERS = {
    ".txt": "plain",
    ".docx": "word",
    ".pdf": "pdf",
    ".html": "html",
    ".htm": "html",
}
_MAGIC = {".docx": magic.ZIP, ".pdf": magic.PDF}
_OLD = {".doc", ".wps", ".rtf", ".wpt", ".dot"}
_PDF_HEADER_WITHIN = 1024


def check(data: bytes, name: str) -> str:
    """Refuse a file by its size, name or first bytes, before anything is parsed.

    Returns the extension in lower case.
    """
    suffix = PurePath(name).suffix.lower()
    if len(data) > LARGEST:
        raise Refused("文件超过 20 MB。只上传讲话正文，图片可以先删掉。")
    if not data.strip():
        raise Refused("文件是空的。换一个文件，或者直接粘贴正文。")
    if suffix in _OLD:
        raise Refused(f"不能读取 {suffix} 文件。用 Word 或 WPS 打开，另存为 .docx 再上传。")
    if suffix not in _READERS:
        raise Refused("只能读取 .txt、.docx、.pdf、.html 文件。换一种格式，或者直接粘贴正文。")
    if suffix == ".docx" and data.startswith(magic.OLE):
        raise Refused("文件加了密码，或者是改了名的 .doc。去掉密码，另存为 .docx 再上传。")
    if not _looks_right(data, suffix):
        raise Refused(f"这个文件的内容不是 {suffix}，可能改过扩展名。打开后另存一次再上传。")
    return suffix


def _looks_right(data: bytes, suffix: str) -> bool:
    if suffix == ".pdf":
        # Something may stand before the header, but no other format: two in one file is an attack.
        is_other = not data.startswith(_MAGIC[suffix]) and data.startswith(magic.NO_TEXT)
        return _MAGIC[suffix] in data[:_PDF_HEADER_WITHIN] and not is_other
    if suffix in _MAGIC:
        return data.startswith(_MAGIC[suffix])
    return not data.startswith(magic.NO_TEXT)


def read(data: bytes, name: str) -> str:
    """Return the text of a file; its extension says what it is.

    Raises Refused for what cannot be read. The readers are imported here: the web process, which
    never calls this, does without their memory.
    """
    suffix = check(data, name)
    reader = import_module(f"studyapp.speeches.readers.{_READERS[suffix]}")
    text = cast(str, reader.read(data))
    if not text.strip():
        raise Refused("文件里没有文字。换一个文件，或者直接粘贴正文。")
    return text
