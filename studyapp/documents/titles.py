"""Breaking a title by sense into lines that form a trapezoid (GB/T 9704-2012, 7.3.1)."""

import math
import re
from functools import lru_cache
from itertools import pairwise

WIDEST = 19  # characters of 22 pt in 156 mm are 20; one is kept free

# Words a title must not be cut inside. Longest first when matching.
_WORDS = tuple(
    sorted(
        """
            中国共产党 支部委员会 总支部委员会 党员大会 中共 共产党 中央 全国 全省 全市
            全县 全区 全局 全警 全体 全面 省委 市委 县委 区委 党委 机关党委 总支部
            党总支 党支部 支部 党小组 委员会 委员 党员 大会 小组会 支委会 组织生活会
            组织生活 生活会 民主评议 民主 评议 主题党日 主题 党日 党课 集中学习 集中
            学习会 学习 专题 教育 活动 会议 记录 纪要 通知 通报 决定 决议 意见 方案
            报告 请示 批复 讲话 精神 重要 重要讲话 贯彻 落实 传达 研究 讨论 部署
            推进 加强 深化 改进 开展 做好 召开 印发 关于 工作 队伍 建设 政治 思想
            理论 作风 纪律 廉政 安全 公安 公安局 公安厅 公安部 公安机关 派出所 分局
            支队 大队 中队 总队 民警 辅警 警务 刑侦 治安 交通 交警 管理 办公室 办公
            指挥 中心 指挥中心 警卫 网络 网安 法制 监管 看守所 拘留所 后勤 保障 装备
            财务 宣传 人事 人民 政府 社会 主义 社会主义 新时代 特色 习近平 总书记
            书记 主席 局长 同志 年度 季度 上半年 下半年 第一 第二 第三 第四 第五
            第六 第七 第八 第九 第十 二十大 全会 代表 选举 换届 换届选举 发展
            发展党员 预备 转正 基层 减负 形式主义 整治 专项 行动 高质量 责任 担当
            问题 导向 改革 制度 体系 规定 条例 办法 细则 学习贯彻 情况 总结 计划
            要点 安排 工作会议 座谈会 推进会 动员 动员会 专题会 意识形态
        """.split(),
        key=len,
        reverse=True,
    )
)
_SOLID = re.compile(
    r"第[一二三四五六七八九十百零〇\d]+[次届季度期号批]|\d+年(?:\d+月)?(?:\d+日)?|[一二三四五六七八九十]+季度"
    r"|〔\d+〕\d*号?|[A-Za-z0-9.%]+|《[^》]{1,12}》|“[^”]{1,10}”|"
    + "|".join(map(re.escape, _WORDS))
)
_NO_START = "，。、；：？！）》〉」』】〕”’…—·%的了"
_NO_END = "（《〈「『【〔“‘"
_STRONG_AFTER = re.compile(r"(?:委员会|党支部|总支|党委|公安局|分局|支队|大队|派出所|，|：)$")
_STRONG_BEFORE = re.compile(
    r"关于|《|第[一二三四五六七八九十\d]|\d{4}年|党员大会|支委会|党小组会|集中学习"
)
_GOOD_AFTER = re.compile(r"(?:的|和|与|及|暨|、|》|”|）)$")
_GOOD_BEFORE = re.compile(r"会议|全市|全省|暨|“|贯彻|落实|推动|推进|加强|专题")
_BAD_AFTER = re.compile(r"(?:关于|在|对|向|为|以|把|被|从|由|召开|印发|开展|做好|加强)$")

_INSIDE_WORD, _POOR, _FAIR, _GOOD, _STRONG = 400, 60, 35, 15, 0
_EXTRA_LINE = 45  # fewer lines look better
_LEAST = 4  # characters on a line of its own

_Plan = tuple[float, tuple[int, ...]]


def break_title(title: str, widest: int = WIDEST) -> list[str]:
    """The title's lines, at most ``widest`` characters each; its own line breaks are kept.

    Lines grow or shrink steadily (a trapezoid) as far as the sense allows; no line is cut inside
    a common word, a number or a short quoted name.
    """
    return [
        line for part in title.split("\n") if part.strip() for line in _break(part.strip(), widest)
    ]


def _widths(title: str) -> list[float]:
    """Width before each position, in Han characters; Latin letters and figures count half."""
    total = [0.0]
    for character in title:
        total.append(total[-1] + (0.5 if character < "\u0250" else 1))
    return total


@lru_cache(maxsize=256)
def _break(title: str, widest: int) -> tuple[str, ...]:
    widths = _widths(title)
    if widths[-1] <= widest:
        return (title,)
    penalties = _penalties(title)
    least = math.ceil(widths[-1] / widest)
    plans = [
        plan for count in (least, least + 1) for plan in _plans(widths, penalties, count, widest)
    ]
    if not plans:  # hardly more than one line, or odd widths: cut where the line is full
        return tuple(title[i : i + widest] for i in range(0, len(title), widest))
    _, cuts = min(plans)
    edges = (0, *cuts, len(title))
    return tuple(title[a:b].strip() for a, b in pairwise(edges))


def _penalties(title: str) -> list[int]:
    """The cost of a line break before each position; none for the end."""
    inside = {i for match in _SOLID.finditer(title) for i in range(match.start() + 1, match.end())}
    return [_penalty(title, at, inside=at in inside) for at in range(len(title))] + [0]


def _penalty(title: str, at: int, *, inside: bool) -> int:
    head, tail = title[max(at - 6, 0) : at], title[at : at + 6]
    if inside or not head or tail[0] in _NO_START or head[-1] in _NO_END:
        return _INSIDE_WORD
    if _BAD_AFTER.search(head):
        return _POOR
    if _STRONG_AFTER.search(head) or _STRONG_BEFORE.match(tail):
        return _STRONG
    return _GOOD if _GOOD_AFTER.search(head) or _GOOD_BEFORE.match(tail) else _FAIR


def _plans(widths: list[float], penalties: list[int], count: int, widest: int) -> list[_Plan]:
    """The best ways to cut into ``count`` lines: cost and positions.

    Of all ways to one position only the best is kept for each width of the last line and each
    direction (growing, shrinking), so long titles stay cheap.
    """
    end_of_all = len(widths) - 1
    states: dict[tuple[int, float, int], _Plan] = {(0, 0.0, 0): (0.0, ())}
    for left in range(count - 1, -1, -1):
        following: dict[tuple[int, float, int], _Plan] = {}
        for (start, last, way), (cost, cuts) in states.items():
            ends = range(start + _LEAST, end_of_all - _LEAST + 1) if left else (end_of_all,)
            for end in ends:
                width = widths[end] - widths[start]
                if width > widest:
                    break
                price = cost + penalties[end] + _shape(last, width, way)
                key = (end, width, _way(last, width) or way)
                if key not in following or price < following[key][0]:
                    following[key] = (price, (*cuts, end) if left else cuts)
        states = following
    return [(cost + _EXTRA_LINE * count, cuts) for cost, cuts in states.values()]


def _way(last: float, width: float) -> int:
    return 0 if not last or width == last else (1 if width > last else -1)


def _shape(last: float, width: float, way: int) -> float:
    """Cost of two neighbouring lines: equal, very unequal, or turning back is no trapezoid."""
    if not last:
        return 0
    gap = abs(width - last)
    turned = 20 if way and _way(last, width) == -way else 0
    return turned + (12 if gap < 1 else 2.0 * max(gap - 5, 0))
