"""Settings and an app of a test: the product's, with slow work and little patience for lost work."""

import time

from django.apps import AppConfig

from studyapp.settings import *  # noqa: F403
from studyapp.settings import INSTALLED_APPS as PRODUCT

INSTALLED_APPS = [*PRODUCT, "tests.faults.slow.SlowConfig"]
JOB_BEAT_SECONDS = 0.2
JOB_LOST_SECONDS = 1.5
JOB_MEMORY = 400 * 1024**2


class SlowConfig(AppConfig):
    name = "tests.faults"
    label = "slow"

    def ready(self) -> None:
        from studyapp.jobs import registry
        from studyapp.jobs.models import Job

        @registry.job("slow", title="慢工", may=lambda user, _: user.is_active)
        def work(job: Job, progress: registry.Progress) -> registry.Made:
            """Take the seconds, megabytes and disk that the params say, in steps of a tenth."""
            held = b"1" * (job.params["megabytes"] * 1024**2)
            steps = int(job.params["seconds"] * 10)
            for number in range(steps):
                progress(number, steps, f"第{number + 1}步")
                time.sleep(0.1)
            if job.params["fill"]:
                (progress.scratch / "half").write_bytes(bytes(64 * 1024**2))
            return registry.Made(b"slow work" + held[:0], "慢工.txt")
