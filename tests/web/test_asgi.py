"""What waits outside and where (tests/faults: the same with a real server)."""

import asyncio
import errno
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import get_resolver, resolve
from django.urls.resolvers import URLResolver

from studyapp.web import asgi, lanes, room
from studyapp.web.bodies import is_signed_in
from studyapp.web.lanes import Lane, lane_of
from studyapp.web.storage import trouble
from tests.conftest import Cast

Message = dict[str, Any]


def receiving(*messages: Message) -> Callable[[], Awaitable[Message]]:
    """Return what a server gives a program to ask for the next piece; at the end it waits."""
    left = list(messages)

    async def receive() -> Message:
        if not left:
            await asyncio.sleep(60)
        return left.pop(0)

    return receive


def piece(content: bytes) -> Message:
    return {"type": "http.request", "body": content, "more_body": True}


GONE: Message = {"type": "http.disconnect"}


@pytest.mark.parametrize(
    ("messages", "missing", "written"),
    [
        ((piece(b"one"), piece(b""), piece(b"two")), 0, b"onetwo"),
        ((piece(b"one"), GONE), 3, b"one"),
        ((piece(b"one"),), 3, b"one"),
    ],
    ids=["whole", "hung up", "silent"],
)
def test_a_body_is_taken_in_until_it_is_whole_or_stays_away(
    monkeypatch: pytest.MonkeyPatch, messages: tuple[Message, ...], missing: int, written: bytes
) -> None:
    monkeypatch.setattr(asgi, "NEXT_PIECE", 0.05)
    body = BytesIO()
    taken = asgi.taken_in(receiving(*messages), room.Room(body, None), 6)
    assert asyncio.run(taken) == missing
    assert body.read() == written


def test_a_body_that_comes_by_drops_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def receive() -> Message:
        await asyncio.sleep(0.02)
        return piece(b"a")

    monkeypatch.setattr(asgi, "WHOLE_BODY", 0.1)
    taken = asgi.taken_in(receive, room.Room(BytesIO(), None), 1000)
    assert 0 < asyncio.run(taken) < 1000


def test_who_sends_more_than_there_is_room_for_is_heard_to_the_end() -> None:
    class Full(BytesIO):
        def write(self, _: Any, /) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    left = [piece(b"one"), piece(b"two")]

    async def receive() -> Message:
        return left.pop(0)

    with pytest.raises(OSError, match="No space"):
        asyncio.run(asgi.taken_in(receive, room.Room(Full(), None), 6))
    assert left == []


def test_strangers_take_no_room_from_who_is_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "TEXTS_OF_STRANGERS", 3 * room.SMALL)
    monkeypatch.setattr(room, "FILES_OF_STRANGERS", 3 * room.SMALL)
    rooms, much = room.Rooms(), b"a" * 2 * room.SMALL
    for size in (settings.TEXT_LIMIT, settings.TEXT_LIMIT + 1):
        with ExitStack() as stack:
            first, second, member = (
                stack.enter_context(rooms.of(size, known=known)) for known in (False, False, True)
            )
            # What is only announced takes nothing.
            first.write(much)
            with pytest.raises(OSError, match="at once"):
                second.write(much)
            member.write(much)
            member.write(much)
            stack.enter_context(rooms.of(room.SMALL, known=False)).write(b"a" * room.SMALL)
        with rooms.of(size, known=False) as again:
            again.write(much)


def test_too_much_at_once_is_told_in_words() -> None:
    found = trouble(OSError(errno.ENOBUFS, ""))
    assert found is not None
    assert (found.what, found.retry) == ("同时交上来的太多", 10)


@pytest.mark.django_db
def test_who_is_signed_in_is_only_looked_at(client: Client, cast: Cast, rf: RequestFactory) -> None:
    """Renewed is a sign-in where the browser hears of it: after a new key it would be lost here."""
    client.force_login(cast.member, "studyapp.accounts.backends.NameBackend")
    key = client.session.session_key
    former, settings.SECRET_KEY = settings.SECRET_KEY, "b" * 60
    before, settings.SECRET_KEY_FALLBACKS = settings.SECRET_KEY_FALLBACKS, [former]
    try:
        request = rf.post("/speeches/new/")
        assert is_signed_in(request) is False
        request.COOKIES["sid"] = str(key)
        assert is_signed_in(request) is True
        assert Session.objects.filter(pk=key).exists()
        request.COOKIES["sid"] = "a" * 32
        assert is_signed_in(request) is False
    finally:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = former, before


@pytest.mark.parametrize(
    ("size", "known", "expected"),
    [(0, False, False), (10, False, True), (3_000_000, False, False), (3_000_000, True, True),
     (3_000_000, None, True), (30_000_000, True, False)],
)  # fmt: skip
def test_a_file_is_read_for_whoever_may_be_signed_in(
    rf: RequestFactory, *, size: int, known: bool | None, expected: bool
) -> None:
    view = resolve("/speeches/new/").func
    assert asgi.is_read(rf.post("/speeches/new/"), view, size, known=known) is expected


@pytest.mark.django_db
def test_a_lane_that_stands_still_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with lanes.works(Lane.FILES):
        assert client.get("/healthz").status_code == 200
        monkeypatch.setattr(lanes, "STUCK", -1)
        assert lanes.stands_still() == [Lane.FILES]
        assert client.get("/healthz").status_code == 503
    assert lanes.stands_still() == []


def test_pieces_are_worth_their_way_and_nothing_is_lost() -> None:
    given = [b"a" * 1000] * 200 + [b"end"]
    pieces = list(asgi.pieces_of(given))
    assert b"".join(pieces) == b"".join(given)
    assert len(pieces) == 4
    assert all(len(one) >= asgi.PIECE for one in pieces[:-1])


def test_a_file_is_read_no_further_when_nobody_is_there() -> None:
    """What counts what leaves, as an export of the log does, is told by being closed."""
    read, closed, sent = [], [], []

    def file() -> Iterator[bytes]:
        try:
            for turn in range(1000):
                read.append(turn)
                yield b"a" * asgi.PIECE
        finally:
            closed.append(True)

    async def hand_out() -> None:
        enough = asyncio.Event()

        async def send(message: Message) -> None:
            sent.append(message)
            if len(sent) == 5:
                enough.set()
            await asyncio.sleep(0.01)

        async def receive() -> Message:
            await enough.wait()
            return GONE

        response = StreamingHttpResponse(file())
        await asgi.Application()._stream(response, Lane.PAGES, receive, send)

    asyncio.run(hand_out())
    assert sent[0]["status"] == 200
    assert closed == [True]
    assert len(read) < 100


@pytest.mark.django_db
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_a_body_that_found_no_room_is_told_as_what_it_is(kind: str) -> None:
    """Not as a form that is too old, which Django says of every body that cannot be read."""
    full = asgi.UnkeptBody(OSError(errno.ENOSPC, "No space left on device"))
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies["csrf"] = "a" * 32
    told = {"wsgi.input": full, "CONTENT_TYPE": kind, "CONTENT_LENGTH": "4000"}
    answer = client.generic("POST", "/login/", **told)
    assert answer.status_code == 503
    assert "服务器磁盘满了" in answer.content.decode()


def views(resolver: URLResolver) -> list[Any]:
    found: list[Any] = []
    for one in resolver.url_patterns:
        found += views(one) if isinstance(one, URLResolver) else [one.callback]
    return found


def test_what_takes_long_has_a_lane_of_its_own() -> None:
    """And a view that takes files can have no other."""
    lanes = {view: lane_of(view) for view in views(get_resolver())}
    assert [view.__name__ for view, lane in lanes.items() if lane is Lane.SIGN_INS] == ["sign_in"]
    takers = {view for view in lanes if getattr(view, "takes_files", False)}
    assert {view for view, lane in lanes.items() if lane is Lane.FILES} == takers
    assert len(takers) >= 5
    assert lane_of(resolve("/notes/new/").func) is Lane.PAGES
