"""Forms of the record sheet."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms

from studyapp.accounts.models import User
from studyapp.meetings import queries
from studyapp.meetings.actions.locking import stamp
from studyapp.meetings.forms.fields import date_field
from studyapp.meetings.models import (
    AgendaItem,
    ItemKind,
    Meeting,
    Remark,
)
from studyapp.speeches.models import Theme
from studyapp.text.cjk import initials
from studyapp.web.fields import LineField, MarkField, TextField

SPEAKING = (ItemKind.DISCUSSION, ItemKind.STUDY, ItemKind.OTHER, ItemKind.VOTE)


def speaking_items(meeting: Meeting) -> list[AgendaItem]:
    """Return the agenda items under which people speak, the usual one first."""
    usual = queries.speaking_item(meeting)
    items = [item for item in meeting.agenda.all() if item.kind in SPEAKING]
    return sorted(items, key=lambda item: (item != usual, item.position))


class PlaceForm(forms.Form):
    """Where on the agenda, and on which theme, words belong."""

    item = forms.ChoiceField(label="议程", required=False)
    theme = forms.ChoiceField(label="专题", required=False)

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.meeting = meeting
        self.items = {str(item.pk): item for item in speaking_items(meeting)}
        self.themes = {str(theme.pk): theme for theme in queries.themes_of(meeting)}
        self._offer("item", [(pk, item.title) for pk, item in self.items.items()])
        themes = [(pk, f"{theme.number}. {theme.title}") for pk, theme in self.themes.items()]
        self._offer("theme", [("", "不分专题"), *themes])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields.get(name)
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def chosen_item(self) -> AgendaItem | None:
        """Return the agenda item."""
        return self.items.get(self.cleaned_data.get("item", ""))

    def chosen_theme(self) -> Theme | None:
        """Return the theme."""
        return self.themes.get(self.cleaned_data.get("theme", ""))


class RemarkForm(PlaceForm):
    """Who said what. The speaker is found by name or by 拼音首字母."""

    speaker = LineField(
        label="发言人",
        max_length=50,
        error_messages={"required": "填发言人的姓名或拼音首字母。"},
        widget=forms.TextInput(attrs={"list": "speakers", "autocomplete": "off"}),
        help_text="输入姓名或拼音首字母",
    )
    text = TextField(label="发言内容", rows=4, error_messages={"required": "没有写内容。"})
    field_order = ("speaker", "item", "theme", "text")

    def __init__(
        self, *args: Any, roster: dict[str, User | None], docked: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.roster = roster
        if docked:
            self._dock()

    def _dock(self) -> None:
        """Make the inputs small: the form stands below the sheet, its labels for readers only."""
        for name in ("item", "theme"):
            self.fields[name].widget.attrs["class"] = "input input--sm input--auto"
        speaker = {"class": "input input--sm", "placeholder": "姓名或首字母"}
        self.fields["speaker"].widget.attrs |= speaker
        text = {"class": "input", "rows": 2, "placeholder": "记下发言要点", "data-grow": True}
        self.fields["text"].widget.attrs = text

    def clean_speaker(self) -> str:
        """Return the name on the roll that was meant."""
        typed: str = self.cleaned_data["speaker"]
        if typed in self.roster:
            return typed
        if re.fullmatch(r"[A-Za-z]+", typed):
            found = [name for name in self.roster if initials(name) == typed.lower()]
            if len(found) == 1:
                return found[0]
            if found:
                raise forms.ValidationError(
                    f"“{typed}”有{len(found)}人：{'、'.join(found)}。选一个。"
                )
        raise forms.ValidationError(f"名单上没有“{typed}”。选名单上的人，或先在点名页加为列席。")


class WordsForm(forms.Form):
    """One text that others may be editing too; ``base`` marks the wording it was made from."""

    base = MarkField(required=False)
    text = TextField(label="内容", rows=6, required=False)

    def __init__(self, *args: Any, text: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"text": text, "base": stamp(text)})
        super().__init__(*args, **kwargs)


class RemarkEditForm(WordsForm):
    """New wording of a remark; who said it, under which item and on which theme.

    The speaker of a note that was taken in stays its author.
    """

    speaker = forms.ChoiceField(label="发言人", required=False)
    item = forms.ChoiceField(label="议程", required=False)
    theme = forms.ChoiceField(label="专题", required=False)
    field_order = ("base", "speaker", "item", "theme", "text")

    def __init__(
        self, *args: Any, meeting: Meeting, remark: Remark, roster: Iterable[str], **kwargs: Any
    ) -> None:
        kwargs["initial"] = {
            "text": remark.text,
            "base": stamp(remark.text),
            "speaker": remark.speaker_name,
            "item": remark.item_id,
            "theme": remark.theme_id,
        }
        super().__init__(*args, **kwargs)
        themes = {theme.pk: theme for theme in queries.themes_of(meeting)}
        if remark.theme:
            themes.setdefault(remark.theme.pk, remark.theme)
        self.themes = {str(pk): theme for pk, theme in themes.items()}
        self.items = {str(item.pk): item for item in speaking_items(meeting)}
        named = [(pk, f"{t.number}. {t.title}") for pk, t in self.themes.items()]
        self._offer("theme", [("", "不分专题"), *named])
        self._offer("item", [(pk, item.title) for pk, item in self.items.items()])
        names = [remark.speaker_name, *(n for n in roster if n != remark.speaker_name)]
        self._offer("speaker", [(name, name) for name in names])
        if remark.note_id:
            del self.fields["speaker"]

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def values(self) -> dict[str, Any]:
        """Return the arguments of the action."""
        data = self.cleaned_data
        return {
            "text": data["text"],
            "base": data["base"] or None,
            "theme": self.themes.get(data["theme"]),
            "item": self.items.get(data["item"]),
            "speaker_name": data.get("speaker", ""),
        }


class PasteForm(PlaceForm):
    """Pasted «姓名：内容» lines."""

    text = TextField(
        label="粘贴发言",
        rows=12,
        max_length=100_000,
        error_messages={"required": "还没有粘贴内容。"},
        help_text="一人一段，写成“姓名：内容”；没有姓名的行接在上一位后面。",
    )
    field_order = ("item", "theme", "text")


class DecisionForm(forms.Form):
    """A decision with who does it and by when; these two may follow later."""

    base = MarkField(required=False)
    text = TextField(
        label="决定内容", rows=3, max_length=2000, error_messages={"required": "没有写内容。"}
    )
    responsible = LineField(label="责任人", max_length=100, required=False)
    due_on = date_field(label="完成时限", required=False)
