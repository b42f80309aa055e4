"""ASGI entry point: what `manage.py serve` has granian run."""

import multiprocessing
import os
import signal
import threading
import time

import django

from studyapp.web import lanes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studyapp.settings")


def leave_with_parent() -> None:
    """End this worker when the server that started it is gone, killed for example.

    A worker left behind would keep the port, and the next start would be refused.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        # Whoever sends or fetches drop by drop is not waited for: nobody is there to end it.
        time.sleep(lanes.LEAVE_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="leave-with-parent", daemon=True).start()


leave_with_parent()
django.setup(set_prefix=False)

from studyapp.web.asgi import Application  # noqa: E402 - asks for the apps that are set up above

application = Application()
