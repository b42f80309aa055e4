"""Who runs a command on the machine, for the log: there nobody has signed in."""

import getpass
import os


def owner() -> str:
    """Return the account on the machine; its number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
