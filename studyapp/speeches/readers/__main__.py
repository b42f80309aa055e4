"""`python -m studyapp.speeches.readers NAME`: a file on stdin, its text on stdout.

Exit code 3 carries the sentence of a refusal instead of the text.
"""

import resource
import sys

MEMORY = 1024 * 2**20
SECONDS = 20
REFUSED = 3


def main() -> int:
    """Read one file within limits of memory and time."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    # Imported under the limits, like everything the file can make them do.
    from studyapp.errors import Refused
    from studyapp.speeches.readers import read

    try:
        text, code = read(sys.stdin.buffer.read(), sys.argv[1]), 0
    except Refused as refusal:
        text, code = str(refusal), REFUSED
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    return code


if __name__ == "__main__":
    sys.exit(main())
