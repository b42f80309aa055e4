"""Template tags without domain words."""

from datetime import date, datetime

from django import template
from django.utils import timezone

from studyapp.text import cjk, marks
from studyapp.text.punctuation import full_width_punctuation

register = template.Library()


@register.filter
def day(value: date | datetime | None) -> str:
    """Return 2026年3月5日."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return cjk.format_date(value)


@register.filter
def moment(value: datetime | None) -> str:
    """Return 3月5日 14:30, with the year when it is not this one."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    year = "" if local.year == timezone.localtime().year else f"{local.year}年"
    return f"{year}{local.month}月{local.day}日 {local:%H:%M}"


@register.filter
def clock(value: datetime | None) -> str:
    """Return 14:30."""
    return "" if value is None else f"{timezone.localtime(value):%H:%M}"


@register.filter
def weekday(value: datetime) -> str:
    """Return 周四."""
    return cjk.weekday(timezone.localtime(value))


@register.filter
def padded(name: str) -> str:
    """Return a name for a roll call: two characters are set three wide."""
    return cjk.pad_name(name)


@register.filter
def readable(text: str) -> str:
    """Return a text for reading: half-width punctuation between Han made full-width."""
    return full_width_punctuation(text)


@register.filter
def chinese(number: int) -> str:
    """Return 一, 二, … for a number."""
    return cjk.chinese_number(number)


@register.filter
def stamp(text: str) -> str:
    """Return the mark of a text by which a form tells what its reader had before them."""
    return marks.stamp(text)


@register.filter
def get(mapping: dict[object, object], key: object) -> object:
    """Return ``mapping[key]``, or nothing."""
    return mapping.get(key)
