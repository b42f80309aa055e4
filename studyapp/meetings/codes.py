"""The code that people check in by: the screen shows a new one every few seconds.

Nothing is stored. A code follows from the key of this installation, the meeting and the window of
settings.CODE_SECONDS that the moment falls in; the code of the window before still counts for the
first settings.CODE_GRACE seconds of the next one. A telephone scans a token of 96 bits. Who types
has six figures: every input method and every keyboard has them, and none looks like another.
"""

import base64
from dataclasses import dataclass
from datetime import datetime

import segno
from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

FIGURES = 6
_TOKEN_BYTES = 12
_SALT = "studyapp.meetings.codes"


@dataclass(frozen=True, slots=True)
class Code:
    """What stands on the screen now, and for how many more seconds."""

    token: str
    figures: str
    seconds_left: int


@dataclass(frozen=True, slots=True)
class Square:
    """A QR code to be drawn: ``side`` in modules with the quiet zone, ``path`` the dark ones."""

    side: int
    path: str


def current(meeting: int, at: datetime) -> Code:
    """Return the code of the meeting with that key."""
    window = _window(at)
    left = (window + 1) * settings.CODE_SECONDS - at.timestamp()
    return Code(_token(meeting, window), _figures(meeting, window), max(1, round(left)))


def scanned(meeting: int, token: str, at: datetime) -> bool:
    """Tell whether ``token`` is, or was just now, the one on the screen of the meeting."""
    found = [constant_time_compare(token, _token(meeting, each)) for each in _counting(at)]
    return any(found)


def typed(meeting: int, figures: str, at: datetime) -> bool:
    """Tell whether ``figures`` are, or were just now, those on the screen of the meeting."""
    found = [constant_time_compare(figures, _figures(meeting, each)) for each in _counting(at)]
    return any(found)


def square(address: str) -> Square:
    """Return the QR code of ``address``; an eighth of it may be hidden or dirty (level M)."""
    code = segno.make(address, error="m", micro=False)
    border = code.default_border_size
    runs = []
    for y, row in enumerate(code.matrix, border):
        start = None
        for x, dark in enumerate([*row, 0], border):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                runs.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
                start = None
    return Square(len(code.matrix) + 2 * border, "".join(runs))


def _window(at: datetime) -> int:
    return int(at.timestamp() // settings.CODE_SECONDS)


def _counting(at: datetime) -> list[int]:
    """Return the windows whose codes count at that moment."""
    window = _window(at)
    into = at.timestamp() - window * settings.CODE_SECONDS
    return [window, window - 1] if into < settings.CODE_GRACE else [window]


def _digest(what: str, meeting: int, window: int) -> bytes:
    return salted_hmac(f"{_SALT}.{what}", f"{meeting}.{window}", algorithm="sha256").digest()


def _token(meeting: int, window: int) -> str:
    first = _digest("token", meeting, window)[:_TOKEN_BYTES]
    return base64.urlsafe_b64encode(first).decode()


def _figures(meeting: int, window: int) -> str:
    number = int.from_bytes(_digest("figures", meeting, window)[:8], "big") % 10**FIGURES
    return f"{number:0{FIGURES}}"
