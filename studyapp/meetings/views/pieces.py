"""Posted notes as HTML, kept under all that it shows (ADR 0019).

A key holds every word and date of its piece, so that a piece can never be out of date: a note
that was edited, or whose author has another name, has another key, and nobody asks for the old
one again.
"""

import hashlib
from collections.abc import Collection, Iterable

from django.core.cache import caches
from django.template.loader import get_template
from django.utils import timezone

from studyapp.meetings.models import Note

TEMPLATE = "meetings/_note.html"
READ = (
    "pk", "kind", "body", "quote", "quote_before", "quote_after", "theme_id", "created_at",
    "in_record",
)  # fmt: skip
"""What a piece shows of a note, besides its author's name; a test compares the template."""


def with_pieces(
    notes: Iterable[Note],
    *,
    reader: int,
    fixed: Collection[int] | None = None,
    may_take: bool = False,
    made_up: Collection[int] = (),
) -> list[tuple[Note, str]]:
    """Return each note with its HTML, or with "" where the page has to render it itself.

    That is a draft or a deleted note, which is for its author alone, and one with the recorder's
    form: a form carries a token of its reader. ``fixed`` are the keys of the own notes that a
    signed record holds; without it each says so itself (:func:`stream.tell_fixed`). ``made_up``
    are those that carry the word 补学.
    """
    wanted: dict[str, dict[str, object]] = {}
    keys: list[tuple[Note, str]] = []
    year = timezone.localtime().year  # dates are shown with their year when it is not this one
    for note in notes:
        mine = note.author_id == reader
        holds = mine and bool(getattr(note, "fixed", False) if fixed is None else note.pk in fixed)
        key = ""
        if not (note.is_draft or note.deleted_at or (may_take and not note.in_record)):
            shown = [getattr(note, name) for name in READ]
            late = note.pk in made_up
            shown += [note.author.name, year, mine, holds, late]
            key = hashlib.sha256(repr(shown).encode()).hexdigest()
            wanted[key] = {"note": note, "mine": mine, "fixed": holds, "made_up": late}
        keys.append((note, key))
    found = _rendered(wanted)
    return [(note, found.get(key, "")) for note, key in keys]


def _rendered(wanted: dict[str, dict[str, object]]) -> dict[str, str]:
    cache = caches["pieces"]
    found: dict[str, str] = cache.get_many(wanted)
    template = get_template(TEMPLATE)
    fresh = {key: template.render(wanted[key]) for key in wanted if key not in found}
    if fresh:
        cache.set_many(fresh)
    return found | fresh
