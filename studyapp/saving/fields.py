"""Letting a field of a form save itself (static/js/saving.js reads these attributes)."""

from collections.abc import Mapping

from django import forms
from django.urls import reverse

from studyapp.accounts.models import User
from studyapp.saving.models import Text
from studyapp.saving.queries import working_copy


def _mark(form: forms.Form, field: str, *, url: str, name: str, text: Text | None) -> None:
    attributes = form.fields[field].widget.attrs
    attributes |= {
        "data-save": url,
        "data-name": name,
        "data-base": str(text.revision if text else 0),
    }
    if form.is_bound:
        # What stands in the field was posted and refused: it is not what is stored.
        attributes["data-unsaved"] = ""


def into_working_copy(
    form: forms.Form,
    field: str,
    *,
    name: str,
    owner: User,
    stored: str = "",
    instead: str = "",
    copies: Mapping[str, Text] | None = None,
) -> Text | None:
    """Save ``field`` into the person's working copy ``name`` while they type.

    A fresh form starts with the kept words where they differ from ``stored``, what the note says
    now; the copy is returned then, so that the page can say so and offer to drop it. ``instead``
    are words that the person asked for, to go on from. Where a page has several such fields,
    ``copies`` are all that it may need, asked for at once.
    """
    text = working_copy(name, owner) if copies is None else copies.get(name)
    _mark(form, field, url=reverse("saving:copy", args=[name]), name=name, text=text)
    if instead and not form.is_bound:
        form.initial[field] = instead
        form.fields[field].widget.attrs["data-unsaved"] = ""
        return None
    if form.is_bound or text is None or not text.body or text.body == stored:
        return None
    form.initial[field] = text.body
    return text


def into_shared_text(
    form: forms.Form, field: str, *, url: str, name: str, text: Text | None
) -> None:
    """Save ``field`` into the shared text ``name`` by its own address ``url``, under its lease.

    The form has a field ``base`` that marks the words it was made from.
    """
    _mark(form, field, url=url, name=name, text=text)
    form.fields[field].widget.attrs |= {"data-hold": "", "data-form-base": form.add_prefix("base")}
