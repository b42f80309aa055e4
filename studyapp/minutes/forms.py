"""Forms of the record."""

from typing import Any

from django import forms

from studyapp.accounts.models import User
from studyapp.minutes.models import Record
from studyapp.text.cleaning import clean, clean_name


class PartForm(forms.Form):
    """The words of one part; ``base`` is the mark of the wording they were made from."""

    text = forms.CharField(
        label="记录用文字",
        max_length=20_000,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    base = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def clean_text(self) -> str:
        """Clean the text like every other."""
        return clean(self.cleaned_data["text"])


class FactsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What only the paper needs."""

    class Meta:
        model = Record
        fields = ("attachments", "issue_number", "issuer", "distribution")
        widgets = {"attachments": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"attachments": "一行一个，没有就空着。", "issue_number": "印发纪要时才填。"}

    def clean_attachments(self) -> str:
        """Clean the list line by line."""
        return clean(self.cleaned_data["attachments"])

    def clean_issuer(self) -> str:
        """A name on one line."""
        return clean_name(self.cleaned_data["issuer"])

    def clean_distribution(self) -> str:
        """One line."""
        return clean_name(self.cleaned_data["distribution"])


class ReasonForm(forms.Form):
    """An opinion or a reason."""

    text = forms.CharField(label="意见", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def clean_text(self) -> str:
        """Clean the text like every other."""
        return clean(self.cleaned_data["text"])


class ConfirmForm(forms.Form):
    """The password again, for exactly the revision that was read."""

    password = forms.CharField(
        label="再输一次密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        """Refuse a wrong password."""
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("密码不对，没有签字。重新输入。")
        return password


class ScanForm(forms.Form):
    """The scan of the signed paper."""

    file = forms.FileField(label="签字扫描件（PDF、JPG、PNG）")
