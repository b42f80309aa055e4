"""The code that somebody types to check in."""

import unicodedata
from typing import Any

from django import forms

from studyapp.meetings.codes import FIGURES


class CodeForm(forms.Form):
    """Six figures, as an input method may give them: full-width, in groups."""

    figures = forms.CharField(
        label="签到码",
        max_length=30,
        help_text="屏幕上现在显示的6位数字",
        error_messages={"required": "输入屏幕上的6位数字。"},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "autofocus": True}
        ),
    )

    def clean_figures(self) -> str:
        """Return plain figures; refuse what cannot be a code before it counts as a wrong one."""
        typed: Any = self.cleaned_data["figures"]
        figures = "".join(unicodedata.normalize("NFKC", typed).split())
        if len(figures) != FIGURES or not (figures.isascii() and figures.isdecimal()):
            raise forms.ValidationError(f"签到码是{FIGURES}位数字，看着屏幕再输一次。")
        return figures
