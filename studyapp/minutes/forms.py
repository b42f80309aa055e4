"""Forms of the record."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.conf import settings

from studyapp.minutes.models import Record
from studyapp.minutes.passages import Passage
from studyapp.minutes.unsettled import short
from studyapp.text.marks import stamp
from studyapp.web.fields import LineField, MarkField, TextField, WordsField


class PartForm(forms.Form):
    """The words of one part; ``base`` is the mark of the wording they were made from."""

    text = TextField(label="记录用文字", required=False, max_length=None)
    base = MarkField()

    def __init__(self, *args: Any, wide: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Tall enough for its words without a script: about so many characters fit on a line.
        fit = 40 if wide else 24
        words = str(self["text"].value() or "")
        lines = sum(1 + len(line) // fit for line in words.split("\n"))
        attrs = {"rows": min(max(lines, 2), 24), "class": "input", "data-grow": True}
        self.fields["text"].widget.attrs |= attrs


class FactsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What only the paper needs."""

    class Meta:
        model = Record
        fields = (
            "late_reason",
            "attachments",
            "issue_number",
            "issuer",
            "issued_on",
            "distribution",
        )
        widgets = {
            "attachments": forms.Textarea(attrs={"rows": 3}),
            "issued_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        field_classes: ClassVar = {
            "late_reason": LineField,
            "attachments": TextField,
            "issuer": LineField,
            "distribution": LineField,
        }
        help_texts = {
            "late_reason": "散会超过3个工作日才送签的，写明原因，记录上会印。",
            "attachments": "一行一个，没有就空着。",
            "issue_number": "印发纪要时才填。",
        }

    def __init__(self, *args: Any, late: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not late:
            del self.fields["late_reason"]


class ReasonForm(forms.Form):
    """The opinion with which a record is returned, or the reason of a correction."""

    text = WordsField(
        max_length=300,
        rows=3,
        error_messages={"required": "写明原因，别人才知道改什么。"},
    )

    def __init__(self, *args: Any, label: str = "意见", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = f"id_{label}_%s"  # two of these forms stand on one page
        self.fields["text"].label = label


class SendBackForm(forms.Form):
    """What is wrong with exactly the signed version that was read."""

    text = WordsField(
        label="退回意见",
        max_length=2000,
        rows=4,
        help_text="写明哪一段不对、应当是什么。发出以后不能改。",
        error_messages={"required": "写明哪里不对，支部才知道改什么。"},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "id_send_back_%s"  # other forms on the page have a text too


class ExplanationForm(forms.Form):
    """书面说明: the branch's answer where nothing has to be corrected."""

    text = WordsField(
        label="书面说明",
        max_length=2000,
        rows=4,
        help_text="记录没有错、不用更正的，写明情况。只能说明一次，上级会看到。",
        error_messages={"required": "写明情况，上级会看到。"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "id_explanation_%s"  # other forms on the page have a text too


class ObjectionForm(forms.Form):
    """A word against a passage of the record, chosen among those that the person reads."""

    passage = forms.ChoiceField(
        label="对哪一段",
        error_messages={
            "required": "选一段。",
            "invalid_choice": "这一段刚改过，看过新的写法再选一次。",
        },
    )
    text = WordsField(
        label="意见",
        max_length=2000,
        rows=3,
        error_messages={"required": "写下哪里不对、应当怎样写。"},
    )

    def __init__(self, data: Any = None, *, found: Sequence[Passage]) -> None:
        super().__init__(data, auto_id="id_objection_%s")
        # With a mark of the words: an objection is to what its author has read.
        self.found = {f"{p.key}.{stamp(p.text)}": p for p in found}
        choices = [(key, f"{p.heading}：{short(p.text)}") for key, p in self.found.items()]
        field = self.fields["passage"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "选一段"), *choices]

    def chosen(self) -> Passage:
        """Return the passage."""
        return self.found[self.cleaned_data["passage"]]


class ConfirmForm(forms.Form):
    """The password again, for exactly the revision that was read."""

    password = forms.CharField(
        label="再输一次密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "签字要再输一次密码。"},
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class VoidForm(forms.Form):
    """Why a signed version does not count, and the password again."""

    reason = LineField(
        label="作废原因",
        max_length=300,
        help_text="会没有开成之类。作废以后，这次会不计学时和到会情况。内容写错的不用作废，发起更正。",
        error_messages={"required": "写明作废原因。"},
    )
    password = forms.CharField(
        label="再输一次密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "作废要再输一次密码。"},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="id_void_%s")


class ScanForm(forms.Form):
    """The scan of the signed paper."""

    file = forms.FileField(
        label="签字扫描件",
        help_text="PDF、JPG 或 PNG，不超过 20 MB。",
        error_messages={"required": "先选择扫描件。", "empty": "这个文件是空的，重新扫一次。"},
        widget=forms.ClearableFileInput(
            attrs={"accept": ".pdf,.jpg,.jpeg,.png", "data-most": settings.UPLOAD_LIMIT}
        ),
    )
