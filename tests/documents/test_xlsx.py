"""Tables out without a live formula, rosters in without a surprise."""

import csv
import io
import re
import zipfile
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from studyapp.documents import xlsx, xlsx_reading
from studyapp.errors import Refused
from studyapp.text.cleaning import visible

HEAD = ("姓名", "职务")


def book(sheet: str, **parts: str) -> bytes:
    """A workbook whose only sheet has this XML between its ``sheetData`` tags."""
    out = io.BytesIO()
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        )
        archive.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="r1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{relations}">'
            '<sheets><sheet name="表" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="r1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/>'
            "</Relationships>",
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>',
        )
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_what_is_written_is_read_back() -> None:
    rows = [["张三", "民警"], ["李　四", ""], ["吴䶮", "3.50"], ["007", "2026-03-05"]]
    data = xlsx.write(HEAD, rows, title="名册")
    assert xlsx_reading.read_rows(data, "名册.xlsx") == [list(HEAD), *rows]


# As attack 32 names them; a CR is kept as a line end.
FORMULAS = (
    '=HYPERLINK("http://x","y")',
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\n=1",
    " =1",
    "\u3000=1",
    "＝1",
    "＋1",
    "－1",
    "＠SUM(A1)",
)


@pytest.mark.attack(32, 35)
@pytest.mark.parametrize("cell", [*FORMULAS, "http://x.cn", "1e5"])
def test_no_cell_is_a_formula_a_link_or_a_number(cell: str) -> None:
    data = xlsx.write(("内容",), [[cell]], title="表")
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert sheet.count(' t="inlineStr"') == 2
    # Found again as words; only the spaces round them go when a table is read.
    assert xlsx_reading.read_rows(data, "a.xlsx") == [["内容"], [cell.strip()]]


@pytest.mark.attack(32)
@pytest.mark.parametrize("cell", [*FORMULAS, "\r=1", "张三", "3-1"])
def test_a_cell_that_looks_like_a_formula_is_quoted_for_good(cell: str) -> None:
    """Else it is one as soon as somebody edits the cell, or opens the CSV."""
    styles = zipfile.ZipFile(io.BytesIO(xlsx.write(("内容",), [[cell]], title="表")))
    bom, _, line = xlsx.csv_lines(("内容",), [[cell]])
    [[written]] = csv.reader([line.decode()])
    is_risky = cell not in {"张三", "3-1"}
    assert bom == b"\xef\xbb\xbf"
    assert ('quotePrefix="1"' in styles.read("xl/styles.xml").decode()) == is_risky
    assert written == ("'" if is_risky else "") + cell.replace("\r", "\n")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("名册", "名册"),
        ("2026/3 [党员]: 名册*?\\", "20263 党员 名册"),
        ("学" * 40, "学" * 31),
        ("", "表"),
        ("'", "表"),
        ("History", "表"),
    ],
)
def test_any_title_makes_a_name_a_sheet_may_have(title: str, name: str) -> None:
    data = xlsx.write(HEAD, [], title=title)
    workbook = zipfile.ZipFile(io.BytesIO(data)).read("xl/workbook.xml").decode()
    assert f'<sheet name="{name}"' in workbook


def test_the_same_table_gives_the_same_file() -> None:
    rows = [["张三", "民警"]]
    assert xlsx.write(HEAD, rows, title="表") == xlsx.write(HEAD, rows, title="表")


@pytest.mark.parametrize(
    ("columns", "paper"),
    [
        (3, ('paperSize="9"', 'fitToHeight="0"', "Print_Titles", "$1:$1")),
        (31, ('paperSize="8"', 'scale="85"', 'pageOrder="overThenDown"', "$B:$C")),
    ],
)
def test_a_table_is_printed_in_a_size_that_can_be_read(
    columns: int, paper: tuple[str, ...]
) -> None:
    heading = xlsx.Heading("刑侦&第一党支部", (1, 2))
    row = ["学习材料的题目要写全，不能只写半截" * 3] * columns
    data = xlsx.write(["项目"] * columns, [row], title="2026年会议台账", heading=heading)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet, book = (
            archive.read(f"xl/{name}.xml").decode() for name in ("worksheets/sheet1", "workbook")
        )
    assert [part for part in paper if part not in sheet + book] == []
    over = "&amp;L刑侦&amp;&amp;第一党支部&amp;C2026年会议台账&amp;R第 &amp;P 页，共 &amp;N 页"
    assert f"<oddHeader>{over}</oddHeader>" in sheet
    # A long text is wrapped, not cut.
    assert max(map(float, re.findall(r'width="([0-9.]+)"', sheet))) < 40


def test_a_cell_longer_than_the_format_holds_is_refused() -> None:
    with pytest.raises(Refused, match="第2行有一格超过 32767 字"):
        xlsx.write(HEAD, [["学" * 32_768, ""]], title="表")


@pytest.mark.attack(33)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=3), st.text(max_size=40))
def test_any_text_is_written_and_kept(cells: list[str], title: str) -> None:
    data = xlsx.write(("首",) * len(cells), [cells], title=title)
    rows = xlsx_reading.read_rows(data, "a.xlsx")
    kept = [visible(cell).strip() for cell in cells]
    assert rows[1:] == ([kept] if any(kept) else [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_the_encodings_of_an_office(encoding: str) -> None:
    data = '姓名,职务\r\n张三,"民警, 二级"\r\n吴䶮,\r\n\r\n'.encode(encoding)
    assert xlsx_reading.read_rows(data, "名册.CSV") == [
        ["姓名", "职务"],
        ["张三", "民警, 二级"],
        ["吴䶮", ""],
    ]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_csv_of_another_program_is_read(delimiter: str) -> None:
    data = f"姓名{delimiter}职务\n张三{delimiter}民警\n".encode()
    assert xlsx_reading.read_rows(data, "a.csv") == [["姓名", "职务"], ["张三", "民警"]]


def test_empty_rows_inside_keep_the_numbers_of_the_others() -> None:
    assert xlsx_reading.read_rows("姓名,职务\n\n张三,民警\n".encode(), "a.csv")[2] == [
        "张三",
        "民警",
    ]


def test_numbers_come_as_a_person_reads_them() -> None:
    sheet = '<row r="1"><c r="A1"><v>12</v></c><c r="B1"><v>3.5</v></c></row>'
    assert xlsx_reading.read_rows(book(sheet), "a.xlsx") == [["12", "3.5"]]


def test_a_formula_comes_as_its_stored_result() -> None:
    sheet = '<row r="1"><c r="A1" t="str"><f>1+1</f><v>二</v></c></row>'
    assert xlsx_reading.read_rows(book(sheet), "a.xlsx") == [["二"]]


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"x" * (xlsx_reading.LARGEST + 1), "a.csv", "超过 5 MB"),
        (b"PK\x03\x04 damaged", "a.xlsx", "打不开"),
        (b"plain text", "a.xlsx", "内容不是 .xlsx"),
        (b"MZ\x90\x00", "a.xlsx", "内容不是 .xlsx"),
        (b"MZ\x90\x00", "a.csv", "内容不是 .csv"),
        (b"%PDF-1.4", "a.csv", "内容不是 .csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xlsx", "密码"),
        (b"x", "a.xls", "只能导入"),
        (b"x", "a", "只能导入"),
        (b"", "a.csv", "空的"),
        (b" , \n,\n", "a.csv", "空的"),
        (b"\xff\xff\x80", "a.csv", "文字编码"),
        (b"a\n" * 20_001, "a.csv", "超过20000行"),
        (b"," * 300 + b"a", "a.csv", "超过200列"),
        (b'"' + b"a" * 140_000 + b'"', "a.csv", "打不开"),
    ],
)
def test_an_unfit_file_is_refused_with_a_sentence(data: bytes, name: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        xlsx_reading.read_rows(data, name)


@pytest.mark.parametrize(
    ("place", "sentence"), [("A1048576", "超过20000行"), ("XFD1", "超过200列")]
)
def test_one_cell_far_away_does_not_fill_the_memory(place: str, sentence: str) -> None:
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    sheet = (
        f'<row r="1"><c r="A1"><v>1</v></c></row><row r="{row}"><c r="{place}"><v>1</v></c></row>'
    )
    with pytest.raises(Refused, match=sentence):
        xlsx_reading.read_rows(book(sheet), "a.xlsx")


@given(st.binary(max_size=400), st.sampled_from(["a.xlsx", "a.csv"]))
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    for candidate in (data, b"PK\x03\x04" + data):
        try:
            rows = xlsx_reading.read_rows(candidate, name)
        except Refused:
            continue
        assert all(isinstance(cell, str) for row in rows for cell in row)


def test_dates_times_and_numbers_are_written_as_such() -> None:
    data = xlsx.write(("日期", "时间", "人数"), [[date(2026, 3, 5), time(9, 30), 12]], title="表")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    assert sheet.to_python()[1] == [date(2026, 3, 5), time(9, 30), 12.0]


@pytest.mark.attack(32)
def test_csv_has_a_bom_and_runs_nothing() -> None:
    cells: list[xlsx.Cell] = ["=1+1", "＝1", " @SUM", "a,b", -3, date(2026, 3, 5)]
    lines = list(xlsx.csv_lines(("首",), [cells]))
    assert b"".join(lines).decode() == ("\ufeff首\r\n'=1+1,'＝1,' @SUM,\"a,b\",-3,2026-03-05\r\n")


def test_rows_are_taken_one_by_one() -> None:
    lines = xlsx.csv_lines(("首",), iter([["一"], ["二"]]))
    assert [next(lines), next(lines), next(lines)][2] == "一\r\n".encode()
