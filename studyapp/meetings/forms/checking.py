"""Forms of a speaker who checks the own remarks; several stand on one page."""

from typing import Any

from django import forms

from studyapp.meetings.actions.locking import stamp
from studyapp.meetings.own_words import Said
from studyapp.web.fields import LineField, MarkField, TextField


class CorrectionForm(forms.Form):
    """The words as they should be; ``base`` marks the printed words they were made from."""

    base = MarkField(required=False)
    text = TextField(
        label="应当写成", rows=4, error_messages={"required": "写上应当怎样记，或者点“写意见”。"}
    )

    def __init__(self, data: Any = None, *, said: Said) -> None:
        words = said.remark.correction or said.words
        initial = {"text": words, "base": stamp(said.words)}
        super().__init__(data, initial=initial, prefix=f"r{said.remark.pk}")
        self.fields["text"].widget.attrs["data-grow"] = True


class ObjectionForm(forms.Form):
    """What the speaker finds wrong, where that is easier said than written anew."""

    objection = LineField(
        label="哪里不对", max_length=500, error_messages={"required": "写下哪里不对、应当怎样写。"}
    )

    def __init__(self, data: Any = None, *, said: Said) -> None:
        initial = {"objection": said.remark.objection}
        super().__init__(data, initial=initial, prefix=f"r{said.remark.pk}")
