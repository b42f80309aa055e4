"""The life of a job: asked for, begun by one process, done, failed or cancelled, its file gone."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction

from studyapp.accounts.models import User
from studyapp.audit.actions import record
from studyapp.audit.models import Operation
from studyapp.errors import Refused, Stale
from studyapp.jobs import registry
from studyapp.jobs.models import KEPT, TRIES, Job, JobState
from studyapp.jobs.queries import running

GIVEN_UP = "做了三次都中断了。过一会儿再做一次；还是这样，告诉系统管理员。"


@dataclass(frozen=True, slots=True)
class Stored:
    """A file under its random name, before the row knows of it."""

    name: str
    sha256: str
    size: int


@transaction.atomic
def start(kind: str, *, params: registry.Params, by: User, at: datetime, title: str = "") -> Job:
    """Ask for long work; one open job a person. ``runner.look_after`` begins it."""
    known = registry.allowed(kind, by, params)
    if known is None:
        raise Refused("现在不能做这一项：没有权限，或内容已不在。回上一页看看。")
    # Two clicks at once wait for each other here; the constraint is the last word.
    User.objects.locked(by.pk)
    other = Job.objects.open().filter(by=by).first()
    if other is not None:
        raise Refused(
            f"“{other.title}”还没有做完，一次只做一项。等它做完，或者先在“后台任务”里取消。"
        )
    job = Job.objects.create(
        kind=kind, title=(title or known.title)[:200], params=params, by=by, created_at=at
    )
    _audit("提交后台任务", job, operation=Operation.CREATE)
    return job


@transaction.atomic
def again(job: Job, *, by: User, at: datetime) -> Job:
    """Ask for the same once more, from what is stored now; the old row stays."""
    return start(job.kind, params=job.params, title=job.title, by=by, at=at)


@transaction.atomic
def cancel(job: Job, *, by: User, at: datetime) -> Job:
    """Stop waiting or running work; its process finds out within seconds and ends."""
    job = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    if job.by_id != by.pk:
        raise Refused("这是别人的任务，取消不了。")
    if not job.is_open:
        raise Stale(f"这项任务{job.get_state_display()}，不用取消。刷新页面再看。")
    _end(job, JobState.CANCELLED, at=at)
    _audit("取消后台任务", job)
    return job


@transaction.atomic
def claim(pk: int, *, pid: int, at: datetime, room: int | None = None) -> Job | None:
    """Take a job for the process ``pid``; None when there is nothing to do or no room.

    A lost one is begun anew, TRIES times at most. ``room`` is how many may run at once; by
    default what the settings say.
    """
    # All of them under lock: whoever counts what runs waits for whoever begins to run.
    jobs = list(Job.objects.at_work(at).select_for_update(no_key=True).order_by("pk"))
    job = next((one for one in jobs if one.pk == pk and one.is_open), None)
    if job is None or (job.state == JobState.RUNNING and not job.is_lost(at)):
        return None
    if job.tries >= TRIES:
        _end(job, JobState.FAILED, at=at, problem=GIVEN_UP)
        _audit("后台任务没有做成", job, succeeded=False)
        return None
    if running(jobs, at) >= (settings.JOBS if room is None else room):
        return None
    job.state, job.tries, job.pid = JobState.RUNNING, job.tries + 1, pid
    job.started_at = job.beat = at
    job.done, job.total, job.step = 0, 0, ""
    job.save(update_fields=["state", "tries", "pid", "started_at", "beat", "done", "total", "step"])
    _audit("开始后台任务", job, number=job.tries)
    return job


def beat(job: Job, *, done: int, total: int, step: str, at: datetime) -> bool:
    """Say that the process lives, and how far it is; False when the job is no longer its own."""
    return bool(_own(job).update(beat=at, done=done, total=total, step=step[:200]))


@transaction.atomic
def finish(job: Job, made: registry.Made, stored: Stored, *, at: datetime) -> Job:
    """Store the end of work that went well; Cancelled when the job is no longer one's own."""
    job = _taken(job)
    job.file.name, job.file_name = stored.name, made.file_name[:300]
    job.sha256, job.size, job.expires_at = stored.sha256, stored.size, at + KEPT
    job.done = job.total = max(job.total, 1)
    _end(job, JobState.DONE, at=at)
    job.save(update_fields=["file", "file_name", "sha256", "size", "expires_at", "done", "total"])
    if made.then is not None:
        made.then(job)
    _audit("完成后台任务", job, file=job.file_name, sha256=job.sha256)
    return job


@transaction.atomic
def fail(job: Job, *, problem: str, at: datetime) -> Job:
    """Store that work did not go well, with a sentence for its owner."""
    job = _taken(job)
    _end(job, JobState.FAILED, at=at, problem=problem)
    _audit("后台任务没有做成", job, succeeded=False)
    return job


def leave(job: Job) -> None:
    """Say that the process of a job ends: until then it takes up room, whatever became of the job.

    One that was killed says nothing; it counts until its last beat is too long ago.
    """
    Job.objects.filter(pk=job.pk, pid=job.pid, tries=job.tries).update(pid=None)


@transaction.atomic
def expire(*, at: datetime) -> int:
    """Remove the files that were kept long enough; row, name, hash and size stay."""
    old = list(
        Job.objects.select_for_update(no_key=True).filter(expires_at__lt=at).exclude(file="")
    )
    names = [job.file.name for job in old if job.file.name]
    for job in old:
        job.file.name = ""
        job.save(update_fields=["file"])
    if old:
        record("清除过期文件", operation=Operation.DELETE, count=len(old))
    for name in names:
        transaction.on_commit(partial(default_storage.delete, name))
    return len(old)


def _own(job: Job) -> Any:
    """Return the row as a question that finds it only while this process has it."""
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, pid=job.pid, tries=job.tries)


def _taken(job: Job) -> Job:
    found: Job | None = _own(job).select_for_update(no_key=True).first()
    if found is None:
        raise registry.Cancelled
    return found


def _end(job: Job, state: JobState, *, at: datetime, problem: str = "") -> None:
    job.state, job.finished_at, job.problem, job.step = state, at, problem[:500], ""
    job.save(update_fields=["state", "finished_at", "problem", "step"])


def _audit(name: str, job: Job, **facts: Any) -> None:
    record(name, by=job.by, target=job.title, job=job.pk, **facts)
