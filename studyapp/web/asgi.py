"""A request waits outside until it is whole, and then in its lane for a thread.

WSGI gives a program the head of a request and lets it wait for the rest: a handful of senders that
announce a form and never send it would hold every worker, and so would a handful that do not fetch
what they asked for. Here both wait in the event loop, where they cost a connection and no thread.
The pages themselves know nothing of it: one runs after another in each lane, as behind WSGI.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from http import HTTPStatus
from tempfile import TemporaryFile
from typing import IO, Any, TypeVar

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.core.signals import request_started
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import Resolver404, resolve, set_script_prefix

from studyapp.web.bodies import announced, is_for_members, is_signed_in, is_too_long
from studyapp.web.lanes import Lane, lane_of
from studyapp.web.middleware import HEADERS

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Found = TypeVar("Found")
# Bytes of a body that are always kept in memory, and of longer texts together in a worker; files,
# and texts for which that leaves no room, lie on the disk. So a disk that is full loses no text.
SMALL, TEXTS = 64 * 1024, 64 * 1024**2
# Seconds for the next piece of a body, as long as nginx waits, and for all of it: the largest file
# over a line of 350 kbit/s.
NEXT_PIECE, WHOLE_BODY = 20, 600
# Bytes of a file that are worth a way to the thread and back.
PIECE = 64 * 1024
BROKEN_OFF = HttpResponse(
    "没有收全，什么也没有存下。返回上一页再提交一次。",
    content_type="text/plain; charset=utf-8",
    status=HTTPStatus.REQUEST_TIMEOUT,
    headers={**HEADERS, "Cache-Control": "no-store", "Connection": "close"},
)
"""Nobody's file and nobody's words: Django would take half a note for a note."""


class Unkept(Exception):
    """What came could not be kept until it was whole; its cause says why.

    No OSError: Django takes that for a sender who hung up, and answers that the form is too old.
    """


class UnkeptBody(io.BytesIO):
    """The body that could not be kept: who reads it is told why."""

    def __init__(self, cause: OSError) -> None:
        super().__init__()
        self._cause = cause

    def read(self, _size: int | None = -1, /) -> bytes:
        """Raise what happened."""
        raise Unkept from self._cause

    def readline(self, _size: int | None = -1, /) -> bytes:
        """Raise what happened."""
        raise Unkept from self._cause


class Application(BaseHandler):
    """Answers what a server hands on (ASGI 3, HTTP only)."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware()
        # A second thread for pages would share the processor with the first: both would be slower.
        self._lanes = {lane: ThreadPoolExecutor(1, str(lane)) for lane in Lane}
        self._texts = 0

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Take a request in, have it answered, hand the answer out."""
        try:
            request = ASGIRequest(scope, io.BytesIO())
        except UnicodeDecodeError:
            await hand_out(HttpResponseBadRequest(), send)
            return
        if request.method != "POST" and not announced(request.META):
            # Nearly all there is, and to be quick: pages that stand open ask for news.
            await self._answer(request, Lane.PAGES, receive, send)
            return
        view, size = view_of(request), announced(request.META)
        with ExitStack() as stack:
            if await self._is_read(request, view):
                try:
                    body = stack.enter_context(self._room(size))
                    missing = await taken_in(receive, body, size)
                    request = ASGIRequest(scope, body)
                except OSError as error:
                    missing, request = 0, ASGIRequest(scope, UnkeptBody(error))
                if missing:
                    await hand_out(BROKEN_OFF, send)
                    return
            lane = lane_of(view) if request.method == "POST" else Lane.PAGES
            await self._answer(request, lane, receive, send)

    async def _answer(self, request: ASGIRequest, lane: Lane, receive: Receive, send: Send) -> None:
        response = await self._in(lane, lambda: self._answered(request))
        if response.streaming:
            await self._stream(response, lane, receive, send)
        else:
            await hand_out(response, send)

    @contextmanager
    def _room(self, size: int) -> Iterator[IO[bytes]]:
        """Yield where a body of so many bytes is kept until it has been answered."""
        if size <= SMALL:
            yield io.BytesIO()
        elif size <= settings.TEXT_LIMIT and self._texts + size <= TEXTS:
            self._texts += size
            try:
                yield io.BytesIO()
            finally:
                self._texts -= size
        else:
            with TemporaryFile() as file:
                yield file

    async def _is_read(self, request: HttpRequest, view: object) -> bool:
        """Tell whether somebody will read the body, by its head (web.bodies)."""
        size = announced(request.META)
        if not size or "Transfer-Encoding" in request.headers or is_too_long(size, view):
            return False
        if not is_for_members(size, view):
            return True
        return await self._in(Lane.FILES, lambda: is_signed_in(request))

    def _answered(self, request: ASGIRequest) -> Any:
        """Return what the program says; runs in a lane, as all that asks the database."""
        set_script_prefix("/")
        request_started.send(sender=self.__class__, scope=request.scope)
        response: Any = self.get_response(request)
        if response.streaming and request.method == "HEAD":
            response.streaming_content = ()
        if not response.streaming:
            response.close()
        return response

    async def _stream(self, response: Any, lane: Lane, receive: Receive, send: Send) -> None:
        """Hand a file out piece by piece, as fast as it is taken; stop when nobody is there."""
        pieces = pieces_of(response)
        gone = asyncio.ensure_future(departure(receive))
        try:
            await send(start_of(response))
            while not gone.done() and (piece := await self._in(lane, lambda: next(pieces, b""))):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body"})
        finally:
            gone.cancel()
            await self._in(lane, response.close)

    async def _in(self, lane: Lane, ask: Callable[[], Found]) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._lanes[lane], ask)


def view_of(request: HttpRequest) -> object:
    """Return the view that will answer, None where there is none."""
    try:
        return resolve(request.path_info).func
    except Resolver404:
        return None


async def taken_in(receive: Receive, body: IO[bytes], size: int) -> int:
    """Write what comes into ``body``; return how many of ``size`` bytes did not come in time.

    Raises OSError where there is no room for it, after the last piece: who is still sending does
    not listen, and would find the connection closed instead of the reason.
    """
    missing, full = size, None
    with suppress(TimeoutError):
        async with asyncio.timeout(WHOLE_BODY):
            while missing > 0:
                async with asyncio.timeout(NEXT_PIECE):
                    message = await receive()
                if message["type"] == "http.disconnect":
                    break
                piece = message.get("body", b"")
                missing -= len(piece)
                full = full or trouble_in_writing(body, piece)
    if full is not None:
        raise full
    body.seek(0)
    return missing


def trouble_in_writing(body: IO[bytes], piece: bytes) -> OSError | None:
    """Write a piece; return what was wrong."""
    try:
        body.write(piece)
    except OSError as error:
        return error
    return None


async def departure(receive: Receive) -> None:
    """Return when the other side has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


def start_of(response: Any) -> Message:
    """Return the head of an answer as ASGI has it."""
    headers = [*response.items()]
    headers += [("Set-Cookie", one.OutputString()) for one in response.cookies.values()]
    return {
        "type": "http.response.start",
        "status": response.status_code,
        "headers": [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers],
    }


async def hand_out(response: HttpResponse, send: Send) -> None:
    """Hand out an answer that is whole."""
    await send(start_of(response))
    await send({"type": "http.response.body", "body": response.content})


def pieces_of(response: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what a response streams in pieces that are worth a way to the thread and back."""
    held = bytearray()
    for piece in response:
        held += piece
        if len(held) >= PIECE:
            yield bytes(held)
            held.clear()
    yield bytes(held)
