"""Reading the roll form: one row of inputs a person, all in one form."""

from collections.abc import Iterable, Mapping
from datetime import time
from typing import Any

from django import forms
from django.utils.dateparse import parse_time

from studyapp.accounts.models import User
from studyapp.meetings.actions.roll import Call
from studyapp.meetings.models import Attendance, LeaveKind, Presence, Sitting
from studyapp.text.cleaning import clean_name
from studyapp.web.fields import LineField

_REASON = 200
IN_ROOM = {Presence.PRESENT, Presence.LATE, Presence.LEFT}


def read_calls(
    post: Mapping[str, str],
    rows: Iterable[Attendance],
    sittings: Iterable[Sitting],
    *,
    here: Sitting | None = None,
) -> list[Call]:
    """Return what the form says about each of ``rows``; rows that it does not name are left out.

    Who is called up at the sitting ``here`` and had none before was at that one.
    """
    known = {str(sitting.pk): sitting for sitting in sittings}
    return [_call(post, row, known, here) for row in rows if f"p-{row.pk}" in post]


def _call(
    post: Mapping[str, str],
    row: Attendance,
    sittings: Mapping[str, Sitting],
    here: Sitting | None,
) -> Call:
    def value(name: str) -> str:
        return clean_name(post.get(f"{name}-{row.pk}", ""))

    kind = value("leave")
    return Call(
        attendance=row.pk,
        presence=value("p"),
        was=post.get(f"was-{row.pk}"),
        arrived_at=_time(value("arrived")),
        left_at=_time(value("left")),
        leave_kind=kind if kind in LeaveKind.values else "",
        reason=value("reason")[:_REASON],
        sitting=sittings.get(value("sitting")) or (here if value("p") in IN_ROOM else None),
    )


def _time(text: str) -> time | None:
    try:
        return parse_time(text)
    except ValueError:
        return None


class ExcuseForm(forms.Form):
    """Why somebody is not counted among 应到, and who approved."""

    reason = LineField(
        label="原因",
        max_length=200,
        help_text="如：长期病休、借调外单位、流动党员。",
        error_messages={"required": "写明不计入应到的原因。"},
    )
    approver = forms.ChoiceField(label="批准人")

    def __init__(self, *args: Any, approvers: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.approvers = {str(person.pk): person for person in approvers}
        approver = self.fields["approver"]
        if isinstance(approver, forms.ChoiceField):
            approver.choices = [(pk, person.name) for pk, person in self.approvers.items()]


EXPECTED, OBSERVER = "expected", "observer"


class ObserverForm(forms.Form):
    """Somebody who comes on the roll: from the unit, or a guest who sits in."""

    person = forms.ChoiceField(label="本单位人员", required=False)
    as_what = forms.ChoiceField(
        label="本单位人员计入",
        required=False,
        choices=[(OBSERVER, "列席"), (EXPECTED, "应到")],
    )
    name = LineField(label="或外来人员姓名", max_length=50, required=False)
    title = LineField(label="单位和职务", max_length=150, required=False)
    purpose = LineField(
        label="列席事由", max_length=100, required=False, help_text="如：督导、介绍情况"
    )

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        person = self.fields["person"]
        if isinstance(person, forms.ChoiceField):
            person.choices = [("", "—"), *((pk, u.name) for pk, u in self.people.items())]

    def clean(self) -> dict[str, Any]:
        """One of the two is needed."""
        data = super().clean() or {}
        if not data.get("person") and not data.get("name"):
            self.add_error("name", "选本单位的人，或填外来人员的姓名。")
        if data.get("as_what") == EXPECTED and not data.get("person"):
            self.add_error("as_what", "外来人员只能列席；要计入应到，选本单位的人。")
        return data
