"""Titles broken by sense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.documents.titles import WIDEST, break_title


@pytest.mark.parametrize(
    "lines",
    [
        ["支部党员大会会议记录"],
        ["中共云州市公安局刑侦支队第一支部委员会", "2026年第三季度支部党员大会会议记录"],
        ["关于学习贯彻全市公安机关", "基层减负工作会议精神的专题会议"],
    ],
)
def test_a_title_is_broken_where_its_sense_allows(lines: list[str]) -> None:
    assert break_title("".join(lines)) == lines


def test_line_breaks_of_its_own_are_kept() -> None:
    assert break_title("中共云州市公安局党支部\n\n会议通知") == [
        "中共云州市公安局党支部",
        "会议通知",
    ]


@pytest.mark.parametrize(
    ("title", "whole"),
    [
        ("关于进一步做好2026年度党员发展和教育管理工作的通知", "2026年度"),
        ("中共云州市公安局委员会关于学习贯彻党的二十大精神的实施意见", "委员会"),
        ("关于印发《党支部工作手册》和做好有关学习组织工作的通知", "《党支部工作手册》"),
    ],
)
def test_words_numbers_and_quoted_names_stay_whole(title: str, whole: str) -> None:
    lines = break_title(title)
    assert len(lines) == 2
    assert any(whole in line for line in lines)


def test_no_title_has_no_lines() -> None:
    assert break_title(" \n ") == []


@given(st.text(max_size=120))
def test_no_character_is_lost_and_no_line_is_too_wide(title: str) -> None:
    lines = break_title(title)
    assert "".join("".join(lines).split()) == "".join(title.split())
    assert all(sum(0.5 if c < "\u0250" else 1 for c in line) <= WIDEST for line in lines)
