"""The anticipated no."""


class Refused(Exception):
    """Something a person asked for that the rules do not allow.

    The text is a sentence for that person, in the interface language: what happened, then what
    to do. Views show it and keep whatever was typed; it is never a fault of the program.
    ``status`` is the HTTP status of the page that shows it (422, or 409 for a stale form).
    """

    status = 422


class Stale(Refused):
    """The form was made from an older state than the one stored now."""

    status = 409
