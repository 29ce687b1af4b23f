"""How many conversations one live process streams, and at what price: idle, and while lines are said in all of them.

    python -m tests.benchmarks.streams [--streams 500] [--seconds 30]

Servers of its own in a temporary folder; each stream is a customer's on a chat of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from financy_support.supervisor.ports import keep_port
from financy_support.supervisor.servers import EmbeddedServers

SPOKEN_IN = 100  # conversations in which a line is said, to see how soon it arrives


def main() -> None:
    """Prints one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long the idle price is watched")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="desk-streams-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the servers run as nobody for root
        (folder / "static").mkdir()
        surroundings = {"DESK_ENV": "development", "DESK_STATE": name, "DESK_LIVE_PORT": str(keep_port({}))}
        os.environ.update(surroundings, DJANGO_SETTINGS_MODULE="financy_support.settings", DESK_LOG_LEVEL="WARNING")
        with EmbeddedServers(folder / "servers", durable=True) as urls:
            os.environ.update(urls.environment())
            for command in ("migrate", "load_guide"):
                subprocess.run([sys.executable, "manage.py", command, "-v0"], check=True)
            _measure(options.streams, options.seconds)


def _measure(count: int, seconds: float) -> None:
    import django

    django.setup()
    port = os.environ["DESK_LIVE_PORT"]
    command = ["granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", port, "--no-ws", "--workers", "1"]
    live = subprocess.Popen(
        [sys.executable, "-m", *command, "--workers-kill-timeout", "1", "financy_support.asgi:application"],
        stdout=subprocess.DEVNULL,
    )
    try:
        chats = _chats(count)
        asyncio.run(_listen(chats, psutil.Process(live.pid), seconds))
    finally:
        live.terminate()
        live.wait()


def _chats(count: int) -> list[tuple[Any, Any]]:
    """(ticket, who asked) of so many chats."""
    from financy_support.desk.audit.acting import acting
    from financy_support.desk.people.user import SystemActor, system_actor
    from tickets.workflow.say_in_chat import say_in_chat
    from tickets.workflow.start_chat import start_visitor_chat

    public, chats = system_actor(SystemActor.PUBLIC), []
    for number in range(count):
        with acting(by=public, channel="bench") as act:
            log_in = start_visitor_chat(email=f"v{number}@example.org", name=f"V{number}", by=public, at=act.at)
        with acting(by=log_in.person, channel="bench") as act:
            chats.append((say_in_chat(body="Hello", by=log_in.person, at=act.at).ticket, log_in.person))
    return chats


async def _listen(chats: list[tuple[Any, Any]], live: psutil.Process, seconds: float) -> None:
    from django.conf import settings

    from tickets.live.stream_token import Seat, token_for

    heard: dict[int, float] = {}
    opened = asyncio.Semaphore(50)
    ready = 0

    async def one(ticket: Any, person: Any) -> None:
        nonlocal ready
        token = token_for(Seat(ticket.pk, person.pk, "customer"))
        async with opened:
            reader, writer = await asyncio.open_connection("127.0.0.1", settings.DESK_LIVE_PORT)
            writer.write(f"GET /stream?token={token} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            while b"event: here" not in await reader.readline():
                pass
        ready += 1
        while raw := await reader.readline():
            if raw.startswith(b"data: ") and b'"said at ' in raw:
                heard[ticket.pk] = time.time() - float(json.loads(raw[6:])["body"].removeprefix("said at "))

    began = time.monotonic()
    while not await _answers(settings.DESK_LIVE_PORT):
        assert time.monotonic() - began < 30, "the live process does not start"
    began = time.monotonic()
    tasks = [asyncio.create_task(one(*chat)) for chat in chats]
    while ready < len(chats):
        await asyncio.sleep(0.05)
        assert time.monotonic() - began < 120, f"only {ready} streams opened"
    _say("streams.open", len(chats), "streams", time.monotonic() - began, "seconds-to-open-all")
    await asyncio.sleep(5)
    cpu, memory = await _cost(live, seconds)
    _say("streams.idle-cpu", cpu, "percent-of-a-core", cpu / len(chats), "a-stream")
    _say("streams.memory", memory, "MiB", memory / len(chats), "a-stream")
    await asyncio.to_thread(_speak, [ticket for ticket, _ in chats[:SPOKEN_IN]])
    await asyncio.sleep(7)  # one read-back more than any hint needs
    spans = sorted(heard.values())
    assert len(spans) == min(SPOKEN_IN, len(chats)), f"{len(spans)} lines arrived"
    _say("streams.line-p50", 1000 * statistics.median(spans), "ms", 1000 * spans[int(len(spans) * 0.95)], "p95-ms")
    for task in tasks:
        task.cancel()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        await asyncio.sleep(0.1)
        return False
    writer.close()
    return True


async def _cost(live: psutil.Process, seconds: float) -> tuple[float, float]:
    """Percent of one core, and resident MiB, of the process and its worker."""
    family = [live, *live.children(recursive=True)]
    before = sum(sum(one.cpu_times()[:2]) for one in family)
    await asyncio.sleep(seconds)
    spent = sum(sum(one.cpu_times()[:2]) for one in family) - before
    return 100 * spent / seconds, sum(one.memory_info().rss for one in family) / 1024**2


def _speak(tickets: list[Any]) -> None:
    """An administrator says a line in each, naming the moment."""
    from financy_support.desk.audit.acting import acting
    from financy_support.desk.people.user import SystemActor, User, UserKind, system_actor
    from tickets.workflow.reply import reply_to_ticket

    with acting(by=system_actor(SystemActor.INSTALLER), channel="bench"):
        agent = User.objects.create_user("a@financy.example", name="A", kind=UserKind.AGENT, is_superuser=True)
    for ticket in tickets:
        with acting(by=agent, channel="bench") as act:
            reply_to_ticket(ticket, body=f"said at {time.time()}", by=agent, at=act.at)


def _say(name: str, value: float, unit: str, ratio: float, against: str) -> None:
    print(f"BENCH name={name} value={value:.4g} unit={unit} ratio={ratio:.4g} against={against}", flush=True)


if __name__ == "__main__":
    main()
