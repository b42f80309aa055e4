"""Files into plain text. Pure and without Django, so that a child process starts fast.

Limits: documents.md, «Reading speeches and rosters». The web process only looks at size, name and
first bytes; everything else happens in a child with limits of memory and time.
"""

from studyapp.speeches.readers.checks import LARGEST, check, read
from studyapp.speeches.readers.safely import read_safely

__all__ = ["LARGEST", "check", "read", "read_safely"]
