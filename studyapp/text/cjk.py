"""Chinese names, numbers, dates and lengths as an office writes them."""

import math
import re
from bisect import bisect_right
from datetime import date, datetime
from functools import lru_cache
from itertools import islice, product
from pathlib import Path

_STROKES = Path(__file__).parent / "data" / "strokes.txt"
_UNKNOWN_STROKES = 99  # after every known character (the most Unihan knows is 84)

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_IS_HAN = re.compile(f"[{HAN}]")

COMPOUND_SURNAMES = frozenset(
    """
        欧阳 司马 上官 诸葛 夏侯 东方 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 司徒
        司空 澹台 申屠 公羊 太史 端木 百里 呼延 南宫 独孤 轩辕 钟离 闻人 万俟
        赫连 濮阳 淳于 单于 鲜于 完颜 拓跋 第五 西门 东郭 南门 东门 左丘 梁丘
        闾丘 宗政 公冶 仲孙 叔孙 亓官 巫马 公西 漆雕 乐正 壤驷 公良 夹谷 谷梁
        宰父 段干 微生 羊舌 纳兰 那拉 叶赫
    """.split()
)

# Readings that differ when the character is a surname: first letters only.
_SURNAME_INITIALS = {
    "解": "x", "单": "s", "曾": "z", "仇": "q", "区": "o", "查": "z", "盖": "g", "朴": "p",
    "任": "r", "召": "s", "缪": "m", "尹": "y", "乐": "y", "覃": "q", "重": "c", "种": "c",
    "秘": "b", "冼": "x", "折": "s", "黑": "h", "繁": "p", "逄": "p", "员": "y", "祭": "z",
    "翟": "z", "臧": "z", "洗": "x", "适": "k", "隗": "w", "俞": "y", "佴": "n", "那": "n",
    "晟": "c", "撒": "s", "眭": "s", "尉": "w", "郗": "x", "郇": "x", "璩": "q", "洪": "h",
    "葛": "g", "盛": "s", "车": "c", "长": "c", "石": "s", "便": "p", "贾": "j", "柏": "b",
    "宓": "m", "弗": "f", "谌": "c", "谭": "t", "都": "d", "阚": "k", "厍": "s", "牟": "m",
    "瞿": "q", "褚": "c", "啜": "c", "术": "z", "亓": "q", "么": "y", "粘": "n", "钭": "t",
}  # fmt: skip
_COMPOUND_INITIALS = {
    "尉迟": "yc",
    "万俟": "mq",
    "长孙": "zs",
    "澹台": "tt",
    "单于": "cy",
    "乐正": "yz",
}


@lru_cache(maxsize=1)
def _stroke_runs() -> tuple[list[int], list[str]]:
    """First code points and, beside them, the counts of the run that starts there."""
    starts, counts = [], []
    for line in _STROKES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            start, _, run = line.partition(" ")
            starts.append(int(start, 16))
            counts.append(run)
    return starts, counts


def strokes(character: str) -> int:
    """Stroke count by Unihan kTotalStrokes; 99 for what it does not know."""
    starts, counts = _stroke_runs()
    index = bisect_right(starts, ord(character)) - 1
    if index < 0 or ord(character) - starts[index] >= len(counts[index]):
        return _UNKNOWN_STROKES
    return ord(counts[index][ord(character) - starts[index]]) - 0x21


def split_name(name: str) -> tuple[str, str]:
    """Surname and given name: 欧阳 + 修, 王 + 小明."""
    size = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    return name[:size], name[size:]


def stroke_key(name: str) -> tuple[tuple[tuple[int, int], ...], int, tuple[tuple[int, int], ...]]:
    """Sort key for 姓氏笔画: surname by strokes, then one-character given names, then by strokes.

    As in published rosters (王宁 王勇 王小洪): characters compare by stroke count, equal counts by
    code point, so that a surname stays together.
    """
    surname, given = split_name(name)
    return _by_strokes(surname), len(given), _by_strokes(given)


def _by_strokes(text: str) -> tuple[tuple[int, int], ...]:
    return tuple((strokes(character), ord(character)) for character in text)


def initials(name: str) -> str:
    """拼音首字母 in lower case, surnames read as surnames: 单志强 → szq. Latin letters stay."""
    # pypinyin loads megabytes of tables; most processes never ask for a reading.
    from pypinyin import Style, lazy_pinyin

    surname, given = split_name("".join(name.split()))
    head = _COMPOUND_INITIALS.get(surname) or _SURNAME_INITIALS.get(surname)
    if head is None:
        head = "".join(lazy_pinyin(surname, style=Style.FIRST_LETTER))
    letters = head + "".join(lazy_pinyin(given, style=Style.FIRST_LETTER))
    return "".join(letter for letter in letters.lower() if letter.isalnum())


def spellings(name: str) -> set[str]:
    """The ways to write a name in 拼音 without tones, in both orders: 单志强 → shanzhiqiang, …"""
    # As in initials: loaded where somebody asks.
    from pypinyin import Style, pinyin

    surname, given = split_name("".join(name.split()))
    heads, tails = (
        {
            "".join(reading)
            for reading in islice(
                product(*pinyin(part, style=Style.NORMAL, heteronym=True, v_to_u=False)), 32
            )
        }
        for part in (surname, given)
    )
    both = {whole for h in heads for t in tails for whole in (h + t, t + h)}
    return {whole.lower() for whole in both}


def bracketed(*words: str) -> str:
    """What stands behind a name: （支队长，指导换届）; nothing where no word is given."""
    inner = "，".join(word for word in words if word)
    return f"（{inner}）" if inner else ""


_INNER = str.maketrans("“”", "‘’")


def quoted(words: str) -> str:
    """Words between “ ”, their own quotation marks between ‘ ’ (GB/T 15834-2011, 4.8.3.3).

    Words that are one quotation already stay as they are.
    """
    is_quotation = words.startswith("“") and words.endswith("”") and words.count("“") == 1
    return words if is_quotation else f"“{words.translate(_INNER)}”"


def pad_name(name: str) -> str:
    """A two-character Han name with an ideographic space between: 张　三. Others unchanged."""
    if len(name) == 2 and all(map(_IS_HAN.match, name)):
        return f"{name[0]}\u3000{name[1]}"
    return name


_DIGITS = "零一二三四五六七八九"
_UNITS = ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十"))
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)} | {"〇": 0, "两": 2}


def chinese_number(number: int) -> str:
    """12 → 十二, 105 → 一百零五. For whole numbers from 0 to below 10¹²; ValueError outside."""
    if not 0 <= number < 10**12:
        raise ValueError(number)
    text = _spell(number)
    return text.removeprefix("一") if text.startswith("一十") else text


def _spell(number: int) -> str:
    if number < 10:
        return _DIGITS[number]
    size, unit = next(pair for pair in _UNITS if number >= pair[0])
    head, rest = divmod(number, size)
    if not rest:
        return _spell(head) + unit
    gap = "零" if rest < size // 10 else ""
    return _spell(head) + unit + gap + _spell(rest)


def parse_chinese_number(text: str) -> int | None:
    """十二 → 12, 一百零五 → 105, 二〇二六 → 2026; None for anything else, empty included."""
    if text and all(character in _VALUES for character in text):
        return int("".join(str(_VALUES[character]) for character in text))
    if not text or any(c not in _VALUES and c not in "十百千万亿" for c in text):
        return None
    return _parse_units(text)


def _parse_units(text: str) -> int | None:
    for size, unit in _UNITS:
        head, found, rest = text.rpartition(unit) if size >= 10**4 else text.partition(unit)
        if found:
            count = 1 if not head and size == 10 else _parse_units(head)
            below = _parse_units(rest.removeprefix("零")) if rest else 0
            if count is None or below is None or not count or below >= size:
                return None
            if size < 10**4 and count >= 10:  # 十百 is no number
                return None
            return count * size + below
    return _VALUES.get(text)


_WEEKDAYS = "一二三四五六日"


def format_date(day: date) -> str:
    """2026年3月5日: Arabic figures, no leading zero (GB/T 9704-2012, 7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日"


def weekday(day: date) -> str:
    """Return 周四."""
    return f"周{_WEEKDAYS[day.weekday()]}"


def format_span(start: datetime, end: datetime | None = None) -> str:
    """2026年11月23日（周一）14:30—16:00; the end carries its own date when it is another day.

    Both are shown as they stand: make them local time first.
    """
    text = f"{format_date(start)}（{weekday(start)}）{start:%H:%M}"
    if end is None:
        return text
    if end.date() == start.date():
        return f"{text}—{end:%H:%M}"
    return f"{text}—{format_span(end)}"


_WORDS = re.compile(rf"[{HAN}]|[A-Za-z0-9]+(?:[.,:'’@/-][A-Za-z0-9]+)*|\S")


def count_characters(text: str) -> int:
    """字数 as office programs count it: one for a Han character, a mark, a Latin word, a figure."""
    return sum(1 for _ in _WORDS.finditer(text))


READ_PER_MINUTE = 400  # silently, by a practised reader
SPEAK_PER_MINUTE = 220  # aloud, at a meeting


def reading_minutes(text: str, *, aloud: bool = False) -> int:
    """Whole minutes to read the text, rounded up; 0 for an empty one."""
    pace = SPEAK_PER_MINUTE if aloud else READ_PER_MINUTE
    return math.ceil(count_characters(text) / pace)
