"""Killed in the middle of writing, as a whole or one worker: what was acknowledged is there."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.faults.database import Database
from tests.faults.server import BROKEN, Site
from tests.faults.writers import Writer, lost, writing
from tests.losses import Kept

pytestmark = pytest.mark.faults
ROUNDS = 20
AT_ONCE = 8


@pytest.mark.loss("killed")
def test_a_killed_server_has_lost_nothing_that_it_acknowledged(
    site: Site,
    database: Database,
    writer: Callable[[str], Writer],
    capsys: pytest.CaptureFixture[str],
    kept: Kept,
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
    missing = lost(writers, database)
    kept.count(made, missing)
    kept.back_after(max(recovery))
    with capsys.disabled():
        print(  # noqa: T201  # the figures are worth a look when it is green too
            f"\n{ROUNDS} kills: {made} acknowledged, {made - len(missing)} found, "
            f"{len(missing)} lost; {broken} broke off; back within {max(recovery):.1f} s"
        )
    outcome = site.manage("verify_audit")
    assert outcome.returncode == 0, outcome.stderr
    assert "首尾相连，没有改动" in outcome.stdout


@pytest.mark.loss("worker")
def test_a_killed_worker_stops_nobody_else_and_is_replaced(
    site: Site, database: Database, writer: Callable[[str], Writer], kept: Kept
) -> None:
    writers = [writer(f"worker-{number}") for number in range(AT_ONCE)]
    both = site.worker_pids()
    assert len(both) == 2
    with writing(writers):
        until(lambda: acknowledged(writers) >= AT_ONCE)
        began = time.monotonic()
        os.kill(both[0], signal.SIGKILL)
        # Others are served at once, and those at the other worker never notice.
        until(lambda: site.health() == 200)
        kept.back_after(time.monotonic() - began)
        until(lambda: any(one.account.broken for one in writers))
        before = acknowledged(writers)
        until(lambda: acknowledged(writers) >= before + AT_ONCE)
    assert [one.account.wrong for one in writers if one.account.wrong] == []
    missing = lost(writers, database)
    kept.count(acknowledged(writers), missing)
    assert missing == []
    assert database.problems() == []
    until(lambda: len(set(site.worker_pids()) - set(both)) == 1)
    assert both[1] in site.worker_pids()


def until(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while True:
        # A worker takes the connections with it that it had not yet answered.
        with suppress(*BROKEN):
            if found():
                return
        assert time.monotonic() < deadline
        time.sleep(0.02)


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
