"""Spreadsheets that come in: rows of text from .xlsx and .csv, read in a child process."""

import codecs
import csv
import io
import re
import zipfile
from datetime import date, datetime, time
from pathlib import PurePath

from studyapp.documents import in_child, magic, packages
from studyapp.errors import Refused
from studyapp.text.cleaning import clean

LARGEST = 5 * 1024 * 1024  # bytes of an upload
MOST_ROWS = 20_000
MOST_COLUMNS = 200
_CELL = re.compile(rb"""\sr=["']\$?([A-Z]{1,3})\$?(\d{1,7})["']""")
# Whatever encoding says so, NUL included: no program writes one into a sheet.
_NOT_XML = re.compile(rb"\x00|<!DOCTYPE", re.IGNORECASE)

_ADVICE = packages.Advice(
    again="在 Excel 或 WPS 里打开，另存为 .xlsx 再导入。",
    smaller="分成几个表再导入。",
    without="新建一个表，只粘贴数值再导入。",
)
_IN_CHILD = in_child.Advice(_ADVICE.smaller, _ADVICE.again)
_BROKEN = f"文件打不开，可能损坏。{_ADVICE.again}"
_TOO_BIG = "表格超过 5 MB。分成几个表再导入。"
_EMPTY = "表格是空的。下载模板，填好再导入。"
_TOO_MANY = f"表格超过{MOST_ROWS}行。分成几个表再导入。"
_TOO_WIDE = f"表格超过{MOST_COLUMNS}列。删去多余的列再导入。"


def read_safely(data: bytes, name: str, *, seconds: float = in_child.SECONDS) -> list[list[str]]:
    """Return the cells of an uploaded table; whatever goes wrong with it is a refusal.

    Row 1 of the sheet is the first; empty rows at the end are left out.
    """
    return in_child.read(read_rows, data, f"file{check(data, name)}", _IN_CHILD, seconds=seconds)


def check(data: bytes, name: str) -> str:
    """Refuse a file by its size, name or first bytes; return the extension in lower case."""
    suffix = PurePath(name).suffix.lower()
    if len(data) > LARGEST:
        raise Refused(_TOO_BIG)
    if suffix not in {".xlsx", ".csv"}:
        raise Refused("只能导入 .xlsx 或 .csv 表格。在 Excel 或 WPS 里另存一次。")
    if not data.strip():
        raise Refused(_EMPTY)
    if suffix == ".xlsx" and data.startswith(magic.OLE):
        raise Refused("这是加了密码的表格或旧的 .xls。去掉密码，另存为 .xlsx 再导入。")
    if data.startswith(magic.NO_TEXT) if suffix == ".csv" else not data.startswith(magic.ZIP):
        raise Refused(f"这个文件的内容不是 {suffix}，可能改过扩展名。打开后另存一次再导入。")
    return suffix


def read_rows(data: bytes, name: str) -> list[list[str]]:
    """Return the cells of the first sheet as text, in this process: see `read_safely`."""
    rows = _csv(data) if check(data, name) == ".csv" else _workbook(data)
    while rows and not any(rows[-1]):
        rows.pop()
    if len(rows) > MOST_ROWS:
        raise Refused(_TOO_MANY)
    if not rows:
        raise Refused(_EMPTY)
    return rows


def _workbook(data: bytes) -> list[list[str]]:
    # Here: the web process, which never calls this, does without its memory.
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(_repacked(data))
        cells = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise Refused(_BROKEN) from error
    return [[_text(cell) for cell in row] for row in cells]


def _repacked(data: bytes) -> io.BytesIO:
    """Return a new workbook of the parts that were looked at: no other reading of the old one."""
    parts = packages.unpack(data, lambda name: name.lower().endswith((".xml", ".rels")), _ADVICE)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        while parts:
            name, content = parts.popitem()
            if _NOT_XML.search(content):
                raise Refused(_BROKEN)
            _check_cells(content)
            archive.writestr(name, content)
    made.seek(0)
    return made


def _check_cells(content: bytes) -> None:
    for match in _CELL.finditer(content):
        letters, row = match.groups()
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        if column > MOST_COLUMNS:
            raise Refused(_TOO_WIDE)
        if int(row) > MOST_ROWS:
            raise Refused(_TOO_MANY)


def _text(cell: object) -> str:
    """The cell as a person reads it: dates as 2026-03-05, whole numbers without a point."""
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return clean(str(cell)).strip()


def _csv(data: bytes) -> list[list[str]]:
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return _csv_rows(clean(text))
    raise Refused("看不懂表格的文字编码。用 Excel 或 WPS 另存为 .xlsx 再导入。")


def _csv_rows(text: str) -> list[list[str]]:
    """Cells parted by commas, or by the semicolons or tabs of another program."""
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if len(row) > MOST_COLUMNS:
                raise Refused(_TOO_WIDE)
            rows.append([cell.strip() for cell in row])
            # Some empty lines at the end are no fault; more are read in vain.
            if len(rows) > 2 * MOST_ROWS:
                raise Refused(_TOO_MANY)
    except csv.Error as error:
        raise Refused(_BROKEN) from error
    return rows
