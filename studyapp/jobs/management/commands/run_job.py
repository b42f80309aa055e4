"""`manage.py run_job <pk>`: the process of one job; started by the server, ends by itself."""

import os
import resource
from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.utils import timezone

from studyapp.jobs import runner
from studyapp.web.occupied import at_work

_NICE = 10  # pages come first
# Address space, not memory: fonts are mapped, and every thread reserves room. A backstop for what
# grows faster than the watch looks (settings.JOB_MEMORY).
_ADDRESSES = 6 * 1024**3


class Command(BaseCommand):
    """Does the job unless another process has it, then starts the next one."""

    help = "做一项后台任务（由服务自己启动，不用手工执行）"
    # They were made when the server started; a child should start at once.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pk", type=int)

    @at_work()
    def handle(self, *args: object, **options: object) -> None:
        os.nice(_NICE)
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))
        if runner.run(int(str(options["pk"]))):
            runner.look_after(timezone.now())
