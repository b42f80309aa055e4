"""A quote is found again, whatever a new wording did around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.speeches.anchors import find

TEXT = (
    "先把底数摸清，再把欠账还上。要把清单列好。"
    "窗口要把清单列好，让来的人少等。班组要管好，把值守排到人头。"
)


def found(text: str, quote: str, before: str = "", after: str = "") -> str | None:
    span = find(text, quote, before, after)
    return text[slice(*span)] if span else None


@pytest.mark.parametrize(
    ("quote", "words"),
    [
        ("再把欠账还上", "再把欠账还上"),
        ("先把底数摸清,再把欠账", "先把底数摸清，再把欠账"),
        ("先把底 数摸清", "先把底数摸清"),
        ("Ｄ没有这句话", None),
        ("", None),
        ("，。", None),
    ],
)
def test_words_are_found_in_spite_of_marks_and_spaces(quote: str, words: str | None) -> None:
    assert found(TEXT, quote) == words


def test_of_two_places_the_surroundings_decide() -> None:
    first, second = TEXT.index("把清单列好"), TEXT.rindex("把清单列好")
    assert find(TEXT, "把清单列好") == (first, first + 5)
    assert find(TEXT, "把清单列好", before="窗口要", after="让来的") == (second, second + 5)


def test_a_reworded_quote_is_found_between_its_neighbours() -> None:
    words = found(TEXT, "把岗位排到人头", before="班组要管好，", after="。")
    assert words is None  # A mark alone is no neighbour.
    text = f"{TEXT}这是硬要求。"
    words = found(text, "把值守排在人头", before="班组要管好", after="这是硬要求")
    assert words == "把值守排到人头"


def test_what_is_quite_different_between_the_neighbours_is_not_the_quote() -> None:
    text = "班组要管好，多开几次会。这是硬要求。"
    assert find(text, "把值守排到人头", "班组要管好", "这是硬要求") is None


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=10), st.text(max_size=10))
def test_no_text_makes_it_raise_and_a_span_lies_inside(
    text: str, quote: str, before: str, after: str
) -> None:
    span = find(text, quote, before, after)
    assert span is None or 0 <= span[0] < span[1] <= len(text)


@given(st.text("甲乙丙丁，。 ", min_size=1, max_size=40), st.data())
def test_words_that_stand_there_are_found(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    quote = text[start:end]
    if quote.strip():
        assert found(text, quote, text[:start], text[end:]) == quote
