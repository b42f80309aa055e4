"""Forms of the administration."""

from django import forms

from studyapp.accounts.models import User
from studyapp.branches.models import Membership, Unit
from studyapp.text.cleaning import clean_name


class UnitForm(forms.ModelForm):  # type: ignore[type-arg]
    """Facts and place of a unit."""

    class Meta:
        model = Unit
        fields = ("name", "full_name", "kind", "parent", "order", "theme_day", "retention")
        help_texts = {"full_name": "会议记录和纪要上印的名称。"}

    def clean_name(self) -> str:
        """One line."""
        return clean_name(self.cleaned_data["name"])

    def clean_full_name(self) -> str:
        """One line."""
        return clean_name(self.cleaned_data["full_name"])


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
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
            "joined_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "confirmed_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        }

    def clean_name(self) -> str:
        """One line without padding."""
        return clean_name(self.cleaned_data["name"])

    def clean_username(self) -> str:
        """One line."""
        return clean_name(self.cleaned_data["username"])


class NewPersonForm(PersonForm):
    """A new person and the unit they belong to."""

    unit = forms.ModelChoiceField(label="党组织", queryset=Unit.objects.active(), required=False)

    field_order = ("unit",)


class PlaceForm(forms.Form):
    """A unit to put a person into."""

    unit = forms.ModelChoiceField(label="党组织", queryset=Unit.objects.active())
    is_home = forms.BooleanField(label="组织关系在此", required=False)


class GrantForm(forms.ModelForm):  # type: ignore[type-arg]
    """A role in a unit."""

    class Meta:
        model = Membership
        fields = ("role", "duty", "rank", "is_home")


class RosterForm(forms.Form):
    """A roster file."""

    file = forms.FileField(label="名册（.xlsx 或 .csv）")
