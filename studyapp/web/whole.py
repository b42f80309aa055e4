"""A body that breaks off is no body: what came of it is nobody's file and nobody's words."""

from typing import Protocol

from django.http import HttpRequest

_FIGURES = 15


def told_length(text: str) -> int | None:
    """Return the bytes that a Content-Length tells; None for what is no such number."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= _FIGURES
    return int(text) if is_number else None


class Readable(Protocol):
    """What WSGI promises of ``wsgi.input``, as far as Django asks it."""

    def read(self, size: int, /) -> bytes:
        """Return so many bytes, fewer at the end only."""

    def readline(self, size: int, /) -> bytes:
        """Return a line of so many bytes at most."""


class WholeBody:
    """The body of a request; raises OSError where it ends before its announced length.

    A server hands on what it got of a connection that was cut, and Django takes the end of that for
    the end of the form: half a note or half a file would be stored as if it were all.
    """

    def __init__(self, stream: Readable, length: str) -> None:
        self._stream = stream
        # What is no number is refused by its head (BodyMiddleware); nothing of it is read.
        self._left = told_length(length) or 0
        self.broke_off = False

    def read(self, size: int, /) -> bytes:
        """Return so many bytes; Django never asks for more than were announced."""
        pieces = []
        while size > 0 and self._left > 0:
            piece = self._stream.read(min(size, self._left))
            if not piece:
                raise self._broken()
            pieces.append(piece)
            size -= len(piece)
            self._left -= len(piece)
        return b"".join(pieces)

    def readline(self, size: int, /) -> bytes:
        """Return a line of so many bytes at most."""
        size = min(size, self._left)
        line = self._stream.readline(size)
        if len(line) < size and not line.endswith(b"\n"):
            raise self._broken()
        self._left -= len(line)
        return line

    def _broken(self) -> OSError:
        self.broke_off = True
        return OSError("the body of the request broke off")


def drop_half_files(request: HttpRequest) -> None:
    """Remove the file that an upload had begun when it broke off; Django keeps it in a cycle."""
    if getattr(request.META.get("wsgi.input"), "broke_off", False):
        for handler in request.upload_handlers:
            handler.upload_interrupted()
