"""Breaking a title by sense into lines that form a trapezoid (GB/T 9704-2012, 7.3.1)."""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from studyapp.documents.title_words import WORDS

WIDEST = 19  # characters of 22 pt in 156 mm are 20; one is kept free

_NUMBER = "[一二三四五六七八九十百零〇\\d]+"
_SOLID = re.compile(
    rf"\d{{4}}年(?:度|第{_NUMBER}(?:季度|次)|[上下]半年|\d+月(?:\d+日)?)?"
    rf"|第{_NUMBER}[次届季度期号批]+|{_NUMBER}季度"
    # 第一支部, 三大队; the place in front of an office; 张三同志.
    rf"|第?{_NUMBER}(?:党?支部委员会|党?支部|[总支大中分]队|党小组|派出所)"
    r"|[\u4e00-\u9fff]{2,4}[省市县区州](?=公安|人民|政府)|[\u4e00-\u9fff]{2,3}同志"
    r"|〔\d+〕\d*号?|[A-Za-z0-9.%]+|《[^》]{1,14}》|“[^”]{1,14}”|" + "|".join(map(re.escape, WORDS))
)
_NO_START = "，。、；：？！）》〉」』】〕”’…—·%的了"
_NO_END = "（《〈「『【〔“‘"
_STRONG_AFTER = re.compile(r"(?:委员会|党支部|总支|党委|公安局|分局|支队|大队|派出所|，|：)$")
_STRONG_BEFORE = re.compile(
    r"关于|《|第[一二三四五六七八九十\d]|\d{4}年|支部党员大会|党员大会|支委会|党小组会|集中学习"
)
_GOOD_AFTER = re.compile(r"(?:的|和|与|及|暨|、|》|）)$")
_GOOD_BEFORE = re.compile(r"全市|全省|暨|“|贯彻|落实|推动|推进|加强|专题")
_BAD_AFTER = re.compile(r"(?:关于|在|对|向|为|以|把|被|从|由|召开|印发|开展|做好|加强)$")

_INSIDE_WORD, _UNKNOWN, _POOR, _FAIR, _GOOD, _STRONG = 400, 90, 60, 35, 15, 0
_EXTRA_LINE = 45  # fewer lines look better
_LEAST = 4  # characters on a line of its own
_MOST_LINES = 4  # a longer title is a text: its lines are filled, and no form is sought for it

_Plan = tuple[float, tuple[int, ...]]


def break_title(title: str, widest: int = WIDEST) -> list[str]:
    """The title's lines, at most ``widest`` characters each; its own line breaks are kept.

    Lines grow or shrink steadily (a trapezoid) as far as the sense allows; no line is cut inside
    a word of `title_words`, a number, a unit's or a person's name or a short quoted one.
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
    if least > _MOST_LINES:
        return tuple(_filled(title, widths, penalties, widest))
    counts = (least, least + 1)
    plans = [plan for count in counts for plan in _plans(widths, penalties, count, widest)]
    if not plans:  # hardly more than one line, or odd widths: cut where the line is full
        return tuple(_filled(title, widths, penalties, widest))
    _, cuts = min(plans)
    edges = (0, *cuts, len(title))
    return tuple(title[a:b].strip() for a, b in pairwise(edges))


def _filled(title: str, widths: list[float], penalties: list[int], widest: int) -> Iterator[str]:
    """Line after line, each cut at the best place in its second half."""
    start = 0
    while widths[-1] - widths[start] > widest:
        ends = [
            at
            for at in range(start + 1, len(title))
            if widest / 2 < widths[at] - widths[start] <= widest
        ]
        end = min(ends, key=lambda at: (penalties[at], -at), default=start + 1)
        yield title[start:end].strip()
        start = end
    yield title[start:].strip()


def _penalties(title: str) -> list[int]:
    """The cost of a line break before each position; none for the end."""
    spans = [match.span() for match in _SOLID.finditer(title)]
    inside = {at for start, end in spans for at in range(start + 1, end)}
    edges = {edge for span in spans for edge in span}
    costs = [
        _INSIDE_WORD if at in inside else _penalty(title, at, known=at in edges)
        for at in range(len(title))
    ]
    return [*costs, 0]


def _penalty(title: str, at: int, *, known: bool) -> int:
    head, tail = title[max(at - 6, 0) : at], title[at : at + 6]
    if not head or tail[0] in _NO_START or head[-1] in _NO_END:
        return _INSIDE_WORD
    if _BAD_AFTER.search(head):
        return _POOR
    if _STRONG_AFTER.search(head) or _STRONG_BEFORE.match(tail):
        return _STRONG
    if _GOOD_AFTER.search(head) or _GOOD_BEFORE.match(tail):
        return _GOOD
    return _FAIR if known else _UNKNOWN


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
