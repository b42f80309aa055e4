"""What to take out of the archive; the table of retention."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.archive.holdings import in_year
from studyapp.archive.retention import Retention
from studyapp.branches.models import RETENTION, Unit
from studyapp.branches.queries import unit_choices
from studyapp.meetings.models import Kind
from studyapp.minutes.models import SignedVersion
from studyapp.minutes.queries import PAPERS

_YEARS = 10


class BatchFilter(forms.Form):
    """Which records are listed; what makes no sense narrows nothing."""

    unit = forms.ChoiceField(label="党组织", required=False)
    year = forms.ChoiceField(label="年度", required=False)
    kind = forms.ChoiceField(label="类型", required=False, choices=[("", "全部"), *Kind.choices])

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = unit_choices(Unit.objects.visible_to(reader).active())
        this = timezone.localtime().year
        self._choose("unit", [("", "全部"), *units[1:]])
        self._choose(
            "year", [("", "全部"), *((str(y), f"{y}年") for y in range(this, this - _YEARS, -1))]
        )
        for name in self.fields:
            self.fields[name].widget.attrs["class"] = "input"

    def _choose(self, name: str, choices: list[tuple[Any, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def narrow(self, found: QuerySet[SignedVersion]) -> QuerySet[SignedVersion]:
        """Return the records that fit, newest first."""
        values = self.cleaned_data if self.is_bound and self.is_valid() else {}
        if values.get("unit"):
            path = Unit.objects.values_list("path", flat=True).get(pk=values["unit"])
            found = found.filter(record__meeting__unit__path__startswith=path)
        if values.get("year"):
            found = found.filter(in_year(int(values["year"]), "record__meeting__"))
        if values.get("kind"):
            found = found.filter(record__meeting__kind=values["kind"])
        return found.order_by("-record__meeting__actual_start", "-record_id")


class ChoiceForm(forms.Form):
    """Which of the listed records, or all of them, which papers of them, in which formats."""

    SUFFIXES = (("pdf", "PDF"), ("docx", "DOCX"))

    record = forms.TypedMultipleChoiceField(coerce=int, required=False)
    paper = forms.MultipleChoiceField(
        label="文书",
        choices=list(PAPERS.items()),
        initial=["record"],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "选一种文书：会议记录或纪要。"},
    )
    suffix = forms.MultipleChoiceField(
        label="格式",
        choices=SUFFIXES,
        initial=["pdf"],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "选一种格式：PDF 或 DOCX。"},
    )
    which = forms.ChoiceField(choices=[("chosen", "选中的"), ("all", "全部")], required=False)

    def __init__(self, *args: Any, listed: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.listed = list(listed)
        field = self.fields["record"]
        if isinstance(field, forms.TypedMultipleChoiceField):
            field.choices = [(pk, pk) for pk in self.listed]
            field.error_messages["invalid_choice"] = "有的记录已经不在列表里，刷新页面再选。"

    def clean(self) -> dict[str, Any]:
        """Take all that is listed where that was asked for; nothing is no choice."""
        values = super().clean() or {}
        if values.get("which") == "all":
            values["record"] = self.listed
        if not values.get("record") and "record" not in self.errors:
            self.add_error("record", "还没有选记录。勾选要导出的，或点“导出列出的全部”。")
        return values

    @property
    def params(self) -> dict[str, Any]:
        """What the job is told."""
        values = self.cleaned_data
        return {
            "records": values["record"],
            "papers": values["paper"],
            "suffixes": values["suffix"],
        }


class RetentionForm(forms.Form):
    """A period for each kind of meeting, and the general class for what has no line."""

    def __init__(self, data: Any = None, *, table: Retention) -> None:
        super().__init__(data)
        rows = [(kind.value, kind.label, table.period(kind)) for kind in Kind]
        for name, label, period in [*rows, ("general", "其他（一般）", table.general)]:
            self.fields[name] = forms.ChoiceField(
                label=label,
                choices=RETENTION,
                initial=period,
                widget=forms.RadioSelect,
                error_messages={"required": "选一个保管期限。"},
            )

    def lines(self) -> dict[str, str]:
        """Return the period of each kind."""
        return {kind: self.cleaned_data[kind] for kind in Kind.values}
