"""The pages of one's own long work."""

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from studyapp.accounts.models import User
from studyapp.audit.models import Entry
from studyapp.jobs import actions, runner
from studyapp.jobs.models import Job, JobState
from tests.conftest import Cast
from tests.jobs import kinds  # noqa: F401  # names the kind

SignIn = Callable[[User], Client]
POLL = {"HX-Request": "true", "HX-Target": "job"}


# Pages start no process here (JOBS is 0); tests/faults has real ones.
@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def run(job: Job) -> None:
    with override_settings(JOBS=1):
        assert runner.run(job.pk) is True


def claim(job: Job) -> Job:
    with override_settings(JOBS=1):
        found = actions.claim(job.pk, pid=1, at=timezone.now())
    assert found is not None
    return found


@pytest.fixture
def job(cast: Cast) -> Job:
    return actions.start("test", params={}, by=cast.member, at=timezone.now())


def test_a_machine_that_starts_no_process_leaves_the_job_waiting(
    cast: Cast,
    signed_in: SignIn,
    job: Job,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = signed_in(cast.member)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    monkeypatch.setattr(runner, "_launched", {})
    with override_settings(JOBS=1):
        answers = [client.get(f"/jobs/{job.pk}/").status_code for _ in range(2)]
    assert answers == [200, 200]
    job.refresh_from_db()
    assert (job.state, job.tries) == (JobState.WAITING, 0)
    # Once: it is not tried again at each look.
    assert caplog.text.count(f"job {job.pk} was not begun") == 1


def test_an_open_job_asks_again_and_a_finished_one_does_not(
    cast: Cast, signed_in: SignIn, job: Job
) -> None:
    client, address = signed_in(cast.member), f"/jobs/{job.pk}/progress/"
    waiting = client.get(address, headers=POLL).content.decode()
    assert 'hx-trigger="every 2s"' in waiting
    assert "<html" not in waiting
    mine = claim(job)
    actions.beat(mine, done=1, total=4, step="第二份", at=timezone.now())
    running = client.get(address, headers=POLL).content.decode()
    assert 'value="25"' in running
    assert "第二份" in running
    actions.cancel(job, by=cast.member, at=timezone.now())
    assert "hx-trigger" not in client.get(address, headers=POLL).content.decode()


def test_the_file_is_fetched_by_its_owner_as_a_download(
    cast: Cast, signed_in: SignIn, job: Job
) -> None:
    run(job)
    answer = signed_in(cast.member).get(f"/jobs/{job.pk}/file/")
    assert b"".join(answer.streaming_content) == b"in memory"  # type: ignore[attr-defined]
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert Entry.objects.latest("seq").condition["sha256"] == Job.objects.get().sha256
    assert signed_in(cast.recorder).get(f"/jobs/{job.pk}/file/").status_code == 404
    page = signed_in(cast.member).get("/jobs/").content.decode()
    assert f"/jobs/{job.pk}/file/" in page
    assert f"/jobs/{job.pk}/" not in signed_in(cast.recorder).get("/jobs/").content.decode()


def test_rights_are_asked_again_when_the_file_is_fetched(
    cast: Cast, signed_in: SignIn, job: Job
) -> None:
    run(job)
    client, address = signed_in(cast.member), f"/jobs/{job.pk}/file/"
    Job.objects.update(params={"outside": True})
    assert client.get(address).headers["Location"].startswith("/me/password/again/")
    answer = client.post(f"/jobs/{job.pk}/again/")
    assert answer.headers["Location"].startswith("/me/password/again/")
    Job.objects.update(params={"may": False})
    assert client.get(address).status_code == 422
    Job.objects.update(params={})
    runner.tidy(timezone.now() + timedelta(days=8))
    assert client.get(address).status_code == 409
    assert "已到期清除" in client.get(f"/jobs/{job.pk}/").content.decode()


def test_cancelling_and_doing_it_again(cast: Cast, signed_in: SignIn, job: Job) -> None:
    client = signed_in(cast.member)
    client.post(f"/jobs/{job.pk}/cancel/")
    assert Job.objects.get(pk=job.pk).state == JobState.CANCELLED
    page = client.post(f"/jobs/{job.pk}/cancel/", follow=True).content.decode()
    assert "不用取消" in page
    answer = client.post(f"/jobs/{job.pk}/again/", follow=True)
    assert "马上开始" in answer.content.decode()
    assert Job.objects.filter(state=JobState.WAITING).count() == 1
    refused = client.post(f"/jobs/{job.pk}/again/")
    assert (refused.status_code, "一次只做一项" in refused.content.decode()) == (422, True)
