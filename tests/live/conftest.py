"""The live process beside a served desk, a customer's site that embeds the chat, and a stream read as bytes."""

from __future__ import annotations

import http.client
import http.server
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

from financy_support.supervisor.ports import keep_port

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 20.0


class LiveProcess:
    """The role `live` as the supervisor starts it, which a test may kill and start again on the same port."""

    def __init__(self, broker: str) -> None:
        self.port = keep_port({})
        self._broker = broker
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        parts = urlsplit(os.environ["DATABASE_URL"])
        database = urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
        command = ["granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(self.port), "--no-ws"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command, "--workers-kill-timeout", "1", "financy_support.asgi:application"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": database, "CELERY_BROKER_URL": self._broker},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < until and self.process.poll() is None, "the live process does not start"
            time.sleep(0.05)

    def kill(self) -> None:
        """End it in the middle of whatever it does, with its worker."""
        if self.process:
            os.killpg(self.process.pid, 9)
            self.process.wait()
            self.process = None

    def restart(self) -> None:
        self.kill()
        self.start()

    def _answers(self) -> bool:
        try:
            line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
            line.request("GET", "/health")
            return line.getresponse().status == 200
        except OSError:
            return False


@contextmanager
def live_on(broker: str, patched: Any) -> Iterator[LiveProcess]:
    live = LiveProcess(broker)
    address = f"http://127.0.0.1:{live.port}"
    policy = {**settings.CONTENT_SECURITY_POLICY["DIRECTIVES"], "connect-src": ["'self'", address]}
    patched.DESK_LIVE_URL, patched.CONTENT_SECURITY_POLICY = address, {"DIRECTIVES": policy}
    live.start()
    try:
        yield live
    finally:
        live.kill()


@pytest.fixture
def live(committed_db: str, settings: Any) -> Iterator[LiveProcess]:
    """With the broker of the tests."""
    with live_on(settings.CELERY_BROKER_URL, settings) as process:
        yield process


@pytest.fixture
def live_without_broker(committed_db: str, settings: Any) -> Iterator[LiveProcess]:
    """Neither it nor the desk reaches a broker."""
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{keep_port({})}/0"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tickets.live.hints.breaker.closed_until", time.monotonic() + 10_000)
        with live_on(settings.CELERY_BROKER_URL, settings) as process:
            yield process


@dataclass
class Event:
    name: str
    place: str
    facts: Any


class Listener:
    """An event stream read in a thread, as a browser would; ``events`` grows."""

    def __init__(self, url: str, after: str = "", headers: dict[str, str] | None = None) -> None:
        parts = urlsplit(url + (f"&after={after}" if after else ""))
        self.line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
        self.line.request("GET", f"{parts.path}?{parts.query}", headers=headers or {})
        self.answer = self.line.getresponse()
        self.status = self.answer.status
        self.events: list[Event] = []
        self.is_over = False
        if self.status == 200:
            threading.Thread(target=self._read, daemon=True).start()

    def named(self, name: str) -> list[Event]:
        return [event for event in self.events if event.name == name]

    def lines(self) -> list[str]:
        return [event.facts["body"] for event in self.named("line")]

    def wait_for(self, holds: Callable[[Listener], Any], patience: float = PATIENCE) -> None:
        until = time.monotonic() + patience
        while not holds(self):
            assert time.monotonic() < until, [(e.name, e.place, str(e.facts)[:80]) for e in self.events]
            time.sleep(0.02)

    def close(self) -> None:
        if self.line.sock:
            self.line.sock.close()
        self.answer.close()

    def _read(self) -> None:
        name = place = ""
        try:
            while raw := self.answer.fp.readline():
                text = raw.decode().strip()
                if text.startswith("event: "):
                    name = text[7:]
                elif text.startswith("id: "):
                    place = text[4:]
                elif text.startswith("data: "):
                    self.events.append(Event(name, place, json.loads(text[6:])))
                    self.is_over = name == "bye"
        except (OSError, ValueError, AttributeError):
            pass
        self.is_over = True


class Site(http.server.BaseHTTPRequestHandler):
    """A customer's site with the desk's one script tag in it."""

    tag = ""

    def do_GET(self) -> None:
        is_page = self.path == "/"
        page = f"<!doctype html><html lang=en><title>Shop</title><h1>A shop</h1>{self.tag}</html>".encode()
        self.send_response(200 if is_page else 204)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        if is_page:
            self.wfile.write(page)

    def log_message(self, *args: object) -> None:
        """Nothing to say."""


@pytest.fixture
def site(desk: Any, settings: Any) -> Iterator[Callable[..., str]]:
    """``site(token=…)`` serves a page that embeds the chat, on an origin of its own that the desk lets frame it."""
    servers = []

    def serve(is_trusted: bool = True, **data: str) -> str:
        attributes = " ".join(f'data-{name}="{value}"' for name, value in data.items())
        tag = f'<script src="{desk.address}/static/desk/chat.js" {attributes} defer></script>'
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("ThisSite", (Site,), {"tag": tag}))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        address = f"http://127.0.0.1:{server.server_port}"  # another origin; browsers may keep nothing for another site
        settings.DESK_WIDGET_ORIGINS = [address] if is_trusted else []
        return address + "/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()
