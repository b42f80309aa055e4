"""Advice on how long a meeting is and how often a unit meets: for the organiser, never a block."""

from datetime import date, timedelta

from django.utils import timezone

from studyapp.branches.models import MembershipRole, Unit, UnitKind
from studyapp.branches.queries import people_in
from studyapp.meetings.models import Kind, Meeting, State

_HALF_DAY = timedelta(hours=4)

# Kind: how many months may pass, and the rule (支部工作条例第四章).
_BRANCH = {
    Kind.ASSEMBLY: (3, "支部党员大会一般每季度召开一次"),
    Kind.COMMITTEE: (1, "支委会一般每月召开一次"),
    Kind.THEME_DAY: (1, "主题党日每月固定一天开展"),
    Kind.LIFE: (12, "组织生活会每年至少召开一次"),
}
_GROUP = {Kind.GROUP: (1, "党小组会一般每月召开一次")}


def length_advice(meeting: Meeting) -> str:
    """Return advice when a meeting, or one of its sittings, is planned for more than half a day."""
    spans = [sitting.end - sitting.start for sitting in meeting.sittings.all()]
    if max(spans or [meeting.planned_end - meeting.planned_start]) > _HALF_DAY:
        return "计划超过半天。能短则短，可以分两次开。"
    return ""


def rhythm_advice(unit: Unit, today: date | None = None) -> list[str]:
    """Say which kinds of meeting are due. A branch without a committee owes no 支委会."""
    rules = {UnitKind.BRANCH: _BRANCH, UnitKind.GROUP: _GROUP}.get(UnitKind(unit.kind), {})
    if not rules:
        return []
    now = today or timezone.localdate()
    last = _last_days(unit)
    found = []
    for kind, (months, rule) in rules.items():
        if kind == Kind.COMMITTEE and not has_committee(unit):
            continue
        newest = last.get(kind)
        passed = (now.year - newest.year) * 12 + now.month - newest.month if newest else months
        if passed >= months:
            when = (
                f"上次是{newest.year}年{newest.month}月{newest.day}日" if newest else "还没有安排过"
            )
            found.append(f"{rule}（支部工作条例）。{when}。")
    return found


def _last_days(unit: Unit) -> dict[str, date]:
    """Return the newest day of each kind, coming meetings included; what is void was not held."""
    planned = Meeting.objects.filter(unit=unit, void_at__isnull=True).exclude(state=State.CANCELLED)
    last: dict[str, date] = {}
    for kind, start in planned.values_list("kind", "planned_start"):
        day = timezone.localtime(start).date()
        last[kind] = max(last.get(kind, day), day)
    return last


def has_committee(unit: Unit) -> bool:
    """Tell whether the unit has a committee; a small branch has a secretary and a deputy only."""
    return any(m.role == MembershipRole.COMMITTEE for m in people_in(unit))
