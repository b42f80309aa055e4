"""`python -m studyapp.speeches.readers NAME`: a file on stdin, its text on stdout.

Exit code 3 carries the sentence of a refusal instead of the text.
"""

import resource
import sys

from studyapp.errors import Refused
from studyapp.speeches.readers.checks import read

_MEMORY = 768 * 2**20  # bytes of address space, libraries included
_SECONDS = 20  # of processor time
_REFUSED = 3


def main() -> int:
    """Read one file within limits of memory and time; the readers load under them."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        text, code = read(sys.stdin.buffer.read(), sys.argv[1]), 0
    except Refused as refusal:
        text, code = str(refusal), _REFUSED
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    return code


if __name__ == "__main__":
    sys.exit(main())
