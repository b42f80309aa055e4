"""Readers as no honest file needs them; the child calls them by name."""

import os
from pathlib import Path


def dies(data: bytes, name: str) -> str:
    os.abort()


def grows(data: bytes, name: str) -> int:
    return len(bytearray(2**30))


def loads_forever(data: bytes, name: str) -> str:
    while True:
        pass


def babbles(data: bytes, name: str) -> str:
    print("noise of a library")  # noqa: T201 -- that is the fault
    return "text"


def writes(data: bytes, name: str) -> str:
    """Write into the file that it is told."""
    Path(data.decode()).write_bytes(b"left behind")
    return "text"


def tells_what_it_is_told(data: bytes, name: str) -> list[str]:
    return [data.decode(), name]
