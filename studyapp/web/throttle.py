"""How often one address may ask for what is open to everybody.

Counted in the memory of each worker: with two of them an address gets at most twice as much. That
is enough to slow guessing down, and takes nothing from the database.
"""

from django.core.cache import cache
from django.http import HttpRequest

from studyapp.web import addresses

Limits = tuple[tuple[int, int], ...]
"""So many times in so many seconds, each."""


def is_too_often(request: HttpRequest, name: str, limits: Limits) -> bool:
    """Count one more time for the address that asks, and tell whether that is too often.

    The time begins with the first one; who is turned away waits for its end.
    """
    over = False
    for most, seconds in limits:
        key = _key(request, name, seconds)
        cache.add(key, 0, seconds)
        try:
            over |= cache.incr(key) > most
        except ValueError:  # it ended between the two lines
            cache.set(key, 1, seconds)
    return over


def was_too_often(request: HttpRequest, name: str, limits: Limits) -> bool:
    """Tell the same without counting one more."""
    return any(cache.get(_key(request, name, seconds), 0) >= most for most, seconds in limits)


def _key(request: HttpRequest, name: str, seconds: int) -> str:
    return f"throttle-{name}-{seconds}-{addresses.household(request)}"
