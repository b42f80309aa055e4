"""Questions about saved texts."""

from datetime import datetime

from django.db.models import QuerySet

from studyapp.accounts.models import User
from studyapp.saving.models import LocalKey, Revision, Text


def valid_key(person: User, at: datetime) -> LocalKey | None:
    """Return the key for copies on the person's machine, while it lasts."""
    return LocalKey.objects.filter(person=person, expires_at__gt=at).first()


def working_copy(key: str, owner: User) -> Text | None:
    """Return a person's own working copy."""
    return Text.objects.filter(key=key, owner=owner).first()


def working_copies(keys: list[str], owner: User) -> dict[str, Text]:
    """Return those of a person's own working copies that there are, by name."""
    return {text.key: text for text in Text.objects.filter(key__in=keys, owner=owner)}


def shared_text(key: str) -> Text | None:
    """Return a shared text, if it was ever saved here."""
    return Text.objects.filter(key=key, owner__isnull=True).select_related("updated_by").first()


def shared_texts(keys: list[str]) -> dict[str, Text]:
    """Return those of the shared texts that were ever saved here."""
    found = Text.objects.filter(key__in=keys, owner__isnull=True)
    return {text.key: text for text in found.select_related("updated_by")}


def any_text(key: str, owner: User | None) -> Text | None:
    """Return the person's working copy, or the shared text where there is no owner."""
    return working_copy(key, owner) if owner else shared_text(key)


def history(text: Text) -> QuerySet[Revision]:
    """Return every kept wording, newest first."""
    return text.revisions.select_related("by").order_by("-number", "-pk")
