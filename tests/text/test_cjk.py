"""Names, numbers, dates and lengths as an office writes them."""

import importlib.util
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.text import cjk

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("character", "count"),
    [
        ("一", 1), ("丁", 2), ("王", 4), ("李", 7), ("张", 7), ("陈", 7), ("欧", 8), ("赵", 9),
        ("国", 8), ("龙", 5), ("永", 5), ("魏", 17), ("龘", 48), ("䶮", 9), ("𬱖", 11),
    ],
)  # fmt: skip
def test_strokes_are_those_of_unihan(character: str, count: int) -> None:
    assert cjk.strokes(character) == count


def test_every_basic_han_character_has_its_strokes() -> None:
    # Unicode 15: the block holds 20,992 characters, U+4E00 to U+9FFF.
    assert [hex(c) for c in range(0x4E00, 0xA000) if not 1 <= cjk.strokes(chr(c)) <= 64] == []


def test_what_unihan_does_not_know_comes_last() -> None:
    assert {cjk.strokes(c) for c in "a1\u3000\U0001f600"} == {99}


def test_people_are_sorted_by_the_strokes_of_their_surname() -> None:
    names = ["赵小军", "欧阳明月", "王海峰", "陈卫东", "丁一", "王一", "李强", "张伟"]
    assert sorted(names, key=cjk.stroke_key) == [
        "丁一", "王一", "王海峰", "张伟", "李强", "陈卫东", "欧阳明月", "赵小军",
    ]  # fmt: skip


def test_one_surname_stays_together_and_short_names_come_first() -> None:
    names = ["王小洪", "王勇", "毛一", "王宁", "毛泽"]
    assert sorted(names, key=cjk.stroke_key) == ["毛一", "毛泽", "王宁", "王勇", "王小洪"]


def test_the_key_of_any_name_can_be_compared() -> None:
    assert sorted(["", "a", "王", "王a"], key=cjk.stroke_key) == ["", "王", "王a", "a"]


def test_the_stroke_table_is_what_its_script_makes(tmp_path: Path) -> None:
    source = tmp_path / "Unihan_IRGSources.txt"
    source.write_text(
        "# Unicode version: 15.0.0\nU+4E00\tkTotalStrokes\t1\nU+4E01\tkTotalStrokes\t2\n"
        "U+8303\tkTotalStrokes\t8 9\nU+4E00\tkIRG_GSource\tG0-523B\n",
        encoding="utf-8",
    )
    spec = importlib.util.spec_from_file_location("build", ROOT / "scripts" / "build_strokes.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    version, counts = build.read_counts(source)
    assert (version, counts) == ("15.0.0", {0x4E00: 1, 0x4E01: 2, 0x8303: 8})
    assert build.runs(counts) == ['4E00 "#', "8303 )"]
    kept = (ROOT / "studyapp/text/data/strokes.txt").read_text(encoding="utf-8")
    assert kept.startswith(build.HEADER.format(version="15.0.0"))


def test_the_stroke_script_says_what_it_needs(tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    script = str(ROOT / "scripts" / "build_strokes.py")
    for arguments, sentence in (([], "usage"), ([str(empty)], "no kTotalStrokes")):
        done = subprocess.run(
            [sys.executable, script, *arguments], check=False, capture_output=True, text=True
        )
        assert done.returncode == 1
        assert sentence in done.stderr


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("王海峰", ("王", "海峰")),
        ("欧阳修", ("欧阳", "修")),
        ("欧阳", ("欧", "阳")),
        ("司马相如", ("司马", "相如")),
        ("", ("", "")),
    ],
)
def test_a_compound_surname_is_one(name: str, parts: tuple[str, str]) -> None:
    assert cjk.split_name(name) == parts


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("单志强", "szq"), ("曾国庆", "zgq"), ("解放", "xf"), ("仇和", "qh"), ("尉迟恭", "ycg"),
        ("欧阳明月", "oymy"), ("王海峰", "whf"), ("张 三", "zs"), ("John", "john"), ("", ""),
    ],
)  # fmt: skip
def test_initials_read_a_surname_as_a_surname(name: str, letters: str) -> None:
    assert cjk.initials(name) == letters


@pytest.mark.parametrize(
    ("name", "padded"),
    [("张三", "张　三"), ("王海峰", "王海峰"), ("Li", "Li"), ("王", "王"), ("A王", "A王")],
)
def test_two_characters_are_padded_to_three(name: str, padded: str) -> None:
    assert cjk.pad_name(name) == padded


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "零"), (2, "二"), (10, "十"), (12, "十二"), (20, "二十"), (100, "一百"), (105, "一百零五"),
        (110, "一百一十"), (1010, "一千零一十"), (10_000, "一万"), (10_500, "一万零五百"),
        (100_000, "十万"), (110_003, "十一万零三"), (100_000_000, "一亿"), (100_000_001, "一亿零一"),
    ],
)  # fmt: skip
def test_numbers_in_words(number: int, words: str) -> None:
    assert cjk.chinese_number(number) == words


@given(st.integers(0, 10**12 - 1))
def test_numbers_in_words_read_back(number: int) -> None:
    assert cjk.parse_chinese_number(cjk.chinese_number(number)) == number


@pytest.mark.parametrize("number", [-1, 10**12])
def test_a_number_out_of_range_is_a_fault_of_the_caller(number: int) -> None:
    with pytest.raises(ValueError, match=str(number)):
        cjk.chinese_number(number)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("二〇二六", 2026),
        ("两百", 200),
        ("十", 10),
        ("", None),
        ("学", None),
        ("十百", None),
        ("12", None),
    ],
)
def test_numbers_are_read_from_words(words: str, number: int | None) -> None:
    assert cjk.parse_chinese_number(words) == number


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ("守住民心", "“守住民心”"),
        ("把“首问负责”做在平时", "“把‘首问负责’做在平时”"),
        ("“守住民心”", "“守住民心”"),
        ("“甲”和“乙”", "“‘甲’和‘乙’”"),
    ],
)
def test_a_quotation_inside_another_has_its_own_marks(words: str, printed: str) -> None:
    assert cjk.quoted(words) == printed


def test_a_date_has_no_leading_zero() -> None:
    assert cjk.format_date(date(2026, 3, 5)) == "2026年3月5日"


def test_a_span_names_the_day_once_unless_it_is_another() -> None:
    start = datetime(2026, 11, 23, 14, 30)  # noqa: DTZ001 -- shown as it stands
    assert cjk.format_span(start) == "2026年11月23日（周一）14:30"
    assert cjk.format_span(start, start.replace(hour=16, minute=5)) == (
        "2026年11月23日（周一）14:30—16:05"
    )
    assert cjk.format_span(start, start.replace(day=24)) == (
        "2026年11月23日（周一）14:30—2026年11月24日（周二）14:30"
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("学习。", 3),
        ("学 习\n", 2),
        ("GDP 增长 3.5%", 5),
        ("user@example.cn", 1),
        ("《纪要》", 4),
    ],
)
def test_characters_are_counted_as_office_programs_do(text: str, count: int) -> None:
    assert cjk.count_characters(text) == count


def test_reading_takes_whole_minutes() -> None:
    assert [cjk.reading_minutes("学" * n) for n in (0, 1, 400, 401)] == [0, 1, 1, 2]
    assert cjk.reading_minutes("学" * 400, aloud=True) == 2
