"""When writing a meeting up is normal and when it is 补录 (product.md, life of a meeting)."""

from datetime import date, datetime, timedelta

from django.utils import timezone

WORKING_DAYS = 3
"""Writing up within this many working days after the meeting is normal."""

_SATURDAY = 5


def working_days_between(start: date, end: date) -> int:
    """Count the working days after ``start`` up to and including ``end`` (holidays not known)."""
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(1 for day in days if day.weekday() < _SATURDAY)


def is_past(start: datetime, at: datetime) -> bool:
    """Tell whether ``start`` lies on a day before ``at``: the meeting was held already."""
    return timezone.localtime(start).date() < timezone.localtime(at).date()


def is_late_entry(held: datetime, at: datetime) -> bool:
    """Tell whether a meeting held then and entered now is 补录."""
    start, end = timezone.localtime(held).date(), timezone.localtime(at).date()
    return working_days_between(start, end) > WORKING_DAYS
