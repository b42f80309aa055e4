"""Forms for planning a meeting and changing its plan."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from studyapp.branches.models import Membership, Unit
from studyapp.branches.queries import people_in
from studyapp.meetings import queries
from studyapp.meetings.actions.invitations import CHOSEN
from studyapp.meetings.forms.fields import (
    PersonField,
    at_time,
    date_field,
    moment_field,
    objecting_field,
    offer_people,
    person_label,
    time_field,
)
from studyapp.meetings.models import Kind, Meeting, State
from studyapp.speeches.models import Speech
from studyapp.web.fields import LineField

TEXTS = 5
EVERYONE, MEMBERS, CHOSEN_PEOPLE = "all", "party", "chosen"


def code_field() -> forms.BooleanField:
    """Return the question whether people check in by a code; 组织生活会 never does."""
    return forms.BooleanField(
        label="用签到码签到",
        required=False,
        help_text="开会时投屏上有会换的签到码，到会的人扫码或输入，记录人确认。点名照旧。",
    )


class MeetingForm(forms.Form):
    """A new meeting of ``unit``. Settings may come from the last one, words never do."""

    kind = forms.ChoiceField(label="会议类型")
    title = LineField(
        label="会议主题",
        max_length=200,
        required=False,
        help_text="不填时按类型和学习材料取名，以后可以改。",
    )
    day = date_field(label="日期", error_messages={"required": "选一个日期。"})
    start = time_field(label="开始", error_messages={"required": "填写开始时间。"})
    end = time_field(label="结束", error_messages={"required": "填写结束时间。"})
    place = LineField(label="地点", max_length=100, required=False)
    chair = PersonField(label="主持人", error_messages={"required": "选主持人。"})
    recorder = PersonField(label="记录人", error_messages={"required": "选记录人。"})
    lecturer = LineField(label="主讲人", max_length=100, required=False)
    lecture_topic = LineField(label="课题", max_length=200, required=False)
    uses_code = code_field()
    audience = forms.ChoiceField(
        label="应到人员",
        required=False,
        initial=EVERYONE,
        widget=forms.RadioSelect,
        choices=[(EVERYONE, "全体人员"), (MEMBERS, "全体党员"), (CHOSEN_PEOPLE, "指定人员")],
        help_text="集中学习、党课、主题党日由组织者定；党员大会、支委会、党小组会按规定自动列出。",
    )
    people = forms.MultipleChoiceField(
        label="指定人员", required=False, widget=forms.CheckboxSelectMultiple
    )
    gathering = forms.ChoiceField(
        label="与这次会议合并召开", required=False, help_text="合用一份到会情况，各写各的记录。"
    )
    late_entry_reason = LineField(
        label="补录原因",
        max_length=300,
        required=False,
        help_text="只在补登开过的会、且已超过3个工作日时填写。",
    )
    may_object = objecting_field()

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        self.unit = unit
        super().__init__(*args, **kwargs)
        self._choice("kind").choices = queries.kinds_for(unit)
        self.memberships = offer_people(self, unit, "chair", "recorder")
        self._choice("people").choices = [
            (str(m.user_id), person_label(m)) for m in self.memberships
        ]
        self._choice("gathering").choices = _joinable(unit)
        self.texts = {str(speech.pk): speech for speech in queries.texts_for(unit)}
        for number in range(1, TEXTS + 1):
            self._add_text(number)

    def _choice(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        if not isinstance(field, forms.ChoiceField):
            raise TypeError(name)
        return field

    def _add_text(self, number: int) -> None:
        options = [(pk, speech.title) for pk, speech in self.texts.items()]
        self.fields[f"text{number}"] = forms.ChoiceField(
            label=f"学习材料{number}", required=False, choices=[("", "—"), *options]
        )
        reader = PersonField(label="领学人", required=False)
        reader.fill(self.memberships)
        self.fields[f"reader{number}"] = reader

    def text_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Return the pairs text and 领学人 for the page."""
        return [(self[f"text{n}"], self[f"reader{n}"]) for n in range(1, TEXTS + 1)]

    def clean(self) -> dict[str, Any]:
        """Put times together, keep each text once, choose the people."""
        data = super().clean() or {}
        if data.get("day") and data.get("start") and data.get("end"):
            data["planned_start"] = at_time(data["day"], data["start"])
            data["planned_end"] = at_time(data["day"], data["end"])
            if data["end"] <= data["start"]:
                self.add_error("end", "结束时间要晚于开始时间。")
        chosen = [data.get(f"text{n}") for n in range(1, TEXTS + 1)]
        picked = [pk for pk in chosen if pk]
        if len(set(picked)) < len(picked):
            self.add_error(None, "同一篇学习材料选了两次，去掉一次。")
        if data.get("audience") == CHOSEN_PEOPLE and not data.get("people"):
            self.add_error("people", "选了“指定人员”，勾出要参加的人。")
        if data.get("kind") == Kind.LIFE and data.get("uses_code"):
            self.add_error("uses_code", "组织生活会不用签到码，去掉这个勾。")
        return data

    def values(self) -> dict[str, Any]:
        """Return the arguments of the action that schedules."""
        data = self.cleaned_data
        pairs = [(data[f"text{n}"], data[f"reader{n}"]) for n in range(1, TEXTS + 1)]
        pairs = [(self.texts[pk], reader) for pk, reader in pairs if pk]
        values = {
            name: data[name]
            for name in (
                "kind",
                "planned_start",
                "planned_end",
                "place",
                "chair",
                "recorder",
                "lecturer",
                "lecture_topic",
                "late_entry_reason",
                "uses_code",
                "may_object",
            )
        }
        values["title"] = data["title"] or suggested_title(
            data["kind"], data["lecture_topic"], [speech for speech, _ in pairs]
        )
        values["speeches"] = [speech for speech, _ in pairs]
        values["lead_readers"] = [reader for _, reader in pairs]
        values["people"] = self._people()
        if data["gathering"]:
            values["gathering_with"] = Meeting.objects.get(pk=data["gathering"], unit=self.unit)
        return values

    def _people(self) -> list[Any] | None:
        data = self.cleaned_data
        if data["kind"] not in CHOSEN or data["audience"] in {"", EVERYONE}:
            return None
        if data["audience"] == MEMBERS:
            return [m.user for m in self.memberships if m.user.is_party_member]
        return [m.user for m in self.memberships if str(m.user_id) in set(data["people"])]


def _joinable(unit: Unit) -> list[tuple[str, str]]:
    """Return the meetings of the unit that a new one may be held together with."""
    waiting = Meeting.objects.filter(
        unit=unit,
        state__in=[State.PREPARING, State.CHECK_IN, State.OPEN],
        planned_start__gte=timezone.now() - timedelta(days=7),
        signed_at__isnull=True,
    ).order_by("planned_start", "pk")
    days = [(m, timezone.localdate(m.planned_start)) for m in waiting]
    named = [(str(m.pk), f"{day.month}月{day.day}日 {m.title}") for m, day in days]
    return [("", "不合并"), *named]


def suggested_title(kind: str, topic: str, speeches: list[Speech]) -> str:
    """Return a plain name made of the kind and what is studied."""
    label = Kind(kind).label
    if topic:
        return f"{label}：{topic}"[:200]
    if speeches:
        more = "等" if len(speeches) > 1 else ""
        return f"学习《{speeches[0].title}》{more}"[:200]
    return label


def initial_for(unit: Unit, kind: str, now: datetime) -> dict[str, Any]:
    """Return the settings of the unit's last meeting of ``kind`` (any kind where there is none)."""
    made = Meeting.objects.filter(unit=unit).exclude(state=State.CANCELLED)
    last = made.filter(kind=kind).first() or made.first()
    day = timezone.localdate(now) + timedelta(days=1)
    initial: dict[str, Any] = {"kind": kind, "day": day, "start": "14:30", "end": "16:00"}
    leads = [m.user_id for m in people_in(unit) if _leads(m)]
    initial["chair"] = leads[0] if leads else ""
    if last:
        start, end = timezone.localtime(last.planned_start), timezone.localtime(last.planned_end)
        initial |= {
            "place": last.place,
            "start": f"{start:%H:%M}",
            "end": f"{end:%H:%M}",
            "chair": last.chair_id,
            "recorder": last.recorder_id,
            "may_object": last.may_object,
        }
        if last.kind == kind:
            initial |= _audience_of(last, unit)
    return initial


def _audience_of(last: Meeting, unit: Unit) -> dict[str, Any]:
    """Return who was asked to come last time, where the organiser chooses."""
    if last.kind not in CHOSEN:
        return {}
    rows = last.attendances.filter(is_observer=False).values_list("user_id", flat=True)
    here = {m.user_id: m.user for m in people_in(unit) if m.role != "organ"}
    asked = set(rows) & set(here)
    if asked == set(here):
        return {"audience": EVERYONE}
    if asked == {pk for pk, user in here.items() if user.is_party_member}:
        return {"audience": MEMBERS}
    return {"audience": CHOSEN_PEOPLE, "people": [str(pk) for pk in sorted(asked)]}


def _leads(membership: Membership) -> bool:
    return membership.role in {"secretary", "deputy", "leader"}


class EditForm(forms.Form):
    """Facts of the plan that may change at any time before the record is signed."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    title = LineField(
        label="会议主题", max_length=200, error_messages={"required": "填写会议主题。"}
    )
    ordinal = forms.IntegerField(
        label="年度第几次",
        min_value=1,
        max_value=999,
        help_text="按类型编号，前面的会取消了可以改。",
        error_messages={"required": "填写年度第几次。"},
    )
    place = LineField(label="地点", max_length=100, required=False)
    chair = PersonField(label="主持人", error_messages={"required": "选主持人。"})
    recorder = PersonField(label="记录人", error_messages={"required": "选记录人。"})
    lecturer = LineField(label="主讲人", max_length=100, required=False)
    lecture_topic = LineField(label="课题", max_length=200, required=False)
    uses_code = code_field()
    may_object = objecting_field()

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        plan = ("version", "title", "ordinal", "place", "lecturer", "lecture_topic")
        settings = ("uses_code", "may_object")
        kwargs.setdefault(
            "initial",
            {name: getattr(meeting, name) for name in (*plan, *settings)}
            | {"chair": meeting.chair_id, "recorder": meeting.recorder_id},
        )
        super().__init__(*args, **kwargs)
        if meeting.kind == Kind.LIFE:
            del self.fields["uses_code"]
        offer_people(self, meeting.unit, "chair", "recorder")
        for name, person in (("chair", meeting.chair), ("recorder", meeting.recorder)):
            field = self.fields[name]
            # Who leads the branch above may chair a group's meeting.
            if isinstance(field, PersonField):
                field.add(person)


class PostponeForm(forms.Form):
    """Another time, with the reason that the notice prints."""

    day = date_field(label="改到哪一天", error_messages={"required": "选一个日期。"})
    start = time_field(label="开始", error_messages={"required": "填写开始时间。"})
    end = time_field(label="结束", error_messages={"required": "填写结束时间。"})
    reason = LineField(
        label="改期原因", max_length=300, error_messages={"required": "写明改期原因。"}
    )


class CancelForm(forms.Form):
    """The reason why a meeting will not be held."""

    reason = LineField(
        label="取消原因", max_length=300, error_messages={"required": "写明取消原因。"}
    )


class TimesForm(forms.Form):
    """The times that the paper prints."""

    start = moment_field(label="实际开始", error_messages={"required": "填写实际开始时间。"})
    end = moment_field(label="实际结束", required=False)


class SittingForm(forms.Form):
    """A 场次 for a shift."""

    name = LineField(label="场次名称", max_length=50, help_text="如：A班、第一场")
    day = date_field(label="日期")
    start = time_field(label="开始")
    end = time_field(label="结束")
    place = LineField(label="地点", max_length=100, required=False)
