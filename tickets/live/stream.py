"""One stream: somebody listening to one conversation, what waits to be sent to them, and how it is written (SSE)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from tickets.live.read_back import Hands, Line
from tickets.live.stream_token import Seat

MOST_WAITING = 1000  # events; who reads slower than that is cut, and reads on from their place
HEARTBEAT = 15.0  # seconds
LASTS = 300.0  # seconds; then the listener asks for permission anew


class Stream:
    """Its place is the last reply and the last notice that it was given; only what lies after is ever sent."""

    def __init__(self, seat: Seat, place: tuple[int, int], lasts: float = LASTS) -> None:
        self.seat = seat
        self.place = place
        self.hands = Hands(seat.reach, seat.is_assigned) if seat.reach else None
        self.is_over = False
        self._ends_at = time.monotonic() + lasts
        self._shown: dict[str, Any] = {}
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(MOST_WAITING)

    def give(self, line: Line) -> None:
        """Queue a line, unless it was given before or is not for these ears."""
        reply, message = self.place
        if line.id <= (message if line.kind == "notice" else reply):
            return
        self.place = (reply, line.id) if line.kind == "notice" else (line.id, message)
        if line.is_internal and self.seat.voice == "customer":
            return
        said = {
            "kind": line.kind,
            "id": line.id,
            "voice": line.voice,
            "author": line.author,
            "body": line.body,
            "created_at": line.created_at.isoformat(),
            "files": line.files,
        }
        if self.seat.voice == "agent":
            said["is_internal"] = line.is_internal
        self._put(event("line", said, place=self.place))

    def show(self, name: str, facts: Any) -> None:
        """Queue how something stands, when it stands differently from what was shown last."""
        if self._shown.get(name) != facts:
            self._shown[name] = facts
            self._put(event(name, facts))

    def tell(self, name: str, facts: Any) -> None:
        """Queue news of the moment, such as typing."""
        self._put(event(name, facts))

    def end(self, why: str) -> None:
        """The last event, after which the listener comes back with a new token or not at all."""
        if not self.is_over:
            self._put(event("bye", {"why": why}))
            self.is_over = True

    async def events(self) -> AsyncIterator[bytes]:
        """Bytes to send, with a comment in between so that a dead line is noticed, until the stream is over."""
        yield b"retry: 1000\n\n"
        while True:
            left = self._ends_at - time.monotonic()
            if left <= 0:
                self.end("ask again")
            if self.is_over and self._waiting.empty():
                return
            try:
                yield await asyncio.wait_for(self._waiting.get(), max(0.01, min(HEARTBEAT, left)))
            except TimeoutError:
                yield b": here\n\n"

    def _put(self, said: bytes) -> None:
        try:
            self._waiting.put_nowait(said)
        except asyncio.QueueFull:
            self.is_over = True


def event(name: str, facts: Any, *, place: tuple[int, int] | None = None) -> bytes:
    """One event; those with a place can be continued from (Last-Event-ID)."""
    head = f"id: {place[0]}.{place[1]}\n" if place else ""
    return f"{head}event: {name}\ndata: {json.dumps(facts, ensure_ascii=False)}\n\n".encode()


def place_of(text: str) -> tuple[int, int]:
    """(reply, notice) of “12.7”; the beginning when it is nothing of the kind."""
    reply, _, message = text.partition(".")
    return _number(reply), _number(message)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
