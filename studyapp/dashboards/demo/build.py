"""Fills an empty database with a fictional bureau, through the same actions that people use.

The order decides the numbers in the addresses, which tests and handbooks name.
"""

from datetime import datetime

from django.utils import timezone

from studyapp.accounts import resets
from studyapp.accounts.actions import answer_feedback, send_feedback
from studyapp.accounts.models import Reset
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.audit.queries import DEMO
from studyapp.dashboards.demo import above, past, story, work
from studyapp.dashboards.demo.bureau import FOLDER, Bureau, people, units
from studyapp.dashboards.demo.coming import appraisal, coming
from studyapp.meetings.actions import notes
from studyapp.meetings.models import Note
from studyapp.saving import actions as saving
from studyapp.speeches import actions as speeches
from studyapp.speeches.models import Theme
from studyapp.text.cjk import format_date

# The files name a day; the demo's speeches were given some weeks before it was built.
_GIVEN = {"speech": ("2026年7月9日", -45), "second": ("2026年6月18日", -24)}


def build(*, at: datetime) -> Bureau:
    """Store everything as it stands ``at`` that time; the caller wraps it in one transaction."""
    record(DEMO, operation=Operation.CREATE)
    bureau = Bureau(at)
    units(bureau)
    people(bureau)
    _texts(bureau)
    _notes(bureau)
    past.own_branch(bureau)
    past.visitors_branch(bureau)
    coming(bureau)
    past.later(bureau)
    past.other_branches(bureau)
    above.returns(bureau)
    above.filed(bureau)
    appraisal(bureau)
    past.void(bureau)
    work.batch(bureau)
    _feedback(bureau)
    _unfinished(bureau)
    _reset(bureau)
    return bureau


def _reset(bureau: Bureau) -> None:
    """An administrator forgot the password: one person asked, a second one has to confirm."""
    auditor, by = bureau.people["auditor"], bureau.people["secadmin"]
    resets.begin(auditor, Reset.What.PASSWORD, by=by, at=bureau.now)


def _texts(bureau: Bureau) -> None:
    inspector, secretary = bureau.people["inspector"], bureau.people["secretary"]
    for name, unit, by, source, days in (
        ("speech", "机关党委", inspector, "云州市公安局重点工作推进会会议材料", -40),
        ("second", "刑侦第一党支部", secretary, "", -20),
    ):
        written, given = _GIVEN[name]
        day = timezone.localdate(bureau.work(given, 9))
        text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
        text = text.replace(written, format_date(day), 1)
        speech = speeches.import_speech(
            unit=bureau.units[unit],
            by=by,
            at=bureau.work(days, 9),
            text=text,
            source=source,
            file_name=f"{name}.txt",
            data=text.encode(),
        )
        if source:
            speeches.vouch(speech, by=by)
        speeches.release(speech, by=by, at=bureau.work(days, 10))
        if source:
            speeches.send_down(speech, by=by, at=bureau.work(days, 11))
        speech.refresh_from_db()
        bureau.texts.append(speech)
    for theme in _themes(bureau):
        speeches.set_question(
            theme, question=story.QUESTIONS[theme.number], speech=bureau.texts[0], by=inspector
        )


def _feedback(bureau: Bureau) -> None:
    answered, _ = (
        send_feedback(by=bureau.people[who], body=body, page=page)
        for who, body, page in story.FEEDBACK
    )
    answer_feedback(
        answered, answer=story.ANSWER, by=bureau.people["sysadmin"], at=bureau.work(-1, 10)
    )


def _themes(bureau: Bureau) -> list[Theme]:
    return list(Theme.objects.in_use().filter(speech=bureau.texts[0]))


def _notes(bureau: Bureau) -> None:
    unit = bureau.units["刑侦第一党支部"]
    themes = {theme.number: theme for theme in _themes(bureau)}
    for number, (who, theme, kind, body) in enumerate(story.REFLECTIONS):
        notes.write(
            by=bureau.people[who],
            unit=unit,
            body=body,
            kind=kind,
            post=True,
            at=bureau.at(-18 + number, 21, 5 + number * 4),
            theme=themes[theme],
            quote=story.QUOTES.get((who, theme), ""),
        )
    notes.write(
        by=bureau.people["member"],
        unit=unit,
        kind="study",
        at=bureau.at(-1, 22, 10),
        body=story.DRAFT,
        speech=bureau.texts[0],
    )


def _unfinished(bureau: Bureau) -> None:
    """A draft that is being changed, and a note that was thrown away."""
    by, unit = bureau.people["member"], bureau.units["刑侦第一党支部"]
    draft = Note.objects.get(author=by, body=story.DRAFT)
    for base, body in enumerate(story.HALF):
        at = bureau.at(-1, 22, 30 + 6 * base)
        saving.save(
            f"note-{draft.pk}",
            body=body,
            base=base,
            by=by,
            owner=by,
            client="demo",
            token=f"demo-{base}",
            at=at,
        )
    at = bureau.at(-2, 21, 40)
    note = notes.write(by=by, unit=unit, kind="study", at=at, body=story.DELETED)
    notes.delete(note, by=by, at=at)
