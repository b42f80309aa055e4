"""Storing what is typed: never over newer words, never twice, never without a trace of a loss."""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.errors import Refused
from studyapp.saving.growth import is_growth
from studyapp.saving.models import (
    LONGEST_TOKEN,
    HeldPost,
    LocalKey,
    Reason,
    Receipt,
    Revision,
    Text,
    digest,
)
from studyapp.text.cleaning import clean

LONGEST = 20_000
"""Characters of one text, wherever people type one."""
COLLAPSE = timedelta(minutes=5)
"""Pure growth by one person within this time is one row of the history."""
LEASE = timedelta(seconds=30)
"""So long a text stays with its writer after the last sign of life."""
LOCAL_KEY_FOR = timedelta(hours=24)
HELD_FOR = timedelta(hours=24)
HELD_MOST = 10
"""Held forms of one person."""
NO_SUCH_WORDING = "没有找到这个写法。刷新页面再选。"
_RECEIPTS_KEPT = timedelta(days=2)


class Posted(TypedDict):
    """What a save brings: words, the revision they were made from, the tab, this very save."""

    body: str
    base: int
    client: str
    token: str


@dataclass(frozen=True)
class Saved:
    """The text is stored: its revision and the hash of exactly these words."""

    revision: int
    sha256: str
    at: datetime


@dataclass(frozen=True)
class Clash:
    """Somebody stored other words since: theirs, with who and when. Mine are kept too."""

    revision: int
    body: str
    by: User | None
    at: datetime


@dataclass(frozen=True)
class Held:
    """Somebody else is writing this text, at most until then."""

    by: User
    until: datetime


Outcome = Saved | Clash | Held


def taken_over(body: str) -> str:
    """Return typed words as their owner's table holds them: cleaned, no empty lines round them."""
    return clean(body).strip("\n")


def _locked(key: str, owner: User | None, now: str | None, at: datetime) -> Text:
    """Return the text under lock, saying what its owner's table says ``now``.

    Words that came to the owner's table by another road are taken over as a revision.
    """
    text, created = Text.objects.get_or_create(
        key=key, owner=owner, defaults={"body": now or "", "updated_at": at}
    )
    text = Text.objects.select_for_update(no_key=True).get(pk=text.pk)
    if created and text.body:
        _keep(text, 0, text.body, Reason.START, by=None, client="", at=at)
    elif now is not None and now != taken_over(text.body):
        text.body, text.revision, text.updated_at, text.updated_by = (
            now,
            text.revision + 1,
            at,
            None,
        )
        text.save(update_fields=["body", "revision", "updated_at", "updated_by"])
        _keep(text, text.revision, now, Reason.START, by=None, client="", at=at)
    return text


@transaction.atomic
def save(
    key: str,
    *,
    body: str,
    base: int,
    by: User,
    client: str,
    token: str,
    at: datetime,
    owner: User | None = None,
    now: str | None = None,
) -> Outcome:
    """Store ``body`` as the next revision of the text ``key``, if it was made from ``base``.

    ``client`` names the browser tab, ``token`` this save: the same token again gets the first
    answer. ``now`` is what a shared text says in its owner's table. A save from an older revision
    stores nothing over the newer words, but keeps its own as a conflict.
    """
    if len(body) > LONGEST:
        raise Refused(f"写了{len(body)}字，超过{LONGEST}字。删减或分成两段，内容还在框里。")
    client, token = client[:LONGEST_TOKEN], token[:LONGEST_TOKEN]
    text = _locked(key, owner, now, at)
    receipt = text.receipts.filter(token=token).first() if token else None
    if receipt:
        return Saved(receipt.number, receipt.sha256, receipt.at)
    if body == text.body:
        return Saved(text.revision, digest(body), text.updated_at)
    if (holder := _holder(text, by, at)) is not None:
        return holder
    if base != text.revision:
        _keep(text, text.revision, body, Reason.CONFLICT, by=by, client=client, at=at)
        return Clash(text.revision, text.body, text.updated_by, text.updated_at)
    stored = _store(text, body, by=by, client=client, token=token, at=at)
    if owner is None:
        _lease(text, by, client, at + LEASE)
    return stored


def _store(
    text: Text,
    body: str,
    *,
    by: User,
    client: str,
    token: str,
    at: datetime,
    reason: str = "",
) -> Saved:
    number = text.revision + 1
    grown = is_growth(text.body, body)
    last = text.revisions.exclude(reason=Reason.CONFLICT).order_by("-number").first()
    collapses = (
        not reason
        and grown
        and last is not None
        and (last.reason, last.by_id, last.client) == (Reason.TYPED, by.pk, client)
        and timedelta(0) <= at - last.began_at <= COLLAPSE
    )
    if collapses and last is not None:
        last.number, last.body, last.at = number, body, at
        last.save(update_fields=["number", "body", "at"])
    else:
        why = reason or (Reason.TYPED if grown else Reason.LOSS)
        _keep(text, number, body, why, by=by, client=client, at=at)
    text.body, text.revision, text.updated_at, text.updated_by = body, number, at, by
    text.save(update_fields=["body", "revision", "updated_at", "updated_by"])
    sha256 = digest(body)
    if token:
        text.receipts.filter(at__lt=at - _RECEIPTS_KEPT).delete()
        Receipt.objects.create(text=text, token=token, number=number, sha256=sha256, at=at)
    return Saved(number, sha256, at)


def _keep(
    text: Text, number: int, body: str, reason: str, *, by: User | None, client: str, at: datetime
) -> None:
    Revision.objects.create(
        text=text,
        number=number,
        body=body,
        reason=reason,
        by=by,
        client=client,
        began_at=at,
        at=at,
    )


def _lease(text: Text, by: User | None, client: str, until: datetime | None) -> None:
    text.held_by, text.held_client, text.held_until = by, client[:LONGEST_TOKEN], until
    text.save(update_fields=["held_by", "held_client", "held_until"])


def _hand_in(text: Text, body: str, *, by: User, at: datetime) -> None:
    """Store what a form handed in as a row that later growth leaves alone; its writer is done."""
    if body != text.body:
        _store(text, body, by=by, client="", token="", at=at)
    newest = text.revisions.filter(number=text.revision, reason=Reason.TYPED)
    newest.update(reason=Reason.HANDED_IN)
    if text.held_by_id == by.pk:
        _lease(text, None, "", None)


def _holder(text: Text, by: User, at: datetime) -> Held | None:
    """Return who else is writing, while their lease lasts. One's own other tab does not lock."""
    if text.owner_id or text.held_by is None or text.held_until is None:
        return None
    if text.held_by_id == by.pk or not at < text.held_until <= at + LEASE:
        return None
    return Held(text.held_by, text.held_until)


@dataclass(frozen=True)
class Free:
    """The text is mine to write; its newest revision and words."""

    revision: int
    body: str


@transaction.atomic
def hold(key: str, *, by: User, client: str, at: datetime, now: str | None = None) -> Held | Free:
    """Take or renew the lease on a shared text; say who has it when it is not free."""
    text = _locked(key, None, now, at)
    holder = _holder(text, by, at)
    if holder is not None:
        return holder
    _lease(text, by, client, at + LEASE)
    return Free(text.revision, text.body)


@transaction.atomic
def release(key: str, *, by: User, client: str) -> None:
    """Give the lease back: the writer left the field."""
    mine = Text.objects.filter(key=key, owner=None, held_by=by, held_client=client)
    mine.update(held_by=None, held_client="", held_until=None)


@transaction.atomic
def restore(revision: Revision, *, by: User, at: datetime, now: str | None = None) -> Saved:
    """Make an earlier wording the newest one; nothing between is taken away.

    ``now`` is what a shared text says in its owner's table. Refused while somebody else writes.
    """
    text = _locked(revision.text.key, revision.text.owner, now, at)
    if (holder := _holder(text, by, at)) is not None:
        raise Refused(f"{holder.by.name}正在写这一段。等写完再恢复。")
    return _store(text, revision.body, by=by, client="", token="", at=at, reason=Reason.RESTORED)


@transaction.atomic
def restore_copy(key: str, *, owner: User, wording: int, at: datetime) -> Saved:
    """Make an earlier wording of a person's own working copy the newest one."""
    found = Revision.objects.filter(pk=wording, text__key=key, text__owner=owner).first()
    if found is None:
        raise Refused(NO_SUCH_WORDING)
    return restore(found, by=owner, at=at)


@transaction.atomic
def restore_shared(key: str, *, wording: int, by: User, at: datetime, now: str) -> str:
    """Make an earlier wording of a shared text the newest one; return it for the owner's table.

    The caller has judged that the text may be changed. ``now`` is what it says in that table.
    """
    found = Revision.objects.filter(pk=wording, text__key=key, text__owner=None).first()
    if found is None:
        raise Refused(NO_SUCH_WORDING)
    restore(found, by=by, at=at, now=now)
    return taken_over(found.body)


@transaction.atomic
def put(key: str, *, body: str, by: User, at: datetime, now: str) -> int:
    """Store a shared text that a form handed in or an action changed; return its revision.

    The caller has judged that it may. ``now`` is what the text said before. Whoever handed it in
    holds it no longer.
    """
    text = _locked(key, None, now, at)
    _hand_in(text, body, by=by, at=at)
    return text.revision


@transaction.atomic
def settle(key: str, *, owner: User, to: str, body: str, at: datetime) -> None:
    """Tell that a working copy was handed in as ``body``; from now on it is called ``to``.

    Its history stays with what was made from it, for its writer alone.
    """
    text = Text.objects.select_for_update(no_key=True).filter(key=key, owner=owner).first()
    if text is None:
        return
    _hand_in(text, body, by=owner, at=at)
    if key == to or Text.objects.filter(key=to, owner=owner).exists():
        return
    text.key = to
    text.save(update_fields=["key"])
    # The next one under this name counts on: a save that was still on its way when the form went
    # out is older than it, and does not bring the words back as unfinished.
    Text.objects.create(
        key=key, owner=owner, revision=text.revision + 1, updated_at=at, updated_by=owner
    )


@transaction.atomic
def drop(key: str, *, owner: User, at: datetime) -> None:
    """Empty a working copy that is not wanted; its history can still be looked at."""
    text = Text.objects.select_for_update(no_key=True).filter(key=key, owner=owner).first()
    if text is not None and text.body:
        _store(text, "", by=owner, client="", token="", at=at)


@transaction.atomic
def forget(key: str, *, owner: User) -> None:
    """Remove a working copy with its history: what it belonged to is gone for good."""
    Text.objects.filter(key=key, owner=owner).delete()


@transaction.atomic
def local_key(person: User, *, at: datetime) -> LocalKey:
    """Return the key for copies on the person's machine; a new one every 24 hours."""
    found = LocalKey.objects.select_for_update(no_key=True).filter(person=person).first()
    if found and found.expires_at > at:
        return found
    secret = base64.b64encode(secrets.token_bytes(32)).decode()
    fresh, _ = LocalKey.objects.update_or_create(
        person=person, defaults={"secret": secret, "expires_at": at + LOCAL_KEY_FOR}
    )
    return fresh


@transaction.atomic
def hold_post(
    person: User,
    *,
    path: str,
    fields: list[tuple[str, str]],
    at: datetime,
    came_from: str = "",
) -> HeldPost:
    """Hold the fields of a form that came after the sign-in had ended; older than a day go.

    ``came_from`` is the address of the page that it stood on.

    Of one person's the newest are kept.
    """
    HeldPost.objects.filter(at__lt=at - HELD_FOR).delete()
    held = HeldPost.objects.create(
        person=person, path=path, came_from=came_from[:500], fields=fields, at=at
    )
    newest = HeldPost.objects.filter(person=person)[:HELD_MOST].values_list("pk", flat=True)
    HeldPost.objects.filter(person=person).exclude(pk__in=list(newest)).delete()
    return held


@transaction.atomic
def release_post(held: HeldPost) -> None:
    """Forget a held form: it was sent, or is not wanted."""
    held.delete()


@dataclass(frozen=True)
class Forgotten:
    """How much was past its time."""

    forms: int
    keys: int
    receipts: int


@transaction.atomic
def forget_expired(*, at: datetime) -> Forgotten:
    """Remove held forms, keys of machines and answers to saves that are past their time."""
    forms, _ = HeldPost.objects.filter(at__lt=at - HELD_FOR).delete()
    keys, _ = LocalKey.objects.filter(expires_at__lte=at).delete()
    receipts, _ = Receipt.objects.filter(at__lt=at - _RECEIPTS_KEPT).delete()
    return Forgotten(forms, keys, receipts)
