"""Doing jobs: a child process for each, watched by a thread of its own (ADR 0022)."""

import hashlib
import logging
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import Error as DatabaseFault
from django.db import connection
from django.utils import timezone

from studyapp.disk import sync
from studyapp.errors import Refused
from studyapp.jobs import actions, registry
from studyapp.jobs.models import Job
from studyapp.jobs.queries import due
from studyapp.web.storage import trouble

TOO_LONG = "用了太长时间，停下了。分成几次做，或告诉系统管理员。"
TOO_BIG = "内容太多，内存不够，停下了。分成几次做，或告诉系统管理员。"
_GRACE = 5  # seconds in which cancelled work may end by itself
_log = logging.getLogger(__name__)
_children: list[subprocess.Popen[bytes]] = []
_launched: dict[int, float] = {}


def folder() -> Path:
    """Return where the files stand; no part of it is served."""
    path = Path(settings.MEDIA_ROOT) / "jobs"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


# --- Starting processes --------------------------------------------------------------------------


def look_after(at: datetime) -> None:
    """Launch a process for every job whose turn it is; stores nothing itself.

    Called by whoever starts a job or looks at one, by a process that is done, and by the server
    when it starts: so waiting and lost jobs are begun without anything that runs all the time.
    """
    _children[:] = [child for child in _children if child.poll() is None]
    if not settings.JOBS:
        return
    now = time.monotonic()
    for job in due(at):
        # A page asks every two seconds; a process needs some time until it has taken its job.
        if now >= _launched.get(job.pk, 0):
            _launched[job.pk] = now + settings.JOB_LOST_SECONDS / 3
            _launch(job)


def _launch(job: Job) -> None:
    """Start a process that outlives this one; it takes the job itself, or leaves it alone.

    Where the system starts none (memory, number of processes) the job waits for a later look.
    """
    try:
        child = subprocess.Popen(  # noqa: S603 - a fixed program without a shell
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "run_job", str(job.pk)],
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        _log.exception("job %s was not begun", job.pk)
        return
    _children.append(child)


# --- Inside the process --------------------------------------------------------------------------


class Pulse:
    """Progress as work reports it, told to the database by a thread every few seconds.

    The thread ends the process when the job is no longer its own and work does not come to its
    next step soon, when it takes too long, or when it needs too much memory.
    """

    def __init__(self, job: Job, scratch: Path) -> None:
        self.job, self.scratch = job, scratch
        self.told = (0, 0, "")
        self._is_lost = threading.Event()
        self._over = threading.Event()
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._watch, name="pulse", daemon=True)

    def __call__(self, done: int, total: int, step: str = "") -> None:
        """See ``registry.Progress``."""
        if self._is_lost.is_set():
            raise registry.Cancelled
        self.told = (done, total, step)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Stop beating; whatever the thread was doing is done when this returns."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        try:
            while not self._over.wait(settings.JOB_BEAT_SECONDS):
                self._tick()
        finally:
            connection.close()

    def _tick(self) -> None:
        done, total, step = self.told
        try:
            if time.monotonic() - self._began > settings.JOB_SECONDS:
                self._give_up(TOO_LONG)
            if resident() > settings.JOB_MEMORY:
                self._give_up(TOO_BIG)
            kept = actions.beat(self.job, done=done, total=total, step=step, at=timezone.now())
        except DatabaseFault:
            # It may be back at the next beat; until then the job is only slow to tell.
            connection.close()
            return
        except registry.Cancelled:
            kept = False
        if not kept:
            self._is_lost.set()
            if not self._over.wait(_GRACE):
                self._leave()

    def _give_up(self, problem: str) -> None:
        _log.error("job %s given up: %s", self.job.pk, problem)
        try:
            actions.fail(self.job, problem=problem, at=timezone.now())
        except DatabaseFault:
            # The limits hold all the same: this try is lost, and one of the next ones says why.
            _log.exception("job %s could not say so", self.job.pk)
        self._leave()

    def _leave(self) -> None:
        """End at once: work sits in the middle of a step that does not listen."""
        try:
            shutil.rmtree(self.scratch, ignore_errors=True)
            actions.leave(self.job)
            look_after(timezone.now())
        finally:
            # Whatever else fails: nobody watches this process when its thread is gone.
            os._exit(1)


def run(pk: int) -> bool:
    """Do a job in this process from beginning to end; False when it was not there to be done."""
    job = actions.claim(pk, pid=os.getpid(), at=timezone.now())
    if job is None:
        return False
    pulse = Pulse(job, Path(settings.MEDIA_ROOT, "jobs", f"work-{job.pk}-{job.tries}"))
    pulse.start()
    try:
        _work(job, pulse)
    except registry.Cancelled:
        pass
    finally:
        pulse.stop()
        with suppress(DatabaseFault):
            actions.leave(job)
    return True


def _work(job: Job, pulse: Pulse) -> None:
    try:
        # Emptied before anything is stored: where the disk is full, that makes room to say so.
        with _emptied(job, pulse.scratch):
            made = _allowed(job).work(job, pulse)
            stored = store(made.content)
        try:
            actions.finish(job, made, stored, at=timezone.now())
        except BaseException:
            (folder().parent / stored.name).unlink(missing_ok=True)
            raise
    except registry.Cancelled:
        raise
    except Refused as refusal:
        actions.fail(job, problem=str(refusal), at=timezone.now())
    except MemoryError:
        actions.fail(job, problem=TOO_BIG, at=timezone.now())
    except Exception as error:  # noqa: BLE001 - whatever it was, its owner gets a sentence
        actions.fail(job, problem=_sentence(job, error), at=timezone.now())


def _allowed(job: Job) -> registry.Kind:
    """Return the kind of work, if its owner may still have it."""
    kind = registry.allowed(job.kind, job.by, job.params)
    if kind is None or not job.by.is_active:
        raise Refused("现在不能做这一项：没有权限，或内容已不在。")
    return kind


def _sentence(job: Job, error: Exception) -> str:
    """Write the fault down in the log; return what its owner is told."""
    number = secrets.token_hex(4)
    _log.exception("job %s (%s) failed, id %s", job.pk, job.kind, number)
    found = trouble(error)
    if found is not None:
        return f"{found.what}，没有做成。{found.advice}，修好后再做一次。"
    return f"程序出了错（编号{number}），没有做成。再做一次；还是这样，把编号告诉系统管理员。"


@contextmanager
def _emptied(job: Job, scratch: Path) -> Iterator[None]:
    for left in folder().glob(f"work-{job.pk}-*"):
        shutil.rmtree(left, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    try:
        yield
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def store(content: bytes | Path) -> actions.Stored:
    """Put a finished file in its place under a random name: there as a whole, or not at all."""
    name = f"{secrets.token_hex(16)}.bin"
    target, part = folder() / name, folder() / f"{name}.part"
    try:
        sha256, size = _copy(content, part)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    # The name too is on the disk before the row says that the file is there.
    sync(folder())
    return actions.Stored(f"jobs/{name}", sha256, size)


def _copy(content: bytes | Path, part: Path) -> tuple[str, int]:
    """Move ``content`` to ``part`` and onto the disk; return its hash and size."""
    if isinstance(content, Path):
        content.replace(part)
    else:
        part.write_bytes(content)
    part.chmod(settings.FILE_UPLOAD_PERMISSIONS)
    with part.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return sha256, part.stat().st_size


def resident() -> int:
    """Return how much memory this process holds, in bytes; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def tidy(at: datetime) -> int:
    """Remove expired files, and what killed processes left behind more than a day ago."""
    known = set(Job.objects.exclude(file="").values_list("file", flat=True))
    for path in folder().iterdir():
        if f"jobs/{path.name}" not in known and at.timestamp() - path.stat().st_mtime > 86_400:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return actions.expire(at=at)
