"""Clocks of machines are set back now and then: what was noted before may then lie ahead."""

from typing import Any, TypeVar

Moment = TypeVar("Moment", bound=Any)


def not_ahead(noted: Moment, now: Moment) -> Moment:
    """Return when something was noted; ``now`` where that lies ahead.

    What lasts a while from then on (a lock, a count) is not over by that, and lasts no
    longer than if it had begun now: whoever may write stores what this returns.
    """
    return min(noted, now)
