"""What a correction changed: two contents side by side, fact by fact and part by part."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from studyapp.documents.blocks import Heading, Meta, Roll
from studyapp.minutes import papers
from studyapp.minutes.content import Content
from studyapp.minutes.models import Capacity, SignedVersion
from studyapp.speeches.models import UNVOUCHED
from studyapp.text.diff import Shown, diff, folded

_PARTS = {"remark": "发言", "vote": "表决", "summary": "主持人小结", "words": "议程"}
_BRIEFLY = 20  # characters of a part by which its place in the order is known


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a record says: where it stands, and its words."""

    label: str
    words: str


@dataclass(frozen=True, slots=True)
class Change:
    """A statement that another version makes otherwise."""

    label: str
    pieces: list[Shown]
    is_new: bool
    is_gone: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """Who confirmed a version, in what capacity and when."""

    capacity: str
    name: str
    at: datetime


def between(old: Content, new: Content) -> list[Change]:
    """Return what differs, in the order of the newer paper; what went away stands in its place."""
    before, after = dict(_statements(old)), dict(_statements(new))
    found = []
    for key in _merged(list(before), list(after)):
        was, now = before.get(key), after.get(key)
        words = (was.words if was else "", now.words if now else "")
        if words[0] != words[1]:
            pieces = folded(diff(*words))
            label = (after.get(key) or before[key]).label
            found.append(Change(label, pieces, is_new=was is None, is_gone=now is None))
    return found + _order(before, after)


def _merged(before: list[str], after: list[str]) -> list[str]:
    found = list(after)
    place = 0
    for key in before:
        if key in after:
            place = found.index(key) + 1
        else:
            found.insert(place, key)
            place += 1
    return found


def _order(before: dict[str, Statement], after: dict[str, Statement]) -> list[Change]:
    """Return that the same things are said in another order, remarks for example."""
    both = before.keys() & after.keys()
    was, now = ([key for key in one if key in both] for one in (before, after))
    if was == now:
        return []
    moved = [key for key in was if was.index(key) != now.index(key)]
    old, new = (
        "\n".join(_briefly(after[key].words) for key in one if key in moved) for one in (was, now)
    )
    return [Change("先后顺序", folded(diff(old, new)), is_new=False, is_gone=False)]


def _briefly(words: str) -> str:
    line = " ".join(words.split())
    return line[:_BRIEFLY] + ("…" if len(line) > _BRIEFLY else "")


def _statements(content: Content) -> Iterator[tuple[str, Statement]]:
    """Yield everything that a content says, by a key that is the same in the next version."""
    yield from _facts(content)
    for place, item in enumerate(content["items"]):
        # An item has no key of its own; the place tells those of one title apart.
        same = [one["title"] for one in content["items"][:place]].count(item["title"])
        yield f"item-{item['title']}-{same}", Statement("议程", _item(item))
        for part in item["parts"]:
            yield part["key"], _part(part, item["title"])
    for part in content["others"]:
        yield part["key"], _part(part)
    word = content["decision_word"]
    for place, one in enumerate(content["decisions"], 1):
        more = [f"责任人：{one['responsible']}", f"完成时限：{one['due']}"]
        words = "\n".join([one["text"], *(line for line in more if line[-1] != "：")])
        yield one["key"], Statement(f"{word} {place}", words)
    yield from _ends(content)


def _facts(content: Content) -> Iterator[tuple[str, Statement]]:
    """Yield what the paper prints above its first heading, under its labels there."""
    document = papers.record(content)
    yield "title", Statement("标题", document.title)
    count: dict[str, int] = {}
    for block in document.blocks:
        if isinstance(block, Heading):
            return
        if isinstance(block, Meta | Roll):
            label = block.label
            words = block.value if isinstance(block, Meta) else "、".join(block.names)
            count[label] = count.get(label, 0) + 1
            yield f"fact-{label}-{count[label]}", Statement(label, words)


def _item(item: dict[str, str]) -> str:
    facts = (("文号", "number"), ("来源", "source"), ("领学人", "reader"), ("学习范围", "extent"))
    told = [f"{label}：{item[k]}" for label, k in facts if item[k]]
    return "；".join([item["title"], *told, *([UNVOUCHED] if item.get("unvouched") else [])])


def _part(part: dict[str, str], title: str = "") -> Statement:
    kind = _PARTS.get(part["kind"], "其他记录")
    words = part["text"]
    if part["heading"] not in {"", kind, title}:
        words = f"{part['heading']}：{words}"
    return Statement(f"{title} · {kind}" if title and part["kind"] != "words" else kind, words)


def _ends(content: Content) -> Iterator[tuple[str, Statement]]:
    issue, late = content["issue"], content["late_entry"]
    # The paper of a meeting in shifts prints the times of each 场次 alone.
    whole = " — ".join(content[name][:16].replace("T", " ") for name in ("start", "end"))
    facts = {
        "起止时间": whole if content["sittings"] else "",
        "补录": f"{late['reason']}（{late['at']}）" if late else "",
        "附件": "\n".join(content["attachments"]),
        "审阅人": content["reviewer"]["name"] if content["reviewer"] else "",
        "纪要期号": str(issue["number"] or ""),
        "签发人": issue["issuer"],
        "分送范围": issue["distribution"],
        "印发日期": issue["date"],
    }
    yield from ((f"end-{label}", Statement(label, words)) for label, words in facts.items())


def signatures(version: SignedVersion) -> list[Signature]:
    """Return who signed a version, as it keeps it."""
    return [
        Signature(Capacity(one["capacity"]).label, one["name"], datetime.fromisoformat(one["at"]))
        for one in json.loads(version.signatures)
    ]
