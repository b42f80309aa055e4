"""What somebody objected to and nobody has settled: for the signers, and on request for print.

A speaker's word about the own remark stays until that person is content or takes it back, whatever
the recorder answers. An objection to a passage is settled by its answer.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.db.models import Q

from studyapp.meetings.models import Remark
from studyapp.minutes.models import Record, SignedVersion


@dataclass(frozen=True, slots=True)
class Unsettled:
    """One of them: ``who``, on what (``about``), in which ``words``.

    ``answer`` is what the recorder said to a speaker who did not take it back; ``reworded`` that
    the remark got other words since.
    """

    who: str
    about: str
    words: str
    answer: str = ""
    answered_by: str = ""
    reworded: bool = False


def unsettled(record: Record) -> list[Unsettled]:
    """Return what is open now: the speakers' in speaking order, then those about passages."""
    own = record.meeting.remarks.filter(~Q(objection="") | ~Q(correction=""))
    return [
        *(one for remark in own.select_related("answered_by") for one in _said(remark)),
        *(
            Unsettled(o.by_name, f"“{o.heading}”" if o.heading else f"“{short(o.passage)}”", o.text)
            for o in record.objections.unanswered()
        ),
    ]


def _said(remark: Remark) -> Iterable[Unsettled]:
    by = remark.answered_by.name if remark.answered_by and remark.answer else ""
    reworded = remark.answered_at is not None and not remark.answer
    for about, words in (("本人发言，应当写成", remark.correction), ("本人发言", remark.objection)):
        if words:
            yield Unsettled(remark.speaker_name, about, words, remark.answer, by, reworded)


def short(text: str, most: int = 24) -> str:
    """Return the first words of a text, to tell it from others."""
    words = " ".join(text.split())
    return words[:most] + ("…" if len(words) > most else "")


def frozen(record: Record) -> str:
    """Return what is open now as a signed version keeps it."""
    found = [asdict(one) for one in unsettled(record)]
    return json.dumps(found, ensure_ascii=False, sort_keys=True)


def kept(version: SignedVersion) -> list[Unsettled]:
    """Return what was open when a version was signed."""
    return [Unsettled(**one) for one in json.loads(version.objections)]
