"""表决结果: each vote with its counts, its rule and its result, for 监票人 and 计票人 to sign."""

from collections.abc import Sequence

from studyapp.documents.blocks import (
    Block,
    Document,
    Heading,
    Meta,
    SignatureLine,
    SignatureLines,
    Simple,
    Table,
)
from studyapp.meetings import names, voting
from studyapp.meetings.models import Meeting, Vote, VoteKind
from studyapp.meetings.sign_in_sheets import span
from studyapp.text.cjk import chinese_number


def results(meeting: Meeting, votes: Sequence[Vote]) -> Document:
    """Return the paper of ``votes``: all of the meeting, or one that is filed on its own."""
    name = names.titled(meeting.kind, meeting.get_kind_display())
    kinds = {voting.act(vote.kind) for vote in votes}
    blocks: list[Block] = [
        Meta(label, value)
        for label, value in (
            *names.head(meeting),
            ("时间", span(meeting.actual_start or meeting.planned_start, meeting.actual_end)),
            ("地点", meeting.place),
        )
        if value
    ]
    for number, vote in enumerate(votes, 1):
        title: Block = Heading(1, f"{chinese_number(number)}、{vote.subject}")
        if len(votes) == 1:
            title = Meta(f"{voting.act(vote.kind)}事项", vote.subject)
        blocks += [title, *_vote(vote)]
    blocks.append(
        SignatureLines(
            (
                SignatureLine("主持人", meeting.chair.name),
                SignatureLine("记录人", meeting.recorder.name),
            )
        )
    )
    return Document(
        title=f"{meeting.paper_organisation}\n{name}{'和'.join(sorted(kinds))}结果",
        blocks=tuple(blocks),
        kind="other",
    )


def _vote(vote: Vote) -> list[Simple]:
    candidates = voting.got(vote.candidates.all())
    ruling = voting.judge(vote, candidates)
    result, _, rule = ruling.sentence.partition("依据：")
    found: list[Simple] = [
        Meta("种类和方式", f"{vote.get_kind_display()}，{vote.get_method_display()}{_at(vote)}"),
        Meta("到会", f"应到会{voting.voters(vote.kind)}{vote.eligible}人，实到{vote.present}人"),
    ]
    if vote.ballots_out is not None:
        found.append(Meta("票数", voting.ballots(vote)))
    if vote.kind == VoteKind.ELECTION:
        found += _election(vote, candidates, ruling)
    else:
        found.append(_counts(vote))
    found.append(Meta(f"{voting.act(vote.kind)}结果", result))
    if rule:
        found.append(Meta("依据", rule))
    tellers = [("监票人", vote.tellers), ("计票人", vote.counters)]
    if lines := tuple(SignatureLine(label, name) for label, name in tellers if name):
        found.append(SignatureLines(lines))
    return found


def _at(vote: Vote) -> str:
    return f"，{vote.held_at:%H:%M}" if vote.held_at else ""


def _counts(vote: Vote) -> Table:
    unit = voting.unit(vote)
    rows = [("到会表决", vote.ayes, vote.noes, f"{vote.abstentions}{unit}")]
    if vote.written_ayes or vote.written_noes:
        rows.append(("会前书面意见", vote.written_ayes, vote.written_noes, "—"))
    return Table(
        ("类别", "赞成", "反对", "弃权"),
        tuple((name, f"{ayes}{unit}", f"{noes}{unit}", rest) for name, ayes, noes, rest in rows),
        (2, 1, 1, 1),
    )


def _election(vote: Vote, candidates: Sequence[voting.Got], ruling: voting.Ruling) -> list[Simple]:
    """What 监票人 report of each name, in one table; 另选他人 last."""
    ordered = sorted(candidates, key=lambda one: one.is_other)
    rows = tuple(
        (
            one.name + ("（另选他人）" if one.is_other else ""),
            *(_ballots(count) for count in (one.ayes, one.noes, one.abstentions)),
            "当选" if one.name in ruling.elected else "",
        )
        for one in ordered
    )
    seats = [Meta("应选", f"{vote.seats}人")] if vote.seats else []
    return [*seats, Table(("姓名", "赞成票", "不赞成票", "弃权票", "结果"), rows, (7, 4, 4, 4, 4))]


def _ballots(count: int | None) -> str:
    return "—" if count is None else f"{count}票"
