"""What people paste, made safe without a change of wording."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.text.cleaning import clean, clean_name, visible


@pytest.mark.attack(31, 33)
@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\r\nb\rc\x0bd\x0ce\u2028f", "a\nb\nc\nd\ne\nf"),
        ("学\x00习\x1f\ufffe\ud800", "学习"),
        ("甲\u202e乙\u2066丙\u200b\ufeff", "甲乙丙"),
        ("e\u0301", "\u00e9"),
        ("e\u200b\u0301", "\u00e9"),
        ("（①㎡）１Ａ　\t", "（①㎡）１Ａ　\t"),
        ("  首尾  ", "  首尾  "),
    ],
)
def test_only_what_cannot_be_kept_is_dropped(text: str, kept: str) -> None:
    assert clean(text) == kept


@pytest.mark.attack(31, 47)
@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("张　三", "张三"),
        (" 欧阳 明月 ", "欧阳明月"),
        ("John  Smith", "John Smith"),
        ("阿不都·热合曼", "阿不都·热合曼"),
        ("王\n五", "王五"),
        ("李\ufe00四\u200d", "李四"),
    ],
)
def test_a_name_is_one_line_without_padding(name: str, kept: str) -> None:
    assert clean_name(name) == kept


BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
UNSEEN = "\u200b\u2060\u2064\ufeff\ufffe\U0001ffff\U000e0041"
IN_TEXTS_ONLY = "\u200c\u200d\ufe0f\u00ad\u180e\U000e0100"
ODD = f"\x00\x0b\x1f\x7f\x85\r\n\u2028\ud800\udfff\u0301\u3000{BIDI}{UNSEEN}{IN_TEXTS_ONLY}"
# By itself the strategy gives no surrogates, and hardly ever what is not seen.
TEXTS = st.text(st.characters() | st.sampled_from(ODD))


@given(TEXTS)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    for rule in (clean, clean_name, visible):
        assert rule(rule(text)) == rule(text)


@pytest.mark.attack(31, 33)
@given(TEXTS)
def test_clean_text_is_composed_and_can_be_stored(text: str) -> None:
    for rule in (clean, clean_name, visible):
        made = rule(text)
        assert unicodedata.is_normalized("NFC", made)
        assert made.encode("utf-8").decode("utf-8") == made
        assert {c for c in made if unicodedata.category(c) in {"Cc", "Cs"}} <= {"\n", "\t"}
        assert set(made) & {*BIDI, *UNSEEN} == set()
    assert set(clean_name(text)) & {*IN_TEXTS_ONLY, "\n", "\t"} == set()


@given(st.text(alphabet=st.characters(categories=["Lo", "Nd", "Po", "Ps", "Pe", "Sm", "So"])))
def test_no_letter_figure_or_mark_is_lost(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    assert clean(text) == text
