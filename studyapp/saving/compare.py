"""Two wordings side by side: the page that answers a form made from an older text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, QueryDict

from studyapp.saving.queries import shared_text
from studyapp.text.diff import Piece, diff
from studyapp.text.merging import Stretch, merged, stretches
from studyapp.web.shortcuts import SECRET, render_page, whole_number

STATUS = 409
_PICK = "pick-"


@dataclass(frozen=True)
class Newer:
    """The words stored now: whose, since when, and the base a form needs to follow them."""

    body: str
    by: str
    at: datetime
    base: str


def newer(key: str, body: str, base: str, *, at: datetime) -> Newer:
    """Return the stored words of a shared text with who wrote them, as far as it is known."""
    text = shared_text(key)
    if text is None or text.updated_by is None:
        return Newer(body, "别人", at, base)
    return Newer(body, text.updated_by.name, text.updated_at, base)


@dataclass(frozen=True)
class Row:
    """A stretch with its number and, where the two differ, the marks of the difference."""

    index: int
    stretch: Stretch
    pieces: list[Piece]

    @property
    def words(self) -> str:
        """The paragraphs as I have them."""
        return "\n".join(self.stretch.mine)


def page(
    request: HttpRequest, data: QueryDict, *, field: str, base_field: str, newer: Newer, back: str
) -> HttpResponse:
    """Show mine (``field`` of the posted ``data``) and theirs; every button posts the form again.

    The new form is made from the newer words (``base_field``), so what is chosen here is a
    decision made with both in sight. All other posted fields go along.
    """
    mine = data.get(field, "").replace("\r\n", "\n")
    rows = [
        Row(index, stretch, diff("\n".join(stretch.theirs), "\n".join(stretch.mine)))
        for index, stretch in enumerate(stretches(mine, newer.body))
    ]
    context = {
        "mine": mine,
        "newer": newer,
        "field": field,
        "base_field": base_field,
        "rows": rows,
        "others": others(data, {field, base_field}),
        "back": back,
    }
    return render_page(request, "saving/compare.html", context, status=STATUS)


def others(data: QueryDict, without: set[str]) -> list[tuple[str, str]]:
    """Return the posted fields that go along unchanged."""
    left_out = without | SECRET | {"merge-mine", "merge-theirs"}
    return [
        (name, value)
        for name, values in data.lists()
        if name not in left_out and not name.startswith(_PICK)
        for value in values
    ]


def chosen(data: QueryDict, field: str) -> QueryDict:
    """Return the posted form with ``field`` made of what was picked, if it came from the page."""
    if "merge-mine" not in data or "merge-theirs" not in data:
        return data
    changed = data.copy()
    changed[field] = merged(_plain(data, "mine"), _plain(data, "theirs"), _picks(data))
    return changed


def _plain(data: QueryDict, side: str) -> str:
    return data.get(f"merge-{side}", "").replace("\r\n", "\n")


def _picks(data: Mapping[str, object]) -> dict[int, str]:
    picks = {}
    for name, value in data.items():
        number = whole_number(name.removeprefix(_PICK))
        if name.startswith(_PICK) and number is not None:
            picks[number] = str(value)
    return picks
