"""The role `live` as an ASGI application: /stream and /health, nothing else. It only reads; people write by POST."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from tickets.live.stream import Stream, place_of
from tickets.live.stream_token import seat_of
from tickets.live.switchboard import Switchboard

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

SLOWEST = 20.0  # seconds for one event to be taken; then the line is cut and its listener reads on from their place
# The token alone opens a stream, and no cookie is read: any page that has one may listen.
OPEN_TO_PAGES = (b"access-control-allow-origin", b"*")


class LiveDesk:
    """Server-sent events (WHATWG HTML §9.2): ``GET /stream?token=…&after=…``; ``Last-Event-ID`` wins over ``after``."""

    def __init__(self, switchboard: Callable[[], Switchboard]) -> None:
        self._make = switchboard
        self._switchboard: Switchboard | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._switchboard = self._make()  # its queues belong to the loop that runs now
                await self._switchboard.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._switchboard:
                    await self._switchboard.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = scope["path"].rstrip("/").rpartition("/")[2]  # a proxy may put the desk's live role below a path
        board = self._switchboard
        if scope["method"] not in ("GET", "HEAD"):
            await _say(send, 405, "Only GET: write by POST to the API.")
        elif door == "health":
            count = sum(map(len, board.streams.values())) if board else 0
            await _say(send, 200 if board else 503, f"{count} streams")
        elif door != "stream" or board is None:
            await _say(send, 404, "Nothing here.")
        else:
            await self._stream(board, scope, receive, send)

    async def _stream(self, board: Switchboard, scope: Scope, receive: Receive, send: Send) -> None:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        seat = seat_of(query.get("token", [""])[0])
        if seat is None:
            await _say(send, 401, "This stream token is unknown or older than a minute. Ask for a new one.")
            return
        if board.is_full():
            await _say(send, 503, "Too many streams here. Try again in a moment.", (b"retry-after", b"5"))
            return
        last = dict(scope["headers"]).get(b"last-event-id", b"").decode("latin-1") or query.get("after", [""])[0]
        stream = Stream(seat, place_of(last))
        board.join(stream)
        gone = asyncio.create_task(_gone(receive))
        sending = asyncio.create_task(_send_all(stream, send))
        try:
            await asyncio.wait({gone, sending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            board.leave(stream)
            for task in (gone, sending):
                task.cancel()
            await asyncio.gather(gone, sending, return_exceptions=True)


async def _send_all(stream: Stream, send: Send) -> None:
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),  # a proxy in between passes each event on at once
        OPEN_TO_PAGES,
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    async for said in stream.events():
        await asyncio.wait_for(send({"type": "http.response.body", "body": said, "more_body": True}), SLOWEST)
    with suppress(OSError):
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _say(send: Send, status: int, words: str, *headers: tuple[bytes, bytes]) -> None:
    plain = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [plain, OPEN_TO_PAGES, *headers]})
    await send({"type": "http.response.body", "body": words.encode()})
