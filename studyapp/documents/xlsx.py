"""Tables that go out, as .xlsx and .csv: dates are dates, text is text, nothing is ever run."""

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import xlsxwriter
from xlsxwriter.format import Format

from studyapp.documents.blocks import UNDATED
from studyapp.documents.wordml import width_of
from studyapp.errors import Refused
from studyapp.text.cleaning import visible

Cell = str | int | float | date | time

_LONGEST_CELL = 32_767  # characters, by the format
_MOST_ROWS = 1_048_575  # under the head, by the format
_EXACT = 10**15  # the format keeps numbers as floats: longer ones would be rounded
# Excel would take these for the start of a formula when the cell is edited or saved as CSV.
_RISKY = re.compile(r"[\t\r\n]|\s*[=+@＝＋－＠-]")
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")
_A3, _A4 = 8, 9  # as the format numbers them
_WIDEST = 36  # figures wide; longer texts are wrapped
_ACROSS = 149  # figures that stand beside each other on A4 across, at full size
_SCALE = 85  # per cent of 11 points: nothing is printed smaller than 9
_MARGIN, _HEAD_MARGIN = 0.4, 0.75  # inches
_AT_TOP = {"valign": "top"}
_WRAPPED = {"text_wrap": True, **_AT_TOP}
_LONGEST_HEADING = 80  # characters; the format holds 255 for the three together


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands over each printed page: whose table it is; and what makes a row known.

    ``keys`` are the first and the last of the columns that come again where a table is wider than
    a page.
    """

    owner: str
    keys: tuple[int, int]


def write(
    head: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    title: str,
    heading: Heading | None = None,
) -> bytes:
    """Return a workbook with one sheet, ``title`` its name; the head is repeated in print.

    Rows are taken one by one and leave the memory at once. Text is never run as a formula. A text
    longer than the format holds, and too many rows, raise `Refused`.
    """
    out = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": visible(title)[:255], "created": UNDATED})
        sheet = book.add_worksheet(_sheet_name(title))
        looks = {
            "head": book.add_format(
                {"bold": True, "bg_color": "#F4F5F7", "num_format": "@", **_WRAPPED}
            ),
            "text": book.add_format({"num_format": "@", **_WRAPPED}),
            # As if an apostrophe stood before it: text even after the cell is edited.
            "quoted": book.add_format({"num_format": "@", "quote_prefix": True, **_WRAPPED}),
            "number": book.add_format({"num_format": "0", **_AT_TOP}),
            "parts": book.add_format({"num_format": "0.0", **_AT_TOP}),
            "date": book.add_format({"num_format": "yyyy-mm-dd", **_AT_TOP}),
            "time": book.add_format({"num_format": "hh:mm", **_AT_TOP}),
        }
        widths = [0.0] * len(head)
        number = 0
        for column, name in enumerate(map(visible, head)):
            _put(sheet, 0, column, name, {**looks, "text": looks["head"]})
            widths[column] = width_of(name) + 1  # room for the arrow of the filter
        for number, row in enumerate(rows, start=1):
            if number > _MOST_ROWS:
                raise Refused(f"表格超过{_MOST_ROWS}行，一张表放不下。缩小范围再导出。")
            for column, cell in enumerate(row):
                width = _put(sheet, number, column, cell, looks)
                if column < len(widths):
                    widths[column] = max(widths[column], width)
        figures = [min(2 * width + 2, _WIDEST) for width in widths]
        for column, width in enumerate(figures):
            sheet.set_column(column, column, width)
        if head:
            sheet.autofilter(0, 0, number, len(head) - 1)
        sheet.freeze_panes(1, 0)
        _lay_out(sheet, sum(figures), title, heading)
    return out.getvalue()


def _lay_out(
    sheet: xlsxwriter.worksheet.Worksheet, width: float, title: str, heading: Heading | None
) -> None:
    """Set the printed pages: one across where that can be read, else A3 and as many as it needs."""
    sheet.set_landscape()
    sheet.set_margins(_MARGIN, _MARGIN, _HEAD_MARGIN, _HEAD_MARGIN)
    sheet.hide_gridlines(0)  # printed as well
    sheet.repeat_rows(0)
    if heading is None or width * _SCALE <= _ACROSS * 100:
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
    else:
        sheet.set_paper(_A3)
        sheet.set_print_scale(_SCALE)
        sheet.repeat_columns(*heading.keys)
        sheet.print_across()
    pages = "第 &P 页，共 &N 页"
    if heading is None:
        sheet.set_footer(f"&C{pages}")
    else:
        owner, name = (
            visible(text)[:_LONGEST_HEADING].replace("&", "&&") for text in (heading.owner, title)
        )
        sheet.set_header(f"&L{owner}&C{name}&R{pages}")


def _put(
    sheet: xlsxwriter.worksheet.Worksheet,
    row: int,
    column: int,
    cell: Cell,
    looks: dict[str, Format],
) -> float:
    """Write one cell as what it is; return its width in Han characters."""
    if isinstance(cell, int | float) and abs(cell) < _EXACT:
        sheet.write_number(row, column, cell, looks["number" if isinstance(cell, int) else "parts"])
        return len(str(cell)) / 2
    if isinstance(cell, date | time) and not isinstance(cell, datetime):
        look = "time" if isinstance(cell, time) else "date"
        sheet.write_datetime(row, column, cell, looks[look])
        return 5.0
    text = visible(plain(cell))
    if len(text) > _LONGEST_CELL:
        raise Refused(f"第{row + 1}行有一格超过 32767 字，写不进表格。缩短后再导出。")
    look = "quoted" if row and _RISKY.match(text) else "text"
    sheet.write_string(row, column, text, looks[look])
    return width_of(text)


def plain(cell: Cell) -> str:
    """Return the cell as a person reads it: 2026-03-05, 09:30."""
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, time):
        return cell.strftime("%H:%M")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Yield the same table as CSV, UTF-8 with BOM, row by row; text that Excel would run is quoted.

    The apostrophe before such a text is what people type themselves to keep it text.
    """
    yield codecs.BOM_UTF8
    for row in itertools.chain([head], rows):
        line = io.StringIO()
        csv.writer(line).writerow([_safe(cell) for cell in row])
        yield line.getvalue().encode()


def _safe(cell: Cell) -> str:
    if isinstance(cell, int | float):
        return str(cell)
    text = visible(plain(cell))
    return f"'{text}" if _RISKY.match(text) else text


def _sheet_name(title: str) -> str:
    """A name a sheet may have: 31 characters at most, without brackets and slashes."""
    name = _NOT_IN_SHEET_NAMES.sub("", " ".join(visible(title).split()))
    # Excel counts UTF-16 units, and keeps one name for itself.
    name = name.encode("utf-16-le")[:62].decode("utf-16-le", errors="ignore").strip()
    return name if name and name.lower() != "history" else "表"
