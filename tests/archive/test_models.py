"""Rows of the archive."""

from studyapp.archive.models import RetentionRule
from studyapp.branches.models import Unit
from studyapp.meetings.models import Kind


def test_a_line_of_the_table_says_unit_kind_and_period() -> None:
    rule = RetentionRule(unit=Unit(name="一支部"), kind=Kind.ASSEMBLY, period="永久")
    assert str(rule) == "一支部 支部党员大会 永久"
