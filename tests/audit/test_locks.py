"""Rows first, the log last: then no two acts wait for each other in a circle."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

import studyapp
from studyapp.accounts import actions as accounts
from studyapp.accounts import second_factor, sign_ins
from studyapp.accounts.models import Feedback, User
from studyapp.audit.models import Entry
from studyapp.branches import actions, roster
from studyapp.documents import xlsx_reading
from tests.accounts.test_second_factor import switch_on
from tests.factories import make_unit, make_user

CALL = r"select_for_update\((?:[^()]|\([^()]*\))*\)"
Act = Callable[[], object]


class Together:
    """Two acts on connections of their own: the second begins when the first is half-way."""

    def __init__(self, half_way: Callable[[str], bool]) -> None:
        self.half_way = half_way
        self.there = threading.Event()

    def first(self, act: Act) -> None:
        """Do ``act``, and stop after the statement that is half-way until the other one waits."""

        def stop(execute: Any, sql: str, *more: Any) -> Any:
            result = execute(sql, *more)
            if not self.there.is_set() and self.half_way(sql):
                self.there.set()
                _until_somebody_waits()
            return result

        with connection.execute_wrapper(stop):
            act()

    def second(self, act: Act) -> None:
        """Do ``act`` once the first one is half-way."""
        assert self.there.wait(10)
        act()


def _until_somebody_waits() -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    end = timezone.now() + timedelta(seconds=2)
    with connection.connection.cursor() as cursor:
        while timezone.now() < end and cursor.execute(waiting).fetchone()[0] == 0:
            threading.Event().wait(0.02)


def at_once(first: Act, second: Act, *, half_way: Callable[[str], bool]) -> list[str]:
    """Do both at once; return what went wrong."""
    together, wrong = Together(half_way), []

    def run(do: Callable[[Act], None], act: Act) -> None:
        try:
            do(act)
        except Exception as problem:  # noqa: BLE001 - told to the test, whatever it is
            wrong.append(str(problem))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(together.first, first)),
        threading.Thread(target=run, args=(together.second, second)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert together.there.is_set()
    return wrong


def logs(sql: str) -> bool:
    return sql.startswith('INSERT INTO "audit_entry"')


@pytest.fixture
def stored(transactional_db: None) -> Iterator[None]:
    """Let several connections see the rows; they are taken away past the triggers."""
    yield
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def signs_in(user: User) -> Act:
    return lambda: sign_ins.begin(user, session_key="k" * 32, browser="", at=timezone.now())


@pytest.mark.postgres
@pytest.mark.usefixtures("stored")
def test_a_roster_and_a_sign_in_at_once_are_both_done() -> None:
    unit = make_unit("刑侦支队第一党支部")
    people = [make_user(f"甲{n}", username=f"u{n}", unit=unit) for n in range(3)]
    rows = "".join(f"{unit.name},{one.name},{one.username},群众\n" for one in people)
    data = ("党组织,姓名,登录名,政治面貌\n" + rows).encode()
    reading = roster.read(xlsx_reading.read_rows(data, "名册.csv"))
    wrong = at_once(
        lambda: actions.import_roster(reading, by=None, at=timezone.now()),
        signs_in(people[-1]),
        half_way=logs,
    )
    assert wrong == []
    assert {one.political for one in User.objects.all()} == {"none"}
    assert Entry.objects.filter(name="登录").count() == 1


@pytest.mark.postgres
@pytest.mark.usefixtures("stored")
def test_unlocking_and_a_code_at_once_are_both_done() -> None:
    user = make_user("王海峰", username="member")
    by = make_user("安全员", username="secadmin", office="security", political="none")
    switch_on(user)
    wrong = at_once(
        lambda: accounts.unlock(user, by=by),
        lambda: second_factor.accept(user, "000000", at=timezone.now()),
        half_way=lambda sql: sql.startswith('UPDATE "accounts_secondfactor"'),
    )
    assert wrong == []


@pytest.mark.postgres
@pytest.mark.usefixtures("stored")
def test_rows_that_name_a_person_are_stored_while_that_person_signs_in() -> None:
    # The database looks a foreign key up when the transaction ends, so after the log.
    user = make_user("王海峰", username="member")
    wrong = at_once(
        lambda: accounts.send_feedback(by=user, body="字太小", page="/"),
        signs_in(user),
        half_way=logs,
    )
    assert wrong == []
    assert Feedback.objects.count() == 1


def test_no_row_is_locked_against_rows_that_name_it() -> None:
    source = [path.read_text() for path in Path(studyapp.__path__[0]).rglob("*.py")]
    locks = [one for text in source for one in re.findall(CALL, text)]
    assert [one for one in locks if "no_key=True" not in one] == []
    assert len(locks) > 40
