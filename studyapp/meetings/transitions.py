"""Who may move a meeting from which state to which: the one table of its life."""

from dataclasses import dataclass

from studyapp.access.permissions import P
from studyapp.meetings.models import State


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move. ``label`` is the word on its button."""

    name: str
    label: str
    source: State
    target: State
    permission: P


MOVES: tuple[Move, ...] = (
    Move("check_in", "开始签到", State.PREPARING, State.CHECK_IN, P.MEETING_RUN),
    Move("open", "开会", State.CHECK_IN, State.OPEN, P.MEETING_RUN),
    Move("open_now", "直接开会", State.PREPARING, State.OPEN, P.MEETING_RUN),
    Move("end", "散会，整理记录", State.OPEN, State.ENDED, P.MEETING_RUN),
    # A slip of the finger must not end a meeting for good.
    Move("reopen", "还没散会，回到会中", State.ENDED, State.OPEN, P.MEETING_RUN),
    Move("back", "退回筹备", State.CHECK_IN, State.PREPARING, P.MEETING_RUN),
    Move("cancel", "取消会议", State.PREPARING, State.CANCELLED, P.MEETING_EDIT),
    Move("cancel_late", "取消会议", State.CHECK_IN, State.CANCELLED, P.MEETING_EDIT),
)


def find(name: str, source: str) -> Move | None:
    """Return the move ``name`` out of state ``source``; none when the table has none."""
    return next((move for move in MOVES if move.name == name and move.source == source), None)


def next_move(source: str) -> Move | None:
    """Return the one step that is offered first in state ``source``."""
    order = ("check_in", "open", "end")
    return next((move for name in order if (move := find(name, source))), None)


def moves_from(source: str) -> list[Move]:
    """Return every move out of state ``source``."""
    return [move for move in MOVES if move.source == source]
