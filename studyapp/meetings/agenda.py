"""The agenda a meeting starts with, by kind and texts (product.md, Agenda)."""

from collections.abc import Sequence
from dataclasses import dataclass

from studyapp.meetings.models import ItemKind, Kind

_VOTES = {Kind.ASSEMBLY, Kind.APPRAISAL}
# In these, people study and speak; in the others business comes first.
_DISCUSSES = {Kind.STUDY, Kind.ASSEMBLY, Kind.GROUP, Kind.THEME_DAY, Kind.LIFE, Kind.APPRAISAL}


@dataclass(frozen=True, slots=True)
class Line:
    """One agenda item to be; ``speech`` is the id of the text it studies."""

    kind: ItemKind
    title: str
    speech: int | None = None


def default_agenda(kind: str, texts: Sequence[tuple[int, str]]) -> list[Line]:
    """Return the items in their usual order; ``texts`` are ids and titles of speeches."""
    lines = [Line(ItemKind.ATTENDANCE, "通报到会情况")]
    lines += [Line(ItemKind.STUDY, f"学习《{title}》", pk) for pk, title in texts]
    if kind == Kind.LECTURE:
        lines.append(Line(ItemKind.OTHER, "讲党课"))
    if kind == Kind.LIFE:
        lines.append(Line(ItemKind.OTHER, "开展批评和自我批评"))
    elif kind in _DISCUSSES:
        lines.append(Line(ItemKind.DISCUSSION, "交流发言"))
    if kind == Kind.COMMITTEE:
        lines.append(Line(ItemKind.DISCUSSION, "研究议题"))
    if kind in _VOTES:
        lines.append(Line(ItemKind.VOTE, "表决"))
    lines += [Line(ItemKind.SUMMARY, "主持人小结"), Line(ItemKind.ADJOURN, "散会")]
    return lines
