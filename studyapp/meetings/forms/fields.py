"""Form fields for rows, people, days and times, as the pages show them."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.branches.models import Membership, Unit
from studyapp.branches.queries import people_in
from studyapp.text.cjk import initials


class OfferedField(forms.ChoiceField):
    """One of some rows that were read already; the cleaned value is the row, None for none."""

    def __init__(self, *, empty_label: str | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.empty_label = empty_label
        self.rows: dict[str, Model] = {}

    def offer(self, rows: Iterable[Model]) -> None:
        """Set what can be chosen, in this order."""
        self.rows = {str(row.pk): row for row in rows}
        empty = [] if self.empty_label is None else [("", self.empty_label)]
        self.choices = [*empty, *((key, str(row)) for key, row in self.rows.items())]

    def prepare_value(self, value: object) -> object:
        """Take a row for the one that is chosen at first."""
        return value.pk if isinstance(value, Model) else value

    def clean(self, value: object) -> Any:
        """Return the row that was chosen; anything else that was posted is refused."""
        return self.rows.get(super().clean(value))


_YEARS = range(1921, 2100)


def _in_our_time(value: date) -> None:
    """Refuse a slip of the finger in the year, which no clock could hold."""
    if value.year not in _YEARS:
        raise ValidationError(f"年份{value.year}不对，写四位的年份，如2026。")


def date_field(**more: Any) -> forms.DateField:
    """Return a field for a day."""
    more["validators"] = [_in_our_time]
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(widget=widget, **more)


def time_field(**more: Any) -> forms.TimeField:
    """Return a field for a time of day."""
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    return forms.TimeField(widget=widget, **more)


def moment_field(**more: Any) -> forms.DateTimeField:
    """Return a field for a day and time."""
    more["validators"] = [_in_our_time]
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    return forms.DateTimeField(widget=widget, **more)


def objecting_field() -> forms.BooleanField:
    """Return the field that lets everybody who attended object to the record."""
    return forms.BooleanField(
        label="到会人员可以对记录提意见",
        required=False,
        help_text="送签以后、签字以前，到会和列席的人能对记录的某一段写意见，由记录人或主持人答复。",
    )


def at_time(day: date, clock: time) -> datetime:
    """Return the moment ``clock`` on ``day``, local time."""
    return timezone.make_aware(datetime.combine(day, clock))


def person_label(membership: Membership) -> str:
    """Return the name with what helps to find it: 王海峰（宣传委员 whf）."""
    behind = " ".join(part for part in (membership.title, initials(membership.user.name)) if part)
    return f"{membership.user.name}（{behind}）"


class PersonField(forms.TypedChoiceField):
    """One person of a unit, in the order of its roster."""

    def __init__(self, **more: Any) -> None:
        super().__init__(empty_value=None, **more)
        self.people: dict[str, User] = {}
        self._options: list[tuple[str, str]] = []

    def fill(self, memberships: list[Membership], *, empty: str = "—") -> None:
        """Offer ``memberships``."""
        self.people = {str(m.user_id): m.user for m in memberships}
        options = [(str(m.user_id), person_label(m)) for m in memberships]
        self._options = [("", empty), *options]
        self.choices = self._options
        self.coerce = self.people.__getitem__

    def add(self, person: User) -> None:
        """Offer ``person`` too, who is not on the roster."""
        if str(person.pk) not in self.people:
            self.people[str(person.pk)] = person
            self._options.append((str(person.pk), person.name))
            self.choices = self._options


def offer_people(form: forms.BaseForm, unit: Unit, *names: str) -> list[Membership]:
    """Fill the person fields ``names`` of ``form`` with the people of ``unit``."""
    memberships = [m for m in people_in(unit) if m.role != "organ"]
    for name in names:
        field = form.fields[name]
        if isinstance(field, PersonField):
            field.fill(memberships)
    return memberships
