"""Questions over jobs: whose turn it is."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from studyapp.jobs.models import Job, JobState


def running(jobs: Iterable[Job], at: datetime) -> int:
    """Return how many of ``jobs`` have a process that lives; it may outlive a cancelled job."""
    return sum(1 for job in jobs if job.has_process(at))


def due(at: datetime) -> list[Job]:
    """Return the jobs to begin now, oldest first: waiting or lost ones, as far as there is room."""
    jobs = list(Job.objects.at_work(at).order_by("created_at", "pk"))
    free = max(0, settings.JOBS - running(jobs, at))
    return [job for job in jobs if job.state == JobState.WAITING or job.is_lost(at)][:free]


def ahead_of(job: Job) -> int:
    """Return how many jobs come before a waiting one."""
    return Job.objects.open().filter(created_at__lt=job.created_at).count()
