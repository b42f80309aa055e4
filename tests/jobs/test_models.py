"""A job's own facts."""

import pytest

from studyapp.jobs.models import Job


@pytest.mark.parametrize(("done", "total", "percent"), [(0, 0, 0), (1, 3, 33), (5, 4, 100)])
def test_a_job_says_how_far_it_is(done: int, total: int, percent: int) -> None:
    assert Job(done=done, total=total).percent == percent
