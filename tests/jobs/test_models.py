"""A job's own facts, and which kinds of work there are for whom."""

import pytest

from studyapp.accounts.models import User
from studyapp.jobs import registry
from studyapp.jobs.models import Job
from tests.jobs import kinds  # noqa: F401  # names the kind


@pytest.mark.parametrize(("done", "total", "percent"), [(0, 0, 0), (1, 3, 33), (5, 4, 100)])
def test_a_job_says_how_far_it_is(done: int, total: int, percent: int) -> None:
    assert Job(done=done, total=total).percent == percent


def test_work_that_this_release_does_not_know_is_for_nobody() -> None:
    known = registry.find("test")
    assert known is not None
    asked = [("test", {}), ("test", {"may": False}), ("gone", {})]
    found = [registry.allowed(name, User(), params) for name, params in asked]
    assert found == [known, None, None]
