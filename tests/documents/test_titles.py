"""Titles broken by sense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studyapp.documents.titles import WIDEST, break_title


@pytest.mark.parametrize(
    "lines",
    [
        "支部党员大会会议记录",
        "中共云州市公安局刑侦支队第一支部委员会 / 2026年第三季度支部党员大会会议记录",
        "关于学习贯彻全市公安机关 / 基层减负工作会议精神的专题会议",
        "中共云州市公安局交通警察支队 / 高速公路一大队支部委员会 / 2026年第3次支部委员会会议记录",
        "云州市公安局刑事侦查支队 / 合成作战中心党支部关于学习贯彻 / 全国公安工作会议精神的情况报告",
        "中共云州市公安局 / 经济犯罪侦查支队第二支部委员会 / 关于召开2026年第四季度党员大会的通知",
        "云州市公安局巡逻特警支队 / 反恐处突大队党支部组织生活会会议记录",
        "关于印发《云州市公安局基层党支部标准化 / 规范化建设实施细则（试行）》的通知",
        "关于开展“循迹溯源学思想促践行” / 主题党日活动的通知",
        "关于认真学习贯彻习近平总书记 / 在全国公安工作会议上重要讲话精神的通知",
        "中共云州市公安局 / 出入境管理支队支部委员会 / 关于接收张晓明同志为中共预备党员的决议",
        "云州市公安局网络安全保卫支队 / 党支部2026年度民主评议党员工作方案",
        "云州市公安局监所管理支队看守所 / 党支部委员会换届选举工作情况的报告",
        "关于云州市公安局城东分局南湖派出所 / 党支部书记李建国同志任职的批复",
        "中共云州市公安局督察审计支队支部委员会 / 2026年上半年党风廉政建设工作总结",
        "云州市公安局大数据智能化应用支队党支部 / 学习习近平新时代中国特色社会主义思想 / 主题教育实施方案",
        "关于做好2026年“七一”建党节 / 走访慰问困难党员和老党员工作的通知",
        "中共云州市公安局指挥中心支部委员会 / 关于整治形式主义为基层减负 / 专项行动情况的报告",
        "云州市公安局特警支队党支部 / 关于深入贯彻中央八项规定精神 / 学习教育查摆问题整改落实情况的通报",
        "中共云州市公安局政治部 / 第二支部支部党员大会会议记录",
        "云州市公安局森林警察支队 / 党支部第十次主题党日活动签到表",
        "中共云州市公安局机场分局 / 空防安全保卫大队支部委员会会议纪要",
        "云州市公安局禁毒支队党支部 / 2026年第12次集中学习会议记录",
        "关于警务技术职级序列改革学习材料的 / 补充通知",
    ],
)
def test_a_title_is_broken_where_its_sense_allows(lines: str) -> None:
    assert " / ".join(break_title(lines.replace(" / ", ""))) == lines


def test_a_word_that_the_list_lacks_is_cut_last_of_all() -> None:
    assert break_title("关于在某某某某某某某某会议上传达有关文件精神的通知") == [
        "关于在某某某某某某某某",
        "会议上传达有关文件精神的通知",
    ]


def test_a_narrow_line_takes_fewer_characters() -> None:
    lines = break_title("关于学习贯彻全市公安机关基层减负工作会议精神的通知", 13)
    assert lines == ["关于学习贯彻全市公安机关", "基层减负工作会议精神的通知"]


def test_a_title_that_is_a_text_is_filled_line_by_line_at_once() -> None:
    title = "关于学习贯彻落实会议精神情况的报告" * 60
    lines = break_title(title)
    assert "".join(lines) == title
    assert min(map(len, lines[:-1])) > WIDEST / 2


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
