"""What a meeting decided: votes as counts, decisions with person and time."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.errors import Refused
from studyapp.meetings import voting
from studyapp.meetings.actions.locking import checked, held, next_position, same, touch
from studyapp.meetings.models import Candidate, Decision, ItemKind, Meeting, Vote, VoteKind


@transaction.atomic
def add_vote(
    meeting: Meeting,
    *,
    by: User,
    at: datetime,
    candidates: Sequence[tuple[str, int]] = (),
    **fields: Any,
) -> Vote:
    """Store a vote as counts; numbers that cannot be are refused, the ruling is computed."""
    fresh = held(meeting)
    if fresh.sittings.count() > 1:
        raise Refused("分场次的会议不能表决。另开一次会。")
    vote = Vote(meeting=fresh, position=next_position(fresh.votes.all()), **fields)
    vote.item = vote.item or fresh.agenda.filter(kind=ItemKind.VOTE).first()
    problem = voting.count_problem(vote)
    if problem:
        raise Refused(problem)
    if vote.kind in voting.SECRET:
        vote.method = "secret"
    _check_candidates(vote, candidates)
    vote.save()
    Candidate.objects.bulk_create(
        Candidate(vote=vote, name=name, ayes=ayes, position=position)
        for position, (name, ayes) in enumerate(candidates, 1)
    )
    touch(fresh)
    record(
        "记录表决",
        operation=Operation.CREATE,
        by=by,
        target=vote.subject,
        unit=fresh.unit,
        meeting=fresh.pk,
        vote=vote.pk,
    )
    return vote


def _check_candidates(vote: Vote, candidates: Sequence[tuple[str, int]]) -> None:
    if vote.kind != VoteKind.ELECTION:
        return
    if not candidates:
        raise Refused("选举要填候选人和各自得票。")
    back = vote.present if vote.ballots_back is None else vote.ballots_back
    for name, ayes in candidates:
        if ayes > min(back, vote.present):
            raise Refused(f"{name}得票多于收回票数，请核对。")


@transaction.atomic
def remove_vote(vote: Vote, *, by: User, at: datetime) -> None:
    """Take a wrongly entered vote off the sheet."""
    meeting = held(vote.meeting)
    pk, subject = vote.pk, vote.subject
    vote.delete()
    touch(meeting)
    record(
        "删除表决",
        operation=Operation.DELETE,
        by=by,
        target=subject,
        unit=meeting.unit,
        meeting=meeting.pk,
        vote=pk,
    )


@transaction.atomic
def add_decision(
    meeting: Meeting,
    *,
    text: str,
    by: User,
    at: datetime,
    responsible: str = "",
    due_on: date | None = None,
) -> Decision:
    """Store a decision; person and time may follow until the record is submitted."""
    fresh = held(meeting)
    decision = Decision.objects.create(
        meeting=fresh,
        position=next_position(fresh.decisions.all()),
        text=checked(text),
        responsible=responsible,
        due_on=due_on,
    )
    touch(fresh)
    record(
        "记录决定",
        operation=Operation.CREATE,
        by=by,
        target=fresh.title,
        unit=fresh.unit,
        meeting=fresh.pk,
        decision=decision.pk,
    )
    return decision


@transaction.atomic
def edit_decision(
    decision: Decision,
    *,
    text: str,
    responsible: str,
    due_on: date | None,
    by: User,
    at: datetime,
    base: str | None = None,
) -> Decision:
    """Change words, person or time of a decision."""
    meeting = held(decision.meeting)
    decision.refresh_from_db()
    same(base, decision.text)
    decision.text, decision.responsible, decision.due_on = checked(text), responsible, due_on
    decision.save(update_fields=["text", "responsible", "due_on"])
    touch(meeting)
    record(
        "修改决定",
        operation=Operation.CHANGE,
        by=by,
        target=meeting.title,
        unit=meeting.unit,
        meeting=meeting.pk,
        decision=decision.pk,
    )
    return decision


@transaction.atomic
def remove_decision(decision: Decision, *, by: User, at: datetime) -> None:
    """Take a decision off the sheet."""
    meeting = held(decision.meeting)
    pk = decision.pk
    decision.delete()
    touch(meeting)
    record(
        "删除决定",
        operation=Operation.DELETE,
        by=by,
        target=meeting.title,
        unit=meeting.unit,
        meeting=meeting.pk,
        decision=pk,
    )
