"""The form of a note."""

from typing import Any

from django import forms

from studyapp.branches.models import Unit
from studyapp.meetings.forms.fields import OfferedField
from studyapp.meetings.models import Meeting, NoteKind
from studyapp.saving.actions import LONGEST
from studyapp.speeches.models import Theme
from studyapp.web.fields import TextField, WordsField


class NoteForm(forms.Form):
    """Words, kind, and what they are about; theme and unit are chosen among those offered."""

    body = TextField(
        label="内容",
        rows=8,
        max_length=LONGEST,
        error_messages={"required": "还没有写内容。没有体会可以不写。"},
    )
    kind = forms.ChoiceField(label="类型", choices=NoteKind, initial=NoteKind.REFLECTION)
    theme = OfferedField(label="专题", required=False, empty_label="不针对某个专题")
    unit = OfferedField(label="党组织")
    quote = WordsField(required=False, max_length=1000, widget=forms.HiddenInput)
    quote_before = WordsField(required=False, max_length=60, widget=forms.HiddenInput)
    quote_after = WordsField(required=False, max_length=60, widget=forms.HiddenInput)
    revision = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        units: list[Unit],
        themes: list[Theme],
        meeting: Meeting | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        theme, unit = self.fields["theme"], self.fields["unit"]
        if isinstance(theme, OfferedField) and isinstance(unit, OfferedField):
            theme.offer(themes)
            unit.offer(units)
        unit.initial = units[0].pk if units else None
        if not themes:
            theme.widget = forms.HiddenInput()
        if len(units) == 1 or meeting:
            unit.widget = forms.HiddenInput()
        if not themes and not meeting:
            self.fields["kind"].initial = NoteKind.STUDY

    def clean_body(self) -> str:
        """Spaces alone are no words."""
        body: str = self.cleaned_data["body"]
        if not body.strip():
            raise forms.ValidationError("还没有写内容。没有体会可以不写。")
        return body
