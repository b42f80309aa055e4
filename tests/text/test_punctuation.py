"""Half-width marks between Han characters, made full-width; the rest stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.text.punctuation import full_width_punctuation


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        ("同志们,大家好!", "同志们，大家好！"),
        ("分三步:一是学;二是做.", "分三步：一是学；二是做。"),
        ("对吗?对.", "对吗？对。"),
        ("要\"真学\",要'真用'.", "要“真学”，要‘真用’。"),
        ("减负(基层)工作", "减负（基层）工作"),
        ("完成GDP目标,继续", "完成GDP目标，继续"),
        ("增长3.5%,达1,000万", "增长3.5%，达1,000万"),
        ("第一行,\n第二行.", "第一行，\n第二行。"),
    ],
)
def test_marks_of_chinese_become_full_width(text: str, wide: str) -> None:
    assert full_width_punctuation(text) == wide


@pytest.mark.parametrize(
    "text",
    [
        "3.5", "14:30", "1,000", "1.学习", "附件.docx", "It's fine, really.", "f(x)", "等等...",
        "网址https://a.cn/b?c=1,2", "邮箱a.b@c.cn", "Hello (world)!", 'say "yes"', "",
    ],
)  # fmt: skip
def test_figures_addresses_and_latin_sentences_stay(text: str) -> None:
    assert full_width_punctuation(text) == text


def test_an_odd_quote_leaves_the_quotes_of_its_line() -> None:
    assert full_width_punctuation('他说"好\n要"学"') == '他说"好\n要“学”'


@given(st.text(alphabet="学习a1,.:;?!()\"' \n—（“https://@", max_size=60))
def test_every_mark_is_replaced_by_one_mark(text: str) -> None:
    wide = full_width_punctuation(text)
    assert len(wide) == len(text)
    marks = dict(zip(",.:;?!()", "，。：；？！（）", strict=True))
    changed = [(a, b) for a, b in zip(text, wide, strict=True) if a != b]
    assert all(marks.get(a) == b or (a in "\"'" and b in "“”‘’") for a, b in changed)


@given(st.text(max_size=80))
def test_any_text_keeps_its_length(text: str) -> None:
    assert len(full_width_punctuation(text)) == len(text)
