"""Which theme of a new version is which theme of the old one."""

import pytest

from studyapp.speeches.matching import Sketch, match

OLD = [
    Sketch(1, "摸清底数", "先把底数摸清，再把欠账还上。"),
    Sketch(2, "带好班组", "支部要建在队上，书记要站在前面。"),
    Sketch(3, "常学常用", "学一点就用一点，用一点再学一点。"),
]


@pytest.mark.parametrize(
    ("new", "found"),
    [
        (OLD, {0: 0, 1: 1, 2: 2}),
        (OLD[::-1], {0: 2, 1: 1, 2: 0}),
        (OLD[1:], {0: 1, 1: 2}),
        ([], {}),
        ([Sketch(1, "坚持摸清底数", "全是新话。")], {0: 0}),
        ([Sketch(1, "学以致用", "学一点就用一点，用一点再学一点。天天如此。")], {0: 2}),
        ([Sketch(1, "另起炉灶", "这一段和以前哪一段都不像。")], {}),
    ],
    ids=["same", "moved", "first gone", "empty", "renamed", "by its words", "new"],
)
def test_themes_are_told_by_title_or_words(new: list[Sketch], found: dict[int, int]) -> None:
    assert match(OLD, new) == found


def test_two_alike_are_told_by_their_number() -> None:
    old = [Sketch(1, "工作要求", "甲"), Sketch(2, "工作要求", "乙")]
    new = [Sketch(1, "工作要求", "丙"), Sketch(2, "工作要求", "丁")]
    assert match(old, new) == {0: 0, 1: 1}


def test_an_old_theme_is_used_once() -> None:
    new = [OLD[0], Sketch(2, "摸清底数", OLD[0].text)]
    assert match(OLD[:1], new) == {0: 0}
