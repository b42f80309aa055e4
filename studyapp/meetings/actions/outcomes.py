"""What a meeting decided: votes as counts, decisions with person and time."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.errors import Refused
from studyapp.meetings import presence, voting
from studyapp.meetings.actions.locking import checked, held, next_position, same, touch
from studyapp.meetings.models import (
    Candidate,
    Decision,
    ItemKind,
    Meeting,
    Method,
    Vote,
    VoteKind,
)
from studyapp.meetings.queries import head_count

Counts = Sequence[voting.Got]


@transaction.atomic
def add_vote(
    meeting: Meeting, *, by: User, at: datetime, candidates: Counts = (), **fields: Any
) -> Vote:
    """Store a vote as counts; numbers that cannot be are refused, the ruling is computed.

    How many should attend comes from the roll, never from a form: the rules stand on it. So does
    how many were present, at the minute ``held_at``; a form may only say fewer.
    """
    fresh = held(meeting)
    if fresh.sittings.count() > 1:
        raise Refused("分场次的会议不能表决。另开一次会。")
    if fields["kind"] not in voting.kinds_at(fresh.kind):
        raise Refused(f"{fresh.get_kind_display()}不作{VoteKind(fields['kind']).label}。")
    present = fields.pop("present", None)
    vote = Vote(meeting=fresh, position=next_position(fresh.votes.all()), **fields)
    vote.item = vote.item or fresh.agenda.filter(kind=ItemKind.VOTE).first()
    _count(fresh, vote, candidates, present=present, at=at)
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


@transaction.atomic
def edit_vote(
    vote: Vote, *, by: User, at: datetime, candidates: Counts = (), **fields: Any
) -> Vote:
    """Correct the counts of a vote; the ruling follows, by the roll as it stands now."""
    meeting = held(vote.meeting)
    present = fields.pop("present", None)
    for name, value in fields.items():
        setattr(vote, name, value)
    vote.candidates.all().delete()
    _count(meeting, vote, candidates, present=present, at=at)
    touch(meeting)
    record(
        "更正表决",
        operation=Operation.CHANGE,
        by=by,
        target=vote.subject,
        unit=meeting.unit,
        meeting=meeting.pk,
        vote=vote.pk,
    )
    return vote


def _count(
    meeting: Meeting, vote: Vote, candidates: Counts, *, present: int | None, at: datetime
) -> None:
    """Judge the numbers of ``vote`` beside the roll, and store it with its candidates.

    No number for ``present`` means all whom the roll has in the room.
    """
    rows = list(meeting.attendances.all())
    count = head_count(rows)
    vote.eligible = count.should_vote
    here, when = count.present_vote, "点名时"
    if vote.held_at is not None:
        if problem := presence.minute_problem(meeting, vote.held_at, at):
            raise Refused(problem)
        here = presence.voters_at(meeting, rows, vote.held_at)
        when = f"{vote.held_at:%H:%M}点名"
    vote.present = here if present is None else present
    if vote.present > here:
        raise Refused(
            f"{when}有表决权的实到{here}人，这里写了{vote.present}人。"
            "先把点名和到会、离会时间补全，再记表决；或者改表决时间。"
        )
    problem = voting.count_problem(vote) or voting.candidate_problem(vote, candidates)
    if problem:
        raise Refused(problem)
    if vote.kind in voting.SECRET:
        vote.method = Method.SECRET
    vote.save()
    Candidate.objects.bulk_create(
        Candidate(vote=vote, position=position, **one._asdict())
        for position, one in enumerate(candidates, 1)
    )


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
    same(base, decision.text, text)
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
