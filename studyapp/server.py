"""`python -m studyapp.server`: granian, whose workers hear SIGTERM from their first moment on.

A worker is forked with the signal handler of the server, which only notes in the copy that the
worker has of the server that somebody wants it to end; granian gives it a handler of its own when
the program is loaded, a second or two later. Told to go in between, a worker would come up and
stay, and the server wait for it for ever.
"""

import os
import signal

from granian.cli import entrypoint

_GO = {signal.SIGTERM}


def go_when_told() -> None:
    """Let every process forked from now on end on SIGTERM until it has a handler of its own.

    The signal waits while the process is made, so that none falls between two handlers.
    """

    def born() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _GO)

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, _GO),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, _GO),
        after_in_child=born,
    )


if __name__ == "__main__":
    go_when_told()
    entrypoint()  # type: ignore[no-untyped-call]
