"""Facts about a speech, who vouches for them, and who gets to read it."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.errors import Refused
from studyapp.speeches.models import Speech
from studyapp.text.cleaning import clean_name

DETAILS = ("title", "speaker", "occasion", "given_on", "source", "document_number")
_LONGEST_REASON = 300
_PROVENANCE = {"source", "document_number"}


def _locked(speech: Speech) -> Speech:
    return (
        Speech.objects.select_for_update(of=("self",), no_key=True)
        .select_related("unit")
        .get(pk=speech.pk)
    )


def _refuse_withdrawn(speech: Speech) -> None:
    if speech.is_withdrawn:
        raise Refused("这份材料已经撤回。先恢复，再发布或下发。")


def _name(speech: Speech) -> str:
    return f"《{speech.title}》（{speech.pk}）"


@transaction.atomic
def set_details(speech: Speech, *, by: User, **details: str) -> None:
    """Store title, speaker, occasion, given_on, source and document_number; others stay.

    Who changes the 来源 or 文号 of a text that was sent down vouches for it from then on;
    otherwise such a change ends the vouching.
    """
    stored = _locked(speech)
    changed = _changes(stored, details)
    if not changed:
        return
    for name, value in changed.items():
        setattr(stored, name, value)
    if not stored.title:
        raise Refused("标题不能空。填写标题再保存。")
    if stored.sent_at and not (stored.source or stored.document_number):
        raise Refused("材料已下发，来源和文号至少留一项。填好再保存。")
    fields = list(changed)
    if changed.keys() & _PROVENANCE:
        stored.vouched_by = by if stored.sent_at else None
        fields.append("vouched_by")
    stored.save(update_fields=fields)
    record("修改材料信息", by=by, target=_name(stored), unit=stored.unit, changed=sorted(changed))
    speech.refresh_from_db()


def _changes(speech: Speech, details: Mapping[str, str]) -> dict[str, str]:
    return {
        name: details[name]
        for name in DETAILS
        if name in details and details[name] != getattr(speech, name)
    }


@transaction.atomic
def vouch(speech: Speech, *, by: User) -> None:
    """Stand with the own name for the text's 来源 (burden rule 10)."""
    stored = _locked(speech)
    if not (stored.source or stored.document_number):
        raise Refused("还没有来源和文号。先填写其中一项并保存，再核实来源。")
    if stored.vouched_by_id:
        raise Refused("来源已经核实过，不用再核。")
    stored.vouched_by = by
    stored.save(update_fields=["vouched_by"])
    record(
        "核实来源",
        by=by,
        target=_name(stored),
        unit=stored.unit,
        source=stored.source,
        document_number=stored.document_number,
    )
    speech.refresh_from_db()


@transaction.atomic
def release(speech: Speech, *, by: User, at: datetime) -> None:
    """Finish the review: the unit that brought the text in can read it."""
    stored = _locked(speech)
    _refuse_withdrawn(stored)
    if stored.released_at:
        raise Refused("这份材料已经发布，本单位都能读到。")
    stored.released_at = at
    stored.save(update_fields=["released_at"])
    record("发布学习材料", by=by, target=_name(stored), unit=stored.unit)
    speech.refresh_from_db()


@transaction.atomic
def send_down(speech: Speech, *, by: User, at: datetime) -> None:
    """下发: everybody in the unit and below can read it. Only released and vouched texts."""
    stored = _locked(speech)
    _refuse_withdrawn(stored)
    if stored.sent_at:
        raise Refused("这份材料已经下发。")
    if not stored.released_at:
        raise Refused("校对还没完成，不能下发。先点“完成校对”。")
    if not stored.vouched_by_id:
        raise Refused("来源未核实，不能下发。先填写来源或文号，再点“核实来源”。")
    stored.sent_at, stored.sent_by = at, by
    stored.save(update_fields=["sent_at", "sent_by"])
    record("下发学习材料", by=by, target=_name(stored), unit=stored.unit)
    speech.refresh_from_db()


@transaction.atomic
def withdraw(speech: Speech, *, reason: str, by: User, at: datetime) -> None:
    """Take a text back: its words are hidden from readers, everything that hangs on it stays."""
    stored = _locked(speech)
    reason = clean_name(reason)
    if stored.is_withdrawn:
        raise Refused("这份材料已经撤回。")
    if not reason:
        raise Refused("写明撤回原因，读过的人会看到。")
    if len(reason) > _LONGEST_REASON:
        raise Refused(f"撤回原因超过{_LONGEST_REASON}字。改短再撤回。")
    stored.withdrawn_at, stored.withdrawn_by, stored.withdrawn_reason = at, by, reason
    stored.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    record("撤回学习材料", by=by, target=_name(stored), unit=stored.unit, reason=reason)
    speech.refresh_from_db()


@transaction.atomic
def reinstate(speech: Speech, *, by: User) -> None:
    """Undo a withdrawal: the text is as released and as sent down as it was before."""
    stored = _locked(speech)
    if not stored.is_withdrawn:
        raise Refused("这份材料没有撤回，不用恢复。")
    stored.withdrawn_at, stored.withdrawn_by, stored.withdrawn_reason = None, None, ""
    stored.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    record("恢复学习材料", by=by, target=_name(stored), unit=stored.unit)
    speech.refresh_from_db()
