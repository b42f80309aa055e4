"""Forms of sign-in, password and feedback."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms

from studyapp.accounts import passwords
from studyapp.accounts.backends import LONGEST_PASSWORD
from studyapp.accounts.models import LONGEST_FEEDBACK, Feedback, User, sign_in_name
from studyapp.web.fields import LineField, MarkField, WordsField

LONGEST_NAME = 50
WRONG = "登录名或密码不对。连续输错 5 次将锁定 15 分钟；忘了密码，找单位的管理员重置。"
"""What everybody reads who does not get in, whatever the reason."""


TOO_OFTEN = "从这台机器或这个网络输错太多次。等几秒再点登录。"


WRONG_CODE = "验证码不对，或已经用过。等下一个再输；连续输错5次，15分钟内都不能登录。"
EXPIRED = "登录没有完成，请从头登录。"


class SignInForm(forms.Form):
    """User name and password. Longer ones than any real one are simply wrong."""

    username = forms.CharField(
        label="登录名",
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
        error_messages={"required": "填写登录名。", "null_characters_not_allowed": WRONG},
    )
    password = forms.CharField(
        label="密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "填写密码。", "null_characters_not_allowed": WRONG},
    )

    def clean(self) -> dict[str, Any]:
        """Write the name as it is stored, so that every way of typing it counts as one."""
        given: dict[str, Any] = super().clean() or {}
        name, password = given.get("username", ""), given.get("password", "")
        if len(name) > LONGEST_NAME or len(password) > LONGEST_PASSWORD:
            raise forms.ValidationError(WRONG)
        return given | {"username": sign_in_name(name)} if name else given


class CodeForm(forms.Form):
    """The code of the second step."""

    code = forms.CharField(
        label="验证码",
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "autofocus": True}
        ),
        error_messages={"required": "输入手机上的6位验证码。"},
    )


class AgainForm(forms.Form):
    """The own password once more."""

    password = forms.CharField(
        label="密码",
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "输入你登录用的密码。"},
    )


class PasswordForm(forms.Form):
    """Change of the own password: whatever is wrong with it is told at once."""

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
        widget=forms.PasswordInput(
            attrs={"autocomplete": "new-password", "aria-describedby": "rules"}
        ),
    )
    again = forms.CharField(
        label="再输一遍新密码",
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(
        self, *args: Any, user: User, what_is_wrong: Callable[[str], str], **kwargs: Any
    ) -> None:
        self.user = user
        self.what_is_wrong = what_is_wrong
        super().__init__(*args, **kwargs)

    def clean_old(self) -> str:
        """Refuse a wrong present password; it counts wherever the password is asked again."""
        old: str = self.cleaned_data["old"]
        if wrong := self.what_is_wrong(old):
            raise forms.ValidationError(wrong)
        return old

    def clean_new(self) -> str:
        """Apply the policy."""
        new: str = self.cleaned_data["new"]
        if found := passwords.problems(new, self.user):
            raise forms.ValidationError(found)
        return new

    def clean_again(self) -> str:
        """Both entries must be the same, whatever else is wrong with the first."""
        again: str = self.cleaned_data["again"]
        if again != self.data.get(self.add_prefix("new"), again):
            raise forms.ValidationError("两次输入的新密码不一样。")
        return again


class FeedbackForm(forms.ModelForm):  # type: ignore[type-arg]
    """A wish or complaint."""

    class Meta:
        model = Feedback
        fields = ("body", "page")
        widgets = {
            "page": forms.HiddenInput(),
            "body": forms.Textarea(attrs={"rows": 6, "data-count": LONGEST_FEEDBACK}),
        }
        field_classes: ClassVar = {"body": WordsField, "page": LineField}
        error_messages: ClassVar = {"body": {"required": "写下意见再提交。"}}

    def clean_page(self) -> str:
        """Keep an address of this site only; anything else is not where the person was."""
        page: str = self.cleaned_data["page"]
        return page if page.startswith("/") else ""


class AnswerForm(forms.ModelForm):  # type: ignore[type-arg]
    """The administration's answer, to the answer that stood there when the page was opened."""

    earlier = MarkField(required=False)

    class Meta:
        model = Feedback
        fields = ("answer",)
        field_classes: ClassVar = {"answer": WordsField}
        widgets = {"answer": forms.Textarea(attrs={"rows": 4, "data-count": LONGEST_FEEDBACK})}
        error_messages: ClassVar = {"answer": {"required": "写下答复再保存。"}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].required = True
        self.fields["earlier"].initial = str(self.instance.answered_at or "")
