"""What papers call a meeting: one short name and one verb a kind, the same on every paper."""

from django.utils import timezone

from studyapp.meetings.models import Kind, Meeting

_SHORT: dict[str, str] = {Kind.THEME_DAY: "主题党日活动"}
_HELD: dict[str, str] = {
    Kind.STUDY: "组织",
    Kind.LECTURE: "上",
    Kind.THEME_DAY: "开展",
    Kind.APPRAISAL: "开展",
}


def short(kind: str, label: str) -> str:
    """Return what 纪要 and 通知 call it; ``label`` is its lawful name, as it was signed."""
    return _SHORT.get(kind, label)


def titled(kind: str, label: str) -> str:
    """Return what stands in a title under the organisation's name.

    The committee's own name says what meets: 中共×××支部委员会会议记录 is for 支委会 only.
    """
    return "会议" if kind == Kind.COMMITTEE else short(kind, label)


def held(kind: str, label: str) -> str:
    """Return what one does with it: 召开支部党员大会, 上党课."""
    return _HELD.get(kind, "召开") + short(kind, label)


def counted(label: str, year: int | str, ordinal: int) -> str:
    """Return the kind with its ordinal: 支部党员大会（2026年第1次）."""
    return f"{label}（{year}年第{ordinal}次）"


def head(meeting: Meeting) -> list[tuple[str, str]]:
    """Return the first lines of its papers, as the record has them: which meeting, on what."""
    year = timezone.localtime(meeting.actual_start or meeting.planned_start).year
    return [
        ("会议", counted(meeting.get_kind_display(), year, meeting.ordinal)),
        ("主题", meeting.title),
    ]
