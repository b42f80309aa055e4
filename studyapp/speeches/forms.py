"""Forms of bringing a text in and of its facts."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from studyapp.branches.models import Unit
from studyapp.speeches.models import Speech
from studyapp.web.fields import LineField, TextField

ACCEPTED = ".txt,.docx,.pdf,.html,.htm,.doc,.wps"
_MB = 1024 * 1024


class TextForm(forms.Form):
    """A file or a pasted text; what was typed stays when something is wrong."""

    file = forms.FileField(
        label="文件",
        required=False,
        max_length=300,
        help_text="txt、docx、pdf、html，不超过 20 MB。",
        widget=forms.FileInput(attrs={"accept": ACCEPTED, "data-most": settings.UPLOAD_LIMIT}),
        error_messages={
            "empty": "这个文件是空的。换一个有文字的文件。",
            "max_length": "文件名太长。改短文件名再上传。",
        },
    )
    text = TextField(
        label="或者粘贴全文",
        required=False,
        max_length=None,
        rows=12,
        help_text="从网页、文件里整篇复制过来，多余的行会自动认出、留底。",
    )

    def clean_file(self) -> "UploadedFile[Any] | None":
        """Refuse what is too big before anything reads it."""
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file and (file.size or 0) > settings.UPLOAD_LIMIT:
            raise forms.ValidationError(
                f"文件有 {(file.size or 0) / _MB:.0f} MB，超过 20 MB，没有读。"
                "去掉图片另存一份，或者直接粘贴文字。"
            )
        return file

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return data
        pasted = data.get("text", "").strip()
        if not data.get("file") and not pasted:
            raise forms.ValidationError("还没有内容。选一个文件，或者把全文粘贴到框里。")
        if data.get("file") and pasted:
            raise forms.ValidationError("文件和粘贴的文字只能用一样。去掉其中一样再提交。")
        return data


class ImportForm(TextForm):
    """A new speech, for one of the units the person may bring texts in for."""

    source = LineField(
        label="来源",
        required=False,
        max_length=300,
        help_text="从哪里来的：文件、网站、会议材料。说不准就空着，会标明“来源未核实”。",
    )
    document_number = LineField(label="文号", required=False, max_length=100)
    unit = forms.ModelChoiceField(
        label="录入到",
        queryset=Unit.objects.none(),
        empty_label=None,
        error_messages={"invalid_choice": "不能给这个组织录入。选列表里的一个。"},
    )
    field_order = ("unit", "file", "text", "source", "document_number")

    def __init__(self, *args: Any, units: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.queryset = Unit.objects.filter(pk__in=[unit.pk for unit in units])
        field.initial = units[0].pk
        if len(units) == 1:
            field.widget = forms.HiddenInput()


class VersionForm(TextForm):
    """A new wording of a speech."""

    vouched = forms.BooleanField(label="我已核对新稿的来源", required=False)


class DetailsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is known about a speech."""

    class Meta:
        model = Speech
        fields = ("title", "speaker", "occasion", "given_on", "source", "document_number")
        field_classes: ClassVar = dict.fromkeys(fields, LineField)
        error_messages: ClassVar = {"title": {"required": "填写标题再保存。"}}


class WithdrawForm(forms.Form):
    """Why a text is withdrawn."""

    reason = LineField(
        label="撤回原因",
        max_length=300,
        help_text="比如：录错了文件；来源有误。打开过的人会看到这句话。",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "写明撤回原因，读过的人会看到。"},
    )
