"""Merging two wordings by paragraph: every paragraph is somebody's decision."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.text.merging import Stretch, merged, stretches

MINE = "一、到会\n我写的第二段\n三、散会"
THEIRS = "一、到会\n她写的第二段\n三、散会"


def test_only_the_paragraphs_that_differ_are_asked_about() -> None:
    assert stretches(MINE, THEIRS) == [
        Stretch(("一、到会",), ("一、到会",)),
        Stretch(("我写的第二段",), ("她写的第二段",)),
        Stretch(("三、散会",), ("三、散会",)),
    ]


@pytest.mark.parametrize(
    ("pick", "middle"),
    [
        ("mine", "我写的第二段"),
        ("theirs", "她写的第二段"),
        ("both", "她写的第二段\n我写的第二段"),
        ("nonsense", "她写的第二段\n我写的第二段"),
    ],
)
def test_what_was_picked_is_what_comes_out(pick: str, middle: str) -> None:
    assert merged(MINE, THEIRS, {1: pick}) == f"一、到会\n{middle}\n三、散会"


texts = st.lists(st.text(alphabet="学习会。 ", max_size=6), max_size=8).map("\n".join)


@given(texts, texts)
def test_picking_one_side_throughout_gives_that_side(mine: str, theirs: str) -> None:
    every = range(len(stretches(mine, theirs)))
    assert merged(mine, theirs, dict.fromkeys(every, "mine")) == mine
    assert merged(mine, theirs, dict.fromkeys(every, "theirs")) == theirs


@given(texts, texts)
def test_without_a_pick_no_character_is_lost(mine: str, theirs: str) -> None:
    found = merged(mine, theirs, {})
    for text in (mine, theirs):
        for character in set(text) - {"\n"}:
            assert found.count(character) >= text.count(character)
