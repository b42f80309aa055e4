"""Kinds of work for tests: one that does what its params say."""

from typing import Any

from studyapp.accounts.models import User
from studyapp.errors import Refused
from studyapp.jobs import registry
from studyapp.jobs.models import Job
from studyapp.jobs.registry import Made, Progress

THEN: list[str] = []
"""What the transaction of the end was told."""


def may(user: User, params: dict[str, Any]) -> bool:
    return bool(params.get("may", True)) and user.is_active


def outside(user: User, params: dict[str, Any]) -> bool:
    return bool(params.get("outside")) and user.is_active


@registry.job("test", title="试一试", may=may, outside=outside)
def work(job: Job, progress: Progress) -> Made:
    """Count; refuse, break or write a file of its own where the params say so."""
    for number in range(int(job.params.get("steps", 2))):
        progress(number, 2, f"第{number + 1}步")
    match job.params.get("end"):
        case "refuse":
            raise Refused("这一年没有记录。换一年。")
        case "break":
            raise ValueError("秘密的细节")
        case "memory":
            raise MemoryError
        case "file":
            path = progress.scratch / "book.pdf"
            path.write_bytes(b"on the disk")
            return Made(path, "手册.pdf")
    return Made(b"in memory", "手册.pdf", then=lambda done: THEN.append(done.sha256))
