"""Questions over the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils import timezone

from studyapp.audit.models import Entry, Operation, Segment
from studyapp.text.cleaning import clean

DEMO = "放入演示数据"
"""Name of the entry that opens the log of a demo."""
OUTCOMES = {"yes": "成功", "no": "失败"}


@lru_cache(maxsize=1)
def holds_demo_data() -> bool:
    """Tell whether this database was filled by `manage.py demo` (looked up once per process).

    The mark stands in the log's first entry, where nobody can remove it: a file beside the
    database could be lost, or lie beside another one.
    """
    return Entry.objects.filter(seq=1, name=DEMO).exists()


def end() -> tuple[int, str]:
    """Return number and digest of the newest entry; 0 and "" of an empty log."""
    return Entry.objects.order_by("-seq").values_list("seq", "digest").first() or (0, "")


def newest_segment() -> Segment | None:
    """Return the last part that was taken out of the log; None when none was."""
    return Segment.objects.order_by("-number").first()


def sealed_until() -> datetime | None:
    """Return the time up to which entries may have left the log; None when none did."""
    segment = newest_segment()
    return segment.last_at if segment else None


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the log is wanted: by person, days, kind of operation and outcome; "" for any."""

    user: str = ""
    day: str = ""
    until: str = ""
    operation: str = ""
    outcome: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Filter":
        """Take what is understood of an address; anything else is left out."""
        day, until = _day(given.get("day", "")), _day(given.get("until", ""))
        operation, outcome = given.get("operation", ""), given.get("outcome", "")
        return cls(
            user=clean(given.get("user", "")).strip().lower()[:50],
            day=day.isoformat() if day else "",
            until=until.isoformat() if until else "",
            operation=operation if operation in map(str, Operation.values) else "",
            outcome=outcome if outcome in OUTCOMES else "",
        )

    @property
    def fields(self) -> dict[str, str]:
        """What was asked for, by name."""
        names = ("user", "day", "until", "operation", "outcome")
        return {name: value for name in names if (value := getattr(self, name))}

    @property
    def query(self) -> str:
        """The same as a query string."""
        return urlencode(self.fields)

    @property
    def words(self) -> str:
        """The same in words, for the log and the export page; "" for everything."""
        parts = [f"登录名 {self.user}"] if self.user else []
        if self.day or self.until:
            parts.append(f"日期 {self.day or '最早'} 至 {self.until or self.day}")
        if self.operation:
            parts.append(f"类型 {Operation(int(self.operation)).label}")
        if self.outcome:
            parts.append(f"结果 {OUTCOMES[self.outcome]}")
        return "，".join(parts)

    @property
    def facts(self) -> dict[str, Any]:
        """The words as the log keeps them: nothing for everything."""
        return {"filter": self.words} if self.words else {}

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing between the first and the last found entry is left out."""
        return not (self.user or self.operation or self.outcome)

    def apply(self) -> QuerySet[Entry]:
        """Return the entries, in no order.

        One day alone means that day.
        """
        found = Entry.objects.all()
        if self.user:
            found = found.filter(user_id=self.user)
        if self.operation:
            found = found.filter(operation=int(self.operation))
        if self.outcome:
            found = found.filter(succeeded=self.outcome == "yes")
        return found.filter(self._days())

    def _days(self) -> Q:
        zone = timezone.get_current_timezone()
        first, last = _day(self.day), _day(self.until) or _day(self.day)
        wanted = Q()
        if first:
            wanted &= Q(at__gte=datetime.combine(first, time.min, zone))
        if last:
            wanted &= Q(at__lte=datetime.combine(last, time.max, zone))
        return wanted


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Window:
    """Some entries, newest first; ``newer`` and ``older`` are the numbers to go on from, or None.

    Pages are found by number, not counted: the log has millions of entries, and the thousandth
    page is as quick as the first.
    """

    entries: list[Entry]
    newer: int | None
    older: int | None


def window(found: QuerySet[Entry], size: int, *, before: int | None, after: int | None) -> Window:
    """Return the newest entries, or those before or after a number."""
    if after is not None:
        rows = list(found.filter(seq__gt=after).order_by("seq")[: size + 1])
        more, rows = len(rows) > size, rows[:size][::-1]
        if not rows:
            return window(found, size, before=None, after=None)
        return Window(rows, rows[0].seq if more else None, rows[-1].seq)
    wanted = found if before is None else found.filter(seq__lt=before)
    rows = list(wanted.order_by("-seq")[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    newer = rows[0].seq if rows and before is not None else None
    return Window(rows, newer, rows[-1].seq if more else None)
