"""Spreadsheets: rosters read from .xlsx and .csv, tables written without any live formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import PurePath

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from studyapp.errors import Refused

LARGEST = 5 * 1024 * 1024
MOST_ROWS = 20_000


def write(head: Sequence[str], rows: Iterable[Sequence[str]], *, title: str) -> bytes:
    """Return a workbook with one sheet; every cell is text, so nothing in it is ever run."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(title[:31])
        bold = book.add_format({"bold": True, "bg_color": "#F4F5F7"})
        for column, name in enumerate(head):
            sheet.write_string(0, column, name, bold)
            sheet.set_column(column, column, max(12, 2 * len(name) + 4))
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def read_rows(data: bytes, name: str) -> list[list[str]]:
    """Return the cells of the first sheet as text; empty rows at the end are left out."""
    suffix = PurePath(name).suffix.lower()
    if len(data) > LARGEST:
        raise Refused("表格超过 5 MB。分成几个表再导入。")
    if suffix == ".xlsx":
        rows = _workbook(data)
    elif suffix == ".csv":
        rows = _csv(data)
    else:
        raise Refused("只能导入 .xlsx 或 .csv 表格。在 Excel 或 WPS 里另存一次。")
    while rows and not any(rows[-1]):
        rows.pop()
    if len(rows) > MOST_ROWS:
        raise Refused(f"表格超过{MOST_ROWS}行。分成几个表再导入。")
    if not rows:
        raise Refused("表格是空的。下载模板，填好再导入。")
    return rows


def _workbook(data: bytes) -> list[list[str]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        cells = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise Refused("表格打不开，可能损坏或加了密码。另存一次再导入。") from error
    return [[_text(cell) for cell in row] for row in cells]


def _text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _csv(data: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        rows = csv.reader(io.StringIO(text, newline=""))
        return [[cell.strip() for cell in row] for row in rows]
    raise Refused("看不懂表格的文字编码。用 Excel 或 WPS 另存为 .xlsx 再导入。")
