"""The agenda a meeting starts with, by kind and texts (product.md, Agenda)."""

from collections.abc import Sequence
from dataclasses import dataclass

from studyapp.meetings.models import FRAME, ItemKind, Kind

# In these, people study and speak; in the others business comes first.
_DISCUSSES = {Kind.STUDY, Kind.ASSEMBLY, Kind.GROUP, Kind.THEME_DAY}
# 支部工作条例（试行）, 民主评议党员: in these steps, after the texts.
_APPRAISAL = (
    (ItemKind.DISCUSSION, "个人自评"),
    (ItemKind.DISCUSSION, "党员互评"),
    (ItemKind.OTHER, "民主测评"),
    (ItemKind.OTHER, "组织评定"),
)

PARTS = frozenset({"讲党课", "交流发言", FRAME, "表决"})
"""Titles that say what is done in a part of the meeting, not what it is about."""


@dataclass(frozen=True, slots=True)
class Line:
    """One agenda item to be; ``speech`` is the id of the text it studies."""

    kind: ItemKind
    title: str
    speech: int | None = None


def default_agenda(kind: str, texts: Sequence[tuple[int, str]], subject: str = "") -> list[Line]:
    """Return the items in their usual order; ``texts`` are ids and titles of speeches.

    ``subject`` is what a 支委会 deliberates on, where its planner named it.
    """
    lines = [Line(ItemKind.ATTENDANCE, "通报到会情况")]
    lines += [Line(ItemKind.STUDY, f"学习《{title}》", pk) for pk, title in texts]
    if kind == Kind.LECTURE:
        lines.append(Line(ItemKind.OTHER, "讲党课"))
    if kind == Kind.LIFE:
        lines.append(Line(ItemKind.OTHER, "开展批评和自我批评"))
    elif kind in _DISCUSSES:
        lines.append(Line(ItemKind.DISCUSSION, "交流发言"))
    if kind == Kind.COMMITTEE:
        lines.append(Line(ItemKind.DISCUSSION, subject or FRAME))
    if kind == Kind.APPRAISAL:
        lines += [Line(item, title) for item, title in _APPRAISAL]
    if kind == Kind.ASSEMBLY:
        lines.append(Line(ItemKind.VOTE, "表决"))
    lines += [Line(ItemKind.SUMMARY, "主持人小结"), Line(ItemKind.ADJOURN, "散会")]
    return lines
