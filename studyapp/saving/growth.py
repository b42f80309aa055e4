"""Whether a text only grew. Pure."""


def is_growth(old: str, new: str) -> bool:
    """Tell whether ``new`` holds every character of ``old`` in order: nothing was taken away."""
    rest = iter(new)
    return len(old) <= len(new) and all(character in rest for character in old)
