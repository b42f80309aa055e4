"""WSGI entry point."""

import multiprocessing
import os
import signal
import threading
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler

from studyapp.web.whole import WholeBody

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


class Application(WSGIHandler):
    """Django's, for which half a body is an error when it is read."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer a request."""
        told = {"CONTENT_LENGTH": "", **environ}
        told["wsgi.input"] = WholeBody(told["wsgi.input"], told["CONTENT_LENGTH"])
        return super().__call__(told, start_response)


django.setup(set_prefix=False)
application = Application()
