"""Spreadsheets that come in: rows of text from .xlsx and .csv; bombs are refused."""

import codecs
import csv
import io
import re
import zipfile
import zlib
from datetime import date, datetime, time
from pathlib import PurePath

from python_calamine import CalamineError, CalamineWorkbook

from studyapp.errors import Refused
from studyapp.text.cleaning import clean

LARGEST = 5 * 1024 * 1024  # bytes of an upload
MOST_ROWS = 20_000
MOST_COLUMNS = 200
_UNPACKED = 100 * 1024 * 1024  # bytes of all parts together
_MOST_PARTS = 2_000
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"  # .xls, and .xlsx with a password
_CELL = re.compile(rb"""\sr=["']\$?([A-Z]{1,3})\$?(\d{1,7})["']""")

_BROKEN = "表格打不开，可能损坏或加了密码。另存一次再导入。"
_TOO_BIG = "表格超过 5 MB。分成几个表再导入。"
_TOO_MANY = f"表格超过{MOST_ROWS}行。分成几个表再导入。"
_TOO_WIDE = f"表格超过{MOST_COLUMNS}列。删去多余的列再导入。"


def read_rows(data: bytes, name: str) -> list[list[str]]:
    """Return the cells of the first sheet as text; row 1 of the sheet is the first.

    Empty rows at the end are left out. A file that is too large, damaged, locked, empty or of
    another kind raises `Refused`.
    """
    if len(data) > LARGEST:
        raise Refused(_TOO_BIG)
    suffix = PurePath(name).suffix.lower()
    if suffix == ".xlsx":
        rows = _workbook(data)
    elif suffix == ".csv":
        rows = _csv(data)
    else:
        raise Refused("只能导入 .xlsx 或 .csv 表格。在 Excel 或 WPS 里另存一次。")
    while rows and not any(rows[-1]):
        rows.pop()
    if len(rows) > MOST_ROWS:
        raise Refused(_TOO_MANY)
    if not rows:
        raise Refused("表格是空的。下载模板，填好再导入。")
    return rows


def _workbook(data: bytes) -> list[list[str]]:
    if data.startswith(_OLD_OR_LOCKED):
        raise Refused("这是加了密码的表格或旧的 .xls。去掉密码，另存为 .xlsx 再导入。")
    _check_parts(data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        cells = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise Refused(_BROKEN) from error
    return [[_text(cell) for cell in row] for row in cells]


def _check_parts(data: bytes) -> None:
    """Refuse what would fill the memory: bombs, and one cell far away in an empty sheet."""
    room = _UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS:
                raise Refused(_TOO_BIG)
            for part in parts:
                content = _inflated(data, part, room)
                room -= len(content)
                _check_cells(content)
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError) as error:
        raise Refused(_BROKEN) from error


def _inflated(data: bytes, part: zipfile.ZipInfo, room: int) -> bytes:
    """The part's bytes, counted as they come: the size a file states may be a lie."""
    header = data[part.header_offset : part.header_offset + 30]
    start = (
        part.header_offset + 30 + sum(int.from_bytes(header[i : i + 2], "little") for i in (26, 28))
    )
    packed = data[start : start + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        return packed
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise Refused(_BROKEN)
    content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, room + 1)
    if len(content) > room:
        raise Refused("表格解开后太大。分成几个表再导入。")
    return content


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
