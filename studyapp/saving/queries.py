"""Questions about saved texts."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from studyapp.accounts.models import User
from studyapp.saving.models import LocalKey, Revision, Text
from studyapp.text.diff import Piece, diff


def valid_key(person: User, at: datetime) -> LocalKey | None:
    """Return the key for copies on the person's machine, while it lasts."""
    return LocalKey.objects.filter(person=person, expires_at__gt=at).first()


def working_copy(key: str, owner: User) -> Text | None:
    """Return a person's own working copy."""
    return Text.objects.filter(key=key, owner=owner).first()


def shared_text(key: str) -> Text | None:
    """Return a shared text, if it was ever saved here."""
    return Text.objects.filter(key=key, owner__isnull=True).select_related("updated_by").first()


def shared_texts(keys: list[str]) -> dict[str, Text]:
    """Return those of the shared texts that were ever saved here, with their history."""
    found = Text.objects.filter(key__in=keys, owner__isnull=True)
    kept = Prefetch("revisions", Revision.objects.select_related("by"))
    return {text.key: text for text in found.select_related("updated_by").prefetch_related(kept)}


def revisions_of(text: Text | None) -> list[Revision]:
    """Return every kept wording of a text that may never have been saved, newest first."""
    return list(text.revisions.all()) if text else []


def history(text: Text) -> QuerySet[Revision]:
    """Return every kept wording, newest first."""
    return text.revisions.select_related("by").order_by("-number", "-pk")


@dataclass(frozen=True)
class Step:
    """A kept wording beside the one before it."""

    revision: Revision
    pieces: list[Piece]


def steps(revisions: list[Revision]) -> list[Step]:
    """Return each wording with what changed since the one below it in the list."""
    older = [*(revision.body for revision in revisions[1:]), ""]
    return [
        Step(revision, diff(before, revision.body))
        for revision, before in zip(revisions, older, strict=True)
    ]
