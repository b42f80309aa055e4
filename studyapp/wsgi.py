"""WSGI entry point."""

import multiprocessing
import os
import signal
import threading

from django.core.wsgi import get_wsgi_application

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

    threading.Thread(target=watch, name="leave-with-parent", daemon=True).start()


leave_with_parent()
application = get_wsgi_application()
