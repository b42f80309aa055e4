"""The cast: the people every test can call on, and a client signed in as each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, override_settings

from studyapp.accounts.models import Office, Political, Staff, User
from studyapp.audit.queries import holds_demo_data
from studyapp.branches.models import Unit, UnitKind
from tests import hypothesis_profiles
from tests.attacks import ATTACKS
from tests.factories import make_unit, make_user
from tests.locks import watched
from tests.losses import LOSSES, Kept

hypothesis_profiles.load()
ROWS_FIRST = {"accounts", "branches", "meetings", "minutes", "archive", "papers", "jobs"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Write the attacks and losses that a test is about into its report (scripts/marked.py)."""
    for item in items:
        for name, known in (("attack", ATTACKS.keys()), ("loss", LOSSES.keys())):
            for mark in item.iter_markers(name):
                unknown = set(mark.args) - known
                if unknown or not mark.args:
                    raise pytest.UsageError(f"{item.nodeid}: no {name} is called {unknown}")
                item.user_properties += [(name, one) for one in mark.args]


@pytest.fixture
def kept(request: pytest.FixtureRequest) -> Kept:
    """Take down what was acknowledged and found, for the figures of ``make faults``."""
    return Kept(request.node.user_properties)


@dataclass(frozen=True)
class Cast:
    """A small bureau: organ committee > general branch > two branches, one with a group."""

    organ: Unit
    general: Unit
    branch: Unit
    group: Unit
    other_branch: Unit
    secretary: User
    recorder: User
    member: User
    visitor: User
    inspector: User
    sysadmin: User
    secadmin: User
    auditor: User

    def people(self) -> dict[str, User]:
        """Everyone by role name."""
        names = (
            "secretary",
            "recorder",
            "member",
            "visitor",
            "inspector",
            "sysadmin",
            "secadmin",
            "auditor",
        )
        return {name: getattr(self, name) for name in names}


@pytest.fixture(scope="session")
def _anchor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the daily check of the log leaves its note, apart from other processes."""
    return tmp_path_factory.mktemp("data") / "audit.anchor"


@pytest.fixture(autouse=True)
def _nothing_kept(_anchor: Path, settings: Any) -> None:
    """What one test left outside the database says nothing about the rows of the next."""
    cache.clear()
    settings.AUDIT_ANCHOR = _anchor
    _anchor.unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def _rows_first(request: pytest.FixtureRequest) -> Iterator[None]:
    """On PostgreSQL: what these tests do locks its rows first and writes to the log last."""
    if connection.vendor != "postgresql" or request.path.parent.name not in ROWS_FIRST:
        yield
        return
    with watched() as wrong:
        yield
    assert wrong == []


@pytest.fixture(scope="module")
def built_once(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Let what fixtures of a module build stay for all its tests, around the transaction of each."""
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")),
        transaction.atomic(),
    ):
        yield
        transaction.set_rollback(True)


@pytest.fixture
def cast(db: None) -> Cast:
    """Return the cast, stored."""
    return make_cast()


def make_cast() -> Cast:
    """Store the cast, for fixtures that live longer than one test."""
    # Asked once per process: not inside a test that counts queries.
    holds_demo_data()
    organ = make_unit("机关党委", kind=UnitKind.ORGAN)
    general = make_unit("刑侦支队党总支", kind=UnitKind.GENERAL, parent=organ)
    branch = make_unit("刑侦支队第一党支部", parent=general)
    group = make_unit("第一党小组", kind=UnitKind.GROUP, parent=branch)
    other = make_unit("治安支队党支部", parent=organ)
    none: dict[str, Any] = {"political": Political.NONE, "staff": Staff.EMPLOYEE}
    return Cast(
        organ,
        general,
        branch,
        group,
        other,
        make_user(
            "陈卫东", username="secretary", unit=branch, role="secretary", rank=1, duty="党支部书记"
        ),
        make_user(
            "孙丽华", username="recorder", unit=branch, role="committee", rank=2, duty="宣传委员"
        ),
        make_user("王海峰", username="member", unit=branch, rank=10),
        make_user("周敏", username="visitor", unit=other, rank=10),
        make_user("何建国", username="inspector", unit=organ, role="organ", rank=1),
        make_user("系统员", username="sysadmin", office=Office.SYSTEM, **none),
        make_user("安全员", username="secadmin", office=Office.SECURITY, **none),
        make_user("审计员", username="auditor", office=Office.AUDIT, **none),
    )


@pytest.fixture
def signed_in(db: None) -> Callable[[User], Client]:
    """Return a function that gives a client signed in as a person."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="studyapp.accounts.backends.NameBackend")
        return client

    return sign_in
