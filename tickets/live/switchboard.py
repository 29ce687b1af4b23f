"""The switchboard: who listens to which conversation; hears hints, reads back every five seconds, keeps presence."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta

import psycopg
import redis.asyncio
from psycopg_pool import AsyncConnectionPool
from redis.exceptions import RedisError

from tickets.live.hint_names import LOOK, TYPING
from tickets.live.read_back import MOST_LINES, active_people, lines_after, note_here, standing_of
from tickets.live.stream import Stream
from tickets.live.stream_token import Seat

log = logging.getLogger(__name__)

LOOK_EVERY = 5.0  # seconds, hints or none
NOTE_EVERY = 10.0
LEASE = timedelta(seconds=30)
LEAVING = timedelta(seconds=12)  # a lost line comes back sooner; another process renews within that
RETRY_AFTER = 1.0
STREAMS_A_PERSON = 10
BROKEN = (psycopg.Error, OSError, TimeoutError)


class Switchboard:
    """All streams of one process. PostgreSQL or the broker may be away: streams stay, and read on when it is back."""

    def __init__(self, *, database: str, broker: str, channel: str, most_streams: int) -> None:
        self.most_streams = most_streams
        self.streams: dict[int, set[Stream]] = defaultdict(set)
        self._people: dict[int, list[Stream]] = defaultdict(list)
        self._pool = AsyncConnectionPool(
            database, min_size=1, max_size=2, open=False, timeout=5, kwargs={"autocommit": True},
            check=AsyncConnectionPool.check_connection,
        )  # fmt: skip
        self._broker, self._channel = broker, channel
        self._to_look_at: set[int] = set()
        self._came: set[Seat] = set()
        self._left: set[Seat] = set()
        self._wake, self._wake_noter = asyncio.Event(), asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to listen and to look; waits for nobody."""
        await self._pool.open(wait=False)
        self._tasks = [asyncio.create_task(work) for work in (self._hear(), self._look(), self._note())]

    async def stop(self) -> None:
        """End every stream, so that its listener goes to another process."""
        for stream in self._all():
            stream.end("the desk restarts")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._pool.close(1)

    def is_full(self) -> bool:
        return sum(map(len, self.streams.values())) >= self.most_streams

    def join(self, stream: Stream) -> None:
        """Listen from now on; what was said since the stream's place comes first. The oldest of too many streams of
        one person ends."""
        theirs = self._people[stream.seat.person]
        open_ones = [one for one in theirs if not one.is_over]
        if len(open_ones) >= STREAMS_A_PERSON:
            open_ones[0].end("open in too many places")
        theirs.append(stream)
        self.streams[stream.seat.ticket].add(stream)
        self._to_look_at.add(stream.seat.ticket)
        self._came.add(stream.seat)
        self._wake.set()
        self._wake_noter.set()

    def leave(self, stream: Stream) -> None:
        """Listen no more; their presence runs out soon unless they come back or listen elsewhere."""
        stream.is_over = True
        seat = stream.seat
        self.streams[seat.ticket].discard(stream)
        self._people[seat.person].remove(stream)
        if not self.streams[seat.ticket]:
            del self.streams[seat.ticket]
        if not self._people[seat.person]:
            del self._people[seat.person]
        self._left.add(seat)
        self._wake_noter.set()

    def _all(self) -> list[Stream]:
        return [stream for streams in self.streams.values() for stream in streams]

    # ——— Hints ———

    async def _hear(self) -> None:
        """Hints of the broker, for as long as there is one; nothing depends on them."""
        while True:
            try:
                broker = redis.asyncio.Redis.from_url(self._broker, socket_connect_timeout=2, health_check_interval=10)
                async with broker, broker.pubsub() as hints:
                    await hints.subscribe(self._channel)
                    async for heard in hints.listen():
                        if heard["type"] == "message":
                            self._take_hint(heard["data"])
            except (RedisError, OSError, ValueError, KeyError) as error:
                log.warning("No hints from the broker (%s): reading back.", type(error).__name__)
            await asyncio.sleep(RETRY_AFTER)

    def _take_hint(self, data: bytes) -> None:
        hint = json.loads(data)
        ticket = hint["ticket"]
        if ticket not in self.streams:
            return
        if hint["kind"] == TYPING:
            for stream in self.streams[ticket]:
                if stream.seat.person != hint["person"]:
                    stream.tell("typing", {"voice": hint["voice"], "name": hint["name"]})
        elif hint["kind"] == LOOK:
            self._to_look_at.add(ticket)
            self._wake.set()

    # ——— Reading back ———

    async def _look(self) -> None:
        """What a hint names at once, everything every five seconds."""
        all_at = time.monotonic()
        while True:
            with_timeout = max(0.0, all_at - time.monotonic())
            await _wait(self._wake, with_timeout)
            is_round = time.monotonic() >= all_at
            asked = {ticket for ticket in (self.streams if is_round else self._to_look_at) if ticket in self.streams}
            self._to_look_at.clear()
            try:
                if asked:
                    await self._read_back(asked, is_round=is_round)
            except Exception as error:  # whatever it was, the next second tries again
                log.warning("Nothing can be read back.", exc_info=None if isinstance(error, BROKEN) else error)
                self._to_look_at |= asked
                await asyncio.sleep(RETRY_AFTER)
                self._wake.set()
                continue
            if is_round:
                all_at = time.monotonic() + LOOK_EVERY

    async def _read_back(self, tickets: set[int], *, is_round: bool) -> None:
        places = {
            ticket: (min(one.place[0] for one in streams), min(one.place[1] for one in streams))
            for ticket in tickets
            if (streams := self.streams.get(ticket))
        }
        # In one snapshot: words said after it changed hands are never given to those who may no longer see it.
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            standing = await standing_of(connection, places)
            lines = await lines_after(connection, places)
            people = list(self._people) if is_round else []
            active = await active_people(connection, people) if people else set(people)
        for one in standing:
            for stream in list(self.streams.get(one.ticket, ())):
                now = one.hands(stream.seat.voice, stream.seat.person)
                stream.hands = stream.hands or now
                if not stream.hands.still_hold(now):
                    stream.end("it changed hands")
        given: dict[int, int] = defaultdict(int)
        for line in lines:
            given[line.ticket] += 1
            for stream in self.streams.get(line.ticket, ()):
                if not stream.is_over:
                    stream.give(line)
        for one in standing:
            for stream in self.streams.get(one.ticket, ()):
                stream.show("read", one.read)
                stream.show("here", sorted(one.here))
                stream.show("ticket", {"status": one.status, "version": one.version})
        for gone in set(people) - active:
            for stream in self._people.get(gone, []):
                stream.end("the log-in was closed")
        more = {ticket for ticket, count in given.items() if count >= MOST_LINES}
        if more:
            self._to_look_at |= more
            self._wake.set()

    # ——— Presence ———

    async def _note(self) -> None:
        """Who listens is here for another while; who left is here for a moment more, in case they come back."""
        all_at = time.monotonic()
        while True:
            await _wait(self._wake_noter, max(0.0, all_at - time.monotonic()))
            all_here = {stream.seat for stream in self._all()}
            came, left = self._came & all_here, self._left - all_here
            here = all_here if time.monotonic() >= all_at else came
            self._came, self._left = set(), set()
            try:
                async with self._pool.connection() as connection:
                    for seats, lease in ((here, LEASE), (left, LEAVING)):
                        if seats:
                            await note_here(connection, {(one.ticket, one.person, one.voice) for one in seats}, lease)
            except Exception as error:
                log.warning("Presence is not noted.", exc_info=None if isinstance(error, BROKEN) else error)
                self._came |= came
                self._left |= left
                await asyncio.sleep(RETRY_AFTER)
                self._wake_noter.set()
                continue
            if here is all_here:
                all_at = time.monotonic() + NOTE_EVERY
            self._to_look_at |= {seat.ticket for seat in came | left}
            self._wake.set()
            await asyncio.sleep(RETRY_AFTER)  # many who come at once are noted together


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until it is set or the time is over; clears it."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    event.clear()
