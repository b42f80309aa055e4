"""What changed, in pieces a reader can follow."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.text.diff import Piece, diff, folded


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("", "", []),
        ("一样。", "一样。", [("same", "一样。")]),
        ("", "新句。", [("ins", "新句。")]),
        ("旧句。", "", [("del", "旧句。")]),
        ("甲，乙。", "甲，丙，乙。", [("same", "甲，"), ("ins", "丙，"), ("same", "乙。")]),
        (
            "会议决定每月学习一次。",
            "会议决定每周学习一次。",
            [("same", "会议决定每"), ("del", "月"), ("ins", "周"), ("same", "学习一次。")],
        ),
        (
            "上午开会。下午学习。",
            "完全重写了这句话。下午学习。",
            [("del", "上午开会。"), ("ins", "完全重写了这句话。"), ("same", "下午学习。")],
        ),
    ],
)
def test_a_change_is_shown_where_it_is(old: str, new: str, pieces: list[Piece]) -> None:
    assert diff(old, new) == pieces


def test_one_character_kept_inside_a_change_is_no_piece_of_its_own() -> None:
    pieces = diff("坚持党员学习制度安排不变", "坚持党员教习培训安排不变")
    assert [kind for kind, _ in pieces] == ["same", "del", "ins", "same"]


SENTENCES = st.text(alphabet="学习会议，。；\n ab", max_size=60)


@given(SENTENCES, SENTENCES)
def test_the_pieces_give_both_texts_back(old: str, new: str) -> None:
    pieces = diff(old, new)
    assert "".join(text for kind, text in pieces if kind != "ins") == old
    assert "".join(text for kind, text in pieces if kind != "del") == new
    assert all(text for _, text in pieces)


@given(SENTENCES, SENTENCES)
def test_neighbours_differ_and_a_deletion_comes_first(old: str, new: str) -> None:
    kinds = [kind for kind, _ in diff(old, new)]
    pairs = set(pairwise(kinds))
    assert pairs <= {
        ("same", "del"),
        ("same", "ins"),
        ("del", "ins"),
        ("del", "same"),
        ("ins", "same"),
    }


def test_a_long_unchanged_stretch_is_folded_to_what_stands_beside_the_change() -> None:
    long = "一" * 300
    assert folded([("ins", "甲"), ("same", long), ("del", "乙")]) == [
        ("ins", "甲"),
        ("same", "一" * 40),
        ("fold", "一" * 220),
        ("same", "一" * 40),
        ("del", "乙"),
    ]
    assert folded([("same", long), ("ins", "甲")]) == [
        ("fold", "一" * 260),
        ("same", "一" * 40),
        ("ins", "甲"),
    ]


def test_short_stretches_and_changes_are_never_folded() -> None:
    pieces: list[Piece] = [("same", "一" * 90), ("ins", "二" * 500), ("same", "三" * 90)]
    assert folded(pieces) == pieces


def test_a_text_without_any_change_is_shown_whole() -> None:
    assert folded([("same", "一" * 500)]) == [("same", "一" * 500)]


def test_a_text_of_one_clause_over_and_over_is_not_compared_clause_by_clause() -> None:
    old, new = "，" * 20_000, "，" * 19_999 + "。"
    assert diff(old, new) == [("del", old), ("ins", new)]
    assert diff(old, old) == [("same", old)]
