"""Speeches taken apart: texts of all shapes with what is expected of each, and the traps."""

import json
import time
from collections import Counter
from pathlib import Path

import pytest

from studyapp.speeches.parsing import parse

TEXTS = sorted((Path(__file__).parent / "texts").glob("*.txt"))
DEMO = Path(__file__).parents[2] / "studyapp" / "dashboards" / "demo" / "speech.txt"
REAL = sorted((Path(__file__).parents[3] / "shared" / "speeches").glob("*.txt"))


def letters(text: str) -> str:
    return "".join(char for char in text if not char.isspace())


def structure(text: str) -> dict[str, object]:
    """What the parser found, without what it threw away and its remarks."""
    found = parse(text).to_json()
    return {key: found[key] for key in found if key not in {"removed", "warnings"}}


def test_there_are_enough_texts_to_trust_the_parser():
    assert len(TEXTS) >= 25


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_text_is_taken_apart_as_expected(path):
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert parse(path.read_text(encoding="utf-8")).to_json() == expected


@pytest.mark.parametrize("path", [*TEXTS, *REAL], ids=lambda path: path.stem)
def test_parsing_what_was_kept_changes_nothing(path):
    text = path.read_text(encoding="utf-8")
    assert structure(parse(text).kept_text()) == structure(text)


@pytest.mark.parametrize("path", [*TEXTS, *REAL], ids=lambda path: path.stem)
def test_every_letter_stands_in_exactly_one_segment(path):
    text = path.read_text(encoding="utf-8")
    segments = parse(text).segments
    assert Counter(letters(text)) == Counter(letters("".join(part.text for part in segments)))


@pytest.mark.parametrize("path", [*TEXTS, *REAL], ids=lambda path: path.stem)
def test_the_json_leaves_out_nothing_but_separators(path):
    text = path.read_text(encoding="utf-8")
    shape = parse(text).to_json()
    values = [shape[key] or "" for key in ("title", "speaker", "date", "salutation")]
    values += shape["opening"] + shape["closing"] + shape["removed"]
    for theme in shape["themes"]:
        values += [theme["title"], *theme["paragraphs"]]
    missing = Counter(letters(text)) - Counter(letters("".join(values)))
    # Separators: numbers of themes, marks after headings and salutation, brackets, labels.
    numbers = "一二三四五六七八九十0123456789０１２３第部分项议程"
    labels = "主讲人时间同志首先下面进行上午个方面#*"
    assert set(missing) <= set(numbers + labels + "、，。：:；.．（）()！,？")


@pytest.mark.skipif(not REAL, reason="optional: the real speech is not beside this project")
def test_the_real_speech_gives_its_six_themes_and_no_junk():
    shape = parse(REAL[0].read_text(encoding="utf-8")).to_json()
    assert shape["title"] == "市局机关党委书记在全市公安政治工作会议上的讲话"
    assert shape["salutation"] == "同志们"
    assert (shape["speaker"], shape["date"]) == (None, None)
    assert len(shape["opening"]) == 2
    assert [(theme["number"], theme["title"]) for theme in shape["themes"]] == [
        (1, "问题导向"),
        (2, "党建统领"),
        (3, "理论武装"),
        (4, "严管厚爱"),
        (5, "责任担当"),
        (6, "改革强警"),
    ]
    assert [len(theme["paragraphs"]) for theme in shape["themes"]] == [1] * 6
    assert [text[:8] for text in shape["closing"]] == ["在党的所有工作中"]
    assert shape["removed"][1] == "云海 分享 时间:"
    assert shape["removed"][-2:] == ["47 3748756", '");']
    assert len(shape["removed"]) == 5


def test_the_demo_speech_has_six_themes_and_more_than_3000_characters():
    text = DEMO.read_text(encoding="utf-8")
    themes = parse(text).to_json()["themes"]
    assert ([theme["number"] for theme in themes], len(text) > 3000) == ([1, 2, 3, 4, 5, 6], True)


@pytest.mark.parametrize(
    ("sentence", "count"),
    [
        ("下面，我讲四点意见。", "四"),
        ("我再强调４个方面。", "四"),
        ("借此机会，谈四层意思。", "四"),
        ("今天部署十二项任务。", "12"),
        ("下面，从五个方面汇报。", "五"),
    ],
)
def test_an_announced_count_is_checked(sentence, count):
    text = f"在夏训班上的讲话\n同志们：\n{sentence}\n一、练兵\n苦练。\n二、比武\n真比。"
    assert parse(text).warnings == (f"原文说讲{count}点，找到两个专题，请核对。",)


@pytest.mark.parametrize(
    "sentence", ["我完全赞成市局提出的五项要求。", "刚才，三个单位作了发言。", "概括起来是八个字。"]
)
def test_what_others_demanded_announces_nothing(sentence):
    text = f"在夏训班上的讲话\n同志们：\n{sentence}\n一、练兵\n苦练。\n二、比武\n真比。"
    assert parse(text).warnings == ()


def test_sub_headings_have_levels_and_say_whether_they_ran_into_their_text():
    text = (Path(__file__).parent / "texts" / "four_levels.txt").read_text(encoding="utf-8")
    found = [
        (part.text, part.level, part.is_glued)
        for part in parse(text).segments
        if part.kind == "heading"
    ]
    assert found == [
        ("一、工作重点", 1, False),
        ("（一）队伍管理", 2, False),
        ("1.值班备勤", 3, False),
        ("（1）交接班要当面。", 4, True),
        ("（2）记录要完整。", 4, True),
        ("2.请销假", 3, False),
        ("（二）业务能力", 2, False),
        ("二、工作要求", 1, False),
    ]


def test_a_removed_line_says_why():
    parsed = parse("在夏训班上的讲话\n同志们：\n夏训开始了。\n责任编辑：钱多多\n— 3 —\n")
    reasons = [(part.text, part.reason) for part in parsed.segments if part.kind == "removed"]
    assert reasons == [("责任编辑：钱多多", "编辑署名"), ("— 3 —", "页码")]


def test_the_occasion_comes_from_the_title():
    assert parse("在全市夏季治安会上的讲话\n同志们：\n开会了。").occasion == "全市夏季治安会"


@pytest.mark.parametrize(
    ("line", "speaker", "date"),
    [
        ("（2024年3月5日）", None, "2024年3月5日"),
        ("2024-03-05", None, "2024-03-05"),
        ("时间：2024年3月5日", None, "2024年3月5日"),
        ("二〇二四年三月五日", None, "二〇二四年三月五日"),
        ("（2024年3月5日 林远山）", "林远山", "2024年3月5日"),
        ("市局党委书记 林远山", "林远山", None),
        ("林远山（市局党委书记）", "林远山", None),
        ("林　远", "林远", None),
        ("禁毒办主任：林 远", "林远", None),
        ("（2024年3月5日下午）", None, "2024年3月5日"),
        ("讲话人：林远山", "林远山", None),
        ("发布时间：2024-03-05", None, None),
    ],
)
def test_particulars_under_the_title_are_read(line, speaker, date):
    parsed = parse(f"在全市夏季治安会上的讲话\n{line}\n同志们：\n会议开始了。")
    assert (parsed.title, parsed.speaker, parsed.date) == (
        "在全市夏季治安会上的讲话",
        speaker,
        date,
    )
    assert parsed.salutation == "同志们"


@pytest.mark.parametrize(
    ("title", "speaker"),
    [
        ("林远山在清江会议上的讲话", "林远山"),
        ("市委书记林远山同志在清江会议上的讲话", "林远山"),
        ("公安局在清江会议上的发言", None),
        ("全市党委书记在清江会议上的讲话", None),
    ],
)
def test_a_name_in_the_title_is_the_speaker_a_post_is_not(title, speaker):
    assert parse(f"{title}\n同志们：\n会议开始了。").speaker == speaker


@pytest.mark.parametrize(
    "text", ["", " \n\u3000\n", "\ufeff", "一、", "第", "\x00\x01", "同志们：", "— 3 —"]
)
def test_scraps_give_no_themes_and_no_error(text):
    assert parse(text).themes == ()


def test_an_empty_text_says_so():
    assert parse("\n \n").warnings == ("没有文字。",)


@pytest.mark.attack(45)
@pytest.mark.parametrize(
    "text",
    [
        "a" * 50_000,
        "（" * 50_000,
        "一、" * 25_000,
        "第一，" * 20_000,
        "同志们" * 20_000,
        "各位，" * 20_000,
        "\n" * 50_000,
        "— 1 —" * 10_000,
        " " * 50_000,
        "— " * 25_000,
        "甲 " * 25_000,
        "1." * 25_000,
        "（一）\n" * 12_000,
        "一、甲。\n" * 8_000,
        "一、甲\n二、乙\n" * 4_000,
        '"' * 50_000,
        "。" * 50_000,
        "[({" * 16_000,
        "。 " * 25_000,
        "甲a " * 17_000,
        "甲，\n" * 20_000,
        "相关文章\n" * 10_000,
        "下面进行第" * 10_000,
    ],
    ids=lambda text: repr(text[:4]),
)
def test_hostile_repetition_costs_no_time(text):
    started = time.process_time()
    parse(text)
    # Ten times what attack case 45 allows: a guard, not a benchmark.
    assert time.process_time() - started < 1.0


def test_ten_thousand_characters_take_milliseconds():
    sample = (Path(__file__).parent / "texts" / "four_levels.txt").read_text(encoding="utf-8")
    head, _, body = sample.partition("一、")
    themes = [f"{number}、{body.replace('二、', '（三）')}" for number in "一二三四五六七八九"]
    text = head + "".join(themes)
    text += ("值班的同志辛苦了，请把今天的情况记下来。" * 20 + "\n") * (
        (10_000 - len(text)) // 400 + 1
    )
    assert len(text) >= 10_000
    best = min(_timed(text) for _ in range(5))
    # Target 20 ms; ten times that on a loaded machine.
    assert best < 0.2


def _timed(text: str) -> float:
    started = time.process_time()
    parse(text)
    return time.process_time() - started
