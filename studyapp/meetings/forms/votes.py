"""The form of a vote: only the counts that its kind needs are on the page."""

from datetime import time
from typing import Any, ClassVar

from django import forms
from django.core.validators import MaxValueValidator

from studyapp.meetings.forms.fields import time_field
from studyapp.meetings.models import Method, Vote, VoteKind
from studyapp.meetings.voting import ONE_BY_ONE, SECRET, Got
from studyapp.web.fields import LineField

CANDIDATES, MOST_CANDIDATES = 9, 60
MOST_PEOPLE = 9999
_SUBJECTS = {
    VoteKind.ADMISSION: "接收{name}为中共预备党员",
    VoteKind.CONFIRMATION: "{name}转为中共正式党员",
}
_RECEIVED = {"ayes": "得赞成票", "noes": "不赞成票", "abstentions": "弃权票"}
_HEADS = {"ayes": "赞成", "noes": "不赞成", "abstentions": "弃权", "is_other": "另选他人"}
_COUNTS = ("present", "ayes", "noes", "abstentions", "written_ayes", "written_noes")


class VoteForm(forms.ModelForm):  # type: ignore[type-arg]
    """Counts of one vote. How many should attend is not asked: the roll knows."""

    class Meta:
        model = Vote
        fields = (
            "subject",
            "held_at",
            "method",
            *_COUNTS,
            "ballots_out",
            "ballots_back",
            "tellers",
            "counters",
            "seats",
        )
        field_classes: ClassVar = dict.fromkeys(("subject", "tellers", "counters"), LineField)

    def __init__(
        self,
        *args: Any,
        kind: VoteKind,
        rows: int = CANDIDATES,
        now: time | None = None,
        **kwargs: Any,
    ) -> None:
        """``now`` is the minute that an empty time stands for, while the meeting runs."""
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.rows = rows
        self.now = now
        self._subject()
        self._from_the_roll()
        method = self.fields["method"]
        if isinstance(method, forms.ChoiceField):
            method.choices = [(m.value, m.label) for m in Method if m != Method.SECRET]
        for name in self._not_needed():
            del self.fields[name]
        for field in self.fields.values():
            if isinstance(field, forms.IntegerField):
                field.validators.append(MaxValueValidator(MOST_PEOPLE))
        for name in ("ballots_out", "ballots_back", "tellers", "counters", "seats"):
            if name in self.fields:
                self.fields[name].required = True
        if kind == VoteKind.ELECTION:
            self._add_candidates()

    def _from_the_roll(self) -> None:
        """How many were present is what the roll has at the minute of the vote, or fewer."""
        self.fields["held_at"] = time_field(
            label="表决时间",
            required=self.now is None and not self.instance.pk,
            initial=self.now,
            help_text="举手或投票的那一分钟。",
            error_messages={"required": "填写表决时间，实到人数按那一刻的点名算。"},
        )
        present = self.fields["present"]
        present.required = False
        present.help_text = "留空，按表决时间的点名算；有人临时走开，填少的数。"

    def _subject(self) -> None:
        """A new vote on a person asks for the name alone: one person at a time."""
        self.fields["subject"].error_messages["required"] = "填写表决事项。"
        if self.kind in ONE_BY_ONE and not self.instance.pk:
            subject = LineField(
                label="被表决人姓名",
                max_length=50,
                help_text="逐个讨论、逐个表决，一次填一个人。",
                error_messages={"required": "填写被表决人的姓名。"},
            )
            self.fields["subject"] = subject

    def _not_needed(self) -> list[str]:
        names = []
        if self.kind in SECRET:
            names += ["method"]
        else:
            names += ["ballots_out", "ballots_back", "tellers", "counters"]
        if self.kind not in ONE_BY_ONE:
            names += ["written_ayes", "written_noes"]
        if self.kind == VoteKind.ELECTION:
            names += ["ayes", "noes", "abstentions"]
        else:
            names += ["seats"]
        return names

    def _add_candidates(self) -> None:
        stored = list(self.instance.candidates.all()) if self.instance.pk else []
        self.rows = max(self.rows, len(stored) + 1)
        for number in range(1, self.rows + 1):
            one = stored[number - 1] if number <= len(stored) else None
            self.fields[f"name{number}"] = LineField(
                label=f"候选人{number}",
                max_length=50,
                required=False,
                initial=one.name if one else "",
            )
            for name, label in _RECEIVED.items():
                self.fields[f"{name}{number}"] = forms.IntegerField(
                    label=f"候选人{number}{label}",
                    min_value=0,
                    max_value=MOST_PEOPLE,
                    required=False,
                    initial=getattr(one, name) if one else None,
                )
            self.fields[f"is_other{number}"] = forms.BooleanField(
                label=f"候选人{number}是另选他人",
                required=False,
                initial=one.is_other if one else False,
            )

    def candidate_rows(self) -> list[tuple[forms.BoundField, list[tuple[str, forms.BoundField]]]]:
        """Return for each candidate the name, and what was received under its short label."""
        if self.kind != VoteKind.ELECTION:
            return []
        return [
            (self[f"name{n}"], [(label, self[f"{name}{n}"]) for name, label in _HEADS.items()])
            for n in range(1, self.rows + 1)
        ]

    def plain_fields(self) -> list[forms.BoundField]:
        """Return the other fields, in order."""
        rows = self.candidate_rows()
        paired = {field.name for name, cells in rows for _, field in [("", name), *cells]}
        return [field for field in self if field.name not in paired]

    def clean(self) -> dict[str, Any]:
        """Make the subject of a vote on a person of the name."""
        data = super().clean() or {}
        if "held_at" not in self.errors:
            data["held_at"] = data.get("held_at") or self.instance.held_at or self.now
        for number in range(1, self.rows + 1) if self.kind == VoteKind.ELECTION else ():
            given = [data.get(f"{name}{number}") is not None for name in _RECEIVED]
            if any(given) and not data.get(f"name{number}"):
                self.add_error(f"name{number}", "填写这些票投给谁。")
        if self.kind in _SUBJECTS and not self.instance.pk and data.get("subject"):
            data["subject"] = _SUBJECTS[self.kind].format(name=data["subject"])
        return data

    def _post_clean(self) -> None:
        """Leave the stored vote alone: the action writes it, after judging the numbers."""

    def values(self) -> dict[str, Any]:
        """Return the arguments of the action."""
        names = [name for name in self.Meta.fields if name in self.fields]
        values: dict[str, Any] = {name: self.cleaned_data[name] for name in names}
        values["kind"] = self.kind
        rows = range(1, self.rows + 1) if self.kind == VoteKind.ELECTION else ()
        values["candidates"] = [self._got(n) for n in rows if self.cleaned_data[f"name{n}"]]
        return values

    def _got(self, number: int) -> Got:
        data = {name: self.cleaned_data[f"{name}{number}"] for name in Got._fields}
        return Got(**data | {"ayes": data["ayes"] or 0})
