"""Asking for leave, and answering it."""

from django import forms

from studyapp.meetings.models import LeaveKind
from studyapp.web.fields import LineField


class LeaveForm(forms.Form):
    """The category, and a word of explanation if one likes."""

    kind = forms.ChoiceField(
        label="请假类别",
        choices=[("", "选类别"), *LeaveKind.choices],
        error_messages={"required": "选一个请假类别。"},
    )
    reason = LineField(
        label="说明",
        max_length=200,
        required=False,
        help_text="可以不写。病情等健康信息不要写在这里；纸面上只印类别。",
    )


class DeclineForm(forms.Form):
    """Why not: the person reads it."""

    words = LineField(
        label="为什么不同意",
        max_length=200,
        help_text="本人会看到。",
        error_messages={"required": "写明为什么不同意，本人会看到。"},
    )
