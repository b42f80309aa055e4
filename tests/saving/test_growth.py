"""Growth: nothing was taken away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.saving.growth import is_growth


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", True),
        ("", "学", True),
        ("学", "", False),
        ("学习", "先学后习", True),
        ("学习", "习学", False),
        ("盯到底", "一个人盯到底。", True),
        ("盯到底。", "盯到底", False),
    ],
)
def test_cases(old: str, new: str, *, expected: bool) -> None:
    assert is_growth(old, new) is expected


@given(st.text(), st.text(), st.integers(0, 50))
def test_inserting_is_growth(old: str, piece: str, at: int) -> None:
    assert is_growth(old, old[:at] + piece + old[at:])


@given(st.text(min_size=1))
def test_deleting_is_not(old: str) -> None:
    assert not is_growth(old, old[1:])
