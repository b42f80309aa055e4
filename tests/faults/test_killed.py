"""Twenty times the whole server is killed in the middle of writing; what it acknowledged is there."""

import random
import time
from collections.abc import Callable

import pytest

from tests.faults.database import Database
from tests.faults.server import Site
from tests.faults.writers import Writer, lost, writing

pytestmark = pytest.mark.faults
ROUNDS = 20
AT_ONCE = 8


def test_a_killed_server_has_lost_nothing_that_it_acknowledged(
    site: Site,
    database: Database,
    writer: Callable[[str], Writer],
    capsys: pytest.CaptureFixture[str],
) -> None:
    writers = [writer(f"kill-{number}") for number in range(AT_ONCE)]
    recovery = []
    for _ in range(ROUNDS):
        accounts = [writer.account for writer in writers]
        before = acknowledged(writers)
        broken = sum(one.broken for one in accounts)
        with writing(writers):
            while acknowledged(writers) < before + AT_ONCE and not any(
                one.wrong for one in accounts
            ):
                time.sleep(0.01)
            time.sleep(random.uniform(0, 0.3))  # noqa: S311
            site.kill()
        assert [one.wrong for one in accounts if one.wrong] == []
        # Some had been acknowledged, others were on their way when the server went.
        assert acknowledged(writers) >= before + AT_ONCE
        assert sum(one.broken for one in accounts) > broken
        recovery.append(site.start())
        assert database.problems() == []
        assert lost(writers, database) == []
        for each in writers:
            each.catch_up(database)
    made = acknowledged(writers)
    broken = sum(one.account.broken for one in writers)
    gone = len(lost(writers, database))
    with capsys.disabled():
        print(  # noqa: T201  # the figures are worth a look when it is green too
            f"\n{ROUNDS} kills: {made} acknowledged, {made - gone} found, "
            f"{gone} lost; {broken} broke off; back within {max(recovery):.1f} s"
        )
    outcome = site.manage("verify_audit")
    assert outcome.returncode == 0, outcome.stderr
    assert "首尾相连，没有改动" in outcome.stdout


def acknowledged(writers: list[Writer]) -> int:
    """Return how many saves and notes were answered for."""
    return sum(len(one.account.saves) + len(one.account.notes) for one in writers)


def test_the_account_finds_a_word_that_is_missing(
    database: Database, writer: Callable[[str], Writer]
) -> None:
    one = writer("planted")
    assert one.save()[0] == 200
    assert one.post()[0] == 302
    assert lost([one], database) == []
    one.account.notes.append("从来没存过的一条")
    one.account.saves.append(one.account.saves[0].__class__("planted", "planted-9", "没有", 9, ""))
    assert lost([one], database) == ["planted-9", "从来没存过的一条"]
