"""A real browser in front of a served desk: for tests that look at pages as people do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from financy_support.desk.people.user import User
from tests.cast import Cast, hire_cast

CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
needs_browser = pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium on this machine")


class Silent(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Nothing to say."""


@dataclass
class Desk:
    """A served desk with its cast, and browsers in front of it."""

    address: str
    cast: Cast
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    def sit_down(self, person: User, *, width: int = 1280, scheme: str = "light") -> Page:
        """A fresh browser in which ``person`` is logged in."""
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        page = self.stranger(width=width, scheme=scheme)
        cookie = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": self.address}])
        return page

    def stranger(self, *, width: int = 1280, scheme: str = "light") -> Page:
        """A browser in which nobody is logged in; what it complains about is kept."""
        viewport = {"width": width, "height": 844}
        context = self.browser.new_context(base_url=self.address, viewport=viewport, color_scheme=scheme)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as play:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser's loop runs in the thread of the tests
        running = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def desk(browser: Browser, committed_db: str) -> Iterator[Desk]:
    """A desk with a database of its own and its cast, served to ``browser``."""
    with served_to(browser) as desk:
        yield desk


@contextmanager
def served_to(browser: Browser) -> Iterator[Desk]:
    """Served from a thread of our own: pytest-django's live server would flush the database."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), Silent)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Desk(f"http://127.0.0.1:{server.server_port}", hire_cast(), browser)
    for context in browser.contexts:
        context.close()
    server.shutdown()
    server.server_close()
    thread.join(5)
