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
from contextlib import ExitStack, suppress
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.core.signals import request_started
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve, set_script_prefix

from studyapp.web.bodies import announced, is_for_members, is_signed_in, is_too_long
from studyapp.web.lanes import Lane, lane_of, works
from studyapp.web.middleware import HEADERS
from studyapp.web.room import SMALL, Room, Rooms

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Found = TypeVar("Found")
# Seconds for the next piece of a body, as long as nginx waits, and for all of it: the largest file
# over a line of 350 kbit/s.
NEXT_PIECE, WHOLE_BODY = 20, 600
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_UTF8 = frozenset({"utf-8", "utf8"})
# Bytes of a file that are worth a way to the thread and back.
PIECE = 64 * 1024
_HEADERS = {**HEADERS, "Cache-Control": "no-store", "Connection": "close"}
_PLAIN = "text/plain; charset=utf-8"
BROKEN_OFF = HttpResponse(
    "没有收全，什么也没有存下。返回上一页再提交一次。",
    _PLAIN,
    HTTPStatus.REQUEST_TIMEOUT,
    headers=_HEADERS,
)
"""Nobody's file and nobody's words: Django would take half a note for a note."""
NOT_UNDERSTOOD = HttpResponse("看不懂这次请求。", _PLAIN, HTTPStatus.BAD_REQUEST, headers=_HEADERS)


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
        self._rooms = Rooms()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Take a request in, have it answered, hand the answer out."""
        request = head_of(scope)
        if request is None:
            await hand_out(NOT_UNDERSTOOD, send)
            return
        size = 0 if request.method in _BODILESS else announced(request.META)
        posts = request.method == "POST"
        # Nearly all requests only ask, most of them for news, and are not looked at further.
        view = view_of(request) if posts or size else None
        lane = lane_of(view) if posts else Lane.PAGES
        known: bool | None = False
        if size > SMALL and not is_too_long(size, view):
            known = await self._in(Lane.PAGES, partial(who_is_it, request))
        with ExitStack() as stack:
            if is_read(request, view, size, known=known):
                try:
                    room = stack.enter_context(self._rooms.of(size, known=known is True))
                    missing = await taken_in(receive, room, size)
                    request = ASGIRequest(scope, room.body)
                except OSError as error:
                    missing, request = 0, ASGIRequest(scope, UnkeptBody(error))
                if missing:
                    await hand_out(BROKEN_OFF, send)
                    return
            response = await self._in(lane, partial(self._answered, request))
        # Its room is given back by now: whoever hears that the disk is full may make some.
        if response.streaming:
            await self._stream(response, lane, receive, send)
        else:
            await hand_out(response, send)

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
        def at_work() -> Found:
            with works(lane):
                return ask()

        return await asyncio.get_running_loop().run_in_executor(self._lanes[lane], at_work)


def head_of(scope: dict[str, Any]) -> ASGIRequest | None:
    """Return a request without its body, None where its head says what no browser says.

    Letters of another kind than UTF-8, or none at all in a cookie, would be found out by whatever
    stumbles over them first.
    """
    try:
        request = ASGIRequest(scope, io.BytesIO())
    except ValueError:
        return None
    odd = any("\0" in value for value in request.COOKIES.values())
    return None if odd or (request.encoding or "utf-8").lower() not in _UTF8 else request


def is_read(request: HttpRequest, view: object, size: int, *, known: bool | None) -> bool:
    """Tell whether somebody will read the body, by its head (web.bodies).

    Where nobody can say who it is, it is read: whoever still sends would not hear why not.
    """
    if not size or "Transfer-Encoding" in request.headers or is_too_long(size, view):
        return False
    return known is not False or not is_for_members(size, view)


def who_is_it(request: HttpRequest) -> bool | None:
    """Ask whether somebody is signed in, on a connection that Django has not looked at yet."""
    close_old_connections()
    return is_signed_in(request)


def view_of(request: HttpRequest) -> object:
    """Return the view that will answer, None where there is none."""
    try:
        return resolve(request.path_info).func
    except Resolver404:
        return None


async def taken_in(receive: Receive, room: Room, size: int) -> int:
    """Keep what comes; return how many of ``size`` bytes did not come in time.

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
                full = full or trouble_in_keeping(room, piece)
    if full is not None:
        raise full
    room.body.seek(0)
    return missing


def trouble_in_keeping(room: Room, piece: bytes) -> OSError | None:
    """Keep a piece; return what was wrong."""
    try:
        room.write(piece)
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
