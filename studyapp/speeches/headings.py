"""Numbered headings: what opens one, where its words end, which numbering makes themes. Pure.

Schemes by rank: 第一部分 / 第一项议程 / 一、 / （一） / 第一， / 1. / （1）.
A number alone proves nothing (二、三产业): only a run that starts at one and goes on counts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_HAN = "一二三四五六七八九十"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"

# Name, pattern. The first group holds the number. Bounded everywhere: input may be hostile.
_SCHEMES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "part",
        re.compile(
            rf"第\s?([{_HAN}]{{1,3}}|\d{{1,2}})\s?(?:部分|章|编|篇|讲)[、，,：:．.\s]{{0,4}}"
        ),
    ),
    (
        "agenda",
        re.compile(
            rf"第([{_HAN}]{{1,3}}|\d{{1,2}})项(?:议程|议题|内容|工作|任务)?(?:[，,：:、．.]\s{{0,4}}|\s{{1,4}}|$)"
            # As the one who leads a meeting says it: 下面，进行第二项议程，
            r"|(?:(?:首先|下面|接下来|接着|现在|然后|最后)[，,]?)?(?:请|大会|会议)?(?:进行|是|开始|转入|进入)?"
            rf"(?:大会|会议)?的?第([{_HAN}]{{1,3}}|\d{{1,2}})项(?:议程|议题)(?:[，,：:、．.。]\s{{0,4}}|\s{{1,4}}|$)"
        ),
    ),
    ("han", re.compile(rf"([{_HAN}]{{1,3}})\s?[、．.]\s{{0,4}}")),
    ("paren", re.compile(rf"[（(]\s?([{_HAN}]{{1,3}})\s?[）)][、．.\s]{{0,4}}")),
    (
        "ordinal",
        re.compile(
            rf"第([{_HAN}]{{1,3}}|\d{{1,2}})(?:个方面|方面|个问题|点|条|个)?(?:[，,：:、]\s{{0,4}}|\s{{1,4}}|$)"
        ),
    ),
    ("digit", re.compile(r"(\d{1,2})\s?(?:、|．|\.(?:(?![\dA-Za-z])|(?=\d{4}年)))\s{0,4}")),
    (
        "pdigit",
        re.compile(
            rf"[（(]\s?(\d{{1,2}})\s?[）)][、．.\s]{{0,4}}|(\d{{1,2}})[）)]\s{{0,4}}|([{_CIRCLED}])\s{{0,4}}"
        ),
    ),
)
RANK = {name: rank for rank, (name, _) in enumerate(_SCHEMES)}

# «二、三产业», «二、三十年前»: a number and the next one, at the start of a line by chance.
_PAIRED = re.compile(
    r"十?(?:[、，和]|月|产业|季度|线|级|类|批|期|年级|楼|层|组|小组|处|科|中队|大队|支部|把手|者|轮|季|审|把|"
    r"百|千|万|亿|天|人|次|倍|岁|年(?:前|后|来|间|时间)|个(?:人|小时|月|星期|钟头)|十[年天人次个岁多万])"
)
# «一　统一思想»: a space does for the mark in a short line of its own.
_SPACED = re.compile(rf"([{_HAN}]{{1,3}})[ \u3000]{{1,4}}(?=[\u4e00-\u9fff“])")
_LONGEST_SPACED = 40

_SIGNS = "#*"
_MOST_SIGNS = 12
_MARKER_START = frozenset("第（(首下接现然最请大会进是开转" + _HAN + _CIRCLED)
_ENDS = "。！？；：!?;:"
_OPEN = "“‘（(《【「『〈["
_CLOSE = "”’）)》】」』〉]"
_MAX_TITLE = 45
_LONG_TITLE = 30  # more is rather a sentence
_WHOLE_LINE = 50
_LAST_RESORT = 60


@dataclass(frozen=True, slots=True)
class Marker:
    """A number that may open a heading. ``length``: characters of the line it takes."""

    scheme: str
    number: int
    length: int


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the words of a heading end: ``title`` without marker, ``end`` in the line."""

    title: str
    end: int
    is_unsure: bool = False


def number_of(digits: str) -> int:
    """Read 十二, 12, １２ or ⑫."""
    if digits in _CIRCLED:
        return _CIRCLED.index(digits) + 1
    if digits.isdecimal():
        return int(digits)
    tens, ten, ones = digits.rpartition("十")
    if not ten:
        return _HAN.index(digits[0]) + 1
    high = _HAN.index(tens[0]) + 1 if tens else 1
    return high * 10 + (_HAN.index(ones[0]) + 1 if ones else 0)


def match_marker(line: str, start: int = 0) -> Marker | None:
    """Return the marker at ``start`` (leading space skipped), if something follows it."""
    start = _words_start(line, start)
    if start >= len(line) or not (line[start] in _MARKER_START or line[start].isdecimal()):
        return None
    for name, pattern in _SCHEMES:
        found = pattern.match(line, start)
        if not found:
            continue
        rest = line[found.end() : found.end() + 12]
        if not rest.strip() and name in {"han", "paren", "digit", "pdigit"}:
            return None
        digits = next(group for group in found.groups() if group)
        number = number_of(digits)
        if name == "han" and is_paired(number, rest):
            return None
        return Marker(name, number, found.end())
    return _spaced_marker(line, start)


def _spaced_marker(line: str, start: int) -> Marker | None:
    if len(line) - start > _LONGEST_SPACED or line.rstrip()[-1] in _ENDS:
        return None
    found = _SPACED.match(line, start)
    return Marker("han", number_of(found.group(1)), found.end()) if found else None


def is_paired(number: int, rest: str) -> bool:
    """True if ``rest``, after 二、, goes on like 三产业 or 三十年前."""
    return number < len(_HAN) and rest[:1] == _HAN[number] and bool(_PAIRED.match(rest, 1))


def _words_start(line: str, start: int) -> int:
    """Skip space, and the signs that Markdown puts before a heading."""
    limit = min(len(line), start + _MOST_SIGNS)
    while start < len(line) and (
        line[start].isspace() or (start < limit and line[start] in _SIGNS)
    ):
        start += 1
    return start


def is_marker_alone(line: str) -> bool:
    """True for a line that holds 一、 and nothing else: its words are in the next line."""
    bare = line.strip()
    return 0 < len(bare) <= 6 and any(
        name in {"han", "paren", "digit", "pdigit"} and pattern.fullmatch(bare)
        for name, pattern in _SCHEMES
    )


def _sentence_end(line: str, start: int, limit: int) -> int | None:
    """Return the index after the first sentence end outside quotes and brackets."""
    depth, quoted = 0, False
    for index in range(start, min(len(line), start + limit)):
        char = line[index]
        if char == '"':
            quoted = not quoted
        elif char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth = max(0, depth - 1)
        elif depth == 0 and not quoted and _ends_here(line, index):
            return index + 1
    return None


def _is_all_title(line: str, start: int) -> bool:
    """True for a heading with a colon inside, in a line of its own: no sentence ends in it."""
    return not re.search(r"[。！？；!?;]", line[start:])


def _ends_here(line: str, index: int) -> bool:
    char = line[index]
    before, after = line[index - 1 : index], line[index + 1 : index + 2]
    if char in _ENDS:
        return not (char in ":：" and before.isdecimal() and after.isdecimal())
    return char == "." and not before.isascii() and not after.isdecimal()


def _strip_title(text: str) -> str:
    return text.strip().rstrip("。：:；;.，,、*").rstrip()


def cut_heading(line: str, marker: Marker, *, is_theme: bool) -> Cut | None:
    """Find where the heading's words end. None: no heading, the line is a numbered paragraph.

    A theme always gets a heading, an unsure one where its first sentence is long; a lower number
    before a long sentence is part of that sentence.
    """
    start = marker.length
    content = line[start:]
    size = len(content.strip())
    end = _sentence_end(line, start, _WHOLE_LINE + 1)
    if size <= _WHOLE_LINE and (end is None or not line[end:].strip()):
        return _cut(line, start, len(line))
    if is_theme and size <= _WHOLE_LINE and _is_all_title(line, start):
        return _cut(line, start, len(line))
    wide = re.compile(r"[ \u3000\t]{2,}|[\u3000\t]").search(line, start + 2, start + _MAX_TITLE)
    if wide and (end is None or wide.end() < end) and line[wide.end() :].strip():
        return _cut(line, start, wide.end())
    if end is not None and end - start <= _MAX_TITLE:
        return _cut(line, start, end, is_unsure=end - start > _LONG_TITLE)
    if not is_theme:
        return None
    return _last_resort(line, start)


def _cut(line: str, start: int, end: int, *, is_unsure: bool = False) -> Cut | None:
    while end < len(line) and line[end].isspace():
        end += 1
    title = _strip_title(line[start:end])
    if not title:
        title = _strip_title(line[:end])
    return Cut(title, end, is_unsure) if title else None


def _last_resort(line: str, start: int) -> Cut | None:
    """A theme whose first sentence is too long for a heading: its first clause, marked unsure."""
    for index in range(start + 2, min(len(line), start + 30)):
        if line[index] in "，, \u3000":
            return _cut(line, start, index + 1, is_unsure=True)
    return _cut(line, start, min(len(line), start + _LAST_RESORT), is_unsure=True)


@dataclass(frozen=True, slots=True)
class Item:
    """A marker and the line it stands in."""

    line: int
    marker: Marker


@dataclass(frozen=True, slots=True)
class Chain:
    """A run of one scheme from one upwards. ``gaps``: sentences about numbers that are off."""

    items: tuple[Item, ...]
    gaps: tuple[str, ...] = ()


def _chains(items: Sequence[Item]) -> list[Chain]:
    """Split the markers of one scheme into runs that start at one."""
    chains: list[Chain] = []
    run: list[Item] = []
    gaps: list[str] = []
    for position, item in enumerate(items):
        number = item.marker.number
        last = run[-1].marker.number if run else 0
        later = {other.marker.number for other in items[position + 1 : position + 12]}
        if number == last + 1:
            run.append(item)
        elif number == 1:
            chains.append(Chain(tuple(run), tuple(gaps)))
            run, gaps = [item], []
        elif run and last + 1 < number <= last + 3 and last + 1 not in later:
            gaps.append(f"编号从{last}直接到{number}，请核对是否缺了一个专题。")
            run.append(item)
        elif run and number == last and last + 2 in later and last + 1 not in later:
            gaps.append(f"编号{number}出现两次，请核对。")
            run.append(item)
    chains.append(Chain(tuple(run), tuple(gaps)))
    return [chain for chain in chains if len(chain.items) > 1]


def sub_items(markers: Sequence[Item]) -> dict[int, Marker]:
    """Return the markers inside one theme that belong to a run, by line."""
    by_scheme: dict[str, list[Item]] = {}
    for item in markers:
        by_scheme.setdefault(item.marker.scheme, []).append(item)
    return {
        item.line: item.marker
        for items in by_scheme.values()
        for chain in _chains(items)
        for item in chain.items
    }


def _drop_contents(chains: list[Chain]) -> list[Chain]:
    """Leave out a table of contents: a run without text between, repeated later."""
    kept = []
    for position, chain in enumerate(chains):
        span = chain.items[-1].line - chain.items[0].line
        if not (span < len(chain.items) and position + 1 < len(chains)):
            kept.append(chain)
    return kept


def _encloses(outer: Chain, inner: Sequence[Chain]) -> bool:
    """True if each inner run lies inside one item of the outer run that is not its last."""
    lines = [item.line for item in outer.items]
    for chain in inner:
        first, last = chain.items[0].line, chain.items[-1].line
        if not any(a < first and last < b for a, b in pairwise(lines)):
            return False
    return bool(inner)


def theme_items(markers: Sequence[Item]) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """Choose the numbering that makes the themes: the highest that no lower one encloses.

    Returns the items (empty: the text has no themes) and sentences about odd numbers.
    """
    by_scheme: dict[str, list[Item]] = {}
    for item in markers:
        by_scheme.setdefault(item.marker.scheme, []).append(item)
    chains = {
        name: found
        for name in sorted(by_scheme, key=RANK.__getitem__)
        if (found := _drop_contents(_chains(by_scheme[name])))
    }
    best: str | None = None
    for name, found in chains.items():
        if best is None or (len(found) == 1 and _encloses(found[0], chains[best])):
            best = name
    if best is None:
        return (), ()
    items = tuple(item for chain in chains[best] for item in chain.items)
    gaps = [gap for chain in chains[best] for gap in chain.gaps]
    if len(chains[best]) > 1:
        gaps.append("编号中途又从一开始，可能是两篇文稿，请核对。")
    return items, tuple(gaps)
