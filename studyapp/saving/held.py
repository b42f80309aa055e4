"""What a held form is called and what it says, in the words of the page it was filled in on."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django import forms
from django.utils.module_loading import import_string

from studyapp.web.shortcuts import SECRET

AS_CHOSEN = "照你选的"
"""Stands for a choice that is sent as a number, which says nothing to a person."""
_BESIDE = {"theirs": "存着的"}
"""Words that the page with two wordings sends along, beside those that were written."""
_SHORT = 60  # characters; longer words, or several lines, get a box


@dataclass(frozen=True)
class Form:
    """A form that is held: its name for the person, and where its fields are called by words.

    ``reads`` are the form classes, by path: their apps stand above this one. ``more`` calls what
    the page itself put beside them; the words of its buttons are in ``buttons``.
    """

    what: str
    reads: tuple[str, ...] = ()
    more: dict[str, str] = field(default_factory=dict)
    buttons: dict[tuple[str, str], str] = field(default_factory=dict)


_M, _R, _S = "studyapp.meetings.forms.", "studyapp.minutes.forms.", "studyapp.speeches.forms."
_NOTE = Form(
    "新笔记",
    (f"{_M}notes.NoteForm",),
    {"quote": "引用的原文"},
    {("then", "post"): "提交到支部", ("then", "draft"): "存为草稿"},
)
_VOTE = Form(
    "一项表决",
    (f"{_M}votes.VoteForm",),
    {
        "name#": "候选人#",
        "ayes#": "候选人#得赞成票",
        "noes#": "候选人#不赞成票",
        "abstentions#": "候选人#弃权票",
        "is_other#": "候选人#是另选他人",
    },
)
_DECISION = (f"{_M}sheet.DecisionForm",)
_WORDS = (f"{_M}sheet.WordsForm",)
FORMS = {
    "accounts:feedback": Form("意见和建议", ("studyapp.accounts.forms.FeedbackForm",)),
    "meetings:note_new": _NOTE,
    "meetings:note_edit": Form("改笔记", _NOTE.reads, _NOTE.more, _NOTE.buttons),
    "meetings:sheet": Form("会上记一条发言", (f"{_M}sheet.RemarkForm",)),
    "meetings:remark": Form("改一条发言", (f"{_M}sheet.RemarkEditForm",)),
    "meetings:paste": Form(
        "粘贴多条发言",
        (f"{_M}sheet.PasteForm",),
        buttons={("store", "1"): "按这样记入"},
    ),
    "meetings:item_words": Form("议程的记录", _WORDS),
    "meetings:summary": Form("会议小结", _WORDS),
    "meetings:vote": _VOTE,
    "meetings:vote_edit": Form("改一项表决", _VOTE.reads, _VOTE.more),
    "meetings:decision_add": Form("一项决定", _DECISION),
    "meetings:decision": Form("改一项决定", _DECISION),
    "minutes:edit": Form(
        "改会议记录",
        (f"{_R}PartForm", f"{_R}FactsForm"),
        buttons={
            ("do", "save"): "保存这一段",
            ("do", "remove"): "从记录里移除",
            ("do", "take"): "换成新的",
            ("do", "keep"): "保留记录里的",
        },
    ),
    "minutes:object_to": Form("对会议记录提异议", (f"{_R}ObjectionForm",)),
    "minutes:objection_answer": Form("答复异议", more={"answer": "答复"}),
    "minutes:explain": Form("对退回的说明", (f"{_R}ExplanationForm",)),
    "speeches:new": Form("新学习材料", (f"{_S}ImportForm",)),
    "speeches:version": Form("学习材料的新稿", (f"{_S}VersionForm",)),
    "speeches:details": Form("学习材料的出处", (f"{_S}DetailsForm",)),
    "speeches:theme": Form(
        "校对一个专题",
        more={"title": "标题", "question": "研讨题"},
        buttons={("verb", "save"): "保存", ("verb", "merge"): "并入上一部分"},
    ),
}
"""Forms that are held, by the name of their address.

Only those that are there for words. Anybody at a machine can post in the name of who signed in
there last: nothing is held that acts on people, units or rights, signs, voids or hands out.
"""


@dataclass(frozen=True)
class Said:
    """One thing that a form says: how its field is called, and what stands in it."""

    label: str
    value: str

    @property
    def is_long(self) -> bool:
        """Whether it needs a box to be read in."""
        return len(self.value) > _SHORT or "\n" in self.value


def said(form: Form, fields: Iterable[Iterable[str]]) -> list[Said]:
    """Return what a person wrote, chose and pressed, as the page called it.

    What only programs read is left out: marks, numbers of rows, addresses to go back to.
    Words in a field that nothing is known about are shown all the same.
    """
    known = dict(_called(form))
    found = [Said(*pair) for name, value in fields for pair in _in_words(form, known, name, value)]
    # Several boxes that were ticked say «照你选的» once.
    return [next(same) for _, same in groupby(found)]


def _called(form: Form) -> Iterator[tuple[str, forms.Field]]:
    for path in form.reads:
        yield from import_string(path).base_fields.items()


def _in_words(
    form: Form, known: dict[str, forms.Field], name: str, value: str
) -> Iterator[tuple[str, str]]:
    if not value.strip() or name in SECRET | {"next"}:
        return
    if pressed := form.buttons.get((name, value)):
        yield "按下的", pressed
        return
    # A prefix stands before a name where a page has several forms, a number behind it for rows.
    bare = name.rpartition("-")[2]
    number = re.search(r"[0-9]*$", bare)
    row = number[0] if number else ""
    asked = known.get(bare)
    label = form.more.get(bare) or form.more.get(f"{bare.removesuffix(row)}#", "")
    if label and (row or asked is None or asked.widget.is_hidden):
        yield label.replace("#", row), "是" if value == "on" else value
    elif asked is not None and asked.label and not asked.widget.is_hidden:
        yield str(asked.label), _choice(asked, value)
    elif asked is None and not value.isascii():
        yield _BESIDE.get(bare, "你写的"), value


def _choice(asked: Any, value: str) -> str:
    """Return the word that stood beside a choice, where it is the same on every page."""
    if isinstance(asked, forms.BooleanField):
        return "是"
    if not isinstance(asked, forms.ChoiceField):
        return value
    words: dict[str, Any] = dict(asked.choices)  # type: ignore[arg-type]
    return str(words.get(value) or (AS_CHOSEN if value.isascii() else value))
