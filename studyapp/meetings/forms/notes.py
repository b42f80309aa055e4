"""The form of a note."""

from typing import Any

from django import forms

from studyapp.branches.models import Unit
from studyapp.meetings.forms.fields import TextField
from studyapp.meetings.models import Meeting, NoteKind
from studyapp.saving.actions import LONGEST
from studyapp.speeches.models import Theme


class NoteForm(forms.Form):
    """Words, kind, and what they are about; theme and unit are chosen among those offered."""

    body = TextField(
        label="内容",
        rows=8,
        max_length=LONGEST,
        error_messages={"required": "还没有写内容。没有体会可以不写。"},
    )
    kind = forms.ChoiceField(label="类型", choices=NoteKind, initial=NoteKind.REFLECTION)
    theme = forms.ModelChoiceField(
        label="专题",
        queryset=Theme.objects.none(),
        required=False,
        empty_label="不针对某个专题",
    )
    unit = forms.ModelChoiceField(label="党组织", queryset=Unit.objects.none(), empty_label=None)
    quote = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)
    quote_before = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    quote_after = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
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
        offered = self.fields["theme"]
        if isinstance(offered, forms.ModelChoiceField):
            offered.queryset = Theme.objects.filter(pk__in=[theme.pk for theme in themes]).order_by(
                "speech", "number"
            )
        if not themes:
            offered.widget = forms.HiddenInput()
        choice = self.fields["unit"]
        if isinstance(choice, forms.ModelChoiceField):
            choice.queryset = Unit.objects.filter(pk__in=[unit.pk for unit in units])
            choice.initial = units[0].pk if units else None
        if len(units) == 1 or meeting:
            choice.widget = forms.HiddenInput()
        if not themes and not meeting:
            self.fields["kind"].initial = NoteKind.STUDY

    def clean_body(self) -> str:
        """Spaces alone are no words."""
        body: str = self.cleaned_data["body"]
        if not body.strip():
            raise forms.ValidationError("还没有写内容。没有体会可以不写。")
        return body
