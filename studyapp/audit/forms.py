"""In which form the log is handed out."""

from django import forms


class ExportForm(forms.Form):
    """JSON lines check themselves; a table is for reading and for the police log platform."""

    suffix = forms.ChoiceField(
        label="格式",
        choices=[
            ("zip", "JSONL（压缩包，附核验程序）"),
            ("csv", "CSV（公安审计字段，用表格软件打开）"),
        ],
        initial="zip",
        widget=forms.RadioSelect,
        error_messages={"required": "选一种格式。", "invalid_choice": "选一种格式。"},
    )
