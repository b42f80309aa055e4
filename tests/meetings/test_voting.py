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


REGULATION = "《中国共产党支部工作条例（试行）》"
ADMISSION = "《中国共产党发展党员工作细则》"
ELECTIONS, CHARTER = "《中国共产党基层组织选举工作条例》", "《中国共产党章程》"


@pytest.mark.parametrize(
    ("kind", "eligible", "present", "valid", "source"),
    [
        # 半数以上有表决权的党员到会: half is enough.
        (Q, 10, 5, True, REGULATION),
        (Q, 10, 4, False, REGULATION),
        (Q, 9, 5, True, REGULATION),
        (Q, 9, 4, False, REGULATION),
        (Q, 1, 1, True, REGULATION),
        (Q, 2, 1, True, REGULATION),
        (Q, 0, 0, False, REGULATION),
        # 半数以上委员到会.
        (K, 5, 3, True, REGULATION),
        (K, 5, 2, False, REGULATION),
        (K, 4, 2, True, REGULATION),
        (K, 3, 1, False, REGULATION),
        # 有表决权的到会人数必须超过应到会有表决权人数的半数: half is not enough.
        (A, 10, 5, False, ADMISSION),
        (A, 10, 6, True, ADMISSION),
        (A, 3, 2, True, ADMISSION),
        (C, 9, 5, True, ADMISSION),
        (C, 9, 4, False, ADMISSION),
        (C, 8, 4, False, ADMISSION),
        # 到会人数不少于应到会人数的五分之四.
        (E, 10, 8, True, ELECTIONS),
        (E, 10, 7, False, ELECTIONS),
        (E, 13, 11, True, ELECTIONS),
        (E, 13, 10, False, ELECTIONS),
        (E, 4, 4, True, ELECTIONS),
        (E, 4, 3, False, ELECTIONS),
        (E, 5, 4, True, ELECTIONS),
    ],
)
def test_a_vote_needs_its_quorum(
    kind: str,
    eligible: int,
    present: int,
    valid: bool,  # noqa: FBT001
    source: str,
) -> None:
    assert voting.quorum(kind, eligible=eligible, present=present) is valid
    vote = Vote(kind=kind, eligible=eligible, present=present, ayes=present, seats=1)
    ruling = voting.judge(vote, [voting.Got("张三", present)])
    assert (ruling.valid, source in ruling.source, source in ruling.sentence) == (
        valid,
        True,
        True,
    )
    if not valid and eligible:
        least = voting.needed(kind, eligible=eligible)
        act = "选举" if kind == E else "表决"
        assert f"不足{least}人，{act}无效" in ruling.sentence


def test_needed_is_the_least_valid_attendance() -> None:
    for kind in VoteKind:
        for eligible in range(1, 60):
            least = voting.needed(kind, eligible=eligible)
            assert voting.quorum(kind, eligible=eligible, present=least)
            assert not voting.quorum(kind, eligible=eligible, present=least - 1)


@pytest.mark.parametrize(
    ("kind", "eligible", "present", "ayes", "written", "passed", "source"),
    [
        # 赞成人数超过应到会有表决权的党员的半数: of those who should attend, not who came.
        (Q, 10, 6, 6, 0, True, REGULATION),
        (Q, 10, 6, 5, 0, False, REGULATION),
        (Q, 10, 5, 5, 0, False, REGULATION),
        (Q, 9, 5, 5, 0, True, REGULATION),
        (Q, 9, 9, 4, 0, False, REGULATION),
        # 少数服从多数.
        (K, 5, 3, 3, 0, True, CHARTER),
        (K, 5, 5, 2, 0, False, CHARTER),
        (K, 4, 3, 2, 0, False, CHARTER),
        # 因故不能到会的正式党员会前书面提出的意见，统计在票数内.
        (A, 10, 6, 5, 1, True, ADMISSION),
        (A, 10, 6, 5, 0, False, ADMISSION),
        (A, 10, 6, 6, 0, True, ADMISSION),
        # They count among the votes, never among those present.
        (A, 10, 5, 5, 5, False, ADMISSION),
        (C, 10, 6, 5, 0, False, ADMISSION),
        (C, 11, 6, 4, 2, True, ADMISSION),
    ],
)
def test_a_motion_passes_by_more_than_half_of_should_attend(
    kind: str,
    eligible: int,
    present: int,
    ayes: int,
    written: int,
    passed: bool,  # noqa: FBT001
    source: str,
) -> None:
    vote = Vote(
        kind=kind,
        eligible=eligible,
        present=present,
        ayes=ayes,
        written_ayes=written,
        ballots_out=present,
        ballots_back=present,
    )
    ruling = voting.judge(vote)
    assert (ruling.passed, source in ruling.sentence) == (passed, True)


@pytest.mark.parametrize(
    ("present", "out", "back", "seats", "ayes", "elected", "words"),
    [
        # 得赞成票超过实到会选举人的半数: of who is there, not of the ballots that came back.
        (9, 9, 9, 2, (9, 5, 4), (0, 1), "选举有效"),
        (10, 10, 8, 1, (5, 0, 0), (), "无人得票过半数"),
        (10, 10, 8, 1, (6, 0, 0), (0,), "当选"),
        # More are over half than there are seats: the most votes.
        (9, 9, 9, 1, (6, 7, 0), (1,), "当选"),
        # Equal for the last seat: again between them.
        (9, 9, 9, 2, (9, 6, 6), (0,), "再次投票"),
        (9, 9, 9, 1, (6, 6, 0), (), "再次投票"),
        # Fewer than seats: the rest is elected separately.
        (9, 9, 9, 3, (9, 5, 4), (0, 1), "应选3人，当选2人"),
        # 收回的选票数多于发出的选票数，选举无效.
        (10, 10, 11, 1, (10, 0, 0), (), "选举无效，应重新选举"),
        (10, 10, 10, 1, (10, 0, 0), (0,), "选举有效"),
        # 五分之四 of ten.
        (7, 7, 7, 1, (7, 0, 0), (), "应到会有选举权的党员10人，实到7人，不足8人，选举无效"),
        (8, 8, 8, 1, (8, 0, 0), (0,), "选举有效"),
    ],
)
def test_an_election_case_by_case(
    present: int,
    out: int,
    back: int,
    seats: int,
    ayes: tuple[int, int, int],
    elected: tuple[int, ...],
    words: str,
) -> None:
    names = ("张三", "李四", "王五")
    vote = Vote(
        kind=E, eligible=10, present=present, ballots_out=out, ballots_back=back, seats=seats
    )
    ruling = voting.judge(vote, list(map(voting.Got, names, ayes)))
    assert set(ruling.elected) == {names[n] for n in elected}
    assert (words in ruling.sentence, ELECTIONS in ruling.sentence) == (True, True)


@pytest.mark.parametrize(
    ("kind", "method", "words"),
    [
        (Q, "hands", "应到会有表决权的党员5人，赞成4人"),
        (Q, "open", "应到会有表决权的党员5人，赞成4票"),
        (A, "secret", "应到会有表决权的党员5人，赞成4票"),
        (K, "hands", "应到会委员5人，赞成4人，超过应到会委员的半数"),
    ],
)
def test_hands_are_people_and_ballots_are_counted_as_ballots(
    kind: str, method: str, words: str
) -> None:
    ruling = voting.judge(Vote(kind=kind, method=method, eligible=5, present=5, ayes=4))
    assert ruling.sentence.startswith(words)


@pytest.mark.parametrize(("out", "back", "valid"), [(6, 6, True), (6, 5, True), (6, 7, False)])
def test_a_secret_vote_on_a_person_with_more_ballots_back_than_out_is_void(
    out: int,
    back: int,
    valid: bool,  # noqa: FBT001
) -> None:
    vote = Vote(kind=A, eligible=6, present=6, ayes=5, ballots_out=out, ballots_back=back)
    assert voting.judge(vote).valid is valid


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
