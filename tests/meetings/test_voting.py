"""Quorum and majority, case by case, with the rule each follows."""

import pytest

from studyapp.meetings import voting
from studyapp.meetings.models import Vote, VoteKind

Q, A, C, E, K = (
    VoteKind.ORDINARY,
    VoteKind.ADMISSION,
    VoteKind.CONFIRMATION,
    VoteKind.ELECTION,
    VoteKind.COMMITTEE,
)


@pytest.mark.parametrize(
    ("kind", "eligible", "present", "valid"),
    [
        # 支部工作条例: 半数以上, the half included.
        (Q, 10, 5, True),
        (Q, 10, 4, False),
        (Q, 9, 5, True),
        (Q, 9, 4, False),
        (Q, 1, 1, True),
        (K, 5, 3, True),
        (K, 5, 2, False),
        (K, 4, 2, True),
        # 发展党员工作细则: more than half.
        (A, 10, 5, False),
        (A, 10, 6, True),
        (C, 9, 5, True),
        (C, 8, 4, False),
        # 基层组织选举工作条例: at least four fifths.
        (E, 10, 8, True),
        (E, 10, 7, False),
        (E, 13, 11, True),
        (E, 13, 10, False),
        (Q, 0, 0, False),
    ],
)
def test_a_vote_needs_its_quorum(kind: str, eligible: int, present: int, valid: bool) -> None:  # noqa: FBT001
    assert voting.quorum(kind, eligible=eligible, present=present) is valid


def test_needed_is_the_least_valid_attendance() -> None:
    for kind in VoteKind:
        for eligible in range(1, 60):
            least = voting.needed(kind, eligible=eligible)
            assert voting.quorum(kind, eligible=eligible, present=least)
            assert not voting.quorum(kind, eligible=eligible, present=least - 1)


@pytest.mark.parametrize(
    ("kind", "counts", "passed"),
    [
        # More than half of those who should attend, not of those present.
        (Q, {"eligible": 10, "present": 6, "ayes": 6}, True),
        (Q, {"eligible": 10, "present": 6, "ayes": 5}, False),
        (Q, {"eligible": 10, "present": 5, "ayes": 5}, False),
        # Written opinions count for admission and confirmation.
        (
            A,
            {
                "eligible": 10,
                "present": 6,
                "ayes": 5,
                "written_ayes": 1,
                "ballots_out": 6,
                "ballots_back": 6,
            },
            True,
        ),
        (C, {"eligible": 10, "present": 6, "ayes": 5, "ballots_out": 6, "ballots_back": 6}, False),
    ],
)
def test_a_motion_passes_by_more_than_half_of_should_attend(
    kind: str,
    counts: dict[str, int],
    passed: bool,  # noqa: FBT001
) -> None:
    assert voting.judge(Vote(kind=kind, **counts)).passed is passed


def test_an_election_without_four_fifths_is_void() -> None:
    ruling = voting.judge(Vote(kind=E, eligible=10, present=7, seats=1), [("张三", 7)])
    assert (ruling.valid, ruling.elected) == (False, ())
    assert "基层组织选举工作条例" in ruling.sentence


def test_more_ballots_back_than_out_voids_an_election() -> None:
    vote = Vote(kind=E, eligible=10, present=10, ballots_out=10, ballots_back=11, seats=1)
    assert voting.judge(vote, [("张三", 10)]).valid is False


def test_elected_is_who_has_more_than_half_of_the_electors_present() -> None:
    vote = Vote(kind=E, eligible=10, present=9, ballots_out=9, ballots_back=9, seats=2)
    ruling = voting.judge(vote, [("张三", 9), ("李四", 5), ("王五", 4)])
    assert ruling.elected == ("张三", "李四")


def test_a_tie_for_the_last_seat_elects_neither() -> None:
    vote = Vote(kind=E, eligible=10, present=9, ballots_out=9, ballots_back=9, seats=2)
    ruling = voting.judge(vote, [("张三", 9), ("李四", 6), ("王五", 6)])
    assert ruling.elected == ("张三",)
    assert "再次投票" in ruling.sentence


@pytest.mark.parametrize(
    "counts",
    [
        {"kind": Q, "eligible": 5, "present": 6},
        {"kind": Q, "eligible": 10, "present": 6, "ayes": 5, "noes": 2},
        {"kind": A, "eligible": 10, "present": 6, "ayes": 5, "tellers": "张三"},
        {"kind": Q, "eligible": 10, "present": 6, "ayes": 5, "written_ayes": 1},
    ],
)
def test_counts_that_cannot_be_are_named(counts: dict[str, object]) -> None:
    assert voting.count_problem(Vote(**counts)) != ""
