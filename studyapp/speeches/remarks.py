"""What a person should look at again: counts that do not agree, a second text. Pure."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from studyapp.speeches.headings import number_of
from studyapp.speeches.heads import is_salutation, occasion_in

_NUMBER = "两|十?[一二三四五六七八九]|十|1?[1-9]|1?[１-９]|10|１０"
_ANNOUNCED = re.compile(
    r"(?:讲|谈|提出?|说|强调|交流|汇报|部署|作|从|以下|如下)"
    rf"[^。；，,;第一二三四五六七八九十\d]{{0,8}}(?<![十\d])({_NUMBER})\s?"
    r"(?:点|条|句话|层意思|(?:个|大)?方面|个?问题|项(?:要求|任务|工作|意见)|"
    r"个?(?:意见|要求|看法|体会|建议|希望))"
)
# What others demanded announces nothing: 市局提出了五项要求. Nobody of that kind stands here:
_OWN_WORDS = re.compile(
    r".*(?:我|就|下面|围绕).*|(?:再|还|也|想|主要|重点|简要|着重|特别|这里|在此|今天|现在?|最后|一并)*"
)
_OF_OTHERS = re.compile("[提部作强说][出署调]?的")
_REPORTING = ("提", "部署", "作", "强调", "说")
_COUNTED = re.compile("[一二三四五六七八九][是要]|首先|其次|再次")
_HAN_COUNT = "零一两三四五六七八九十"
_ANNOUNCING = 3  # paragraphs: the last ones before the themes, or the first where there are none


def about_count(opening: Sequence[str], themes: int) -> Iterator[str]:
    """Compare the announced count (讲三点意见) with the themes that were found."""
    announced = _announced(opening[-_ANNOUNCING:] if themes else opening[:_ANNOUNCING])
    if announced and not themes:
        yield f"原文说讲{_count(announced)}点，没有找到编号；在校对时点“另起专题”来划分。"
    elif announced and announced != themes:
        yield f"原文说讲{_count(announced)}点，找到{_count(themes)}个专题，请核对。"


def about_lines(spoken: Sequence[str], *, has_themes: bool) -> Iterator[str]:
    """Warn of a second salutation below the first, and of a numbering that makes no themes."""
    again = next((text for above, text in pairwise(spoken) if _is_new_start(above, text)), None)
    if again:
        yield f"正文里又出现称谓“{again[:20]}”，后面可能是另一篇文稿，请核对。"
    counted = [text for text in spoken if _COUNTED.match(text)]
    if not has_themes and len(counted) > 1:
        yield "有“一是、二是”一类的段落，没有当成专题；要当成专题，在校对时点“另起专题”。"


def _announced(paragraphs: Sequence[str]) -> int | None:
    for text in reversed(paragraphs):
        tail = text[-2000:]
        found = [match for match in _ANNOUNCED.finditer(tail) if _is_own(tail, match)]
        if found:
            number = found[-1].group(1)
            return 2 if number == "两" else number_of(number)
    return None


def _is_own(text: str, match: re.Match[str]) -> bool:
    """True unless the clause tells of what somebody else demanded."""
    before = re.split(r"[。！？；，,;：:]", text[max(0, match.start() - 60) : match.start()])[-1]
    words = match.group()
    if not words.startswith(_REPORTING):
        return True
    return not _OF_OTHERS.match(words) and bool(_OWN_WORDS.fullmatch(before))


def _is_new_start(above: str, text: str) -> bool:
    """True for a salutation right below a line that names an occasion."""
    return text.endswith(("：", ":")) and is_salutation(text) and occasion_in(above) is not None


def _count(number: int) -> str:
    return _HAN_COUNT[number] if number < len(_HAN_COUNT) else str(number)
