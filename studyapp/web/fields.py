"""Form fields for words: whatever people type or paste is cleaned here, once, by text.cleaning.

Every CharField of the program is one of these, which a test of the project checks; see there for
the few that hold no words (passwords, codes).
"""

import re
from typing import Any

from django import forms

from studyapp.text.cleaning import clean, clean_name


class LineField(forms.CharField):
    """One line of text."""

    def to_python(self, value: object) -> str:
        """Clean like every name and title."""
        return clean_name(super().to_python(value) or "")


class TextField(forms.CharField):
    """Several lines of text; the spaces that a person set stay.

    The limit counts characters after cleaning. It is not given to the browser as ``maxlength``,
    which would cut a longer paste without a word: here it comes back whole, with a sentence.
    """

    def __init__(self, *, rows: int = 4, max_length: int | None = 20_000, **more: Any) -> None:
        attrs: dict[str, Any] = {"rows": rows}
        if max_length is not None:
            attrs["data-count"] = max_length
        more.setdefault("widget", forms.Textarea(attrs=attrs))
        more["error_messages"] = {
            "max_length": "写了%(show_value)d字，超过%(limit_value)d字。"
            "删减或分成两条再存，内容还在下面。",
            **more.get("error_messages", {}),
        }
        super().__init__(max_length=max_length, strip=False, **more)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Return the attributes without ``maxlength``."""
        return {k: v for k, v in super().widget_attrs(widget).items() if k != "maxlength"}

    def to_python(self, value: object) -> str:
        """Clean like every text; line ends count as one character."""
        return clean(super().to_python(value) or "")


class WordsField(TextField):
    """Several lines of text; the empty space round them goes."""

    def to_python(self, value: object) -> str:
        """Clean first: what has no visible sign says nothing."""
        return super().to_python(value).strip()


_MARK = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,63}")


class MarkField(forms.CharField):
    """What the page itself put into its form, to tell later whether it is out of date.

    Anything that no page writes is the mark of nothing.
    """

    widget = forms.HiddenInput

    def to_python(self, value: object) -> str:
        """Let through what could be a mark."""
        text = super().to_python(value) or ""
        return text if not text or _MARK.fullmatch(text) else "?"
