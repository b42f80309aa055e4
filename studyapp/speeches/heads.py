"""What stands before the words of a speech: title, date, speaker, occasion, salutation. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from studyapp.speeches import boilerplate
from studyapp.speeches.headings import match_marker
from studyapp.speeches.lines import Line
from studyapp.speeches.names import SPEAKER_LINE, speaker_in

_HEAD_LINES = 25
_MOST_SALUTATIONS = 3  # each in its own line
_LONGEST_TITLE = 80
_LONGEST_META = 60

_PEOPLE = (
    r"(?:同志们|同志|朋友们|战友们|同学们|老师们|代表们|委员们|来宾们?|嘉宾们?|领导|民警|辅警|党员|干部|"
    r"同仁|同事们?|女士们|先生们|战友|代表|委员|书记|局长|主任|大家好)"
)
SALUTATION = re.compile(
    rf"(?:[^。！？；:：\d]{{0,50}}{_PEOPLE}[们]?[\s，,、！!]{{0,2}}){{1,4}}\s?[:：]"
    rf"|(?:尊敬的|敬爱的|亲爱的|各位|同志们|朋友们|战友们|女士们)[^。；:：]{{0,40}}?{_PEOPLE}?[们]?\s?[:：!！,，]"
    r"|同志们"
)
_GLUED_SALUTATION = re.compile(
    r"\s*((?:尊敬的|敬爱的)?(?:(?:各位|全体)[^，。：:；！？]{1,24}|[\u4e00-\u9fff]{0,8}?(?:同志们|朋友们|战友们|同学们))"
    r"(?:[，,、\s](?:各位[^，。：:；]{1,12}|同志们|朋友们|战友们)){0,3})\s?[：:]\s*(?=\S)"
)
_YEAR = r"(?:\d{4}|[〇○零一二三四五六七八九]{4})"
_DATE = re.compile(
    rf"{_YEAR}\s?年\s?(?:\d{{1,2}}|[一二三四五六七八九十]{{1,3}})\s?月(?:\s?(?:\d{{1,2}}|[一二三四五六七八九十]{{1,3}})\s?[日号]?)?"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
)
_DAY_PART = re.compile(
    r"[（(\s]{0,3}(?:(?:星期|周)[一二三四五六日天])?[）)\s]{0,3}(?:上午|下午|晚上?|凌晨|中午)?(?:\d{1,2}[:：]\d{2})?"
)
_DATE_LABEL = re.compile(r"[（(\[【]?\s*(?:(?:讲话|会议|报告|授课|发言)?(?:时间|日期)\s*[:：]\s*)?")
_SPEAKER_LABEL = re.compile(
    r"[（(]?\s*(?:讲话|主讲|报告|发言|演讲|授课|宣讲|致辞)(?:人|者)\s*[:：]\s*|主讲\s*[:：]\s*|作者\s*[:：]\s*"
)
_META_LABEL = re.compile(
    r"[（(]?\s*(?:(?:会议|讲话|授课|报告)?(?:地点|场合|会议|主题|对象|范围|密级|文号)|根据|此件|送审|讨论|征求意见)\s*[:：稿]?"
)
_TITLE_WORDS = re.compile(
    r"讲话|报告|发言|致辞|致词|党课|讲稿|演讲|动员|辅导|提纲|主持词|宣讲|意见|体会|谈|论"
)
_KINDS = r"(?:讲话|报告|发言|致辞|致词|党课|讲稿|演讲|主持词|动员)"
_OCCASIONS = (
    re.compile(rf"在([^，。：:]{{2,60}})上的?[^，。]{{0,8}}?{_KINDS}"),
    re.compile(rf"在([^，。：:]{{2,60}}?)(?:时|中|期间)的?[^，。]{{0,8}}?{_KINDS}"),
)
_TITLE_MARK = re.compile(r"\s*[（(【\[][^）)】\]]{1,8}[）)】\]]\s*")
_WEB_MARK = re.compile(
    r"[（(【\[](?:材料|范文|精选|最新|转载|推荐|热门|原创|优秀|通用|精华|文档|word|\d{1,3}篇)[）)】\]]\s*(?=\S)"
)
_GOES_ON = ("为", "奋力", "努力", "推动", "谱写", "开创", "以")
_LONGEST_MOTTO = 24  # 凝心聚力 砥砺前行, above 为……而努力奋斗
_KIND_ALONE = re.compile(
    r"(?:专题|微)?(?:党课|讲话|发言|演讲|报告)(?:讲?稿|提纲|材料)?|讲稿|主持词"
)
_SIGNS = "#* "  # Markdown
_TITLE_TAIL = re.compile(r"\s*[_\-—|–]\s*[^_\-—|–\s]{2,12}(?:网|库|站|文档|百科)\s*$")
_SENTENCE_ENDS = "。！；;!，,：:"


@dataclass(frozen=True, slots=True)
class HeadPiece:
    """A piece of the head, verbatim. ``gives``: what it is; ``is_glued``: same line as the next."""

    text: str
    gives: str  # title | date | speaker | salutation | meta | removed | body
    value: str = ""
    is_glued: bool = False
    is_unsure: bool = False
    reason: str = ""


@dataclass(slots=True)
class Head:
    """The head and how many logical lines it takes; ``rest``: what follows a glued salutation."""

    pieces: list[HeadPiece] = field(default_factory=list)
    taken: int = 0
    rest: str = ""

    def first(self, gives: str) -> str | None:
        """Return the value of the first piece that gives this."""
        return next((piece.value for piece in self.pieces if piece.gives == gives), None)


def read_head(lines: Sequence[Line]) -> Head:
    """Find the head of a speech."""
    end, salutations = _bounds(lines)
    before = list(lines[:end])
    titles = _titles(before)
    head = Head()
    for at, line in enumerate(before):
        head.pieces += _pieces(line, at, titles)
    for at in range(end, end + salutations):
        line = lines[at]
        head.pieces.append(
            HeadPiece(line.text.strip(), "removed", reason=line.reason)
            if line.reason
            else HeadPiece(line.text.strip(), "salutation", _salutation(line.text))
        )
    head.taken = end + salutations
    if salutations:
        _particulars_below(head, lines)
    if not salutations and head.taken < len(lines):
        _split_salutation(head, lines[head.taken].text)
    return head


def _particulars_below(head: Head, lines: Sequence[Line]) -> None:
    """Take a line in brackets right below the salutation: （2026年3月10日，根据录音整理）"""
    at = next((at for at in range(head.taken, len(lines)) if not lines[at].reason), None)
    text = lines[at].text.strip() if at is not None else ""
    found = _meta_pieces(text) if text[:1] in tuple("（(") and text[-1:] in tuple("）)") else []
    if at is not None and found:
        between = lines[head.taken : at]
        head.pieces += [HeadPiece(x.text.strip(), "removed", reason=x.reason) for x in between]
        head.pieces += found
        head.taken = at + 1


def _salutation(text: str) -> str:
    return text.strip().rstrip("：:！!，, 　").strip()


def is_salutation(text: str) -> bool:
    """True for a line that only addresses the audience."""
    bare = text.strip()
    return len(bare) <= _LONGEST_META and bool(SALUTATION.fullmatch(bare))


def _split_salutation(head: Head, text: str) -> None:
    found = _GLUED_SALUTATION.match(text, 0, 120)
    if found:
        head.pieces.append(
            HeadPiece(found.group(), "salutation", _salutation(found.group(1)), is_glued=True)
        )
        head.rest = text[found.end() :]
        head.taken += 1


def _bounds(lines: Sequence[Line]) -> tuple[int, int]:
    """Return how many lines stand before the salutation (or body), and how many it takes."""
    shown = [at for at, line in enumerate(lines) if not line.reason][:_HEAD_LINES]
    for at in shown:
        text = lines[at].text
        if is_salutation(text):
            following = [place for place in shown if place > at][: _MOST_SALUTATIONS - 1]
            last = at
            for place in following:
                if not is_salutation(lines[place].text):
                    break
                last = place
            return at, last - at + 1
        if _GLUED_SALUTATION.match(text, 0, 120):
            return at, 0
        if match_marker(text) and at > 0:
            break
    for at in shown:
        text = lines[at].text.strip()
        if _is_body(text) and not boilerplate.is_abstract(text):
            return at, 0
    return (shown[-1] + 1 if shown else len(lines)), 0


def _is_body(text: str) -> bool:
    if match_marker(text) or len(text) > _LONGEST_TITLE:
        return True
    if _meta_pieces(text):
        return False
    return text.endswith(tuple(_SENTENCE_ENDS))


# --- the title -----------------------------------------------------------------------------------


def _bare_title(text: str) -> str:
    text = _TITLE_MARK.sub("", text.strip(), count=1) if _TITLE_MARK.match(text) else text
    return re.sub(r"\s+", "", _TITLE_TAIL.sub("", text))


def _titles(before: Sequence[Line]) -> list[int]:
    """Return the indexes of the lines that make the title: one, or one broken in two or three."""
    fit = [
        at
        for at, line in enumerate(before)
        if not line.reason
        and not boilerplate.is_abstract(line.text)
        and 2 <= len(line.text.strip()) <= _LONGEST_TITLE
        and not line.text.strip().endswith(tuple("。；;，,：:"))
        and not _meta_pieces(line.text.strip())
    ]
    if not fit:
        return []
    bare = {at: _bare_title(before[at].text) for at in fit}
    worded = [at for at in fit if _TITLE_WORDS.search(bare[at])]
    doubled = [at for at in fit if bare[at] and list(bare.values()).count(bare[at]) > 1]
    named = [
        at
        for at in worded
        if not _KIND_ALONE.fullmatch(bare[at]) or bare.get(at - 1, "").endswith(("的", "上"))
    ]
    others = [at for at in fit if at not in worded]
    best = (named or doubled or others[:1] or worded or fit[:1])[-1]
    return _whole_title(fit, best, before, bare)


def _whole_title(
    fit: Sequence[int], best: int, before: Sequence[Line], bare: dict[int, str]
) -> list[int]:
    """Add the lines that one title was broken into, and a subtitle after a dash."""
    chosen = [best]
    while (
        chosen[0] - 1 in fit and len(chosen) < 3 and _runs_on(bare[chosen[0] - 1], bare[chosen[0]])
    ):
        chosen.insert(0, chosen[0] - 1)
    if len(chosen) == 2 and chosen[0] - 1 in fit:
        motto, goal = bare[chosen[0] - 1], bare[chosen[0]]
        if goal.startswith(_GOES_ON) and len(motto) <= _LONGEST_MOTTO:
            chosen = chosen if _TITLE_WORDS.search(motto) else [chosen[0] - 1, *chosen]
    after = chosen[-1] + 1
    while (
        after in fit
        and len(chosen) < 4
        and before[after].text.strip().startswith(("—", "－", "--"))
    ):
        chosen.append(after)
        after += 1
    return chosen


def _runs_on(above: str, below: str) -> bool:
    """True if the upper line is no title by itself: the lower goes on, or is its subtitle."""
    if below.startswith(("—", "－", "--")):
        return True
    return (not occasion_in(below) and above.startswith(("在", "关于"))) or below.startswith(
        ("暨", "上的", "的", "会议", "大会", "座谈会", "动员", "讲话", "报告")
    )


# --- date, speaker and the like ------------------------------------------------------------------


def _meta_pieces(text: str) -> list[HeadPiece]:
    """Take a line of particulars apart; empty if it is none."""
    if not text or len(text) > _LONGEST_META:
        return []
    label = _SPEAKER_LABEL.match(text)
    if label:
        return _speaker(text, label.end()) or _labelled(text, label.end())
    start = _DATE_LABEL.match(text)
    found = _DATE.match(text, start.end() if start else 0)
    if found:
        return _dated(text, found)
    speaker = _speaker(text, 0)
    if speaker:
        return speaker
    if _META_LABEL.match(text) or (text[0] in "（(" and text[-1] in "）)"):
        return _tail_date(text)
    return []


def _labelled(text: str, start: int) -> list[HeadPiece]:
    value = text[start:].strip(" \u3000）)")
    return [HeadPiece(text, "speaker", value)] if 0 < len(value) <= 40 else []


def _speaker(text: str, start: int) -> list[HeadPiece]:
    """Cut a line like 市局党委书记 张三 into the post and the name."""
    found = SPEAKER_LINE.fullmatch(text, start)
    if not found:
        return []
    group = next(number for number in (1, 2, 3) if found.group(number))
    name = re.sub(r"\s+", "", found.group(group))
    begin, end = found.span(group)
    before, after = text[:begin], text[end:]
    has_post = len(before.strip()) > 1 and start < len(before.rstrip())
    has_more = len(after.strip(" \u3000）)")) > len("同志")
    pieces = []
    if has_post:
        pieces.append(HeadPiece(before, "meta", is_glued=True))
    middle = text[begin if has_post else 0 : end if has_more else len(text)]
    pieces.append(HeadPiece(middle, "speaker", name, is_glued=has_more))
    if has_more:
        pieces.append(HeadPiece(after, "meta"))
    return pieces


def _dated(text: str, found: re.Match[str]) -> list[HeadPiece]:
    """A line that starts with a date: what follows must be short particulars too."""
    rest = text[found.end() :]
    bare = _DAY_PART.sub("", rest.strip()).strip(" \u3000）)]】，,、")
    if not bare:
        return [HeadPiece(text, "date", found.group())]
    if re.search(r"[。；！？]", bare) or len(bare) > 40:
        return []
    if not (rest[0].isspace() or rest[0] in "，,、（("):
        return []
    spaces = len(rest) - len(rest.lstrip())
    first = HeadPiece(text[: found.end() + spaces], "date", found.group(), is_glued=True)
    more = _meta_pieces(rest.strip()) if not rest.strip().startswith(("）", ")")) else []
    if any(piece.gives == "speaker" for piece in more):
        return [first, *more]
    speaker = _speaker(rest.strip(" \u3000）)"), 0)
    if speaker and rest.strip().endswith(("）", ")")):
        return [
            first,
            *speaker[:-1],
            replace(speaker[-1], text=speaker[-1].text + rest.strip()[-1]),
        ]
    return [first, HeadPiece(rest.strip(), "meta")]


def _tail_date(text: str) -> list[HeadPiece]:
    """Particulars that hold a date further on, like （在市局礼堂，2024年3月5日）."""
    found = _DATE.search(text)
    if not found:
        return [HeadPiece(text, "meta")]
    pieces = [
        HeadPiece(text[: found.start()], "meta", is_glued=True),
        HeadPiece(found.group(), "date", found.group(), is_glued=True),
        HeadPiece(text[found.end() :], "meta"),
    ]
    return [piece for piece in pieces if piece.text]


def _signed_pieces(text: str) -> list[HeadPiece]:
    """Particulars between the signs of Markdown: **林远山同志**"""
    found = _meta_pieces(text.strip(_SIGNS)) if text[0] in _SIGNS else []
    return [replace(found[0], text=text)] if len(found) == 1 else []


def _pieces(line: Line, at: int, titles: Sequence[int]) -> list[HeadPiece]:
    text = line.text.strip()
    if line.reason:
        return [HeadPiece(text, "removed", reason=line.reason)]
    if at in titles:
        mark = _WEB_MARK.match(text)
        name = text[mark.end() :] if mark else text
        junk = [HeadPiece(mark.group(), "removed", reason="网页给标题加的字样")] if mark else []
        return [*junk, HeadPiece(name, "title", name.strip(_SIGNS))]
    if boilerplate.is_abstract(text):
        return [HeadPiece(text, "removed", reason="网页摘要或广告语")]
    meta = _meta_pieces(text) or _signed_pieces(text)
    if meta:
        return meta
    if titles and at < titles[0]:
        doubled = len(text) <= _LONGEST_TITLE
        return [HeadPiece(text, "removed", is_unsure=not doubled, reason="标题之前的文字")]
    return [HeadPiece(text, "body", is_unsure=True, reason="标题与正文之间的文字，请核对")]


def joined_title(head: Head) -> str | None:
    """Return the title, its lines put together; 凝心聚力 砥砺前行 keeps apart from what follows."""
    title = ""
    for piece in head.pieces:
        if piece.gives == "title":
            words = piece.value.strip()
            if _KIND_ALONE.fullmatch(bare := re.sub(r"\s+", "", words)):
                words = bare  # 讲　话
            apart = words.startswith(_GOES_ON) and re.search(r"\s", title)
            title += f" {words}" if apart else words
    return title or None


def find_date(text: str) -> str | None:
    """Return the date if the line holds nothing else."""
    pieces = _meta_pieces(text.strip())
    return pieces[0].value if len(pieces) == 1 and pieces[0].gives == "date" else None


def named_in(title: str) -> str | None:
    """Return the speaker's name that the title itself gives."""
    return speaker_in(_bare_title(title))


def occasion_in(title: str) -> str | None:
    """Return where the speech was given, as its title (or the subtitle after a dash) says."""
    bare = re.sub(r"\s+", "", title)
    for part in (bare.rpartition("——")[2], bare):
        for pattern in _OCCASIONS:
            found = pattern.search(part)
            if found:
                return found.group(1)
    return None
