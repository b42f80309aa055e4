"""What the room sees on the wall: one thing at a time, in words that the last row can read."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import Prefetch

from studyapp.meetings import arrivals, codes
from studyapp.meetings.models import AgendaItem, Attendance, ItemKind, Meeting, Note, State
from studyapp.meetings.queries import HeadCount, head_count, themes_of
from studyapp.meetings.stream import notes_of
from studyapp.speeches.models import PassageKind, Theme, passages_below
from studyapp.text.cjk import chinese_number
from studyapp.text.punctuation import full_width_punctuation

_QUOTED = 100  # characters: four lines at 1366 × 768
_ASKED = 60  # characters: two lines
_POINT = 46  # characters: two lines beside a name
_POINTS = 3
_NAMES = 36  # what fits beside the code
_ENDS = "。！？"


@dataclass(frozen=True, slots=True)
class Step:
    """One place of the footer, and one choice of who runs the meeting."""

    numeral: str
    title: str
    item: AgendaItem
    theme: Theme | None = None
    is_current: bool = False

    @property
    def key(self) -> str:
        """What a button calls it."""
        return f"{self.item.pk}-{self.theme.pk}" if self.theme else str(self.item.pk)


@dataclass(frozen=True, slots=True)
class Point:
    """The beginning of a note, with who posted it."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything on the wall.

    ``step`` is what is treated now, ``code`` the way to check in; ``total`` people have done so,
    of whom ``arrived`` are the latest.
    """

    count: HeadCount
    steps: list[Step]
    step: Step | None
    quote: str = ""
    question: str = ""
    points: list[Point] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    total: int = 0
    code: codes.Code | None = None

    @property
    def more(self) -> int:
        """How many checked in besides those named."""
        return self.total - len(self.arrived)


def with_agenda(meeting: Meeting) -> Meeting:
    """Return the meeting with all that the screen reads, in a fixed number of queries."""
    agenda = AgendaItem.objects.select_related("speech", "lead_reader")
    return (
        Meeting.objects.select_related("unit", "chair", "recorder", "screen_item", "screen_theme")
        .prefetch_related(Prefetch("agenda", agenda), "attendances", "sittings")
        .get(pk=meeting.pk)
    )


def picture(meeting: Meeting, now: datetime) -> Picture:
    """Return what the wall shows of a meeting that :func:`with_agenda` loaded."""
    rows = list(meeting.attendances.all())
    every = steps(meeting)
    shown = next((step for step in every if step.is_current), None)
    is_on = meeting.state == State.OPEN
    theme = shown.theme if shown and is_on else None
    here = _arrived(rows)
    return Picture(
        count=head_count(rows),
        steps=_around(every, shown),
        step=shown if is_on else None,
        quote=opening(theme) if theme else "",
        question=_cut(theme.question, _ASKED) if theme else "",
        points=_points(meeting, shown) if shown and is_on and meeting.screen_points else [],
        arrived=here[:_NAMES],
        total=len(here),
        code=codes.current(meeting.pk, now) if arrivals.takes_codes(meeting) else None,
    )


def steps(meeting: Meeting) -> list[Step]:
    """Return the agenda with the themes of each text in place of it, and what is shown now.

    Nothing chosen: what is studied first.
    """
    themes: dict[int, list[Theme]] = {}
    for theme in themes_of(meeting):
        themes.setdefault(theme.speech_id, []).append(theme)
    found: list[Step] = []
    for number, item in enumerate(meeting.agenda.all(), 1):
        inside = themes.get(item.speech_id or 0, [])
        found += [Step(chinese_number(t.number), t.title, item, t) for t in inside]
        if not inside:
            found.append(Step(chinese_number(number), item.title, item))
    chosen = _chosen(meeting, found)
    return [replace(step, is_current=step is chosen) for step in found]


def _chosen(meeting: Meeting, every: list[Step]) -> Step | None:
    """Return what was put on the wall, if the agenda still has it, or what is studied first."""
    wanted = (meeting.screen_item_id, meeting.screen_theme_id)
    for step in every:
        if (step.item.pk, step.theme.pk if step.theme else None) == wanted:
            return step
    study = (step for step in every if step.item.kind == ItemKind.STUDY)
    return next(study, every[0] if every else None)


def _around(every: list[Step], shown: Step | None) -> list[Step]:
    """Return what stands in the footer: the other themes of the text, or the whole agenda."""
    if shown and shown.theme:
        return [step for step in every if step.item.pk == shown.item.pk]
    # A text stands there as one item, however many themes it has.
    found: dict[int, Step] = {}
    for step in every:
        found.setdefault(step.item.pk, step)
    return list(found.values())


def opening(theme: Theme) -> str:
    """Return how the theme begins, in the speaker's own words, cut after a sentence."""
    for passage in passages_below(theme):
        if passage.kind == PassageKind.BODY:
            return _cut(full_width_punctuation(passage.text.strip()), _QUOTED)
    return ""


def _cut(words: str, longest: int) -> str:
    """Return whole sentences up to so many characters, or what fits of the first one."""
    if len(words) <= longest:
        return words
    end = max(words.rfind(mark, 0, longest) for mark in _ENDS)
    if end > 0:
        return words[: end + 1]
    comma = words.rfind("，", 0, longest)
    return words[: comma if comma > longest // 2 else longest] + "……"


def _points(meeting: Meeting, shown: Step) -> list[Point]:
    """Return the newest posted notes on what is shown, the newest first."""
    notes = notes_of(meeting)
    if shown.theme:
        notes = notes.filter(theme=shown.theme)
    elif shown.item.speech_id:
        notes = notes.filter(speech_id=shown.item.speech_id)
    elif shown.item.kind != ItemKind.DISCUSSION:
        return []
    newest = notes.select_related("author").order_by("-posted_at", "-pk")[:_POINTS]
    return [_point(note) for note in newest]


def _point(note: Note) -> Point:
    words = " ".join(note.body.split())
    return Point(note.author.name, words if len(words) <= _POINT else words[:_POINT] + "……")


def _arrived(rows: Iterable[Attendance]) -> list[str]:
    """Return the names of who checked in, the latest first: everybody sees that it worked."""
    found = [row for row in rows if row.checked_in_at is not None]
    found.sort(key=lambda row: (row.checked_in_at is None, row.checked_in_at), reverse=True)
    return [row.name for row in found]
