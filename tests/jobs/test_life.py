"""The life of a job, in this process: asked for, done, failed, cancelled, begun anew, expired."""

import hashlib
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from studyapp.audit.models import Entry
from studyapp.errors import Refused, Stale
from studyapp.jobs import actions, registry, runner
from studyapp.jobs.models import Job, JobState
from studyapp.jobs.queries import due
from tests.conftest import Cast
from tests.jobs import kinds

NOW = timezone.now()


@pytest.fixture(autouse=True)
def _room(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT, settings.JOBS = tmp_path, 1
    kinds.THEN.clear()


def asked(cast: Cast, **params: Any) -> Job:
    return actions.start("test", params=params, by=cast.member, at=timezone.now())


def done(job: Job) -> Job:
    assert runner.run(job.pk) is True
    return Job.objects.get(pk=job.pk)


@pytest.mark.parametrize(("end", "content"), [("", b"in memory"), ("file", b"on the disk")])
def test_what_came_of_it_stands_under_a_random_name_with_its_hash(
    cast: Cast, tmp_path: Path, end: str, content: bytes
) -> None:
    job = done(asked(cast, end=end))
    sha256 = hashlib.sha256(content).hexdigest()
    assert (job.state, job.percent, job.file_name) == (JobState.DONE, 100, "手册.pdf")
    assert (job.sha256, job.size) == (sha256, len(content))
    assert [path.read_bytes() for path in (tmp_path / "jobs").iterdir()] == [content]
    assert "手册" not in str(job.file.name)
    assert [*kinds.THEN] == ([] if end else [sha256])
    names = list(Entry.objects.order_by("seq").values_list("name", flat=True))
    assert names == ["提交后台任务", "开始后台任务", "完成后台任务"]


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("refuse", "这一年没有记录。换一年。"),
        ("break", "程序出了错（编号"),
        ("memory", "内容太多，内存不够"),
    ],
)
def test_what_went_wrong_is_said_in_words(
    cast: Cast, tmp_path: Path, caplog: pytest.LogCaptureFixture, end: str, said: str
) -> None:
    with caplog.at_level(logging.ERROR):
        job = done(asked(cast, end=end))
    assert (job.state, job.problem.startswith(said)) == (JobState.FAILED, True)
    assert "秘密的细节" not in job.problem
    # The log has it, with the number that the page shows.
    assert ("秘密的细节" in caplog.text) == (end == "break")
    assert end != "break" or job.problem.split("编号")[1][:8] in caplog.text
    assert list((tmp_path / "jobs").iterdir()) == []
    assert Entry.objects.latest("seq").succeeded is False


@pytest.mark.attack(37)
def test_where_no_folder_can_be_made_its_owner_is_told(
    cast: Cast, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "jobs").write_bytes(b"in the way")
    job = done(asked(cast))
    assert (job.state, job.problem[:8]) == (JobState.FAILED, "程序出了错（编号")
    assert "FileExistsError" in caplog.text


@pytest.mark.attack(37)
def test_one_open_job_a_person(cast: Cast) -> None:
    asked(cast)
    with pytest.raises(Refused, match="还没有做完，一次只做一项"):
        asked(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(kind="test", title="x", by=cast.member)


def test_who_may_not_have_it_cannot_ask_for_it_and_does_not_get_it(cast: Cast) -> None:
    with pytest.raises(Refused, match="没有权限"):
        asked(cast, may=False)
    job = asked(cast)
    Job.objects.filter(pk=job.pk).update(params={"may": False})
    assert "没有权限" in done(job).problem


@pytest.mark.attack(37)
def test_only_so_many_run_at_once_and_the_oldest_comes_first(cast: Cast) -> None:
    first = asked(cast)
    second = actions.start("test", params={}, by=cast.recorder, at=timezone.now())
    assert due(timezone.now()) == [first]
    assert actions.claim(first.pk, pid=1, at=timezone.now()) is not None
    assert due(timezone.now()) == []
    assert actions.claim(second.pk, pid=2, at=timezone.now()) is None


def test_exactly_one_process_has_a_job(cast: Cast) -> None:
    job = asked(cast)
    mine = actions.claim(job.pk, pid=1, at=NOW)
    assert mine is not None
    assert actions.claim(job.pk, pid=2, at=NOW + timedelta(seconds=29)) is None
    later = NOW + timedelta(seconds=31)
    assert due(later) == [job]
    theirs = actions.claim(job.pk, pid=2, at=later)
    assert theirs is not None
    assert theirs.tries == 2
    # The first one was only slow: nothing that it does counts any more.
    assert actions.beat(mine, done=9, total=9, step="", at=later) is False
    stored = actions.Stored("jobs/x", "", 0)
    with pytest.raises(registry.Cancelled):
        actions.finish(mine, registry.Made(b"", "x"), stored, at=later)
    with pytest.raises(registry.Cancelled):
        actions.fail(mine, problem="x", at=later)
    assert actions.beat(theirs, done=1, total=2, step="写", at=later) is True
    job.refresh_from_db()
    assert (job.pid, job.done, job.step, job.state) == (2, 1, "写", JobState.RUNNING)


def test_what_broke_off_three_times_is_given_up(cast: Cast) -> None:
    job = asked(cast)
    at = NOW
    for pid in (1, 2, 3):
        assert actions.claim(job.pk, pid=pid, at=at) is not None
        at += timedelta(seconds=31)
    assert actions.claim(job.pk, pid=4, at=at) is None
    job.refresh_from_db()
    assert (job.state, job.problem) == (JobState.FAILED, actions.GIVEN_UP)


def test_cancelled_work_leaves_nothing(cast: Cast, tmp_path: Path) -> None:
    job = asked(cast)
    mine = actions.claim(job.pk, pid=1, at=NOW)
    assert mine is not None
    actions.cancel(job, by=cast.member, at=NOW)
    assert actions.beat(mine, done=1, total=1, step="", at=NOW) is False
    with pytest.raises(Stale, match="已取消"):
        actions.cancel(job, by=cast.member, at=NOW)
    assert runner.run(job.pk) is False
    with pytest.raises(Refused, match="别人的任务"):
        actions.cancel(asked(cast), by=cast.recorder, at=NOW)
    again = actions.again(job, by=cast.recorder, at=NOW)
    assert (again.pk != job.pk, again.params, again.title) == (True, job.params, job.title)


def test_the_next_waits_until_the_process_of_a_cancelled_job_has_ended(cast: Cast) -> None:
    job, later = asked(cast), NOW + timedelta(seconds=5)
    mine = actions.claim(job.pk, pid=1, at=NOW)
    assert mine is not None
    actions.cancel(job, by=cast.member, at=NOW)
    following = asked(cast)
    assert (due(later), actions.claim(following.pk, pid=2, at=later)) == ([], None)
    # A process that was killed says nothing any more.
    assert due(NOW + timedelta(seconds=31)) == [following]
    actions.leave(mine)
    assert due(later) == [following]
    assert actions.claim(following.pk, pid=2, at=later) is not None
    actions.leave(mine)
    assert Job.objects.get(pk=following.pk).pid == 2


def test_after_a_week_the_file_goes_and_the_hash_stays(cast: Cast, tmp_path: Path) -> None:
    job = done(asked(cast))
    stray = tmp_path / "jobs/work-9-1"
    stray.mkdir()
    assert runner.tidy(timezone.now()) == 0
    assert runner.tidy(timezone.now() + timedelta(days=8)) == 1
    job.refresh_from_db()
    assert (bool(job.file), job.file_name, len(job.sha256)) == (False, "手册.pdf", 64)
    assert stray.exists() is False
