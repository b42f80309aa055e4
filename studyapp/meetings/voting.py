"""When a vote is valid and passed, by kind. Pure: numbers in, sentences with their rule out.

Sources: 《中国共产党支部工作条例（试行）》 and 党章 for ordinary votes,
《中国共产党发展党员工作细则》 for admission and confirmation,
《中国共产党基层组织选举工作条例》 for elections. Who has a vote
(no 预备党员, nobody 留党察看 or with suspended rights) is decided when the roll is drawn up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from studyapp.meetings.models import Candidate, Kind, Method, Vote, VoteKind

REGULATION = "《中国共产党支部工作条例（试行）》"
CHARTER = "《中国共产党章程》"
ADMISSION_RULES = "《中国共产党发展党员工作细则》"
ELECTION_RULES = "《中国共产党基层组织选举工作条例》"

SOURCES: dict[str, str] = {
    VoteKind.ORDINARY: REGULATION,
    VoteKind.ADMISSION: ADMISSION_RULES,
    VoteKind.CONFIRMATION: ADMISSION_RULES,
    VoteKind.ELECTION: ELECTION_RULES,
    # The regulation says who must be there, the charter that the majority decides.
    VoteKind.COMMITTEE: f"{REGULATION}{CHARTER}",
}
_GROWTH = (
    "到会有表决权的党员超过应到会有表决权的党员的半数方可表决，"
    "赞成票（含会前书面意见）超过应到会有表决权的党员的半数为通过"
)
_RULES = {
    VoteKind.ORDINARY: "到会有表决权的党员达到应到会有表决权的党员的半数（含半数）方可表决，"
    "赞成人数超过应到会有表决权的党员的半数为通过",
    VoteKind.ADMISSION: _GROWTH,
    VoteKind.CONFIRMATION: _GROWTH,
    VoteKind.ELECTION: "到会选举人不少于应到会选举人的五分之四方可选举，"
    "收回票数不多于发出票数选举有效，得赞成票超过实到会选举人的半数始得当选",
    VoteKind.COMMITTEE: "到会委员达到应到会委员的半数（含半数）方可议决，"
    "赞成人数超过应到会委员的半数为通过",
}
RULES: dict[str, str] = {kind: f"{SOURCES[kind]}，{text}" for kind, text in _RULES.items()}
ONE_BY_ONE = frozenset({VoteKind.ADMISSION, VoteKind.CONFIRMATION})
"""Votes on one person: discussed and voted person by person (发展党员工作细则)."""

SECRET = ONE_BY_ONE | {VoteKind.ELECTION}


_AT = {
    Kind.COMMITTEE: (VoteKind.COMMITTEE,),
    Kind.GROUP: (VoteKind.ORDINARY, VoteKind.ELECTION),
    Kind.ASSEMBLY: (
        VoteKind.ORDINARY,
        VoteKind.ADMISSION,
        VoteKind.CONFIRMATION,
        VoteKind.ELECTION,
    ),
}


DECIDES = frozenset(_AT)
"""Meetings that are there to decide; the others vote only when their agenda says so."""


def kinds_at(meeting: str) -> tuple[VoteKind, ...]:
    """Return the votes that a meeting of this kind can hold."""
    return _AT.get(Kind(meeting), (VoteKind.ORDINARY,))


def voters(kind: str) -> str:
    """Return what papers call those whose votes count."""
    return {
        VoteKind.COMMITTEE: "委员",
        VoteKind.ELECTION: "有选举权的党员",
    }.get(VoteKind(kind), "有表决权的党员")


def act(kind: str) -> str:
    """Return what papers call it: an election, or a vote on anything else."""
    return "选举" if kind == VoteKind.ELECTION else "表决"


def unit(vote: Vote) -> str:
    """Return what is counted: people by their hands, else ballots."""
    return "人" if vote.method == Method.HANDS and vote.kind not in SECRET else "票"


def ballots(vote: Vote) -> str:
    """Return how many were given out and came back: 选票 of an election, 表决票 of others."""
    name = "选票" if vote.kind == VoteKind.ELECTION else "表决票"
    return f"发出{name}{vote.ballots_out or 0}张，收回{vote.ballots_back or 0}张"


class Got(NamedTuple):
    """What 监票人 report of one name; None where it was not written down (选举工作条例).

    ``is_other`` is 另选他人: a name that voters wrote on the ballot themselves.
    """

    name: str
    ayes: int
    noes: int | None = None
    abstentions: int | None = None
    is_other: bool = False


def got(candidates: Iterable[Candidate]) -> list[Got]:
    """Return what stored candidates received."""
    return [Got(c.name, c.ayes, c.noes, c.abstentions, c.is_other) for c in candidates]


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a vote was valid and passed; ``sentence`` is what the paper prints."""

    valid: bool
    passed: bool
    sentence: str
    elected: tuple[str, ...] = ()
    source: str = ""


def quorum(kind: str, *, eligible: int, present: int) -> bool:
    """Tell whether enough people with voting right are present for a vote of ``kind``."""
    if eligible <= 0 or present < 0:
        return False
    if kind in ONE_BY_ONE:
        return 2 * present > eligible
    if kind == VoteKind.ELECTION:
        return 5 * present >= 4 * eligible
    return 2 * present >= eligible


def needed(kind: str, *, eligible: int) -> int:
    """Return how many must be present for a valid vote of ``kind``."""
    return next(
        n
        for n in range(eligible + 2)
        if quorum(kind, eligible=eligible, present=n) or n == eligible + 1
    )


def judge(vote: Vote, candidates: Sequence[Got] = ()) -> Ruling:
    """Apply the rule of the vote's kind to its counts and those of its ``candidates``."""
    kind = VoteKind(vote.kind)
    should = f"应到会{voters(kind)}{vote.eligible}人"
    what = act(kind)
    if not quorum(kind, eligible=vote.eligible, present=vote.present):
        least = needed(kind, eligible=vote.eligible)
        return _ruling(kind, f"{should}，实到{vote.present}人，不足{least}人，{what}无效")
    out, back = vote.ballots_out, vote.ballots_back
    if kind in SECRET and out is not None and back is not None and back > out:
        return _ruling(kind, f"{ballots(vote)}，收回多于发出，{what}无效，应重新{what}")
    if kind == VoteKind.ELECTION:
        return _election(vote, candidates)
    ayes = vote.ayes + (vote.written_ayes if kind in SECRET else 0)
    passed = 2 * ayes > vote.eligible
    words = (
        f"{should}，赞成{ayes}{unit(vote)}，{'超过' if passed else '未超过'}"
        f"应到会{voters(kind)}的半数，{'通过' if passed else '未通过'}"
    )
    return _ruling(kind, words, valid=True, passed=passed)


def _ruling(
    kind: VoteKind,
    words: str,
    *,
    valid: bool = False,
    passed: bool = False,
    elected: tuple[str, ...] = (),
) -> Ruling:
    return Ruling(valid, passed, f"{words}。依据：{RULES[kind]}。", elected, SOURCES[kind])


def _election(vote: Vote, candidates: Sequence[Got]) -> Ruling:
    over = [(one.name, one.ayes) for one in candidates if 2 * one.ayes > vote.present]
    over.sort(key=lambda pair: -pair[1])
    seats = vote.seats or len(over)
    tie = len(over) > seats and over[seats - 1][1] == over[seats][1]
    elected = tuple(name for name, ayes in over[:seats] if not tie or ayes > over[seats][1])
    words = f"{'、'.join(elected)}当选" if elected else "无人得票过半数"
    if tie:
        words += "，末位得票相等，应就票数相等的候选人再次投票"
    elif len(elected) < seats:
        words += f"，应选{seats}人，当选{len(elected)}人，不足的名额另行选举"
    return _ruling(
        VoteKind.ELECTION,
        f"{ballots(vote)}，选举有效；{words}",
        valid=True,
        passed=bool(elected),
        elected=elected,
    )


def candidate_problem(vote: Vote, candidates: Sequence[Got]) -> str:
    """Return what does not add up in the votes for the candidates of an election.

    A ballot names no more people than there are seats (基层组织选举工作条例).
    """
    if vote.kind != VoteKind.ELECTION:
        return ""
    if not candidates:
        return "选举要填候选人和各自得票。"
    if not vote.seats:
        return "选举要填应选人数。"
    names = [one.name for one in candidates]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        return f"候选人{twice}填了两次，去掉一次。"
    back = vote.present if vote.ballots_back is None else vote.ballots_back
    for one in candidates:
        if one.ayes > back:
            return f"{one.name}得票多于收回票数，请核对。"
        if one.is_other and (one.noes or one.abstentions):
            return f"{one.name}是另选他人，只填得赞成票，不赞成票和弃权票留空。"
        marked = one.ayes + (one.noes or 0) + (one.abstentions or 0)
        if marked > back:
            return f"{one.name}的赞成、不赞成、弃权合计{marked}票，收回只有{back}张，请核对。"
    if sum(one.ayes for one in candidates) > back * vote.seats:
        return f"得票合计多于收回票数乘应选人数（{back}×{vote.seats}），请核对。"
    return ""


def count_problem(vote: Vote) -> str:
    """Return what does not add up in the counts of ``vote``; empty when all is well."""
    if vote.eligible <= 0:
        return "应到会有表决权人数为0，不能表决。先核对名单。"
    if vote.present > vote.eligible:
        return "实到会有表决权人数多于应到人数，请核对。"
    cast = vote.ayes + vote.noes + vote.abstentions
    if vote.kind in ONE_BY_ONE and ("、" in vote.subject or "；" in vote.subject):
        return "接收预备党员和转正要逐个讨论、逐个表决，一次只写一个人。"
    if vote.kind != VoteKind.ELECTION and cast > vote.present:
        return "赞成、反对、弃权合计多于实到会有表决权人数，请核对。"
    written = vote.written_ayes + vote.written_noes
    if written and vote.kind not in ONE_BY_ONE:
        return "会前书面意见只在接收预备党员和转正时计入票数。"
    if written > vote.eligible - vote.present:
        return "会前书面意见只算没有到会的人，现在多于没有到会的人数，请核对。"
    return _ballot_problem(vote, cast) if vote.kind in SECRET else ""


def _ballot_problem(vote: Vote, cast: int) -> str:
    if not (vote.tellers and vote.counters):
        return "无记名投票要写明监票人和计票人。"
    if vote.ballots_out is None or vote.ballots_back is None:
        return "无记名投票要填发出票数和收回票数。"
    if vote.ballots_out > vote.present:
        return "发出票数多于实到会有表决权人数，请核对。"
    if vote.kind != VoteKind.ELECTION and cast > vote.ballots_back:
        return "赞成、反对、弃权合计多于收回票数，请核对。"
    return ""
