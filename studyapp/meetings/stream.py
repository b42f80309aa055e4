"""The notes of a meeting as its page shows them: one theme at a time, the oldest first."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from studyapp.accounts.models import User
from studyapp.meetings.models import AWAY, Kind, Meeting, Note, NoteQuerySet, Remark, State
from studyapp.meetings.queries import themes_of
from studyapp.speeches.models import Passage, PassageKind, Speech, Theme, passages_below
from studyapp.text.punctuation import full_width_punctuation

_READ = (
    "author__name", "theme_id", "kind", "body", "quote", "quote_before", "quote_after",
    "created_at", "posted_at", "deleted_at", "in_record",
)  # fmt: skip
"""What the page shows of a note; the rest of the row, and of its author's, is not read."""

SHOWN = 30
"""Notes on the page at first; a link brings the earlier ones."""

_QUOTED = 90  # characters of the text above the notes: two lines at 1366 pixels


def has_stream(meeting: Meeting) -> bool:
    """Tell whether notes are shown at all: 组织生活会 has none (product.md, Kinds)."""
    return meeting.kind != Kind.LIFE


def notes_of(meeting: Meeting) -> NoteQuerySet:
    """Return the posted notes written for a meeting, and those written before its end on its texts.

    A note that went into the record of another meeting stays there.
    """
    if not has_stream(meeting):
        return Note.objects.none()
    texts = [item.speech_id for item in meeting.agenda.all() if item.speech_id]
    beforehand = Q(meeting__isnull=True, unit_id=meeting.unit_id, speech_id__in=texts)
    if meeting.actual_end:
        beforehand &= Q(posted_at__lte=meeting.actual_end)
    elsewhere = Remark.objects.filter(note=OuterRef("pk")).exclude(meeting=meeting)
    here = Q(meeting=meeting) | beforehand
    return Note.objects.posted().filter(here, ~Exists(elsewhere.order_by()))


def is_fixed(note: Note) -> bool:
    """Tell whether a signed record holds the note: written for its meeting, or taken into it.

    What was written after the signature, to make the study up, no record holds.
    """
    held = Q(pk=note.meeting_id, signed_at__gte=note.created_at) | Q(remarks__note=note)
    return Meeting.objects.filter(held, signed_at__isnull=False).exists()


def tell_fixed(notes: QuerySet[Note]) -> QuerySet[Note, Any]:
    """Add to each of ``notes`` whether :func:`is_fixed` holds of it, as ``fixed``."""
    before = Q(pk=OuterRef("meeting_id"), signed_at__gte=OuterRef("created_at"))
    held = before | Q(remarks__note=OuterRef("pk"))
    return notes.annotate(fixed=Exists(Meeting.objects.filter(held, signed_at__isnull=False)))


def was_away(meeting: Meeting, user: User) -> bool:
    """Tell whether the roll of a meeting that is over has ``user`` on leave or absent (补学)."""
    away = meeting.attendances.filter(user=user, is_observer=False, presence__in=AWAY)
    return meeting.state == State.ENDED and away.exists()


def is_made_up(note: Note, meeting: Meeting, away: set[int | None]) -> bool:
    """Tell whether a note was written after the meeting by one of those who were ``away``."""
    end = meeting.actual_end
    return note.author_id in away and end is not None and note.created_at > end


@dataclass(frozen=True, slots=True)
class Tab:
    """A theme with the number of its notes; no theme stands for what is about none."""

    theme: Theme | None
    count: int
    is_current: bool

    @property
    def key(self) -> str:
        """What the address calls it."""
        return str(self.theme.pk) if self.theme else "0"


@dataclass(frozen=True, slots=True)
class Stream:
    """What the page shows of the notes; ``earlier`` counts those that it leaves out at first."""

    tabs: list[Tab]
    texts: list[tuple[Speech, bool, str]]
    theme: Theme | None
    passages: list[Passage]
    notes: list[Note]
    made_up: set[int]
    fixed: set[int]
    drafts: list[Note]
    earlier: int
    total: int

    @property
    def words(self) -> str:
        """How the theme begins, in the speaker's own words, cut where the line is full."""
        first = next((p for p in self.passages if p.kind == PassageKind.BODY), None)
        words = full_width_punctuation(first.text.strip()) if first else ""
        return words if len(words) <= _QUOTED else words[:_QUOTED] + "……"

    @property
    def key(self) -> str:
        """What the address calls the theme shown."""
        return str(self.theme.pk) if self.theme else "0"


def stream(
    meeting: Meeting, user_id: int, *, wanted: str = "", all_of_them: bool = False
) -> Stream:
    """Return the notes on the theme ``wanted`` (its id; the first one without), and the tabs.

    ``user_id`` adds that person's own drafts, which nobody else ever gets.
    """
    themes = themes_of(meeting)
    theme = next((t for t in themes if str(t.pk) == wanted), None)
    if theme is None and wanted != "0" and themes:
        theme = themes[0]
    every = notes_of(meeting)
    counts: dict[int | None, int] = dict(
        every.order_by().values_list("theme").annotate(count=Count("pk"))
    )
    # What is about no theme, or about one that the agenda no longer has, stands together.
    loose = sum(n for pk, n in counts.items() if pk not in {t.pk for t in themes})
    text = theme.speech_id if theme else None
    tabs = [Tab(t, counts.get(t.pk, 0), t == theme) for t in themes if t.speech_id == text]
    newest = _about(every, theme, themes).select_related("author").only(*_READ)
    newest = newest.order_by("-posted_at", "-pk")
    notes = list(newest if all_of_them else newest[:SHOWN])[::-1]
    away = {row.user_id for row in meeting.attendances.all() if row.is_away}
    made_up = {note.pk for note in notes if is_made_up(note, meeting, away)}
    signed = meeting.signed_at
    fixed = {note.pk for note in notes if signed and note.created_at <= signed}
    return Stream(
        tabs=[*tabs, Tab(None, loose, theme is None)],
        texts=_texts(themes, text),
        theme=theme,
        passages=passages_below(theme) if theme else [],
        notes=notes,
        made_up=made_up,
        fixed=fixed,
        drafts=list(_about(_drafts(meeting, user_id), theme, themes)),
        earlier=(counts.get(theme.pk, 0) if theme else loose) - len(notes),
        total=sum(counts.values()),
    )


def _about(notes: NoteQuerySet, theme: Theme | None, themes: list[Theme]) -> NoteQuerySet:
    return notes.filter(theme=theme) if theme else notes.exclude(theme__in=themes)


def _drafts(meeting: Meeting, user_id: int) -> NoteQuerySet:
    """Return one person's drafts for the meeting, and those for none on a text that it studies."""
    texts = [item.speech_id for item in meeting.agenda.all() if item.speech_id]
    mine = Note.objects.filter(
        author_id=user_id, unit_id=meeting.unit_id, posted_at__isnull=True, deleted_at__isnull=True
    )
    return mine.filter(Q(meeting=meeting) | Q(meeting__isnull=True, speech_id__in=texts))


def _texts(themes: list[Theme], shown: int | None) -> list[tuple[Speech, bool, str]]:
    """Return each text with whether it is shown and the id of its first theme."""
    first: dict[int, Theme] = {}
    for theme in themes:
        first.setdefault(theme.speech_id, theme)
    return [(t.speech, t.speech_id == shown, str(t.pk)) for t in first.values()]


def copy_name(meeting: Meeting | None, speech: Speech | None, theme: Theme | None) -> str:
    """Name of the working copy of a new note: one unfinished note for each thing it is about."""
    about = (meeting, None if meeting else speech, theme)
    return "new-" + "-".join(str(each.pk) if each else "0" for each in about)
