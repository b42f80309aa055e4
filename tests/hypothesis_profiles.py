"""How hard Hypothesis tries: `HYPOTHESIS_PROFILE` picks a profile, conftest calls `load()`."""

import os

from hypothesis import settings

EXAMPLES = {
    # Every `make test`.
    "usual": 60,
    # `make deep`.
    "deep": 5_000,
}


def load() -> None:
    """Register the profiles and load the one named; an unknown name is an error."""
    for name, examples in EXAMPLES.items():
        # No deadline: two loaded cores make honest examples slow, and speed has its own tests.
        settings.register_profile(name, max_examples=examples, deadline=None, print_blob=True)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))
