"""Splitting pasted «姓名：内容» lines by the roster. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from studyapp.accounts.models import User

_SPEAKER = re.compile(
    r"^\s*(?:\d{1,3}[.、．]\s*)?"  # a number of the typist's own
    r"([^\s：:，。；]{1,12}(?:[ 　][^\s：:，。；]{1,6})?)\s*[：:]\s*(.*)$"
)
_TITLE = re.compile(r"(?:同志|副书记|书记|委员)$")
_NAME = re.compile(r"[\u4e00-\u9fff·]{2,4}")


@dataclass(frozen=True, slots=True)
class Line:
    """One remark found in pasted text.

    ``user`` is empty when the roster has no such name. ``doubtful`` are lines kept in the text
    that look as if somebody else, who is not on the roster, began to speak.
    """

    name: str
    text: str
    user: User | None
    is_known: bool = False
    doubtful: tuple[str, ...] = ()


def split_lines(text: str, roster: Mapping[str, User | None]) -> list[Line]:
    """Split «姓名：内容» lines by the roster; lines without a name go to the speaker above.

    A prefix that is not on the roster («时间：», a clock) is text, unless nobody has spoken yet.
    """
    found: list[tuple[str, list[str], list[str]]] = []
    for line in text.splitlines():
        match = _SPEAKER.match(line)
        name = _name(match.group(1), roster) if match else ""
        if match and (name in roster or not found):
            found.append((name, [match.group(2)], []))
        elif found:
            found[-1][1].append(line)
            if match and _NAME.fullmatch(name):
                found[-1][2].append(line.strip())
        elif line.strip():
            found.append(("", [line], []))
    return [
        Line(name, body, roster.get(name), name in roster, tuple(doubtful))
        for name, lines, doubtful in found
        if (body := "\n".join(lines).strip())
    ]


def _name(prefix: str, roster: Mapping[str, User | None]) -> str:
    """Return the name in what stands before the colon: 王　宁 and 王宁同志 are 王宁."""
    name = re.sub(r"[\s　]", "", prefix)
    return name if name in roster else _TITLE.sub("", name)
