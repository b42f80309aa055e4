"""A short mark of a text, to tell later whether it still says the same."""

import hashlib


def stamp(text: str) -> str:
    """Return a short mark of ``text`` that a form carries to tell whether it changed meanwhile."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
