"""Forms of the agenda."""

from typing import Any

from django import forms

from studyapp.meetings import queries
from studyapp.meetings.forms.fields import PersonField, offer_people
from studyapp.meetings.models import ItemKind, Meeting
from studyapp.web.fields import LineField

_OFFERED = (ItemKind.STUDY, ItemKind.DISCUSSION, ItemKind.VOTE, ItemKind.OTHER, ItemKind.SUMMARY)


class ItemForm(forms.Form):
    """A new agenda item."""

    kind = forms.ChoiceField(label="类型", choices=[(kind.value, kind.label) for kind in _OFFERED])
    speech = forms.ChoiceField(label="学习材料", required=False)
    title = LineField(
        label="议程内容", max_length=300, required=False, help_text="学习材料不填时用它的标题。"
    )
    lead_reader = PersonField(label="领学人", required=False)
    extent = forms.ChoiceField(
        label="范围", choices=[("全文", "全文"), ("节选", "节选")], required=False
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.texts = {str(s.pk): s for s in queries.texts_for(meeting.unit)}
        speech = self.fields["speech"]
        if isinstance(speech, forms.ChoiceField):
            speech.choices = [("", "—"), *((pk, s.title) for pk, s in self.texts.items())]
        offer_people(self, meeting.unit, "lead_reader")

    def values(self) -> dict[str, Any]:
        """Return the arguments of the action."""
        data = self.cleaned_data
        return {
            "kind": ItemKind.STUDY if data["speech"] else data["kind"],
            "title": data["title"],
            "speech": self.texts.get(data["speech"]),
            "lead_reader": data["lead_reader"],
            "extent": data["extent"] or "全文",
        }


class ItemEditForm(forms.Form):
    """Changes of an agenda item."""

    title = LineField(
        label="议程内容", max_length=300, error_messages={"required": "填写议程内容。"}
    )
    lead_reader = PersonField(label="领学人", required=False)
    extent = forms.ChoiceField(label="范围", choices=[("全文", "全文"), ("节选", "节选")])

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_people(self, meeting.unit, "lead_reader")
