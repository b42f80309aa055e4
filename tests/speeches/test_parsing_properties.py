"""What holds for any text at all: nothing lost, nothing changed, never an error."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from studyapp.speeches.parsing import parse

SENTENCES = st.sampled_from(
    [
        "值班室的电话彻夜不停。",
        "我们走访了三百多户商铺，整改了四十七处隐患。",
        "统一、有力的指挥靠平时。",
        "二、三产业要平安。",
        "一是人要到，二是心要到。",
        "大家说说看？",
        "讲三点意见：",
        "来源清楚，去向明白。",
        "他说：“把话听完。”然后坐下",
        "第一时间赶到现场，",
        "2024年3月5日夜里下了雨，",
        "XX同志说得对!",
    ]
)
PARAGRAPHS = st.lists(SENTENCES, min_size=1, max_size=12).map("".join)
MARKERS = st.sampled_from(
    [
        "一、",
        "二、",
        "三、",
        "四、",
        "十一、",
        "（一）",
        "（二）",
        "(三)",
        "1.",
        "2.",
        "３．",
        "（1）",
        "（2）",
        "①",
        "②",
        "第一，",
        "第二，",
        "第三、",
        "第一项议程，",
        "第二项议程：",
        "第一部分　",
        "第二部分 ",
        "一 、",
        "一　",
        "二 ",
        "## 一、",
        "**二、",
        "下面，进行第二项议程，",
        "首先进行第一项议程：",
        "",
    ]
)
TITLES = st.sampled_from(
    ["问题导向", "提高认识，强化责任", "什么是初心？", "XX要过硬", "开好头 起好步", "三年行动"]
)
HEADINGS = st.builds(
    lambda indent, marker, title, end, body: indent + marker + title + end + body,
    st.sampled_from(["", "　　", "  "]),
    MARKERS,
    TITLES,
    st.sampled_from(["", "。", "：", "  ", "\n"]),
    st.one_of(st.just(""), PARAGRAPHS),
)
HEADS = st.sampled_from(
    [
        "在清江市公安工作会议上的讲话",
        "（范文）在清江市公安工作会议上的讲话",
        "——在党校的辅导报告",
        "同志们：",
        "各位代表，",
        "（2024年3月5日）",
        "市局党委书记 林远山",
        "林远山",
        "主讲人：韩梅",
        "时间：2024年1月2日 地点：三楼",
        "小鹿 分享 时间:",
        "以下是网友为您整理的范文，供您参考！",
        "首页 > 正文",
        "清江市公安局",
        "同志们：今天开会。",
        "目　录",
        "一、提高认识………………1",
        "凝心聚力 砥砺前行",
        "为平安而努力奋斗",
        "局长：刘 洋",
        "（2025年1月9日上午）",
    ]
)
JUNK = st.sampled_from(
    [
        "— 3 —",
        "12",
        "上一篇：通知",
        "责任编辑：钱多多",
        '");',
        "（图为会场。 赵小川 摄）",
        "来源：清江网",
        "47 3748756",
        "***********",
        "版权所有：清江网",
        "清江简报",
        "",
    ]
)
SPEECHES = st.builds(
    lambda head, body: "\n".join([*head, *body]),
    st.lists(HEADS, max_size=6),
    st.lists(st.one_of(PARAGRAPHS, HEADINGS, HEADINGS, JUNK), max_size=25),
)
ANYTHING = st.text(
    st.one_of(st.characters(), st.sampled_from("一二三、（）第，。：\n 　同志们1.年月日—")),
    max_size=300,
)


def letters(text: str) -> str:
    return "".join(char for char in text if not char.isspace())


def outline(text: str) -> dict[str, object]:
    shape = parse(text).to_json()
    return {key: shape[key] for key in shape if key not in {"removed", "warnings"}}


@given(st.one_of(SPEECHES, ANYTHING))
def test_every_letter_of_the_input_is_either_kept_or_removed(text):
    segments = parse(text).segments
    kept = letters("".join(part.text for part in segments if part.kind != "removed"))
    removed = letters("".join(part.text for part in segments if part.kind == "removed"))
    assert Counter(kept) + Counter(removed) == Counter(letters(text))


@given(st.one_of(SPEECHES, ANYTHING))
def test_the_wording_and_its_order_are_never_changed(text):
    segments = parse(text).segments
    rest = iter(letters(text))
    for char in letters("".join(part.text for part in segments if part.kind != "removed")):
        assert any(char == other for other in rest)


@given(SPEECHES)
def test_parsing_its_own_output_changes_nothing(text):
    parsed = parse(text)
    assert outline(parsed.kept_text()) == outline(text)


@given(st.one_of(SPEECHES, ANYTHING))
def test_themes_and_segments_agree(text):
    parsed = parse(text)
    heads = [part.theme for part in parsed.segments if part.level == 1]
    assert heads == list(range(len(parsed.themes)))
    assert all(theme.title and len(theme.title) <= 200 for theme in parsed.themes)
