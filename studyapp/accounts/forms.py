"""Forms of sign-in, password and feedback."""

import unicodedata
from typing import Any, ClassVar

from django import forms

from studyapp.accounts import passwords
from studyapp.accounts.models import Feedback, User
from studyapp.text.cleaning import clean


class SignInForm(forms.Form):
    """User name and password. Longer ones than any real one are simply wrong."""

    username = forms.CharField(
        label="登录名",
        max_length=200,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
        error_messages={
            "required": "填写登录名。",
            "max_length": "登录名或密码不对。",
            "null_characters_not_allowed": "登录名或密码不对。",
        },
    )
    password = forms.CharField(
        label="密码",
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={
            "required": "填写密码。",
            "max_length": "登录名或密码不对。",
            "null_characters_not_allowed": "登录名或密码不对。",
        },
    )


class PasswordForm(forms.Form):
    """Change of the own password."""

    old = forms.CharField(
        label="现在的密码",
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label="新密码",
        strip=False,
        max_length=4096,
        help_text="不少于 12 个字符，含大写字母、小写字母、数字、符号中的至少三类。",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再输一遍新密码",
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_old(self) -> str:
        """Refuse a wrong present password."""
        old: str = self.cleaned_data["old"]
        if not self.user.check_password(unicodedata.normalize("NFKC", old)):
            raise forms.ValidationError("现在的密码不对，请重新输入。")
        return old

    def clean_new(self) -> str:
        """Apply the policy."""
        new: str = self.cleaned_data["new"]
        found = passwords.problems(new, self.user)
        if found:
            raise forms.ValidationError(found)
        if self.user.check_password(unicodedata.normalize("NFKC", new)):
            raise forms.ValidationError("新密码要和现在的密码不同。")
        return new

    def clean_again(self) -> str:
        """Both entries must be the same."""
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("new", again):
            raise forms.ValidationError("两次输入的新密码不一样。")
        return again


class FeedbackForm(forms.ModelForm):  # type: ignore[type-arg]
    """A wish or complaint."""

    class Meta:
        model = Feedback
        fields = ("body", "page")
        widgets = {
            "page": forms.HiddenInput(),
            "body": forms.Textarea(attrs={"rows": 6, "data-count": True}),
        }
        error_messages: ClassVar = {"body": {"required": "写下意见再提交。"}}

    def clean_body(self) -> str:
        """Clean the text like every other."""
        return clean(self.cleaned_data["body"])


class AnswerForm(forms.ModelForm):  # type: ignore[type-arg]
    """The administration's answer."""

    class Meta:
        model = Feedback
        fields = ("answer",)
        widgets = {"answer": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].required = True
