"""Forms of a speaker who checks the own remarks."""

from django import forms

from studyapp.meetings.forms.fields import LineField


class ObjectionForm(forms.Form):
    """What the speaker finds wrong."""

    objection = LineField(
        label="哪里不对", max_length=500, error_messages={"required": "写下哪里不对、应当怎样写。"}
    )
