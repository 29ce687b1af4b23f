"""Pages that did not change are answered from memory, without a query: PostgreSQL tells when what they show changes."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any

import psycopg
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified

CHANNEL = "knowledge_changed"  # migration 0022
LOOK_EVERY, TRUSTED_FOR, PAUSE = 1.0, 4.0, 1.0  # seconds
MOST_PAGES, LONGEST = 1000, 3600.0  # what only time changes (an article is overdue) shows within the hour
KEPT_HEADERS = ("ETag", "Cache-Control", "Content-Type")

log = logging.getLogger(__name__)
Page = Callable[..., HttpResponseBase]


class Memory:
    """Answers by address, the oldest leaves first; trusted only while this process hears what PostgreSQL tells.

    A page is kept under the count of changes that was heard before it was made: what changed meanwhile is not kept, and
    what changes afterwards is heard of afterwards.
    """

    def __init__(self) -> None:
        self._pages: OrderedDict[str, tuple[float, bytes, dict[str, str]]] = OrderedDict()
        self._lock = threading.Lock()
        self._heard_at = float("-inf")
        self._ears: threading.Thread | None = None
        self._closed = threading.Event()
        self.changes = 0

    @property
    def is_trusted(self) -> bool:
        """Whether PostgreSQL was heard lately."""
        return time.monotonic() - self._heard_at < TRUSTED_FOR

    def find(self, address: str) -> tuple[bytes, dict[str, str]] | None:
        with self._lock:
            found = self._pages.get(address) if self.is_trusted else None
            if found is None or time.monotonic() - found[0] > LONGEST:
                return None
            return found[1:]

    def keep(self, address: str, answer: HttpResponse, *, changes: int) -> None:
        """Keep an answer that was begun when ``changes`` had been heard."""
        with self._lock:
            if not self.is_trusted or changes != self.changes:
                return
            self._pages[address] = (time.monotonic(), answer.content, {name: answer[name] for name in KEPT_HEADERS})
            while len(self._pages) > MOST_PAGES:
                self._pages.popitem(last=False)

    def forget(self) -> None:
        """Something changed, or it cannot be known."""
        with self._lock:
            self.changes += 1
            self._pages.clear()

    def listen(self) -> None:
        """Begin to listen, once a process; a database that is away for a while is waited for."""
        if self._ears is None:
            facts = {**connection.get_connection_params(), "autocommit": True}
            self._ears = threading.Thread(target=self._hear, args=[facts], name="unchanged-pages", daemon=True)
            self._ears.start()

    def close(self) -> None:
        """Listen no more: every page is made anew from now on."""
        self._closed.set()
        if self._ears is not None:
            self._ears.join()
        self._heard_at = float("-inf")

    def _hear(self, facts: dict[str, Any]) -> None:
        while not self._closed.is_set():
            try:
                self._hear_while_connected(facts)
            except psycopg.Error as error:
                log.info("Help centre pages are made anew until PostgreSQL is heard again: %s", error)
                self._closed.wait(PAUSE)

    def _hear_while_connected(self, facts: dict[str, Any]) -> None:
        for ours in ("cursor_factory", "context", "prepare_threshold"):
            facts.pop(ours, None)
        with psycopg.connect(**facts) as heard:
            heard.execute(f"LISTEN {CHANNEL}")
            self.forget()
            while not self._closed.is_set():
                self._heard_at = time.monotonic()
                for _ in heard.notifies(timeout=LOOK_EVERY, stop_after=1):
                    self.forget()
                heard.execute("SELECT 1")


memory = Memory()


def kept(page: Page) -> Page:
    """A page that is the same for everybody and depends on its address alone; one with a query string is made anew."""

    @wraps(page)
    def from_memory(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD") or request.META.get("QUERY_STRING"):
            return page(request, *args, **named)
        found = memory.find(request.path)
        if found is not None:
            return _answer(request, *found)
        changes = memory.changes
        answer = page(request, *args, **named)
        if isinstance(answer, HttpResponse) and answer.status_code == 200 and answer.has_header("ETag"):
            memory.keep(request.path, answer, changes=changes)
        return answer

    return from_memory


def _answer(request: HttpRequest, content: bytes, headers: dict[str, str]) -> HttpResponse:
    if request.headers.get("If-None-Match") == headers["ETag"]:
        unchanged = HttpResponseNotModified()
        unchanged["ETag"] = headers["ETag"]
        return unchanged
    return HttpResponse(content, headers=headers)
