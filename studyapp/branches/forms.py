"""Forms of the administration."""

import hashlib
from typing import Any, ClassVar

from django import forms
from django.db.models import Model

from studyapp.accounts.models import User, sign_in_name
from studyapp.branches.models import ROLES_IN, Membership, MembershipRole, Unit, misplaced
from studyapp.branches.queries import unit_choices
from studyapp.branches.roster import LARGEST
from studyapp.web.fields import LineField, MarkField

STALE = "stale"
_EMPTY = {"required": "这一项空着，填上。"}


class SeenForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form that knows what its page showed: what somebody else changed since is told first."""

    seen = MarkField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = _mark(self.instance, self._meta.fields)
        self.fields["seen"].initial = self._now

    def clean(self) -> dict[str, Any]:
        """Refuse a stale form once, with what is stored now; the typed values stay."""
        given: dict[str, Any] = super().clean() or {}
        seen = given.pop("seen", "")
        if self.instance.pk and seen and seen != self._now:
            self.data = {**self.data.dict(), "seen": self._now}  # type: ignore[attr-defined]
            stored = [
                f"{self.fields[name].label}“{_shown(self.instance, name) or '空'}”"
                for name in given
                if given[name] != getattr(self.instance, name)
            ]
            raise forms.ValidationError(
                f"打开这一页以后，别人改过。现在存的是：{'、'.join(stored) or '和这里一样'}。"
                "核对后再保存。",
                code=STALE,
            )
        return given


def _mark(row: Model, fields: Any) -> str:
    values = repr([str(getattr(row, name)) for name in fields])
    return hashlib.sha256(values.encode()).hexdigest()[:16]


def _shown(row: Model, name: str) -> str:
    display = getattr(row, f"get_{name}_display", None)
    value = display() if display else getattr(row, name)
    return "" if value is None else str(value)


class UnitForm(SeenForm):
    """Facts and place of a unit."""

    class Meta:
        model = Unit
        fields = ("name", "full_name", "kind", "parent", "order", "theme_day", "retention")
        field_classes: ClassVar = {"name": LineField, "full_name": LineField}
        error_messages: ClassVar = {"name": _EMPTY, "full_name": _EMPTY}
        help_texts: ClassVar = {
            "full_name": "会议记录和纪要上印的名称。",
            "order": "同一上级下面，数字小的排在前面。",
            "theme_day": "1 到 28。没有固定的日子就空着。",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = Unit.objects.active()
        if self.instance.pk:
            offered = offered.exclude(path__startswith=self.instance.path)
        parent: Any = self.fields["parent"]
        parent.choices = unit_choices(offered)

    def clean_theme_day(self) -> int | None:
        """A day that every month has."""
        day: int | None = self.cleaned_data["theme_day"]
        if day is not None and not 1 <= day <= 28:
            raise forms.ValidationError("填 1 到 28：每个月都有的日子。")
        return day

    def clean(self) -> dict[str, Any]:
        """Judge kind and superior together, beside the field that is to be mended."""
        given = super().clean()
        parent = given.get("parent")
        if "kind" in given and "parent" in given:
            sentence = misplaced(given["kind"], parent.kind if parent else None)
            if sentence:
                self.add_error("parent", sentence)
        return given


class PersonForm(SeenForm):
    """Facts of a person; neither roles nor offices."""

    class Meta:
        model = User
        fields = (
            "username",
            "name",
            "political",
            "staff",
            "standing",
            "post",
            "joined_on",
            "confirmed_on",
        )
        widgets = {
            "username": forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
            "joined_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "confirmed_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        }
        field_classes: ClassVar = dict.fromkeys(("username", "name", "post"), LineField)
        error_messages: ClassVar = {"name": _EMPTY}
        help_texts: ClassVar = {"username": "一般用警号。大小写不分。"}

    def clean_username(self) -> str:
        """As it is stored."""
        return sign_in_name(self.cleaned_data["username"])


class NewPersonForm(PersonForm):
    """A new person and the unit they belong to."""

    unit = forms.ModelChoiceField(
        label="党组织",
        queryset=Unit.objects.active(),
        required=False,
        help_text="选党支部，组织关系就落在那里。管理员账号不编入党组织，空着。",
    )

    field_order = ("unit",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_units(self)


class PlaceForm(forms.Form):
    """A unit to put a person into."""

    unit = forms.ModelChoiceField(label="党组织", queryset=Unit.objects.active())
    is_home = forms.BooleanField(label="组织关系一起转来（原支部的任职随之结束）", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_units(self)


def _offer_units(form: forms.BaseForm) -> None:
    field: Any = form.fields["unit"]
    field.choices = unit_choices(Unit.objects.active())


class GrantForm(forms.ModelForm):  # type: ignore[type-arg]
    """A role in a unit: one of those that its kind has."""

    class Meta:
        model = Membership
        fields = ("role", "duty", "rank")
        field_classes: ClassVar = {"duty": LineField}
        help_texts: ClassVar = {
            "duty": "如“党支部书记”“组织委员”，印在会议记录上。",
            "rank": "数字小的排在前面；一样的按姓氏笔画。",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role: Any = self.fields["role"]
        held = {*ROLES_IN[self.instance.unit.kind], self.instance.role}
        role.choices = [choice for choice in MembershipRole.choices if choice[0] in held]


class RosterForm(forms.Form):
    """A roster file."""

    file = forms.FileField(
        label="名册（.xlsx 或 .csv）",
        help_text="不超过 3 MB。CSV 用 UTF-8 或 GB18030（Excel、WPS 直接另存的都行）。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv", "data-most": LARGEST}),
        error_messages={"required": "选一个名册文件。", "empty": "文件是空的，换一个。"},
    )

    def clean_file(self) -> Any:
        """Refuse a large one before it is read."""
        file: Any = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError("名册超过 3 MB。分成几个表再导入。")
        return file
