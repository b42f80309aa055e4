"""Long work that a person asked for: a row, a child process that does it, a file at the end."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from studyapp.access.roles import Role
from studyapp.accounts.models import User


class JobState(models.TextChoices):
    """State of a job; a running one whose process is gone is begun anew."""

    WAITING = "waiting", "排队中"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    FAILED = "failed", "没有做成"
    CANCELLED = "cancelled", "已取消"


OPEN = (JobState.WAITING, JobState.RUNNING)
TRIES = 3
"""So often a job is begun; what broke off every time is given up."""
KEPT = timedelta(days=7)
"""So long the file of a job can be fetched."""


def _lost_after() -> timedelta:
    return timedelta(seconds=settings.JOB_LOST_SECONDS)


class JobQuerySet(models.QuerySet["Job"]):
    """Questions over jobs."""

    def visible_to(self, user: User) -> "JobQuerySet":
        """A job and its file are its owner's alone."""
        return self.filter(by=user)

    def open(self) -> "JobQuerySet":
        """Jobs that wait or run."""
        return self.filter(state__in=OPEN)

    def at_work(self, at: datetime) -> "JobQuerySet":
        """Jobs that wait or run, and ended ones whose process has yet to end."""
        return self.filter(Q(state__in=OPEN) | Q(pid__isnull=False, beat__gte=at - _lost_after()))


class Job(models.Model):
    """One piece of long work. ``kind`` names the function that does it, ``params`` what it is told.

    ``done`` of ``total`` steps, ``step`` in words. ``pid`` is its process until that ends, which is
    after the job did; ``beat`` is when that last said that it lives. The file stands under a random
    name until ``expires_at``; hash and size stay.
    """

    kind = models.CharField(max_length=30)
    title = models.CharField("内容", max_length=200)
    params = models.JSONField(default=dict)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="jobs")
    state = models.CharField(max_length=10, choices=JobState, default=JobState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    pid = models.PositiveIntegerField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    step = models.CharField(max_length=200, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    beat = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    file = models.FileField(upload_to="jobs/", max_length=200, blank=True)
    file_name = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = "后台任务"
        constraints = [
            models.UniqueConstraint(
                fields=["by"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="one_open_job_a_person",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def roles_for(self, user: User) -> frozenset[Role]:
        """Only its owner has to do with a job."""
        return frozenset({Role.AUTHOR} if self.by_id == user.pk else ())

    def has_process(self, at: datetime) -> bool:
        """Its process has not ended, and said not long ago that it lives."""
        return self.pid is not None and self.beat is not None and at - self.beat <= _lost_after()

    def is_lost(self, at: datetime) -> bool:
        """It runs, but its process has not said for too long that it lives."""
        return self.state == JobState.RUNNING and not self.has_process(at)

    @property
    def is_open(self) -> bool:
        """It waits or runs."""
        return self.state in OPEN

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        return min(100, 100 * self.done // self.total) if self.total else 0
