"""Where the last theme ends and the closing begins. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_OPENS_CLOSING = re.compile(
    r"\s*(?:同志们[，,：:！!]|总之[，,]|让我们|各位(?:同志|代表|委员|领导)?[，,：:！!]|谢谢|"
    r"我的?(?:讲话|发言|汇报|报告|党课|交流|辅导|宣讲|体会)(?:完|到此|就到|就讲|就谈|就交流|就汇报)|"
    r"我?(?:今天)?(?:我?就|先)(?:讲|说|谈)(?:这些|这么多|到这|到此)|我就讲|以上(?:是|就是)?我|今天我?就讲|(?:讲)?完了[，。]|(?:现在)?散会)"
)
_ONLY_WORDS = re.compile(
    r"\s*(?:谢谢|(?:讲)?完了|(?:现在)?散会|我?(?:今天)?(?:我?就|先)(?:讲|说|谈)(?:这些|到这|到此)).{0,20}"
)
_LASTLY = re.compile(r"\s*最后[，,]")
_COUNTING = re.compile(r"\s*(?:首先|其次|第一|一是)")
_LONGEST_CLOSING = 4


@dataclass(frozen=True, slots=True)
class Block:
    """The paragraphs of one theme: their texts, and which open with a sub-heading.

    ``is_glued``: the first one stands in the line of the theme's heading.
    """

    texts: Sequence[str]
    is_headed: Sequence[bool]
    is_glued: bool = False


def closing_start(blocks: Sequence[Block]) -> tuple[int | None, bool]:
    """Return the paragraph of the last theme that opens the closing, and whether that is unsure."""
    last = blocks[-1]
    first_free = max((at for at, headed in enumerate(last.is_headed) if headed), default=-1) + 1
    earliest = max(first_free, 1, len(last.texts) - _LONGEST_CLOSING)
    if len(last.texts) == 1 and not last.is_glued and _ONLY_WORDS.fullmatch(last.texts[0]):
        return 0, False
    for at in range(earliest, len(last.texts)):
        if _OPENS_CLOSING.match(last.texts[at]):
            return at, False
        if _LASTLY.match(last.texts[at]) and not any(map(_COUNTING.match, last.texts[:at])):
            return at, True
    surplus = _surplus(blocks, first_free)
    return (surplus, True) if surplus is not None else (None, False)


def _surplus(blocks: Sequence[Block], first_free: int) -> int | None:
    """What is left over where every theme (or every sub-heading) has one paragraph each."""
    last = blocks[-1]
    if not any(any(block.is_headed) for block in blocks):
        sizes = {len(block.texts) for block in blocks[:-1]}
        size = sizes.pop() if len(sizes) == 1 else 0
        regular = len(blocks) > 2 and 1 <= size < len(last.texts)
        return size if regular and len(last.texts) - size <= _LONGEST_CLOSING // 2 else None
    # A sub-heading in its own line is a paragraph without body: only glued ones count one each.
    if all(all(block.is_headed[1:]) for block in blocks[:-1]) and any(last.is_headed):
        left = len(last.texts) - first_free
        return first_free if 1 <= left <= _LONGEST_CLOSING // 2 else None
    return None
